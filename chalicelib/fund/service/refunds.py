"""Refunds: reserved in the pot first, then asked of Stripe, booked when Stripe has made them."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import clock, ids
from chalicelib.fund import gateway
from chalicelib.fund.model import gifts as gift_model
from chalicelib.fund.model import refunds as model
from chalicelib.fund.model.gift_faults import RefundRefused, RefundUnknown, SubmittedDifferently
from chalicelib.fund.model.refunds import OUTSIDE, Refund
from chalicelib.fund.model.stripe_objects import PaymentsRefused, PaymentsUnavailable, StripeRefund
from chalicelib.fund.service.booking import dims
from chalicelib.fund.service.origins import gift_of
from chalicelib.fund.store import gifts, refunds, stripe_ids
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import commit, fresh_reads

# --- our own -----------------------------------------------------------------------------------


def request_refund(
    actor: Actor, gift_id: str, amount_fen: int | None, reason: str, *, submission: str, now_ms: int
) -> Refund:
    """Give a gift back, whole (``amount_fen`` None) or in part. A repeated submission gets its first answer.

    While Stripe does not answer, the refund stays ``reserved`` and the sweep goes on with it.

    Raises NotAllowed, GiftUnknown, GiftNotPaid, GiftNotByStripe, GiftDisputed, RefundTooLarge(left_fen),
    GiftAmountTooSmall, RefundReasonMissing, TextTooLong, PotCannotCover, SubmittedDifferently,
    RefundRefused(reason).
    """
    reserved = _reserve(actor, gift_id, amount_fen, model.reason(reason), submission, now_ms)
    try:
        return send(reserved.id, now_ms)
    except PaymentsUnavailable:
        return _read(reserved.id).refund


@fresh_reads
def _reserve(actor: Actor, gift_id: str, amount_fen: int | None, reason: str, submission: str, now_ms: int) -> Refund:
    read = gifts.read(gift_id)
    gift = read.gift
    actor.require(Role.FUND_MANAGER, fund_scope(gift.fund_id))
    known = refunds.find(submission)
    if known is not None:
        if known.refund.gift_id != gift_id or amount_fen not in (None, known.refund.amount_fen):
            raise SubmittedDifferently()
        return known.refund
    amount = gift.refundable_fen if amount_fen is None else amount_fen
    after = gift_model.reserving_refund(gift, amount)
    pot = balances.pot(gift.pot_id)
    pot.must_cover(amount, gift.not_yet_in_fen)
    refund = Refund(
        id=submission,
        gift_id=gift.id,
        pot_id=gift.pot_id,
        amount_fen=amount,
        reason=reason,
        requested_by=actor.member_id,
        requested_ms=now_ms,
        intent_id=gift.intent_id,
    )
    commit(
        refunds.create_writes(refund)
        + gifts.writes(after, read)
        + balances.reserve_writes(pot, amount, gift.not_yet_in_fen)
    )
    return refund


def send(refund_id: str, now_ms: int) -> Refund:
    """Ask Stripe for a reserved refund and book it; from the request, its repeat, or the sweep.

    Stripe may forget an idempotency key after a day, and it repeats even a 500 for the same key, so
    a further try first looks whether the refund is there.

    Raises RefundRefused(reason), PaymentsUnavailable.
    """
    refund = _read(refund_id).refund
    if refund.state != "reserved":
        return refund
    age_ms = now_ms - refund.requested_ms
    made = _made(refund) if refund.attempt > 1 or age_ms > 60_000 else None
    if made is None:
        made = _ask(refund, now_ms)
    return book(made, refund.gift_id, now_ms)


def _ask(refund: Refund, now_ms: int) -> StripeRefund:
    key, metadata = f"refund:{refund.id}:{refund.attempt}", {"refund_id": refund.id, "gift_id": refund.gift_id}
    try:
        return gateway.refund_payment(refund.intent_id, refund.amount_fen, metadata, key)
    except PaymentsUnavailable as error:
        if error.answered:
            _next_attempt(refund.id, refund.attempt)
        raise
    except PaymentsRefused as error:
        made = _made(refund)
        if made is not None:
            return made
        _release(refund.id)
        raise RefundRefused(reason=error.fields.get("reason")) from error


def _made(refund: Refund) -> StripeRefund | None:
    for one in gateway.refunds_of(refund.intent_id):
        if one.metadata.get("refund_id") == refund.id:
            return one
    return None


@fresh_reads
def _next_attempt(refund_id: str, after_attempt: int) -> None:
    read = _read(refund_id)
    if read.refund.state == "reserved" and read.refund.attempt == after_attempt:
        commit(refunds.writes(replace(read.refund, attempt=after_attempt + 1), read))


@fresh_reads
def _release(refund_id: str) -> None:
    """Stripe will not make it: the pot and the gift are as before."""
    read = _read(refund_id)
    refund = read.refund
    if refund.state != "reserved":
        return
    gift = gifts.read(refund.gift_id)
    commit(
        refunds.writes(replace(refund, state="refused"), read)
        + gifts.writes(gift_model.not_refunded(gift.gift, refund.amount_fen), gift)
        + balances.release_writes(refund.pot_id, refund.amount_fen)
    )


# --- what Stripe says --------------------------------------------------------------------------


def follow(stripe_refund_id: str, now_ms: int) -> None:
    """Look at a refund of Stripe's again and book what is not booked: ours, or made at Stripe itself.

    Raises GiftNotYetKnown(object_id), after it was kept for later; NotAtStripe, PaymentsUnavailable.
    """
    found = gateway.refund(stripe_refund_id)
    book(found, gift_of(found.intent_id, stripe_refund_id, now_ms), now_ms)


def book(found: StripeRefund, gift_id: str, now_ms: int) -> Refund:
    """Book a refund that Stripe has made, and its failure. Repeating changes nothing."""
    refund = _book_made(found, gift_id, now_ms)
    if found.failed:
        return _book_failed(refund.id, found)
    if refund.stripe_state != found.state and refund.state == "sent":
        return _note_state(refund.id, found)
    return refund


@fresh_reads
def _book_made(found: StripeRefund, gift_id: str, now_ms: int) -> Refund:
    key = f"refund:{found.refund_id}"
    inputs: dict[str, object] = {"gift": gift_id, "amount_fen": found.amount_fen}
    if journal.find(key, "refund", inputs):
        return _read(stripe_ids.fact_of(found.refund_id, "refund")).refund
    gift = gifts.read(gift_id)
    entry = Entry(
        key=key,
        kind="refund",
        postings=events.stripe_refund(gift.gift.pot_id, gift.gift.tier, gift.gift.channel, found.amount_fen),
        value_date=clock.shanghai_day(found.created_ms),
        owner=totals.owner("pot", gift.gift.pot_id),
        inputs=inputs,
        ref=gift_id,
        dims=dims(gift.gift),
    )
    booked = journal.entry_writes(entry)
    reservation = _reservation_of(found, gift_id)
    if reservation is not None:
        # What was reserved stays committed: the money is gone for good.
        refund = model.sent(reservation.refund, found)
        tied = stripe_ids.tie_writes(found.refund_id, "refund", refund.id)
        commit(refunds.writes(refund, reservation) + tied + booked)
        return refund
    refund = _outside(found, gift.gift.pot_id, gift_id, now_ms)
    commit(
        refunds.create_writes(refund)
        + stripe_ids.tie_writes(found.refund_id, "refund", refund.id)
        + gifts.writes(gift_model.refunded_outside(gift.gift, found.amount_fen), gift)
        + balances.commit_writes(gift.gift.pot_id, found.amount_fen)
        + booked
    )
    return refund


def _reservation_of(found: StripeRefund, gift_id: str) -> refunds.Read | None:
    claimed = refunds.find(found.metadata.get("refund_id", "")) if found.metadata.get("refund_id") else None
    if claimed is None or claimed.refund.state != "reserved":
        return None
    fits = claimed.refund.gift_id == gift_id and claimed.refund.amount_fen == found.amount_fen
    return claimed if fits else None


def _outside(found: StripeRefund, pot_id: str, gift_id: str, now_ms: int) -> Refund:
    refund = Refund(
        id=ids.derived_ulid(found.created_ms, "refund", found.refund_id),
        gift_id=gift_id,
        pot_id=pot_id,
        amount_fen=found.amount_fen,
        reason="",
        requested_by=OUTSIDE,
        requested_ms=found.created_ms,
        intent_id=found.intent_id,
    )
    return model.sent(refund, found)


@fresh_reads
def _book_failed(refund_id: str, found: StripeRefund) -> Refund:
    """The money came back to Stripe; the donor is still owed it, so the commitment stays."""
    key = f"refund:{found.refund_id}:failed"
    inputs: dict[str, object] = {"refund": refund_id, "amount_fen": found.amount_fen}
    read = _read(refund_id)
    if journal.find(key, "refund_failed", inputs):
        return read.refund
    gift = gifts.read(read.refund.gift_id).gift
    entry = Entry(
        key=key,
        kind="refund_failed",
        postings=events.refund_failed(found.amount_fen),
        value_date=clock.shanghai_day(found.created_ms),
        owner=totals.owner("pot", gift.pot_id),
        inputs=inputs,
        ref=gift.id,
        dims=dims(gift),
    )
    after = model.failed(read.refund, found)
    commit(refunds.writes(after, read) + journal.entry_writes(entry))
    return after


@fresh_reads
def _note_state(refund_id: str, found: StripeRefund) -> Refund:
    read = _read(refund_id)
    if read.refund.state != "sent" or read.refund.stripe_state == "succeeded":
        return read.refund
    after = replace(read.refund, stripe_state=found.state)
    commit(refunds.writes(after, read))
    return after


def of_gift(actor: Actor, gift_id: str) -> list[Refund]:
    """The refunds of a gift, newest first. Raises GiftUnknown, NotAllowed."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(gifts.read(gift_id).gift.fund_id))
    return refunds.of_gift(gift_id)


def disputes_of(actor: Actor, gift_id: str) -> list[model.DisputeCase]:
    """The disputes of a gift, newest first. Raises GiftUnknown, NotAllowed."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(gifts.read(gift_id).gift.fund_id))
    return refunds.cases_of(gift_id)


def _read(refund_id: str) -> refunds.Read:
    read = refunds.find(refund_id) if refund_id else None
    if read is None:
        raise RefundUnknown()
    return read


__all__ = [
    "Refund",
    "book",
    "disputes_of",
    "follow",
    "of_gift",
    "request_refund",
    "send",
]
