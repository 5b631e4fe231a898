"""Stripe, in the fund's own verbs: plain facts out, our own errors, keys of idempotency given by the service."""

from __future__ import annotations

from chalicelib.fund.gateway.billing import (
    cancel_subscription,
    invoice,
    mark_paid_elsewhere,
    new_customer,
    send_invoice,
    subscription,
)
from chalicelib.fund.gateway.checkouts import charge, checkout, expire_checkout, open_checkout, open_subscription
from chalicelib.fund.gateway.client import is_live
from chalicelib.fund.gateway.events import EVENT_TYPES, undelivered_events
from chalicelib.fund.gateway.movements import dispute, payout, refund, refund_payment, refunds_of
from chalicelib.fund.gateway.queue import enqueue

__all__ = [
    "EVENT_TYPES",
    "cancel_subscription",
    "charge",
    "checkout",
    "dispute",
    "enqueue",
    "expire_checkout",
    "invoice",
    "is_live",
    "mark_paid_elsewhere",
    "new_customer",
    "open_checkout",
    "open_subscription",
    "payout",
    "refund",
    "refund_payment",
    "refunds_of",
    "send_invoice",
    "subscription",
    "undelivered_events",
]
