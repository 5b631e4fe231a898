"""What the payment provider tells us, as plain facts: never a Stripe object. Pure.

Amounts in fen; times in ms. ``currency`` is checked by the gateway before a fact leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chalicelib.errors import NotFound, Refused, Unavailable


class PaymentsUnavailable(Unavailable):
    """The payment service did not answer, or not in time: what was asked may or may not have
    happened; asking again with the same key is safe. ``answered`` is True when it said that it
    failed itself (5xx), which it would repeat for the same key."""

    code = "payments_unavailable"

    @property
    def answered(self) -> bool:
        return self.fields.get("answered") is True


class PaymentsBusy(PaymentsUnavailable):
    """Too many requests, or the very same one is still running (429, 409)."""

    code = "payments_busy"


class EventNotQueued(Unavailable):
    """An event of Stripe's could not be put into the queue; Stripe is to deliver it again. Field: ``event``."""

    code = "payment_event_not_queued"


class PaymentsMisconfigured(Unavailable):
    """The key is wrong, has no right to this, or is a live key in a demo."""

    code = "payments_misconfigured"


class PaymentsRefused(Refused):
    """The payment service does not do this. Fields: ``reason``, its own code, ``param``."""

    code = "payments_refused"


class NotAtStripe(NotFound):
    """No such object in this account. Field: ``object_id``."""

    code = "payment_object_unknown"


class ForeignMoney(Refused):
    """Money in another currency than CNY, or of the other mode (test or live). Never booked.
    Fields: ``object_id``, ``what``."""

    code = "payment_foreign_money"


@dataclass(frozen=True, slots=True)
class Fee:
    """A balance transaction of a charge: what Stripe kept of it."""

    transaction_id: str
    gross_fen: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that succeeded. ``fee`` is None until the balance transaction is known."""

    intent_id: str
    charge_id: str
    amount_fen: int
    paid_ms: int
    fee: Fee | None = None


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """A Checkout session just created."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A Checkout session as it stands. ``state``: ``open``, ``paid`` (the money is there),
    ``processing`` (an asynchronous method), ``failed``, ``expired``; ``subscribed`` in subscription
    mode, where the invoices say what was paid."""

    session_id: str
    state: Literal["open", "paid", "processing", "failed", "expired", "subscribed"]
    url: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    payment: Payment | None = None
    subscription_id: str = ""
    customer_id: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as it stands; ``intent_id`` finds its gift."""

    charge_id: str
    intent_id: str
    fee: Fee | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """``state`` is Stripe's own: active, past_due, canceled, …; ``ends_ms`` when it is to end."""

    subscription_id: str
    state: str
    cancel_at_period_end: bool
    period_end_ms: int
    ended_ms: int | None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as it stands. ``payment`` is None where nothing was paid through Stripe, also when
    it was marked as paid out of band."""

    invoice_id: str
    state: str
    amount_due_fen: int
    hosted_url: str
    created_ms: int
    subscription_id: str = ""
    due_ms: int | None = None
    payment: Payment | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StripeRefund:
    """``state``: pending, requires_action, succeeded, failed, canceled."""

    refund_id: str
    intent_id: str
    amount_fen: int
    state: str
    created_ms: int
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.state in ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class Dispute:
    """``withdrawn_fen`` and ``fee_fen`` are what the bank and Stripe took; both 0 for an inquiry
    that took nothing. ``reinstated_fen`` came back."""

    dispute_id: str
    intent_id: str
    state: str
    withdrawn_fen: int
    fee_fen: int
    reinstated_fen: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way from Stripe to the bank. ``state``: pending, in_transit, paid, failed, canceled."""

    payout_id: str
    state: str
    amount_fen: int
    created_ms: int
    arrival_ms: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at Stripe: only a hint which object to look at again."""

    event_id: str
    kind: str
    object_id: str
    livemode: bool
