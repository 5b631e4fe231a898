"""Subscriptions and invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.fund.gateway.client import CURRENCY, ask, fee_of, id_of, metadata_of, options, ours, plain
from chalicelib.fund.model.stripe_objects import Invoice, Payment, Subscription


def subscription(subscription_id: str) -> Subscription:
    found: Any = ask(lambda c: c.v1.subscriptions.retrieve(subscription_id), subscription_id)
    return _subscription(found)


def cancel_subscription(subscription_id: str, *, at_period_end: bool, key: str) -> Subscription:
    """Raises PaymentsRefused or NotAtStripe when it has ended already."""
    if at_period_end:
        params: Any = {"cancel_at_period_end": True}
        return _subscription(
            ask(lambda c: c.v1.subscriptions.update(subscription_id, params, options(key)), subscription_id)
        )
    return _subscription(ask(lambda c: c.v1.subscriptions.cancel(subscription_id), subscription_id))


def invoice(invoice_id: str) -> Invoice:
    """The invoice as it stands, with the payment that met it; out of band payments are none."""
    params: Any = {"expand": ["payments", "amount_paid_off_stripe"]}
    found: Any = ask(lambda c: c.v1.invoices.retrieve(invoice_id, params), invoice_id)
    ours(found, invoice_id)
    parent = getattr(found, "parent", None)
    details = getattr(parent, "subscription_details", None) if parent is not None else None
    paid = None
    if found.status == "paid" and found.amount_paid > 0 and not getattr(found, "amount_paid_off_stripe", 0):
        paid = _invoice_payment(found)
    return Invoice(
        invoice_id=invoice_id,
        state=plain(found.status),
        amount_due_fen=found.amount_due,
        hosted_url=found.hosted_invoice_url or "",
        created_ms=found.created * 1000,
        subscription_id=id_of(details.subscription) if details is not None else "",
        due_ms=found.due_date * 1000 if found.due_date else None,
        payment=paid,
        metadata=metadata_of(found),
    )


def new_customer(name: str, reference: str, key: str) -> str:
    params: Any = {"name": name, "metadata": {"pledge_id": reference}}
    return str(ask(lambda c: c.v1.customers.create(params, options(key))).id)


def send_invoice(
    *, customer_id: str, amount_fen: int, name: str, days_until_due: int, metadata: Mapping[str, str], key: str
) -> Invoice:
    """Draft, line, finalize, send: each step under the same key, so that a repeat goes on where it stopped."""
    create: Any = {
        "customer": customer_id,
        "collection_method": "send_invoice",
        "days_until_due": days_until_due,
        "currency": CURRENCY,
        "auto_advance": False,
        "metadata": dict(metadata),
        "description": name,
    }
    drafted = ask(lambda c: c.v1.invoices.create(create, options(key)))
    line: Any = {
        "customer": customer_id,
        "invoice": drafted.id,
        "amount": amount_fen,
        "currency": CURRENCY,
        "description": name,
    }
    ask(lambda c: c.v1.invoice_items.create(line, options(f"{key}:line")))
    ask(lambda c: c.v1.invoices.finalize_invoice(drafted.id, {}, options(f"{key}:finalize")))
    ask(lambda c: c.v1.invoices.send_invoice(drafted.id, {}, options(f"{key}:send")))
    return invoice(str(drafted.id))


def mark_paid_elsewhere(invoice_id: str, key: str) -> None:
    """Nobody can pay it here any more; nothing is charged. Raises PaymentsRefused unless it was open."""
    params: Any = {"paid_out_of_band": True}
    ask(lambda c: c.v1.invoices.pay(invoice_id, params, options(key)), invoice_id)


def _invoice_payment(found: Any) -> Payment | None:
    for one in found.payments.data:
        intent_id = id_of(getattr(one.payment, "payment_intent", None))
        if one.status == "paid" and intent_id:
            return _paid_by(intent_id, found.status_transitions.paid_at)
    return None


def _paid_by(intent_id: str, paid_s: int | None) -> Payment:
    params: Any = {"expand": ["latest_charge.balance_transaction"]}
    intent: Any = ask(lambda c: c.v1.payment_intents.retrieve(intent_id, params), intent_id)
    ours(intent, intent_id)
    charge = intent.latest_charge
    return Payment(intent_id, charge.id, intent.amount_received, (paid_s or charge.created) * 1000, fee_of(charge))


def _subscription(found: Any) -> Subscription:
    ours(found, found.id)
    ends = [item.current_period_end for item in found["items"].data]
    return Subscription(
        subscription_id=found.id,
        state=plain(found.status),
        cancel_at_period_end=bool(found.cancel_at_period_end),
        period_end_ms=max(ends, default=0) * 1000,
        ended_ms=found.ended_at * 1000 if found.ended_at else None,
        metadata=metadata_of(found),
    )
