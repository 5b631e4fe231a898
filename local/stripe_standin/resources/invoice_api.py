"""The endpoints of invoices, their items and their payments."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, included, list_page, only_built
from local.stripe_standin.faults import invalid, missing_param, not_built
from local.stripe_standin.resources import collecting, invoices
from local.stripe_standin.resources.prices import check_currency
from local.stripe_standin.shapes import listing

_CREATE_BUILT = {"customer", "collection_method", "days_until_due", "due_date", "description"}
_CREATE_BUILT |= {"metadata", "auto_advance", "currency", "pending_invoice_items_behavior"}
_CREATE_BUILT |= {"footer", "custom_fields", "number", "statement_descriptor"}
_ITEM_BUILT = {"customer", "amount", "currency", "description", "invoice", "metadata"}
_ITEM_BUILT |= {"quantity", "unit_amount_decimal", "period"}


@endpoint("POST", "/v1/invoiceitems", "InvoiceItemCreateParams")
def create_item(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    only_built(params, _ITEM_BUILT, "invoice item create")
    if "customer" not in params:
        raise missing_param("customer")
    account.find("customer", params["customer"], param="customer")
    currency = check_currency(params.get("currency", account.setting("settlement_currency")))
    quantity, amount = _item_amount(params)
    now = account.now()
    item = account.new(
        "invoiceitem",
        "ii",
        amount=amount,
        currency=currency,
        customer=params["customer"],
        date=now,
        description=params.get("description"),
        discountable=True,
        invoice=params.get("invoice"),
        metadata=with_metadata({}, params.get("metadata")),
        net_amount=amount,
        period=params.get("period") or {"start": now, "end": now},
        pricing=None,
        proration=False,
        quantity=quantity,
        quantity_decimal=str(quantity),
        tax_rates=[],
    )
    if "invoice" in params:
        _attach(account, item, _draft(account, params["invoice"]))
    account.emit("invoiceitem.created", item)
    return item


def _item_amount(params: dict[str, Any]) -> tuple[int, int]:
    if ("amount" in params) == ("unit_amount_decimal" in params):
        raise invalid("You must specify either `amount` or `unit_amount_decimal`.", param="amount")
    if "amount" in params:
        if "quantity" in params:
            raise invalid("You may only specify one of these parameters: amount, quantity.")
        return 1, params["amount"]
    if not params["unit_amount_decimal"].lstrip("-").isdigit():
        raise not_built("fractional unit_amount_decimal", param="unit_amount_decimal")
    quantity = params.get("quantity", 1)
    return quantity, int(params["unit_amount_decimal"]) * quantity


def _attach(account: Account, item: dict[str, Any], invoice: dict[str, Any]) -> None:
    if item["currency"] != invoice["currency"]:
        raise invalid("The currency of the invoice item differs from the invoice's.", param="currency")
    if item["customer"] != invoice["customer"]:
        raise invalid("The invoice belongs to another customer.", param="invoice")
    item["invoice"] = invoice["id"]
    account.save(item)
    invoices.add_line(
        invoice,
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        metadata=item["metadata"],
        parent={
            "invoice_item_details": {
                "invoice_item": item["id"],
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": None,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        period=item["period"],
        quantity=item["quantity"],
    )
    account.save(invoice)


@endpoint("GET", "/v1/invoiceitems/{item}", "InvoiceItemRetrieveParams")
def retrieve_item(account: Account, params: dict[str, Any], item: str) -> dict[str, Any]:
    return account.find("invoiceitem", item)


@endpoint("GET", "/v1/invoiceitems", "InvoiceItemListParams")
def list_items(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {n: params.pop(n) for n in ("customer", "invoice") if n in params}
    return list_page(account, "invoiceitem", "/v1/invoiceitems", params, **equal)


@endpoint("POST", "/v1/invoices", "InvoiceCreateParams")
def create(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    only_built(params, _CREATE_BUILT, "invoice create")
    if "customer" not in params:
        raise missing_param("customer")
    method = params.get("collection_method", "charge_automatically")
    if "days_until_due" in params and "due_date" in params:
        raise invalid("You may only specify one of these parameters: days_until_due, due_date.")
    for name in ("days_until_due", "due_date"):
        if name in params and method != "send_invoice":
            raise invalid(f"You can only set `{name}` if `collection_method` is `send_invoice`.", param=name)
    if params.get("due_date", account.now()) < account.now():
        raise invalid("The `due_date` must be in the future.", param="due_date")
    if method == "send_invoice" and not {"days_until_due", "due_date"} & params.keys():
        raise invalid(
            "If invoices are to be sent, `days_until_due` or `due_date` must be specified.",
            param="days_until_due",
        )
    invoice = invoices.draft(
        account,
        customer=params["customer"],
        currency=check_currency(params.get("currency", account.setting("settlement_currency"))),
        billing_reason="manual",
        collection_method=method,
        auto_advance=params.get("auto_advance", False),
        custom_fields=params.get("custom_fields") or None,
        description=params.get("description"),
        due_date=params.get("due_date"),
        footer=params.get("footer"),
        metadata=with_metadata({}, params.get("metadata")),
        number=params.get("number"),
        statement_descriptor=params.get("statement_descriptor"),
        _days_until_due=params.get("days_until_due", 30),
    )
    if params.get("pending_invoice_items_behavior") == "include":
        for item in account.store.find("invoiceitem", customer=params["customer"]):
            if item["invoice"] is None and item["currency"] == invoice["currency"]:
                _attach(account, item, invoice)
    account.emit("invoice.created", invoice)
    return invoice


@endpoint("GET", "/v1/invoices/{invoice}", "InvoiceRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    return account.find("invoice", invoice, param="invoice")


@endpoint("GET", "/v1/invoices", "InvoiceListParams")
def list_invoices(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("customer", "status", "collection_method")
    equal = {n: params.pop(n) for n in names if n in params}
    if "subscription" in params:
        equal["_subscription"] = params.pop("subscription")
    return list_page(account, "invoice", "/v1/invoices", params, **equal)


@endpoint("POST", "/v1/invoices/{invoice}", "InvoiceUpdateParams")
def update(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    only_built(params, {"metadata", "description", "footer"}, "invoice update")
    body = account.find("invoice", invoice, param="invoice")
    if params.keys() - {"metadata", "expand"}:
        _draft(account, invoice)
    changes: dict[str, Any] = {n: params[n] for n in ("description", "footer") if n in params}
    if "metadata" in params:
        changes["metadata"] = with_metadata(body, params["metadata"])
    return account.update(body, "invoice.updated", **changes)


@endpoint("DELETE", "/v1/invoices/{invoice}", "InvoiceDeleteParams")
def delete(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    body = _draft(account, invoice)
    account.store.delete(invoice)
    account.emit("invoice.deleted", body)
    return {"id": invoice, "object": "invoice", "deleted": True}


@endpoint("POST", "/v1/invoices/{invoice}/finalize", "InvoiceFinalizeInvoiceParams")
def finalize(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    only_built(params, {"auto_advance"}, "invoice finalize")
    return collecting.finalize(account, _draft(account, invoice))


@endpoint("POST", "/v1/invoices/{invoice}/send", "InvoiceSendInvoiceParams")
def send(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    body = account.find("invoice", invoice, param="invoice")
    if body["collection_method"] != "send_invoice":
        raise invalid("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if body["status"] == "draft":
        collecting.finalize(account, body)
    if body["status"] not in ("open", "paid"):
        raise invalid(f"You cannot send an invoice that is {body['status']}.")
    account.emit("invoice.sent", body)
    return body


@endpoint("POST", "/v1/invoices/{invoice}/pay", "InvoicePayParams")
def pay(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    only_built(params, {"paid_out_of_band", "payment_method", "off_session"}, "invoice pay")
    body = account.find("invoice", invoice, param="invoice")
    if body["status"] == "draft":
        collecting.finalize(account, body)
    collecting.open_payment(account, body)
    if params.get("paid_out_of_band"):
        return collecting.pay_out_of_band(account, body)
    method = params.get("payment_method", "")
    if method == "pm_card_chargeDeclined":
        return collecting.decline(account, body)
    if method and method != "pm_card_visa":
        raise invalid(f"No such PaymentMethod: '{method}'", param="payment_method")
    if not method and not body.get("_subscription"):
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. "
            "Please set a `default_payment_method`."
        )
    return collecting.pay(account, body, "card")


@endpoint("POST", "/v1/invoices/{invoice}/void", "InvoiceVoidInvoiceParams")
def void(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    return collecting.void(account, account.find("invoice", invoice, param="invoice"))


@endpoint("POST", "/v1/invoices/{invoice}/mark_uncollectible", "InvoiceMarkUncollectibleParams")
def mark_uncollectible(account: Account, params: dict[str, Any], invoice: str) -> dict[str, Any]:
    return collecting.mark_uncollectible(account, account.find("invoice", invoice, param="invoice"))


def _draft(account: Account, id: str) -> dict[str, Any]:
    invoice = account.find("invoice", id, param="invoice")
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't change it.", code="invoice_not_editable")
    return invoice


@included("invoice", "payments")
def payments_of(account: Account, invoice: dict[str, Any]) -> dict[str, Any]:
    found = account.store.find("invoice_payment", invoice=invoice["id"])[::-1]
    return listing(found, f"/v1/invoice_payments?invoice={invoice['id']}")


@included("invoice", "amount_paid_off_stripe")
def paid_off_stripe(account: Account, invoice: dict[str, Any]) -> int:
    stored = account.find("invoice", invoice["id"])
    return int(stored.get("_paid_off_stripe", 0))


@included("invoice", "confirmation_secret")
def confirmation_secret(account: Account, invoice: dict[str, Any]) -> dict[str, Any] | None:
    for payment in account.store.find("invoice_payment", invoice=invoice["id"], is_default=True):
        intent = account.find("payment_intent", payment["_intent"])
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


@endpoint("GET", "/v1/invoice_payments/{payment}", "InvoicePaymentRetrieveParams")
def retrieve_payment(account: Account, params: dict[str, Any], payment: str) -> dict[str, Any]:
    return account.find("invoice_payment", payment)


@endpoint("GET", "/v1/invoice_payments", "InvoicePaymentListParams")
def list_payments(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal: dict[str, Any] = {n: params.pop(n) for n in ("invoice", "status") if n in params}
    if payment := params.pop("payment", None):
        equal["_intent"] = payment.get("payment_intent", "")
    return list_page(account, "invoice_payment", "/v1/invoice_payments", params, **equal)
