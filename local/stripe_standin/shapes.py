"""Answers have the keys that the SDK's resource classes declare for this API version."""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import Any, ClassVar, Union, get_args, get_origin

import stripe
from stripe.checkout import Session

_CLASSES: dict[str, Any] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "invoiceitem": stripe.InvoiceItem,
    "item": stripe.LineItem,
    "line_item": stripe.InvoiceLineItem,
    "payment_intent": stripe.PaymentIntent,
    "payout": stripe.Payout,
    "price": stripe.Price,
    "product": stripe.Product,
    "refund": stripe.Refund,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "webhook_endpoint": stripe.WebhookEndpoint,
}

# Declared by the SDK, yet not in a plain answer: only when expanded, deleted, or just created.
_LEFT_OUT: dict[str, set[str]] = {
    "charge": {"refunds", "level3", "authorization_code", "transfer"},
    "checkout.session": {"line_items"},
    "customer": {"sources", "subscriptions", "tax", "tax_ids", "cash_balance", "deleted"}
    | {"invoice_credit_balance", "customer_account", "business_name", "individual_name"},
    "event": {"account", "context"},
    "invoice": {"payments", "confirmation_secret", "amount_paid_off_stripe", "deleted"}
    | {"threshold_reason", "total_pretax_credit_amounts"},
    "invoiceitem": {"deleted"},
    "price": {"currency_options", "tiers", "deleted"},
    "product": {"deleted"},
    "subscription_item": {"deleted"},
    "webhook_endpoint": {"secret", "deleted"},
}


@cache
def _declared(kind: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(all keys, keys that may be null, keys that are lists) of an object of this kind."""
    names, nullable, lists = set(), set(), set()
    for name, hint in _CLASSES[kind].__annotations__.items():
        if get_origin(hint) is ClassVar:
            continue
        names.add(name)
        if get_origin(hint) is Union and NoneType in get_args(hint):
            nullable.add(name)
        elif get_origin(hint) is list:
            lists.add(name)
    return frozenset(names), frozenset(nullable), frozenset(lists)


def shape(kind: str, **fields: Any) -> dict[str, Any]:
    """An object of `kind` with every key of a plain answer: what is not given is null or [].

    Names starting with "_" are the stand-in's own notes and never leave it. A key that the SDK
    does not declare, or a required one left out, is a mistake in the stand-in and raises.
    """
    names, nullable, lists = _declared(kind)
    notes = {name for name in fields if name.startswith("_")}
    if unknown := fields.keys() - names - notes:
        raise KeyError(f"{kind} has no {sorted(unknown)}")
    body: dict[str, Any] = {"id": fields.pop("id"), "object": kind}
    for name in sorted(names - {"id", "object"} - _LEFT_OUT.get(kind, set())):
        if name in fields:
            body[name] = fields[name]
        elif name in lists:
            body[name] = []
        elif name == "livemode":
            body[name] = False
        elif name == "metadata":
            body[name] = {}
        elif name in nullable:
            body[name] = None
        else:
            raise KeyError(f"{kind} needs {name}")
    body.update({name: fields[name] for name in fields.keys() - body.keys()})
    return body


def public(body: dict[str, Any]) -> dict[str, Any]:
    """Without the stand-in's own notes."""
    return {key: value for key, value in body.items() if not key.startswith("_")}


def listing(data: list[dict[str, Any]], url: str, *, has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
