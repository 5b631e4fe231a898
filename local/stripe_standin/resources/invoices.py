"""An invoice's life: draft, open, paid, void or uncollectible; what pays it."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account
from local.stripe_standin.faults import card_declined, invalid
from local.stripe_standin.resources import payments
from local.stripe_standin.resources.prices import line_total
from local.stripe_standin.shapes import listing, shape
from local.stripe_standin.store import new_id

_DAY_S = 86_400


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
        status_transitions=dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
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


def _collect(
    account: Account, invoice: dict[str, Any], pause: dict[str, Any] | None, paid: bool
) -> dict[str, Any]:
    behavior = pause["behavior"] if pause else ""
    if behavior == "keep_as_draft":
        return invoice
    finalize(account, invoice)
    if behavior == "void":
        return void(account, invoice)
    if behavior == "mark_uncollectible":
        return mark_uncollectible(account, invoice)
    if paid:
        return pay(account, invoice, "card")
    return fail_payment(account, invoice, "card")


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


def finalize(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    """Draft → open, with its number, its page and the payment intent that is to pay it."""
    now = account.now()
    customer = account.find("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['id'][-4:]}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    account.save(customer)
    invoice["status_transitions"]["finalized_at"] = now
    invoice.update(
        status="open",
        number=invoice["number"] or number,
        effective_at=now,
        ending_balance=0,
        due_date=_due_date(invoice, now),
        hosted_invoice_url=f"{account.url}/i/{invoice['id']}",
        auto_advance=invoice["collection_method"] == "charge_automatically",
    )
    account.save(invoice)
    if invoice["amount_due"] == 0:
        account.emit("invoice.finalized", invoice)
        return _paid(account, invoice, amount_paid=0)
    intent = payments.new_intent(
        account,
        invoice["amount_due"],
        invoice["currency"],
        customer=invoice["customer"],
        description=invoice["description"] or f"Payment for Invoice {invoice['number']}",
    )
    account.new(
        "invoice_payment",
        "inpay",
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
        _intent=intent["id"],
    )
    account.emit("invoice.finalized", invoice)
    return invoice


def _due_date(invoice: dict[str, Any], now: int) -> int | None:
    if invoice["due_date"] or invoice["collection_method"] == "charge_automatically":
        due: int | None = invoice["due_date"]
        return due
    return now + int(invoice.get("_days_until_due", 30)) * _DAY_S


def open_payment(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    """The invoice payment that waits; raises as Stripe does where there is nothing to pay."""
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] == "void":
        raise invalid("This invoice has been voided and cannot be paid.", code="invoice_not_editable")
    return account.store.find("invoice_payment", invoice=invoice["id"], status="open")[0]


def pay(account: Account, invoice: dict[str, Any], method: str) -> dict[str, Any]:
    if invoice["status"] == "paid":  # nothing was due
        return invoice
    payment = open_payment(account, invoice)
    intent = account.find("payment_intent", payment["_intent"])
    payments.succeed(account, intent, method)
    payment.update(status="paid", amount_paid=intent["amount"])
    payment["status_transitions"]["paid_at"] = account.now()
    account.save(payment)
    account.emit("invoice_payment.paid", payment)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    return _paid(account, invoice, amount_paid=intent["amount"])


def pay_out_of_band(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    """Marked as paid elsewhere: no charge, no balance transaction; the intent is cancelled."""
    payment = open_payment(account, invoice)
    payments.cancel(account, account.find("payment_intent", payment["_intent"]), "automatic")
    _cancel_payment(account, payment)
    invoice["_paid_off_stripe"] = invoice["amount_due"]
    return _paid(account, invoice, amount_paid=invoice["amount_due"])


def _paid(account: Account, invoice: dict[str, Any], *, amount_paid: int) -> dict[str, Any]:
    invoice["status_transitions"]["paid_at"] = account.now()
    invoice.update(
        status="paid",
        amount_paid=amount_paid,
        amount_remaining=0,
        next_payment_attempt=None,
        auto_advance=False,
    )
    account.save(invoice)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    return invoice


def fail_payment(account: Account, invoice: dict[str, Any], method: str) -> dict[str, Any]:
    payment = open_payment(account, invoice)
    intent = account.find("payment_intent", payment["_intent"])
    payments.fail(account, intent, method)
    invoice.update(
        attempted=True,
        attempt_count=invoice["attempt_count"] + 1,
        next_payment_attempt=account.now() + 3 * _DAY_S
        if invoice["collection_method"] == "charge_automatically"
        else None,
    )
    account.save(invoice)
    account.emit("invoice.payment_failed", invoice)
    return invoice


def decline(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    """Like `fail_payment`, answered to the caller who tried to pay: 402."""
    fail_payment(account, invoice, "card")
    failed = account.store.find("invoice_payment", invoice=invoice["id"], status="open")[0]
    intent = account.find("payment_intent", failed["_intent"])
    raise card_declined(intent, intent["latest_charge"])


def void(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only void open or uncollectible invoices; it is {invoice['status']}.")
    for payment in account.store.find("invoice_payment", invoice=invoice["id"], status="open"):
        payments.cancel(account, account.find("payment_intent", payment["_intent"]), "void_invoice")
        _cancel_payment(account, payment)
    invoice["status_transitions"]["voided_at"] = account.now()
    invoice.update(status="void", next_payment_attempt=None, auto_advance=False)
    account.save(invoice)
    account.emit("invoice.voided", invoice)
    return invoice


def mark_uncollectible(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    if invoice["status"] != "open":
        raise invalid(f"You can only mark open invoices uncollectible; it is {invoice['status']}.")
    invoice["status_transitions"]["marked_uncollectible_at"] = account.now()
    invoice.update(status="uncollectible", next_payment_attempt=None, auto_advance=False)
    account.save(invoice)
    account.emit("invoice.marked_uncollectible", invoice)
    return invoice


def _cancel_payment(account: Account, payment: dict[str, Any]) -> None:
    payment.update(status="canceled")
    payment["status_transitions"]["canceled_at"] = account.now()
    account.save(payment)


def tell_overdue(account: Account) -> None:
    """invoice.overdue, once, for each open invoice past its due date."""
    for invoice in account.store.find("invoice", status="open"):
        due = invoice["due_date"]
        if due and due <= account.now() and not invoice.get("_told_overdue"):
            invoice["_told_overdue"] = True
            account.save(invoice)
            account.emit("invoice.overdue", invoice)
