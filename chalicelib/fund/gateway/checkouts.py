"""Checkout sessions, once and monthly, and what became of them."""

from __future__ import annotations

from typing import Any

from chalicelib.fund.gateway.client import (
    CURRENCY,
    ask,
    fee_of,
    id_of,
    metadata_of,
    must_settle_in_cny,
    options,
    ours,
    payment_of,
    plain,
)
from chalicelib.fund.model.stripe_objects import Charge, Checkout, OpenedCheckout


def open_checkout(
    *,
    gift_id: str,
    amount_fen: int,
    name: str,
    success_url: str,
    cancel_url: str,
    expires_at: int,
    key: str,
    locale: str = "zh",
) -> OpenedCheckout:
    """A session to pay one gift once. ``expires_at`` in ms, 30 minutes to 24 hours ahead."""
    metadata = {"gift_id": gift_id}
    return _open(
        {
            "mode": "payment",
            "submit_type": "donate",
            "client_reference_id": gift_id,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": name},
            "line_items": [_line(name, amount_fen)],
            "locale": locale,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": expires_at // 1000,
        },
        key,
    )


def open_subscription(
    *,
    monthly_id: str,
    amount_fen: int,
    name: str,
    success_url: str,
    cancel_url: str,
    expires_at: int,
    key: str,
    locale: str = "zh",
) -> OpenedCheckout:
    """A session to begin a gift that repeats every month by card."""
    metadata = {"monthly_id": monthly_id}
    return _open(
        {
            "mode": "subscription",
            "client_reference_id": monthly_id,
            "metadata": metadata,
            "subscription_data": {"metadata": metadata, "description": name},
            "line_items": [_line(name, amount_fen, recurring={"interval": "month"})],
            "locale": locale,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": expires_at // 1000,
        },
        key,
    )


def checkout(session_id: str) -> Checkout:
    """The session as it stands now, with its payment."""
    params: Any = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    found: Any = ask(lambda c: c.v1.checkout.sessions.retrieve(session_id, params), session_id)
    ours(found, session_id)
    intent = found.payment_intent
    if found.mode == "subscription":
        state: Any = "subscribed" if found.status == "complete" else plain(found.status)
    elif found.payment_status == "paid" and intent is not None:
        state = "paid"
    elif found.status != "complete":
        state = plain(found.status)
    else:
        state = "processing" if intent is not None and intent.status == "processing" else "failed"
    return Checkout(
        session_id=session_id,
        state=state,
        url=found.url or "",
        metadata=metadata_of(found),
        payment=payment_of(intent) if state == "paid" else None,
        subscription_id=id_of(found.subscription),
        customer_id=id_of(found.customer),
    )


def expire_checkout(session_id: str) -> None:
    """Close a session so that nobody can pay it any more. Raises PaymentsRefused unless it was open."""
    ask(lambda c: c.v1.checkout.sessions.expire(session_id), session_id)


def charge(charge_id: str) -> Charge:
    params: Any = {"expand": ["balance_transaction"]}
    found: Any = ask(lambda c: c.v1.charges.retrieve(charge_id, params), charge_id)
    ours(found, charge_id)
    return Charge(charge_id, id_of(found.payment_intent), fee_of(found))


def _open(params: Any, key: str) -> OpenedCheckout:
    must_settle_in_cny()
    made = ask(lambda c: c.v1.checkout.sessions.create(params, options(key)))
    return OpenedCheckout(made.id, made.url or "")


def _line(name: str, amount_fen: int, **price: Any) -> dict[str, Any]:
    data = {"currency": CURRENCY, "unit_amount": amount_fen, "product_data": {"name": name}, **price}
    return {"price_data": data, "quantity": 1}
