"""Exports measured: CPU seconds of this process, memory and read units by the number of rows.

``python -m local.bench_exports 100000`` for as many rows; ``make bench`` takes fewer. The rows lie in the tables as the
services write them, over one year, but are put there in batches: nothing else is measured here.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta

from local import engine
from local.demo.settings import put_in_environment

ROWS = (2_000, 10_000)
KINDS = ("report_csv", "report_xlsx", "journal")
FIRST = date(2025, 11, 1)
DAYS = 365
HEADS = ("export", "rows", "CPU seconds", "rows/s of CPU", "peak MB", "read units per row", "file MB")


def main(rows: int) -> int:
    print("  ".join(HEADS))
    for row in measured(max(rows // 10, 1), rows):
        print("  ".join(str(cell) for cell in row))
    return 0


def measured(*sizes: int) -> list[tuple[object, ...]]:
    """``table`` on an engine and in a folder of its own."""
    with engine.running() as database, tempfile.TemporaryDirectory() as folder:
        own = {"LINLI_DATA_KEYS": "d1:" + "2b" * 32, "LINLI_FILES": f"file://{folder}"}
        environment = {"LINLI_STAGE": "bench", "LINLI_SECRET_KEYS": "k1:" + "1a" * 32} | own
        put_in_environment(database.settings() | environment)
        from chalicelib import config
        from chalicelib import table as tables

        config.settings.cache_clear()
        tables.forget_connections()
        return table(*sizes)


def table(*sizes: int) -> list[tuple[object, ...]]:
    """A line for each export and number of rows; the tables are made anew for each number."""
    from chalicelib import table as tables

    found: list[tuple[object, ...]] = []
    for rows in sizes:
        tables.delete_tables()
        tables.create_tables()
        by = _filled(rows)
        for kind in KINDS:
            found.append(_measured(kind, rows, by))
    return found


def _measured(kind: str, rows: int, by: str) -> tuple[object, ...]:
    """Once for the time, once more for the memory, which to watch costs time."""
    from chalicelib import table as tables

    with tables.counting() as units:
        started = time.process_time()
        size = _export(kind, by)
        seconds = time.process_time() - started
    tracemalloc.start()
    _export(kind, by)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (
        kind, rows, f"{seconds:.1f}", f"{rows / seconds:.0f}", f"{peak / 1e6:.1f}", f"{units.read / rows:.3f}",
        f"{size / 1e6:.1f}",
    )  # fmt: skip


def _export(kind: str, by: str) -> int:
    from chalicelib import clock, ids
    from chalicelib.identity.service import actor_for
    from chalicelib.reports.routes import exporting
    from chalicelib.reports.service import exports

    last = FIRST + timedelta(days=DAYS - 1)
    asked = {"first": FIRST.isoformat(), "last": last.isoformat()}
    now_ms = clock.now_ms()
    job = exports.ask(actor_for(by, now_ms), exports.kind_of(kind), asked, submission=ids.ulid(now_ms), now_ms=now_ms)
    state = exporting.run_one(job.id)
    done = exports.job(actor_for(by, now_ms), job.id)
    if state != "done":
        raise SystemExit(f"{kind} ended as {state}: {done.why}")
    return done.bytes


def _filled(rows: int) -> str:
    """The tables with so many payments and entries; the id of a supervisor."""
    from chalicelib import clock
    from chalicelib.fund.model.spending import SpendingLine
    from chalicelib.fund.store.disbursements import SpendingItem, spending_writes
    from chalicelib.ledger import events
    from chalicelib.ledger.entry import Entry
    from chalicelib.ledger.store.journal import EntryItem, entry_writes
    from chalicelib.table import Attempt

    by = _supervisor(clock.now_ms())

    def payment(number: int, day: date) -> SpendingItem:
        line = SpendingLine(
            disbursement_id=f"01KA{number:022d}", attempt=1, what="paid", day=day, fund_id="main", pot_id="relief",
            category="elders", amount_fen=100 + number, payee="惠民超市", purpose="大米二十袋", bank_account_id="basic",
            serial=f"B{number:012d}", requested_by=by, approved_by=(by,), care_action_id="", care_action_title="",
            account_masked="**** 6688", entry_key=f"pay:{number}:1",
        )  # fmt: skip
        return spending_writes(line)[0].item  # type: ignore[return-value]

    def booking(number: int, day: date) -> EntryItem:
        postings = events.stripe_gift("relief", "individual", "online", 100 + number)
        entry = Entry(f"gift:pi_{number}", "gift", postings, day, "pot:relief", {"amount_fen": 100 + number})
        at = Attempt(clock.day_start_ms(day) + number % 86_400_000, number)
        return next(w.item for w in entry_writes(entry)[0](at) if isinstance(w.item, EntryItem))  # type: ignore[operator]

    _put(SpendingItem, rows, payment)
    _put(EntryItem, rows, booking)
    _counted(rows)
    return by


def _counted(rows: int) -> None:
    """The totals' count of entries, by which a journal is read the one way or the other."""
    from chalicelib import table as tables
    from chalicelib.ledger.store import balances
    from chalicelib.ledger.store.totals import TotalsItem

    tables.commit(balances.pot_open_writes("relief"))
    tables.commit([tables.put(TotalsItem(pk="T#pot:relief#0", sk=f"{FIRST:%Y%m}", pot_in_fen=0, entry_count=rows))])


def _put(item_class: type, rows: int, made: Callable[[int, date], object]) -> None:
    with item_class.batch_write() as batch:  # type: ignore[attr-defined]
        for number in range(rows):
            batch.save(made(number, FIRST + timedelta(days=number * DAYS // rows)))


def _supervisor(now_ms: int) -> str:
    from chalicelib import ids
    from chalicelib.identity import service as identity
    from chalicelib.identity.service import Role

    identity.set_up_street(
        name="示范街道", contact_phone="0813-8100000", supervision_phone="0813-8100009", by=None, now_ms=now_ms
    )
    first = identity.make_first_administrator("13900000001", "林晓岚", now_ms)
    admin = identity.actor_for(first.id, now_ms)
    identity.grant_role(
        admin, first.id, Role.SUPERVISOR, "street", ends_at=now_ms + 30 * 86_400_000, reason="监督",
        submission=ids.ulid(now_ms), now_ms=now_ms,
    )  # fmt: skip
    return str(first.id)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS[-1]))
