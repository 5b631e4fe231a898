"""Returns: captured points go back to the member when the goods were not right."""

from __future__ import annotations

from chalicelib import clock
from chalicelib.identity.service import Actor, Role, community_scope
from chalicelib.ledger import events, wallet
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.merchants.model.vouchers import Return, Voucher
from chalicelib.merchants.service import till, vouchers
from chalicelib.merchants.store import tallies
from chalicelib.merchants.store import vouchers as store
from chalicelib.table import commit, fresh_reads


@fresh_reads
def return_points(
    actor: Actor, voucher_id: str, points_centi: int, *, why: str, submission: str, now_ms: int
) -> tuple[Voucher, Return]:
    """Give back all or part of what was captured; a coordinator does, not the merchant's own clerk.

    The points come back to the lots that they came from, or to one with at least 30 days left. Stock
    and the person's limits stay as they are: the goods were used up. After a settlement the
    merchant's debit is carried forward. The same ``submission`` again returns what it did.

    Raises NotAllowed, VoucherUnknown, NotCaptured, ReturnTooLarge(left_centi), TextInvalid.
    """
    read = vouchers.stored(voucher_id)
    actor.require(Role.COORDINATOR, community_scope(read.community_id))
    before = next((part for part in read.returns if part.form_id == submission), None)
    if before is not None:
        journal.find(f"return:{read.id}:{before.number}", "return", _inputs(read, before.number, points_centi))
        return read, before
    after, part = read.returning(points_centi, actor.member_id, why, submission, now_ms)
    today = clock.shanghai_day(now_ms)
    purse = balances.wallet(read.member_id)
    filled, lots = wallet.put_in(purse, read.asset, wallet.returned_lots(part.lots, today))
    entry = Entry(
        key=f"return:{read.id}:{part.number}",
        kind="return",
        postings=events.voucher_returned(read.member_id, read.merchant_id, read.asset, points_centi),
        value_date=today,
        owner=totals.owner("merchant", read.merchant_id),
        wallet_owner=totals.owner("community", read.community_id),
        inputs=_inputs(read, part.number, points_centi),
        ref=read.id,
        dims={"offer": read.offer_id},
        lots=lots,
    )
    commit(
        store.replace_writes(read, after)
        + tallies.returned_writes(after, part, today)
        + balances.wallet_writes(purse, filled.booked(entry.id))
        + journal.entry_writes(entry)
    )
    return after, part


def voucher_by_code(actor: Actor, scanned: str, *, now_ms: int) -> Voucher:
    """The voucher that was scanned or typed, for the coordinator of its holder's community.

    Raises NotAVoucher, VoucherForged, VoucherCodeMalformed, VoucherCodeMistyped, VoucherUnknown.
    """
    return vouchers.voucher(actor, till.read_scan(scanned, now_ms))


def _inputs(read: Voucher, number: int, points_centi: int) -> dict[str, str | int]:
    return {"voucher": read.id, "number": number, "points_centi": points_centi}
