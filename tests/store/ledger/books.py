"""Small ways to post to the ledger as the domains do, for the ledger's own tests."""

from __future__ import annotations

from datetime import date

from chalicelib import clock, table
from chalicelib.ledger import events, wallet
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import NEVER, Entry
from chalicelib.ledger.store import balances, journal, totals

DAY = date(2026, 11, 22)
NOON = clock.day_start_ms(DAY) + 12 * 3_600_000
EXPIRY: dict[Asset, str] = {"TIME": NEVER, "MEDAL": "2027-12"}


def open_books(*members: str) -> None:
    writes = balances.pot_open_writes("general") + totals.owner_writes("community", "c1")
    writes += totals.owner_writes("merchant", "S1") + balances.pool_open_writes("c1")
    for member in members:
        writes += balances.wallet_open_writes(member)
    table.commit(writes)


@table.fresh_reads
def give(intent: str, amount_fen: int, value_date: date = DAY) -> bool:
    """A gift through Stripe; False when it was there already."""
    inputs = {"amount_fen": amount_fen}
    if journal.find(f"gift:{intent}", "gift", inputs):
        return False
    entry = Entry(
        key=f"gift:{intent}",
        kind="gift",
        postings=events.stripe_gift("general", "individual", "online", amount_fen),
        value_date=value_date,
        owner="pot:general",
        inputs=inputs,
        ref="01KA000000000000000000GIFT",
        dims={"pot": "general", "tier": "individual", "channel": "online"},
    )
    table.commit(journal.entry_writes(entry))
    return True


def fee(intent: str, gross_fen: int, fee_fen: int) -> None:
    entry = Entry(
        key=f"fee:{intent}",
        kind="fee",
        postings=events.stripe_fee("general", fee_fen),
        value_date=DAY,
        owner="pot:general",
        inputs={},
        pot_in_fen=gross_fen - fee_fen,
    )
    table.commit(journal.entry_writes(entry))


@table.fresh_reads
def award(member: str, check_in: str, time_centi: int, medal_centi: int = 0, day: date = DAY) -> None:
    if journal.find(f"award:{check_in}:1", "award", {}):
        return
    read = balances.wallet(member)
    points: dict[Asset, int] = {"TIME": time_centi, "MEDAL": medal_centi}
    done = wallet.award(read, points, EXPIRY, day)
    postings = tuple(
        posting
        for asset, amount in points.items()
        if amount
        for posting in events.award("c1", member, asset, done.to_clawback.get(asset, 0), done.to_wallet.get(asset, 0))
    )
    entry = Entry(
        key=f"award:{check_in}:1",
        kind="award",
        postings=postings,
        value_date=day,
        owner="community:c1",
        inputs={},
        lots=done.lots,
        ref="01KA00000000000000CHECKIN1",
        explanation={
            "minutes": 135,
            "rate": {"TIME": 100, "MEDAL": 20},
            "coefficient": 1200,
            "grade": 1000,
            "sheet": 3,
        },
    )
    table.commit(journal.entry_writes(entry) + balances.wallet_writes(read, done.wallet.booked(entry.id)))


@table.fresh_reads
def hold(member: str, voucher: str, points_centi: int) -> None:
    read = balances.wallet(member)
    table.commit(balances.wallet_writes(read, wallet.hold(read, voucher, "TIME", points_centi, DAY)))


@table.fresh_reads
def capture(member: str, voucher: str) -> None:
    if journal.find(f"capture:{voucher}", "capture", {}):
        return
    read = balances.wallet(member)
    after, held, lots = wallet.capture(read, voucher)
    entry = Entry(
        key=f"capture:{voucher}",
        kind="capture",
        postings=events.voucher_captured(member, "S1", held.asset, held.amount),
        value_date=DAY,
        owner="merchant:S1",
        wallet_owner="community:c1",
        inputs={},
        lots=lots,
        ref=voucher,
    )
    table.commit(journal.entry_writes(entry) + balances.wallet_writes(read, after.booked(entry.id)))
