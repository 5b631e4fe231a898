"""What becomes of a finished invoice: open, then paid, void or uncollectible."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account
from local.stripe_standin.faults import card_declined, invalid
from local.stripe_standin.resources import payments

_DAY_S = 86_400


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
