"""Which events we listen to, and those that did not reach us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from chalicelib.fund.gateway.client import ask, id_of
from chalicelib.fund.model.stripe_objects import Event

EVENT_TYPES: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.overdue",
    "invoice.voided",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.updated",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
)
"""What the webhook endpoint subscribes to; anything else is answered and passed over."""


def undelivered_events(limit: int) -> Iterator[Event]:
    """Events of the last 30 days that no endpoint of ours has acknowledged, newest first."""
    left, after = limit, ""
    while left > 0:
        params: dict[str, Any] = {"delivery_success": False, "types": _types(), "limit": min(left, 100)}
        if after:
            params["starting_after"] = after
        page = ask(lambda c, p=params: c.v1.events.list(p))  # type: ignore[misc]
        for one in page.data:
            yield Event(one.id, one.type, id_of(one.data.object), one.livemode)
        left, after = left - len(page.data), page.data[-1].id if page.data else ""
        if not page.has_more:
            return


def _types() -> Sequence[str]:
    # Stripe filters by at most 20 types; what is rarest is found by the sweeps over our own facts.
    return [one for one in EVENT_TYPES if one not in ("payout.created", "payout.updated", "payout.canceled")]
