"""``make bench``: counted units and ratios of one machine, printed as a table. Times are medians; trust the ratios.

Counted: write units and requests per ledger operation, read units per page of the books and bytes
shipped to a phone. Timed: posting on 1 and 8 threads, verification, and how fast the package of `make package` wakes
beside bare chalice + botocore and beside what Chalice alone would ship.
"""

from __future__ import annotations

import gzip
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.metadata import version
from pathlib import Path

from infra.package import build as package
from local import bench_exports, bench_waking, engine
from local.demo.settings import put_in_environment

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 11, 22)
MEMBER, OTHER = "01KA0000000000000000000001", "01KA0000000000000000000002"
POSTED = 400


def main() -> int:
    print(f"# {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, " + _versions())
    with engine.running() as database:
        put_in_environment(
            database.settings()
            | {"LINLI_STAGE": "bench", "LINLI_SECRET_KEYS": "k1:" + "1a" * 32, "LINLI_DATA_KEYS": "d1:" + "2b" * 32}
        )
        from chalicelib import table

        table.create_tables()
        print(f"# engine: {database.description}\n")
        _table("counted, per operation", ("operation", "write units", "read units", "requests"), _units())
        _table("posting gifts", ("threads", "entries/s", "ratio"), _posting())
        _table("the books", ("what", "value"), _books())
        _table("waking for a donor, GET /g/{code}, medians", bench_waking.HEADS, _waking(database))
    _table("exports as jobs", bench_exports.HEADS, bench_exports.measured(*bench_exports.ROWS))
    _table("sent to a phone once, gzip bytes", ("file", "bytes"), _weights())
    return 0


def _units() -> list[tuple[object, ...]]:
    from chalicelib import table
    from chalicelib.ledger import events, wallet
    from chalicelib.ledger.entry import NEVER, Entry
    from chalicelib.ledger.store import balances, journal, totals

    table.commit(
        balances.pot_open_writes("general")
        + balances.wallet_open_writes(MEMBER)
        + balances.wallet_open_writes(OTHER)
        + totals.owner_writes("community", "c1")
        + totals.owner_writes("merchant", "S1")
    )
    rows: list[tuple[object, ...]] = []

    def counted(name: str, work: Callable[[], object]) -> None:
        with table.counting() as units:
            work()
        rows.append((name, units.write, units.read, units.requests))

    counted("gift", lambda: _give("pi_units"))

    def award() -> None:
        read = balances.wallet(MEMBER)
        done = wallet.award(read, {"TIME": 270, "MEDAL": 50}, {"TIME": NEVER, "MEDAL": "2027-12"}, DAY)
        legs = events.award("c1", MEMBER, "TIME", 0, 270) + events.award("c1", MEMBER, "MEDAL", 0, 50)
        entry = Entry("award:C1:1", "award", legs, DAY, "community:c1", {}, lots=done.lots)
        table.commit(journal.entry_writes(entry) + balances.wallet_writes(read, done.wallet.booked(entry.id)))

    def hold() -> None:
        read = balances.wallet(MEMBER)
        table.commit(balances.wallet_writes(read, wallet.hold(read, OTHER, "TIME", 100, DAY)))

    def capture() -> None:
        read = balances.wallet(MEMBER)
        after, held, lots = wallet.capture(read, OTHER)
        legs = events.voucher_captured(MEMBER, "S1", "TIME", held.amount)
        entry = Entry(
            f"capture:{OTHER}", "capture", legs, DAY, "merchant:S1", {}, wallet_owner="community:c1", lots=lots
        )
        table.commit(journal.entry_writes(entry) + balances.wallet_writes(read, after.booked(entry.id)))

    counted("award of TIME and MEDAL", award)
    counted("voucher issued (hold)", hold)
    counted("voucher captured", capture)
    counted(
        "wallet and first statement page",
        lambda: (balances.wallet(MEMBER), journal.statement(f"liability:wallet:{MEMBER}")),
    )
    counted("pot read for a decision", lambda: balances.pot("general"))
    return rows


def _give(intent: str) -> None:
    from chalicelib import table
    from chalicelib.ledger import events
    from chalicelib.ledger.entry import Entry
    from chalicelib.ledger.store import journal

    entry = Entry(
        key=f"gift:{intent}",
        kind="gift",
        postings=events.stripe_gift("general", "individual", "online", 5000),
        value_date=DAY,
        owner="pot:general",
        inputs={"amount_fen": 5000},
        ref=MEMBER,
        dims={"pot": "general", "tier": "individual", "channel": "online"},
    )
    table.commit(journal.entry_writes(entry))


def _posting() -> list[tuple[object, ...]]:
    rates = []
    for threads in (1, 8):
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda n, t=threads: _give(f"pi_{t}_{n}"), range(POSTED)))
        rates.append((threads, POSTED / (time.perf_counter() - started)))
    return [(threads, f"{rate:.0f}", f"{rate / rates[0][1]:.2f}") for threads, rate in rates]


def _books() -> list[tuple[object, ...]]:
    from chalicelib import clock, table
    from chalicelib.ledger import export, verify
    from chalicelib.ledger.store import journal

    with table.counting() as units:
        started = time.perf_counter()
        findings = verify.verify(tries=1)
        seconds = time.perf_counter() - started
    with table.counting() as exported:
        entries = sum(1 for _ in export.hledger_journal(journal.all_entries(clock.now_ms()))) - 1
    return [
        ("entries", entries),
        ("findings of verification", len(findings)),
        ("verified entries/s", f"{entries / seconds:.0f}"),
        ("read units to verify, per entry", f"{units.read / entries:.3f}"),
        ("read units to export, per entry", f"{exported.read / entries:.3f}"),
    ]


def _waking(database: engine.Engine) -> list[tuple[object, ...]]:
    settings = {name: value for name, value in os.environ.items() if name.startswith(("LINLI_", "AWS_"))}
    return bench_waking.rows(package.made(ROOT / "build"), database.endpoint, settings, _poster())


def _poster() -> str:
    """New tables with a fund that is open for gifts, as in the demo; the code of a poster."""
    from chalicelib import table
    from local.demo import giving, people
    from local.demo.scene import Scene

    table.delete_tables()
    table.create_tables()
    scene = Scene(DAY, None)
    for _, at_ms, act in people.steps(scene):
        act(at_ms)
    _, at_ms, open_fund = next(iter(giving.steps(scene)))
    open_fund(at_ms)
    return next(iter(scene.posters.values()))


def _weights() -> list[tuple[object, ...]]:
    static = ROOT / "chalicelib" / "web" / "static"
    files = [path for path in sorted(static.rglob("*")) if path.suffix in (".css", ".js", ".wasm")]
    return [(path.relative_to(static).as_posix(), len(gzip.compress(path.read_bytes()))) for path in files]


def _versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("chalice", "botocore", "pynamodb", "stripe"))


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    widths = [max(len(str(cell)) for cell in column) for column in zip(heads, *rows, strict=True)]
    print(f"## {title}\n")
    for row in (heads, tuple("-" * width for width in widths), *rows):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    print()


if __name__ == "__main__":
    sys.exit(main())
