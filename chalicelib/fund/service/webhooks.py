"""What Stripe tells: each event only says which object to look at again.

The order and repetition of events do not matter; what is booked is decided by the object as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from chalicelib.config import settings
from chalicelib.errors import Corrupt, DomainError, Invalid, Unavailable
from chalicelib.fund import gateway, webhook_signature
from chalicelib.fund.model import queued_events
from chalicelib.fund.model.stripe_objects import Event, PaymentsUnavailable
from chalicelib.fund.service import booking, disputes, gifts, monthly, payouts, pledges, refunds, setup
from chalicelib.fund.store import notices, stripe_ids
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.table import Busy

BODY_BYTES_MAX: Final = 256 * 1024
"""Stripe's events are some kilobytes; nobody else has business here."""
_NAME_CHARACTERS_MAX: Final = 255
"""Stripe's own limit for its ids; longer ones would never fit a key of ours, however often delivered."""


class EventUnreadable(Invalid):
    """Signed, but no event that we can read."""

    code = "webhook_unreadable"


REFUSED: Final = (
    webhook_signature.SignatureMissing,
    webhook_signature.SignatureWrong,
    webhook_signature.SignatureTooOld,
    EventUnreadable,
)


@dataclass(frozen=True, slots=True)
class Received:
    """``outcome``: ``queued``, ``done``, ``repeated``, ``ignored`` (a type we do not listen to), or the code of why it
    was only noted."""

    event_id: str
    outcome: str


class _Object(msgspec.Struct):
    id: str = ""


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Data
    livemode: bool = False


_read_event = msgspec.json.Decoder(_Event)


def receive(body: bytes, signature: str, now_ms: int) -> Received:
    """One delivery of a webhook, from its raw body: put into the queue where there is one, else handled now.

    Raises SignatureMissing, SignatureWrong, SignatureTooOld, EventUnreadable: refused, nothing was kept.
    Raises Unavailable, Busy when it should be delivered again.
    """
    _check(body, signature, now_ms)
    try:
        told = _read_event.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise EventUnreadable() from error
    if max(len(told.id), len(told.type), len(told.data.object.id)) > _NAME_CHARACTERS_MAX:
        raise EventUnreadable()
    event = Event(told.id, told.type, told.data.object.id, told.livemode)
    if settings().payments_queue and event.kind in _HANDLERS:
        gateway.enqueue(event)
        return Received(event.event_id, "queued")
    return handle(event, now_ms)


def _check(body: bytes, signature: str, now_ms: int) -> None:
    """A signature that does not fit may be made with a secret that is newer than what this process has read."""
    held = settings().stripe_webhook_secrets
    try:
        webhook_signature.check(body, signature, held, now_ms)
    except webhook_signature.SignatureWrong:
        newer = settings().newer_stripe_webhook_secrets()
        if newer == held:
            raise
        webhook_signature.check(body, signature, newer, now_ms)


def queued(body: str) -> Event | None:
    """The event in a message of the queue; None where it is no message of ours."""
    return queued_events.read(body)


def handle_queued(body: str, now_ms: int) -> Received:
    """A message of the queue. Raises EventUnreadable, and what ``handle`` raises."""
    event = queued(body)
    if event is None:
        raise EventUnreadable()
    return handle(event, now_ms)


def handle(event: Event, now_ms: int) -> Received:
    """An event that is known to be genuine. What cannot be booked is noted with its reason, so that the
    sender does not repeat for days what will not change. Raises Unavailable, Busy, Corrupt."""
    handler = _HANDLERS.get(event.kind)
    if handler is None:
        return Received(event.event_id, "ignored")
    if notices.done(event.event_id):
        return Received(event.event_id, "repeated")
    outcome, detail = "done", ""
    if event.livemode != gateway.is_live():
        outcome, detail = "payment_foreign_money", "livemode"
    else:
        try:
            handler(event.object_id, now_ms)
        except (Unavailable, Busy, Corrupt):
            raise
        except DomainError as error:
            outcome, detail = error.code, str(error)
    notices.keep(event, outcome, detail, now_ms)
    return Received(event.event_id, outcome)


def stripe_is_silent(error: Exception) -> bool:
    """Whether Stripe could not be reached at all, so that the next event need not try."""
    return isinstance(error, PaymentsUnavailable) and not error.answered


def problems_page(actor: Actor, cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[notices.Notice], str]:
    """What was noted and not booked, newest first. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))
    return notices.problems(cursor)


def _session(session_id: str, now_ms: int) -> None:
    found = gateway.checkout(session_id)
    if "monthly_id" in found.metadata:
        monthly.settle(found, now_ms)
    else:
        gifts.settle(found, now_ms)


def _invoice(invoice_id: str, now_ms: int) -> None:
    found = gateway.invoice(invoice_id)
    if not found.subscription_id:
        pledges.follow_invoice(found, now_ms)
    elif found.state == "paid":
        monthly.book_invoice(found, now_ms)
    else:
        monthly.note_failed(found, now_ms)


def _subscription(subscription_id: str, now_ms: int) -> None:
    monthly.follow_subscription(subscription_id, now_ms)


def _charge(charge_id: str, now_ms: int) -> None:
    """Its fee may be known by now. The charge of a payment that is not booked yet is not ours to judge:
    the payment brings its fee along."""
    found = gateway.charge(charge_id)
    gift_id = stripe_ids.fact_of(found.intent_id, "gift")
    if gift_id and found.fee is not None:
        booking.book_fee(gift_id, found.fee, now_ms)


_HANDLERS: Final[dict[str, Callable[[str, int], None]]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "checkout.session.expired": _session,
    "invoice.paid": _invoice,
    "invoice.payment_failed": _invoice,
    "invoice.overdue": _invoice,
    "invoice.voided": _invoice,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
    "refund.created": refunds.follow,
    "refund.updated": refunds.follow,
    "refund.failed": refunds.follow,
    "charge.updated": _charge,
    "charge.dispute.created": disputes.follow,
    "charge.dispute.closed": disputes.follow,
    "charge.dispute.funds_withdrawn": disputes.follow,
    "charge.dispute.funds_reinstated": disputes.follow,
    "payout.created": payouts.follow,
    "payout.updated": payouts.follow,
    "payout.paid": payouts.follow,
    "payout.failed": payouts.follow,
    "payout.canceled": payouts.follow,
}
