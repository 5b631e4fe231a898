"""Checkout sessions through stripe-python: what the giving pages rely on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from local.stripe_standin import StripeFault, StripeStandIn
from tests.local.stripe_standin.steps import SUCCESS, gift_params, told

THREE_MONTHS_MS = 90 * 86_400_000


def test_a_gift_by_card_is_paid_with_its_fee(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params(10_050))
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.amount_total == 10_050
    assert session.url == f"{standin.url}/c/pay/{session.id}"
    assert told(standin) == []

    standin.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.client_reference_id == "donation-1"
    assert paid.livemode is False
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.metadata["donation"] == "donation-1"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    fee = charge.balance_transaction
    assert isinstance(fee, stripe.BalanceTransaction)
    # 3.4 % of 100.50 is 3.417: half up 3.42, and 2.00
    assert (fee.amount, fee.fee, fee.net, fee.currency) == (10_050, 542, 9_508, "cny")
    assert fee.reporting_category == "charge"
    assert paid.line_items is not None
    assert paid.line_items.data[0].description == "爱心捐赠"
    assert told(standin) == [
        "payment_intent.created",
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
    ]


def test_a_declined_card_leaves_the_session_open(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    standin.decline(session.id)
    tried = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    assert tried.payment_intent.last_payment_error.code == "card_declined"
    assert told(standin) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]

    standin.pay(session.id)
    again = client.v1.checkout.sessions.retrieve(session.id)
    assert (again.payment_intent, again.payment_status) == (tried.payment_intent.id, "paid")


def test_wechat_pay_arrives_later(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    standin.pay_later(session.id, "wechat_pay")
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    assert waiting.payment_intent.latest_charge.balance_transaction is None
    assert "checkout.session.completed" in told(standin)

    standin.settle_async(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert done.payment_status == "paid"
    assert done.payment_intent.latest_charge.id == waiting.payment_intent.latest_charge.id
    assert done.payment_intent.latest_charge.payment_method_details.type == "wechat_pay"
    assert told(standin)[-1] == "checkout.session.async_payment_succeeded"


def test_wechat_pay_fails_later(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    standin.pay_later(session.id)
    standin.settle_async(session.id, succeeded=False)
    failed = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (failed.payment_status, failed.payment_intent.status) == ("unpaid", "requires_payment_method")
    assert told(standin)[-1] == "checkout.session.async_payment_failed"
    with pytest.raises(StripeFault, match="failed already"):
        standin.settle_async(session.id)


def test_expiry_by_the_app_and_by_time(client: stripe.StripeClient) -> None:
    now = [1_790_000_000_000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url})
        first = client.v1.checkout.sessions.create(gift_params())
        assert client.v1.checkout.sessions.expire(first.id).status == "expired"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(first.id)
        in_half_an_hour = now[0] // 1000 + 1800
        second = client.v1.checkout.sessions.create(gift_params(expires_at=in_half_an_hour))
        assert second.created == 1_790_000_000
        now[0] += 1_800_000
        assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
        assert told(standin) == ["checkout.session.expired"] * 2


def test_sessions_are_found_by_their_payment_intent(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    sessions = [client.v1.checkout.sessions.create(gift_params()) for _ in range(3)]
    paid = standin.pay(sessions[1].id)
    found = client.v1.checkout.sessions.list({"payment_intent": paid["payment_intent"]})
    assert [one.id for one in found.data] == [sessions[1].id]


def test_lists_page_newest_first(client: stripe.StripeClient) -> None:
    made = [client.v1.checkout.sessions.create(gift_params()).id for _ in range(5)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == ([made[4], made[3]], True)
    every = [one.id for one in first.auto_paging_iter()]
    assert every == made[::-1]
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": made[1]})
    assert ([one.id for one in back.data], back.has_more) == ([made[3], made[2]], True)


def test_a_session_offers_only_what_its_mode_allows(client: stripe.StripeClient) -> None:
    wechat = client.v1.checkout.sessions.create(gift_params(allowed_payment_method_types=["wechat_pay"]))
    assert wechat.payment_method_types == ["wechat_pay"]
    assert client.v1.checkout.sessions.create(gift_params()).payment_method_types == ["card", "alipay", "wechat_pay"]


def test_the_return_address_carries_the_session(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    assert session.success_url == SUCCESS
    assert standin.get(session.id)["success_url"] == SUCCESS


def test_history_can_be_laid_in_the_past(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    recent = client.v1.checkout.sessions.create(gift_params())
    past_ms = recent.created * 1000 - THREE_MONTHS_MS
    standin.set_clock(past_ms)
    old = client.v1.checkout.sessions.create(gift_params())
    standin.pay(old.id)
    standin.set_clock(None)
    assert old.created == past_ms // 1000
    assert standin.find("charge")[0]["created"] == past_ms // 1000
    assert [one.id for one in client.v1.checkout.sessions.list().data] == [recent.id, old.id]


def test_what_has_expired_cannot_be_paid() -> None:
    now = [1_790_000_000_000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url})
        session = client.v1.checkout.sessions.create(gift_params())
        now[0] += 86_400_000
        with pytest.raises(StripeFault, match="expired"):
            standin.pay(session.id)
        assert standin.get(session.id)["payment_status"] == "unpaid"


def test_many_at_once_make_one_session_and_one_charge(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    def create(_: int) -> str:
        return str(client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "double-click"}).id)

    def pay(id: str) -> bool:
        try:
            standin.pay(id)
        except StripeFault:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(create, range(16)))
        assert len(set(ids)) == 1
        assert sorted(pool.map(pay, ids)) == [False] * 15 + [True]
    assert len(standin.find("charge")) == 1
    assert len(standin.find("balance_transaction")) == 1
