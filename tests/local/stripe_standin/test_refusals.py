"""What Stripe would refuse is refused: parameters, keys, versions, repeated keys, and bad luck."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from local.stripe_standin import StripeStandIn
from tests.local.stripe_standin.steps import gift_params, give, monthly_params, told


def changed(**changes: Any) -> dict[str, Any]:
    params = gift_params()
    for path, value in changes.items():
        node: Any = params
        *parents, last = path.split("__")
        for step in parents:
            node = node[int(step)] if step.isdigit() else node[step]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return params


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        (changed(foo="1"), "foo", "parameter_unknown"),
        (changed(payment_method_types=["card"]), "payment_method_types", "parameter_unknown"),
        (changed(line_items__0__colour="red"), "line_items[0][colour]", "parameter_unknown"),
        (changed(line_items__0__price_data__currency=None), "line_items[0][price_data][currency]", "parameter_missing"),
        (
            changed(line_items__0__price_data__unit_amount="12.5"),
            "line_items[0][price_data][unit_amount]",
            "parameter_invalid_integer",
        ),
        (changed(line_items__0__price_data__currency="CNY"), "line_items[0][price_data][currency]", None),
        (changed(line_items__0__price_data__currency="rmb"), "line_items[0][price_data][currency]", None),
        (changed(line_items__0__quantity=0), "line_items[0][quantity]", "parameter_invalid_integer"),
        (changed(line_items__0__quantity=None), "line_items[0][quantity]", "parameter_missing"),
        (changed(line_items__0__price_data__unit_amount=0), None, "amount_too_small"),
        (changed(line_items__0__price_data__unit_amount=100_000_000), None, "amount_too_large"),
        (
            changed(line_items__0__price_data__unit_amount=-1),
            "line_items[0][price_data][unit_amount]",
            "parameter_invalid_integer",
        ),
        (changed(line_items=None), "line_items", "parameter_missing"),
        (changed(mode=None), "mode", "parameter_missing"),
        (changed(mode="gift"), "mode", None),
        (changed(locale="zh-CN"), "locale", None),
        (changed(submit_type="give"), "submit_type", None),
        (changed(success_url=None), "success_url", "parameter_missing"),
        (changed(success_url="thanks"), "success_url", "url_invalid"),
        (changed(cancel_url=""), "cancel_url", "parameter_invalid_empty"),
        (changed(metadata={"k": "v" * 501}), "metadata[k]", None),
        (changed(metadata={"k" * 41: "v"}), "metadata", None),
        (changed(metadata={str(n): "v" for n in range(51)}), "metadata", None),
        (changed(client_reference_id="x" * 201), "client_reference_id", None),
        (changed(expires_at=1), "expires_at", None),
        (changed(subscription_data={"description": "x"}), "subscription_data", None),
        (changed(customer_email="不是邮箱"), "customer_email", "email_invalid"),
        (changed(customer="cus_nobody"), "customer", "resource_missing"),
        (changed(discounts=[{"coupon": "free"}]), "discounts", "standin_not_built"),
        (monthly_params(payment_intent_data={"description": "x"}), "payment_intent_data", None),
        (monthly_params(allowed_payment_method_types=["wechat_pay"]), "allowed_payment_method_types", None),
    ],
)
def test_checkout_parameters(
    client: stripe.StripeClient, standin: StripeStandIn, params: dict[str, Any], param: str | None, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params)
    assert (refused.value.param, refused.value.code) == (param, code), str(refused.value)
    assert standin.overview()["objects"] == {"webhook_endpoint": 1}


def test_metadata_may_have_numbers_for_keys(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params(metadata={"0": "a", "1": "乙"}))
    assert session.metadata.to_dict() == {"0": "a", "1": "乙"}
    cleared = client.v1.checkout.sessions.update(session.id, {"metadata": {"0": "", "2": "c"}})
    assert cleared.metadata.to_dict() == {"1": "乙", "2": "c"}


def test_a_recurring_price_needs_subscription_mode(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
        client.v1.checkout.sessions.create(monthly_params(mode="payment", subscription_data=None))
    with pytest.raises(stripe.InvalidRequestError, match="at least one recurring"):
        client.v1.checkout.sessions.create(gift_params(mode="subscription", payment_intent_data=None))


def ask(url: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any], Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=named)) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def test_only_test_keys_open(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    url = f"{standin.url}/v1/events"
    assert ask(url)[0] == 401
    for key in ("sk_live_51abcdefgh", "pk_test_x", "rk_live_x"):
        status, body, _ = ask(url, Authorization=f"Bearer {key}")
        assert (status, body["error"]["type"]) == (401, "invalid_request_error")
        assert key not in body["error"]["message"]
    basic = base64.b64encode(b"sk_test_x:").decode()
    assert ask(url, Authorization=f"Basic {basic}")[0] == 200
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_live_x", base_addresses={"api": standin.url}).v1.events.list()


def test_another_version_account_or_content_type_is_refused(standin: StripeStandIn) -> None:
    key = {"Authorization": "Bearer sk_test_x"}
    assert ask(f"{standin.url}/v1/events", Stripe_Version="2020-08-27", **key)[0] == 400
    assert ask(f"{standin.url}/v1/events", Stripe_Account="acct_other", **key)[0] == 403
    status, body, _ = ask(f"{standin.url}/v1/customers", b'{"name":"x"}', Content_Type="application/json", **key)
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "call",
    [
        lambda v1: v1.coupons.list(),
        lambda v1: v1.payment_links.list(),
        lambda v1: v1.setup_intents.create({}),
        lambda v1: v1.payment_methods.retrieve("pm_x"),
        lambda v1: v1.checkout.sessions.retrieve("cs_test_nothing"),
        lambda v1: v1.refunds.retrieve("re_nothing"),
    ],
)
def test_what_is_not_there_answers_404(client: stripe.StripeClient, call: Callable[[Any], Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        call(client.v1)
    assert refused.value.http_status == 404
    assert refused.value.request_id.startswith("req_")


def test_what_cannot_be_expanded_is_refused(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = give(client, standin)
    for path in ("charges", "latest_charge.nothing", "a.b.c.d.e"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.retrieve(intent, {"expand": [path]})
        assert refused.value.param == "expand"


def test_the_same_key_gets_the_first_answer(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "checkout:d1:1"})
    again = client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "checkout:d1:1"})
    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(standin.find("checkout.session")) == 1
    # the first answer, not today's truth
    standin.pay(first.id)
    assert client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "checkout:d1:1"}).status == "open"
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(gift_params(20_000), {"idempotency_key": "checkout:d1:1"})
    standin.forget_idempotency_keys()
    assert client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "checkout:d1:1"}).id != first.id


def test_a_refused_request_does_not_use_its_key_up(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(gift_params(0), {"idempotency_key": "k"})
    assert client.v1.checkout.sessions.create(gift_params(1_000), {"idempotency_key": "k"}).amount_total == 1_000


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_ordered_trouble_comes_and_passes(standin: StripeStandIn, client: stripe.StripeClient, status: int) -> None:
    standin.fail_next(1, status)
    impatient = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url}, max_network_retries=0)
    with pytest.raises(stripe.StripeError) as trouble:
        impatient.v1.checkout.sessions.create(gift_params())
    assert trouble.value.http_status == status
    assert standin.find("checkout.session") == []
    assert impatient.v1.checkout.sessions.create(gift_params()).status == "open"


def test_the_sdk_rides_over_conflicts_and_errors(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.fail_next(2, 409)
    assert client.v1.checkout.sessions.create(gift_params()).status == "open"
    assert len(standin.find("checkout.session")) == 1


def test_an_answer_that_is_lost_is_given_again(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.fail_next(1, 0, after_effect=True)
    session = client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "lost"})
    assert [one["id"] for one in standin.find("checkout.session")] == [session.id]


def test_an_error_after_the_work_is_replayed(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.fail_next(1, 500, after_effect=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "broken"})
    assert len(standin.find("checkout.session")) == 1


def test_trouble_can_be_aimed(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = give(client, standin)
    standin.fail_next(5, 500, path="/v1/refunds", method="POST")
    assert client.v1.payment_intents.retrieve(intent).status == "succeeded"
    with pytest.raises(stripe.APIError):
        client.v1.refunds.create({"payment_intent": intent})


def test_a_refused_request_leaves_nothing_behind(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    before = standin.overview()["objects"]
    lines = [*gift_params()["line_items"], {"quantity": 1, "price": "price_nothing"}]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(gift_params(line_items=lines))
    assert standin.overview()["objects"] == before
    assert told(standin) == []
