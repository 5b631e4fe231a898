"""Drafts of invoices: by hand, or one for each period of a subscription."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account
from local.stripe_standin.resources import collecting
from local.stripe_standin.resources.prices import line_total
from local.stripe_standin.shapes import listing, shape
from local.stripe_standin.store import new_id


def draft(
    account: Account,
    *,
    customer: str,
    currency: str,
    billing_reason: str,
    collection_method: str,
    **fields: Any,
) -> dict[str, Any]:
    now = account.now()
    payer = account.find("customer", customer, param="customer")
    id = new_id("in")
    return account.new(
        "invoice",
        "in",
        id=id,
        account_country="CN",
        account_name="演示收款账户",
        amount_due=0,
        amount_overpaid=0,
        amount_paid=0,
        amount_remaining=0,
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        automatic_tax={
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        billing_reason=billing_reason,
        collection_method=collection_method,
        currency=currency,
        customer=customer,
        customer_address=payer["address"],
        customer_email=payer["email"],
        customer_name=payer["name"],
        customer_phone=payer["phone"],
        customer_tax_exempt="none",
        customer_tax_ids=[],
        issuer={"type": "self"},
        lines=listing([], f"/v1/invoices/{id}/lines"),
        payment_settings={
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=0,
        status="draft",
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        subtotal=0,
        total=0,
        **{"auto_advance": False, "period_start": now, "period_end": now, **fields},
    )


def for_period(
    account: Account,
    subscription: dict[str, Any],
    billing_reason: str,
    one_time: list[dict[str, Any]],
    *,
    paid: bool = True,
) -> dict[str, Any]:
    """The invoice of a subscription's current period, charged at once unless collection pauses."""
    items = subscription["items"]["data"]
    start = items[0]["current_period_start"]
    first = billing_reason == "subscription_create"
    invoice = draft(
        account,
        customer=subscription["customer"],
        currency=subscription["currency"],
        billing_reason=billing_reason,
        collection_method="charge_automatically",
        default_payment_method=None,
        # the invoice's own period is the one that just ended; its lines have the new one
        period_start=start if first else subscription["_previous_start"],
        period_end=start,
        parent={
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        _subscription=subscription["id"],
    )
    subscription["_previous_start"] = start
    for item in items:
        parent = {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        }
        period = {"start": item["current_period_start"], "end": item["current_period_end"]}
        _add_line(account, invoice, item["price"], item["quantity"], parent, period)
    for line in one_time:
        parent = {
            "invoice_item_details": None,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
        period = {"start": start, "end": start}
        _add_line(account, invoice, line["price"], line["quantity"], parent, period)
    account.save(invoice)
    account.emit("invoice.created", invoice)
    return _collect(account, invoice, subscription["pause_collection"], paid)


def _collect(account: Account, invoice: dict[str, Any], pause: dict[str, Any] | None, paid: bool) -> dict[str, Any]:
    behavior = pause["behavior"] if pause else ""
    if behavior == "keep_as_draft":
        return invoice
    collecting.finalize(account, invoice)
    if behavior == "void":
        return collecting.void(account, invoice)
    if behavior == "mark_uncollectible":
        return collecting.mark_uncollectible(account, invoice)
    if paid:
        return collecting.pay(account, invoice, "card")
    return collecting.fail_payment(account, invoice, "card")


def _add_line(
    account: Account,
    invoice: dict[str, Any],
    price: dict[str, Any],
    quantity: int,
    parent: dict[str, Any],
    period: dict[str, int],
) -> None:
    product = account.find("product", price["product"])
    add_line(
        invoice,
        amount=line_total(price, quantity),
        currency=price["currency"],
        description=f"{quantity} × {product['name']}",
        metadata={},
        parent=parent,
        period=period,
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=quantity,
    )


def add_line(invoice: dict[str, Any], **fields: Any) -> None:
    line = shape(
        "line_item",
        id=new_id("il"),
        discount_amounts=[],
        discountable=True,
        invoice=invoice["id"],
        quantity_decimal=str(fields["quantity"]),
        subtotal=fields["amount"],
        taxes=[],
        **fields,
    )
    invoice["lines"]["data"].append(line)
    retotal(invoice)


def retotal(invoice: dict[str, Any]) -> None:
    total = sum(line["amount"] for line in invoice["lines"]["data"])
    invoice.update(
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        total_taxes=[],
        amount_due=max(total, 0),
        amount_remaining=max(total, 0),
    )
