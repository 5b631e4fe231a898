"""What gifts say that the books must show: for verification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.service import payouts
from chalicelib.fund.store import gifts, monthly, pledges, receipts, refunds, stripe_ids
from chalicelib.fund.store import payouts as payout_store
from chalicelib.ledger.verify import Commitment, Fact

KINDS: Final = frozenset(
    {"gift", "fee", "refund", "refund_failed", "dispute_opened", "dispute_won", "dispute_lost"}
) | {"payout"}


def facts() -> Iterator[Fact]:
    """Every paid gift, known fee, refund, dispute and payout step, with the key of its entry."""
    for gift in gifts.all_gifts():
        if gift.is_paid:
            yield Fact(gift.entry_key, "gift", f"gift {gift.id}")
        # A fee of nothing came with the gift's own entry.
        if gift.fee_txn and gift.fee_fen:
            yield Fact(f"fee:{gift.fee_txn}", "fee", f"fee of gift {gift.id}")
    for refund in refunds.all_refunds():
        if refund.state in ("sent", "failed"):
            yield Fact(f"refund:{refund.stripe_id}", "refund", f"refund {refund.id}")
        if refund.state == "failed":
            yield Fact(f"refund:{refund.stripe_id}:failed", "refund_failed", f"failed refund {refund.id}")
    for case in refunds.all_cases():
        yield Fact(f"dispute:{case.id}:opened", "dispute_opened", f"dispute {case.id}")
        if case.outcome != "open":
            yield Fact(f"dispute:{case.id}:{case.outcome}", f"dispute_{case.outcome}", f"dispute {case.id}")
    for payout in payout_store.all_payouts():
        for step in payout.steps:
            yield Fact(payouts.entry_key(payout.id, step), "payout", f"payout {payout.id} {step}")


def commitments() -> Iterator[Commitment]:
    """What refunds, disputes and fees larger than their gift take away from pots. A refund may use its
    gift's gross while the pot got it less the fee, so it may leave the pot below zero like what comes from
    outside (DESIGN §3, Pots)."""
    for refund in refunds.all_refunds():
        if refund.state != "refused":
            yield Commitment(refund.pot_id, refund.amount_fen, f"refund {refund.id}", outside=True)
    for case in refunds.all_cases():
        taken = case.fee_fen + (0 if case.outcome == "won" else case.amount_fen)
        if taken:
            yield Commitment(case.pot_id, taken, f"dispute {case.id}", outside=True)
    for gift in gifts.all_gifts():
        if gift.short_fen:
            yield Commitment(gift.pot_id, gift.short_fen, f"fee of gift {gift.id}", outside=True)


def problems() -> Iterator[str]:
    """Sums and pointers that gifts keep about themselves."""
    refunded: dict[str, int] = {}
    for refund in refunds.all_refunds():
        if refund.state != "refused":
            refunded[refund.gift_id] = refunded.get(refund.gift_id, 0) + refund.amount_fen
    paid: dict[str, int] = {}
    for gift in gifts.all_gifts():
        yield from _gift_problems(gift, refunded.get(gift.id, 0))
        if gift.is_paid and gift.ref and gift.note != "second_payment":
            paid[gift.ref] = paid.get(gift.ref, 0) + 1
    for one in monthly.all_monthlies():
        if one.months_paid != paid.get(one.id, 0):
            yield f"monthly {one.id}: counts {one.months_paid} months, {paid.get(one.id, 0)} gifts"
    yield from _pledge_problems()
    for intent_id, object_id in stripe_ids.all_early(1000):
        yield f"early {object_id}: its payment {intent_id} is not in the books"


def _gift_problems(gift: Gift, refunded_fen: int) -> Iterator[str]:
    if gift.refunded_fen != refunded_fen:
        yield f"gift {gift.id}: counts {gift.refunded_fen} fen refunded, its refunds are {refunded_fen}"
    if gift.fee_known and gift.is_paid and gift.counted_fen - gift.short_fen != gift.amount_fen - gift.fee_fen:
        yield f"gift {gift.id}: brought in {gift.counted_fen}, should be gross less fee"
    if gift.is_paid and gift.intent_id and stripe_ids.fact_of(gift.intent_id, "gift") != gift.id:
        yield f"gift {gift.id}: its payment {gift.intent_id} points elsewhere"


def _pledge_problems() -> Iterator[str]:
    for pledge in pledges.all_pledges():
        for one in pledge.instalments:
            read = gifts.find(one.gift_id) if one.gift_id else None
            if (one.state == "met") != (read is not None and read.gift.is_paid):
                yield f"pledge {pledge.id}: instalment {one.number} is {one.state}, its gift {one.gift_id or '-'}"
    for receipt in receipts.all_receipts():
        if receipt.state == "booked" and receipt.decided_by == receipt.entered_by:
            yield f"receipt {receipt.id}: entered and checked by the same person"
