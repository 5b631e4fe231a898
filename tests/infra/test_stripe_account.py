"""Stripe's key and webhook endpoint as the deployment settles them, against the stand-in and Secrets Manager."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib import cloud
from chalicelib.config import settings
from chalicelib.fund.gateway import EVENT_TYPES
from chalicelib.fund.gateway.client import API_VERSION
from chalicelib.fund.service import webhooks
from infra.stage.account import Account, Person
from infra.stage.stacks import DeployFailed
from infra.stage.stripe_account import StripeAccount
from local.stripe_standin import StripeStandIn
from local.stripe_standin.webhooks import sign

KEY = "sk_test_abcdefgh12345678"
ADDRESS = "https://abc.execute-api.us-east-1.amazonaws.com/api"


class Settled(StripeAccount):
    """A stage's Stripe account, and what was said on the screen."""

    said: list[str]
    stripe: StripeStandIn

    def endpoints(self) -> list[dict[str, Any]]:
        """Those that anybody made through the API."""
        return [one for one in self.stripe.account.store.find("webhook_endpoint") if not one.get("_own")]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settled]:
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    with mock_aws(), StripeStandIn(delivery="when_asked") as stripe:
        manager = boto3.client("secretsmanager")
        arn = manager.create_secret(Name="linli-dev/stripe", SecretString='{"secret_key":"","webhook_secrets":[]}')[
            "ARN"
        ]
        said: list[str] = []
        made = Settled(Account(boto3.Session(), Person(yes=True), said.append), "dev", arn, stripe.url)
        made.said, made.stripe = said, stripe
        yield made
        assert not [line for line in said if "sk_" in line or "whsec_" in line], "no secret is ever shown"


