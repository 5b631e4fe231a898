"""What the tests of the stand-in do again and again."""

from __future__ import annotations

from typing import Any

import stripe

from local.stripe_standin import StripeStandIn

SUCCESS = "http://app.test/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL = "http://app.test/give?left=1"


def gift_params(amount_fen: int = 10_000, **more: Any) -> dict[str, Any]:
    line = {
        "quantity": 1,
        "price_data": {"currency": "cny", "unit_amount": amount_fen, "product_data": {"name": "爱心捐赠"}},
    }
    return {
        "mode": "payment",
        "submit_type": "donate",
        "locale": "zh",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "client_reference_id": "donation-1",
        "line_items": [line],
        "metadata": {"donation": "donation-1"},
        "payment_intent_data": {"metadata": {"donation": "donation-1"}},
        **more,
    }


def monthly_params(amount_fen: int = 3_000, **more: Any) -> dict[str, Any]:
    price = {
        "currency": "cny",
        "unit_amount": amount_fen,
        "recurring": {"interval": "month"},
        "product_data": {"name": "小微商户月捐"},
    }
    return {
        "mode": "subscription",
        "success_url": SUCCESS,
        "line_items": [{"quantity": 1, "price_data": price}],
        "subscription_data": {"metadata": {"pledge": "pledge-1"}},
        **more,
    }


def give(client: stripe.StripeClient, standin: StripeStandIn, amount_fen: int = 10_000, **more: Any) -> str:
    """A gift paid by card; its payment intent's id."""
    session = client.v1.checkout.sessions.create(gift_params(amount_fen, **more))
    return str(standin.pay(session.id)["payment_intent"])


def subscribe(client: stripe.StripeClient, standin: StripeStandIn, amount_fen: int = 3_000) -> str:
    """A monthly gift whose first month is paid; its subscription's id."""
    session = client.v1.checkout.sessions.create(monthly_params(amount_fen))
    return str(standin.pay(session.id)["subscription"])


def sent_invoice(client: stripe.StripeClient, amount_fen: int = 500_000, **more: Any) -> stripe.Invoice:
    """An open invoice of one instalment, sent to a customer."""
    customer = client.v1.customers.create({"name": "暖心有限公司", "email": "money@example.cn"})
    draft = client.v1.invoices.create(
        {
            "customer": customer.id,
            "collection_method": "send_invoice",
            "days_until_due": 30,
            "currency": "cny",
            "metadata": {"instalment": "i-1"},
            **more,
        }
    )
    client.v1.invoice_items.create(
        {
            "customer": customer.id,
            "invoice": draft.id,
            "amount": amount_fen,
            "currency": "cny",
            "description": "第一期定捐",
        }
    )
    client.v1.invoices.finalize_invoice(draft.id)
    return client.v1.invoices.send_invoice(draft.id)


def told(standin: StripeStandIn) -> list[str]:
    """The types of all events queued since last asked, in the order in which they happened."""
    return [one.type for one in standin.pending_events()]
