"""What the gateway makes of Stripe's answers, over real HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from chalicelib import config
from chalicelib.errors import DomainError
from chalicelib.fund import gateway
from chalicelib.fund.model import gift_faults as gifts_faults
from chalicelib.fund.model import stripe_objects as says
from chalicelib.fund.service import refunds
from tests.store.fund.giving import Giving, balance, books_hold, open_for_gifts, pot
from tests.store.fund.people import MANAGER, NOW, submission

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def test_a_live_key_in_the_demo_is_refused_before_anything_is_sent(giving: Giving) -> None:
    gift = giving.start()
    os.environ.update(LINLI_DEMO="1", LINLI_STRIPE_SECRET_KEY="sk_live_x")
    config.settings.cache_clear()
    with pytest.raises(says.PaymentsMisconfigured) as refused:
        giving.session_of(gift.id)
    assert refused.value.fields == {"reason": "live_key_in_demo"}
    assert giving.find("checkout.session") == []


def test_an_account_that_settles_in_another_currency_takes_nothing(giving: Giving) -> None:
    giving.stripe.configure(settlement_currency="usd")
    gift = giving.start()
    with pytest.raises(says.PaymentsMisconfigured):
        giving.session_of(gift.id)


@pytest.mark.parametrize(
    "look",
    [
        gateway.checkout,
        gateway.charge,
        gateway.invoice,
        gateway.subscription,
        gateway.refund,
        gateway.dispute,
        gateway.payout,
    ],
)
def test_what_is_not_at_stripe(giving: Giving, look: Callable[[str], Any]) -> None:
    with pytest.raises(says.NotAtStripe):
        look("xx_nobody")


@pytest.mark.parametrize(
    ("status", "fault", "answered"),
    [
        (0, says.PaymentsUnavailable, False),
        (500, says.PaymentsUnavailable, True),
        (503, says.PaymentsUnavailable, True),
        (409, says.PaymentsBusy, False),
        (429, says.PaymentsBusy, False),
        (401, says.PaymentsMisconfigured, None),
    ],
)
def test_each_kind_of_failure(giving: Giving, status: int, fault: type[DomainError], answered: bool | None) -> None:
    giving.stripe.fail_next(3, status=status)
    with pytest.raises(fault) as failed:
        gateway.charge("ch_x")
    if answered is not None:
        assert failed.value.fields["answered"] is answered


def test_a_short_trouble_is_overcome_without_a_word(giving: Giving) -> None:
    gift = giving.start()
    giving.stripe.fail_next(2, status=500, path="/v1/checkout")
    assert giving.session_of(gift.id)


def test_dollars_are_noted_and_not_booked(giving: Giving) -> None:
    """Somebody made a payment link in the dashboard that names one of our gifts, in another currency."""
    gift = giving.start()
    client = stripe.StripeClient("sk_test_giving", base_addresses={"api": giving.stripe.url})
    params: Any = {
        "mode": "payment",
        "success_url": "https://x.example",
        "metadata": {"gift_id": gift.id},
        "line_items": [
            {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "x"}}}
        ],
    }
    giving.stripe.pay(client.v1.checkout.sessions.create(params).id)
    assert "payment_foreign_money" in giving.deliver()
    assert balance("asset:stripe") == 0
    books_hold()


def test_when_stripe_refuses_a_refund_everything_is_as_before(giving: Giving) -> None:
    gift = giving.given(50)
    giving.stripe.refund_in_dashboard(gift.intent_id)
    with pytest.raises(gifts_faults.RefundRefused) as refused:
        refunds.request_refund(MANAGER, gift.id, None, "误捐", submission=submission("r"), now_ms=NOW)
    assert refused.value.fields == {"reason": "charge_already_refunded"}
    giving.deliver()
    assert pot().committed_fen == 5000
    assert [one.state for one in refunds.of_gift(MANAGER, gift.id)].count("refused") == 1
    books_hold()
