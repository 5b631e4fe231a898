"""Gifts into the books: the entry of the money and the entry of its fee. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import clock
from chalicelib.errors import Refused
from chalicelib.fund.model import gifts as model
from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.stripe_objects import Fee, Payment
from chalicelib.fund.store import gifts, stripe_ids
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry, Posting
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import Timed, Write, commit, fresh_reads


class FeeOfNothing(Refused):
    """The fee turned out to be zero after the gift was booked without it: no entry can carry what
    the gift brings into the pot. Field: ``gift_id``."""

    code = "fee_of_nothing"


def gift_entry(gift: Gift, key: str, postings: Sequence[Posting], inputs: dict[str, object]) -> Entry:
    """The entry by which a gift's money arrives."""
    return Entry(
        key=key,
        kind="gift",
        postings=tuple(postings),
        value_date=clock.shanghai_day(gift.paid_ms),
        owner=totals.owner("pot", gift.pot_id),
        inputs=inputs,
        ref=gift.id,
        pot_in_fen=gift.counted_fen,
        dims=dims(gift),
    )


def dims(gift: Gift) -> dict[str, str]:
    return {"pot": gift.pot_id, "tier": gift.tier, "channel": gift.channel}


def paid_gift_writes(
    gift: Gift, payment: Payment, key: str, inputs: dict[str, object]
) -> tuple[Gift, list[Write | Timed]]:
    """The paid gift, and its entry with the pointers from Stripe's objects; not the gift's own item."""
    paid = model.paid(gift, payment, key)
    if payment.fee is not None and payment.fee.fee_fen == 0:
        paid = model.with_fee(paid, payment.fee)
    postings = events.stripe_gift(paid.pot_id, paid.tier, paid.channel, paid.amount_fen)
    tied = stripe_ids.tie_writes(payment.intent_id, "gift", paid.id)
    return paid, [*tied, *journal.entry_writes(gift_entry(paid, key, postings, inputs))]


@fresh_reads
def book_fee(gift_id: str, fee: Fee, now_ms: int) -> Gift:
    """Book what Stripe kept, and bring gross − fee into the pot; what a fee is larger than its gift is
    committed. Repeating changes nothing.

    Raises GiftUnknown, IdempotencyMismatch, FeeOfNothing.
    """
    key = f"fee:{fee.transaction_id}"
    inputs: dict[str, object] = {"gift": gift_id, "gross_fen": fee.gross_fen, "fee_fen": fee.fee_fen}
    read = gifts.read(gift_id)
    gift = read.gift
    if journal.find(key, "fee", inputs) or gift.fee_txn:
        return gift
    if fee.fee_fen == 0:
        raise FeeOfNothing(gift_id=gift_id)
    after = model.with_fee(gift, fee)
    entry = Entry(
        key=key,
        kind="fee",
        postings=events.stripe_fee(gift.pot_id, fee.fee_fen),
        value_date=clock.shanghai_day(gift.paid_ms),
        owner=totals.owner("pot", gift.pot_id),
        inputs=inputs,
        ref=gift.id,
        pot_in_fen=after.counted_fen,
        dims=dims(gift),
    )
    short = balances.commit_writes(gift.pot_id, after.short_fen) if after.short_fen else []
    commit(gifts.writes(after, read) + short + journal.entry_writes(entry))
    return after