def refused(settled: StripeAccount, key: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    before = settled.content()
    with pytest.raises(DeployFailed) as told:
        settled.take_key()
    assert settled.content() == before, "nothing was stored"
    assert key not in str(told.value)
    return str(told.value)


def test_a_key_is_looked_at_tried_and_stored(settled: Settled) -> None:
    assert settled.take_key()
    assert settled.content() == {"secret_key": KEY, "webhook_secrets": [], "endpoint": ""}
    assert settled.said == ["Stripe's test key is stored"]


def test_without_a_key_payments_stay_closed_and_the_rest_goes_on(
    settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    assert not settled.take_key()
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    settled.take_key()
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    assert settled.take_key(), "what is stored stays"


@pytest.mark.parametrize(
    "key", ["pk_test_abcdefgh12345678", "sk_test_short", "sk-test-abcdefgh", "hunter2", "sk_test_a b c d e"]
)
def test_what_is_no_key_is_refused(settled: Settled, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    assert "no secret key of Stripe" in refused(settled, key, monkeypatch)


@pytest.mark.parametrize("key", ["sk_live_abcdefgh12345678", "rk_live_abcdefgh12345678"])
def test_a_live_key_only_in_prod(settled: Settled, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    assert "moves real money" in refused(settled, key, monkeypatch)
    settled.stage = "prod"
    settled.check_key(key)
    settled.said.clear()
    settled.check_key(KEY)
    assert "test key" in settled.said[0]


def test_a_key_that_stripe_does_not_take_is_refused(settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    # the stand-in plays an account without restricted keys
    assert "Stripe does not take this key" in refused(settled, "rk_test_abcdefgh12345678", monkeypatch)


def test_a_secret_that_somebody_spoilt_is_told_and_not_shown(settled: Settled) -> None:
    settled.account.client("secretsmanager").put_secret_value(SecretId=settled.secret_arn, SecretString="whsec_x{")
    with pytest.raises(DeployFailed) as told:
        settled.take_key()
    assert "no JSON object" in str(told.value)
    assert "whsec_x" not in str(told.value)


def test_one_endpoint_with_the_pinned_version_and_the_events_that_are_handled(settled: Settled) -> None:
    settled.take_key()
    made = settled.register(ADDRESS)
    [one] = settled.endpoints()
    assert one["id"] == made
    assert one["url"] == f"{ADDRESS}/webhooks/stripe"
    assert one["api_version"] == API_VERSION
    assert one["enabled_events"] == list(EVENT_TYPES)
    assert set(EVENT_TYPES) == set(webhooks._HANDLERS), "what is asked for is what is handled"
    assert settled.content()["webhook_secrets"] == one["_secrets"]

    assert settled.register(ADDRESS) == made
    assert len(settled.endpoints()) == 1


def test_what_stripe_signs_for_the_endpoint_is_let_in(settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    settled.take_key()
    settled.register(ADDRESS)
    monkeypatch.setenv("LINLI_STRIPE_SECRET", settled.secret_arn)
    settings.cache_clear()
    cloud.forget_clients()
    try:
        body = json.dumps({"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}).encode()
        [endpoint] = settled.endpoints()
        now_ms = settled.stripe.account.now_ms()
        signature = sign(body, endpoint["_secrets"], now_ms // 1000)
        assert webhooks.receive(body, signature, now_ms).outcome == "ignored"
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        cloud.forget_clients()


def test_another_address_and_other_events_are_brought_up_to_date(settled: Settled) -> None:
    settled.take_key()
    made = settled.register(ADDRESS)
    client = settled._client(KEY)
    client.v1.webhook_endpoints.update(made, {"enabled_events": ["payout.paid"]})
    assert settled.register("https://ai.example.cn") == made
    [one] = settled.endpoints()
    assert (one["url"], one["enabled_events"]) == ("https://ai.example.cn/webhooks/stripe", list(EVENT_TYPES))


def test_an_endpoint_whose_secret_nobody_holds_is_replaced(settled: Settled) -> None:
    """A deployment that ended between Stripe's answer and the storing of the secret."""
    settled.take_key()
    lost = settled.register(ADDRESS)
    settled.put({"secret_key": KEY, "webhook_secrets": []})
    found = settled.register(ADDRESS)
    assert found != lost
    assert [one["id"] for one in settled.endpoints()] == [found]
    assert settled.content()["webhook_secrets"] == settled.endpoints()[0]["_secrets"]


def test_an_endpoint_that_was_switched_off_is_replaced(settled: Settled) -> None:
    settled.take_key()
    off = settled.register(ADDRESS)
    settled._client(KEY).v1.webhook_endpoints.update(off, {"disabled": True})
    assert settled.register(ADDRESS) != off
    assert len(settled.endpoints()) == 1


def test_an_endpoint_of_another_api_version_is_replaced(settled: Settled) -> None:
    settled.take_key()
    old = settled.register(ADDRESS)
    before = settled.content()["webhook_secrets"]
    with settled.stripe.account.store.transaction():
        settled.stripe.account.save({**settled.endpoints()[0], "api_version": "2025-01-01.acacia"})
    assert settled.register(ADDRESS) != old
    [one] = settled.endpoints()
    assert one["api_version"] == API_VERSION
    assert settled.content()["webhook_secrets"] == [*one["_secrets"], *before], "what is on its way still passes"


def test_other_stages_and_strangers_are_left_alone(settled: Settled) -> None:
    settled.take_key()
    client = settled._client(KEY)
    for of in ({"linli": "prod"}, {}):
        client.v1.webhook_endpoints.create({"url": "https://x.example/y", "enabled_events": ["*"], "metadata": of})
    mine = settled.register(ADDRESS)
    settled.renew(ADDRESS)
    settled.retire()
    settled.unregister()
    kept = settled.endpoints()
    assert mine not in [one["id"] for one in kept]
    assert sorted(str(one["metadata"]) for one in kept) == ["{'linli': 'prod'}", "{}"]


def test_the_webhook_is_renewed_with_two_secrets_in_between(settled: Settled) -> None:
    settled.take_key()
    first = settled.register(ADDRESS)
    second = settled.renew(ADDRESS)
    assert {one["id"] for one in settled.endpoints()} == {first, second}
    newest, older = settled.content()["webhook_secrets"]
    assert {one["id"]: one["_secrets"] for one in settled.endpoints()} == {first: [older], second: [newest]}
    settled.retire()
    assert [one["id"] for one in settled.endpoints()] == [second]
    assert settled.content()["webhook_secrets"] == [newest]
    assert settled.register(ADDRESS) == second


def test_taking_the_stage_away_ends_its_endpoint_and_keeps_the_key(settled: Settled) -> None:
    settled.take_key()
    settled.register(ADDRESS)
    settled.unregister()
    assert settled.endpoints() == []
    assert settled.content() == {"secret_key": KEY, "webhook_secrets": [], "endpoint": ""}
    settled.unregister()


def test_taking_away_a_stage_that_never_had_a_key_asks_stripe_nothing(settled: Settled) -> None:
    settled.stripe.stop()
    settled.unregister()
    assert settled.said == []


def test_a_stored_key_that_was_withdrawn_asks_for_another(settled: Settled) -> None:
    settled.put({"secret_key": "rk_test_withdrawn123", "webhook_secrets": []})
    with pytest.raises(DeployFailed, match="STRIPE_SECRET_KEY=") as told:
        settled.register(ADDRESS)
    assert "withdrawn" not in str(told.value)
    assert settled.take_key(), "and the environment's takes its place"
    settled.register(ADDRESS)


def test_stripe_out_of_order_says_what_to_do(settled: Settled) -> None:
    settled.take_key()
    settled.stripe.stop()
    with pytest.raises(DeployFailed, match="Run the same command again") as told:
        settled.register(ADDRESS)
    assert KEY not in str(told.value)
