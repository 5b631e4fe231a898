"""Every object the stand-in shows has the keys and types that stripe-python declares for it.

The SDK's resource classes are generated from Stripe's specification of this API version: what is
not optional there must be here, and nothing may be here that is not there.
"""

from __future__ import annotations

import importlib
import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject

from local.stripe_standin import StripeStandIn
from tests.local.stripe_standin.steps import gift_params, give, monthly_params, sent_invoice, subscribe


@cache
def class_of(kind: str) -> Any:
    module, name = OBJECT_CLASSES[kind]
    return getattr(importlib.import_module(module), name)


def wrong(cls: Any, body: dict[str, Any], path: str) -> Iterator[str]:
    """A sentence for each key of `body` that is missing, unknown or of another type."""
    if body.get("deleted"):
        return
    declared = {name: hint for name, hint in cls.__annotations__.items() if get_origin(hint) is not ClassVar}
    for name in body.keys() - declared.keys():
        yield f"{path}.{name} is not declared"
    for name, hint in declared.items():
        if name in body:
            yield from unfit(hint, body[name], f"{path}.{name}")
        elif NoneType not in get_args(hint):
            yield f"{path}.{name} is missing"


def unfit(hint: Any, value: Any, path: str) -> Iterator[str]:
    if hint is Any:
        return
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if value is None:
        if NoneType not in options:
            yield f"{path} is null"
        return
    literals = [one for option in options if get_origin(option) is Literal for one in get_args(option)]
    if isinstance(value, str) and literals and not any(isinstance(o, ForwardRef) for o in options):
        if value not in literals:
            yield f"{path} = {value!r} is none of {literals[:6]}"
        return
    found = [list(unfit_for(option, value, path)) for option in options if option is not NoneType]
    if all(found):
        yield from min(found, key=len)


def unfit_for(option: Any, value: Any, path: str) -> Iterator[str]:
    origin, kinds = get_origin(option), {str: str, int: int, bool: bool, float: int, Decimal: str}
    if option in kinds:
        if type(value) is not kinds[option]:
            yield f"{path} is {value!r}, not {option.__name__}"
    elif origin is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from unfit(get_args(option)[0], item, f"{path}[{index}]")
    elif origin is ListObject and isinstance(value, dict):
        for index, item in enumerate(value["data"]):
            yield from wrong(class_of(item["object"]), item, f"{path}.data[{index}]")
    elif origin is UntypedStripeObject and isinstance(value, dict):
        for key, item in value.items():
            yield from unfit(get_args(option)[0], item, f"{path}.{key}")
    elif isinstance(option, ForwardRef) and isinstance(value, dict):
        yield from wrong(class_of(value["object"]), value, path)
    elif isinstance(option, type) and issubclass(option, StripeObject) and isinstance(value, dict):
        yield from wrong(option, value, path)
    elif isinstance(option, str) and isinstance(value, dict):
        yield from wrong(class_of(value["object"]), value, path)
    else:
        yield f"{path} does not fit {option}"


def shown(standin: StripeStandIn, path: str) -> dict[str, Any]:
    """An answer of the API as it goes over the wire."""
    request = urllib.request.Request(f"{standin.url}{path}", headers={"Authorization": "Bearer sk_test_x"})
    with urllib.request.urlopen(request) as answer:
        body: dict[str, Any] = json.load(answer)
    return body


def live_a_little(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    """One of everything that can happen."""
    v1 = client.v1
    paid = give(client, standin)
    for outcome in ("succeeded", "pending", "failed"):
        standin.configure(refund_outcome=outcome)
        v1.refunds.create({"payment_intent": paid, "amount": 100})
    for won in (True, False):
        standin.close_dispute(standin.open_dispute(give(client, standin))["id"], won=won)
    standin.decline(v1.checkout.sessions.create(gift_params()).id)
    wechat = v1.checkout.sessions.create(
        gift_params(allowed_payment_method_types=["wechat_pay"], customer_email="a@b.cn")
    )
    standin.pay_later(wechat.id)
    standin.settle_async(wechat.id)
    alipay = v1.checkout.sessions.create(gift_params(customer_creation="always"))
    standin.pay(alipay.id, "alipay")
    standin.expire(v1.checkout.sessions.create(monthly_params()).id)
    monthly = subscribe(client, standin)
    standin.advance_month(monthly)
    standin.advance_month(monthly, paid=False)
    v1.subscriptions.update(monthly, {"pause_collection": {"behavior": "void"}, "cancel_at_period_end": True})
    standin.advance_month(monthly)
    standin.pay_invoice(sent_invoice(client).id)
    v1.invoices.pay(sent_invoice(client).id, {"paid_out_of_band": True})
    v1.invoices.void_invoice(sent_invoice(client).id)
    v1.invoices.mark_uncollectible(sent_invoice(client).id)
    give(client, standin, 900_000)
    standin.fail_payout(standin.pay_out()["id"])
    v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})


SHOWN = {
    "/v1/balance_transactions": "expand[]=data.source",
    "/v1/charges": "expand[]=data.refunds&expand[]=data.balance_transaction",
    "/v1/checkout/sessions": "expand[]=data.line_items&expand[]=data.subscription&expand[]=data.customer",
    "/v1/customers": "expand[]=data.subscriptions",
    "/v1/disputes": "expand[]=data.charge",
    "/v1/events": "",
    "/v1/invoice_payments": "expand[]=data.payment.payment_intent&expand[]=data.invoice",
    "/v1/invoiceitems": "",
    "/v1/invoices": "expand[]=data.payments&expand[]=data.confirmation_secret&expand[]=data.amount_paid_off_stripe",
    "/v1/payment_intents": "expand[]=data.latest_charge.balance_transaction",
    "/v1/payouts": "expand[]=data.balance_transaction",
    "/v1/prices": "expand[]=data.product",
    "/v1/products": "",
    "/v1/refunds": "expand[]=data.payment_intent&expand[]=data.failure_balance_transaction",
    "/v1/subscriptions": "status=all&expand[]=data.latest_invoice",
    "/v1/webhook_endpoints": "",
}


def test_every_object_has_the_declared_shape(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    live_a_little(standin, client)
    faults, kinds = [], set()
    for path, query in SHOWN.items():
        for body in shown(standin, f"{path}?limit=100&{query}")["data"]:
            kinds.add(body["object"])
            faults += wrong(class_of(body["object"]), body, body["object"])
    assert sorted(set(faults)) == []
    assert len(kinds) == len(SHOWN)


def test_what_events_carry_has_the_declared_shape(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    live_a_little(standin, client)
    [known] = [hint for name, hint in stripe.Event.__annotations__.items() if name == "type"]
    faults, types = [], set()
    for event in (one.event for one in standin.signed_events()):
        types.add(event["type"])
        carried = event["data"]["object"]
        faults += wrong(class_of(carried["object"]), carried, f"{event['type']}: {carried['object']}")
    assert sorted(set(faults)) == []
    assert types <= set(get_args(known))
    assert len(types) > 35


def test_the_checker_finds_faults(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = shown(standin, f"/v1/payment_intents/{give(client, standin)}")
    assert list(wrong(stripe.PaymentIntent, intent, "pi")) == []
    spoilt = {**intent, "amount": "10000", "colour": "red", "status": "lovely"}
    del spoilt["currency"]
    assert sorted(wrong(stripe.PaymentIntent, spoilt, "pi")) == [
        "pi.amount is '10000', not int",
        "pi.colour is not declared",
        "pi.currency is missing",
        next(one for one in wrong(stripe.PaymentIntent, spoilt, "pi") if one.startswith("pi.status = 'lovely'")),
    ]
