"""Points that have expired leave the wallets: one entry per wallet and version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from chalicelib import clock, table
from chalicelib.errors import Stale
from chalicelib.ledger import events, wallet
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import Entry, Posting
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.points.service.my_points import member_community
from chalicelib.table import Round, commit, fresh_reads


def expire_all(*, now_ms: int, go_on: Callable[[], bool] = table.always) -> Round:
    """The schedule's use case: take every dead lot out of every wallet. Running it again changes only the
    wallets that failed or were not reached."""
    today = clock.shanghai_day(now_ms)

    def expire(purse: wallet.Wallet) -> int:
        return expire_wallet(purse.member_id, now_ms=now_ms) if wallet.expire(purse, today)[1] else 0

    return table.each(balances.wallets, lambda purse: purse.member_id, expire, go_on)


@fresh_reads
def expire_wallet(member_id: str, *, now_ms: int) -> int:
    """1 when something expired, else 0. Raises WalletMissing."""
    read = balances.wallet(member_id)
    key, inputs = f"expiry:{member_id}:{read.version}", {"wallet": member_id, "version": read.version}
    if journal.find(key, "expiry", inputs):
        raise Stale()
    after, changes = wallet.expire(read, clock.shanghai_day(now_ms))
    if not changes:
        return 0
    sums: Counter[Asset] = Counter()
    for change in changes:
        sums[change.asset] -= change.amount
    postings: list[Posting] = []
    for asset, points_centi in sums.items():
        postings += events.wallet_expired(member_id, asset, points_centi)
    entry = Entry(
        key=key,
        kind="expiry",
        postings=tuple(postings),
        value_date=clock.shanghai_day(now_ms),
        owner=totals.owner("community", member_community(member_id)),
        inputs=inputs,
        lots=changes,
    )
    commit([*balances.wallet_writes(read, after.booked(entry.id)), *journal.entry_writes(entry)])
    return 1
