"""Delivery: signed as Stripe signs, at least once, in any order, again when refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
import stripe

from local.stripe_standin import StripeStandIn
from tests.local.stripe_standin.steps import gift_params, give

SECRET = "whsec_test"


class Receiver:
    """An app's webhook: keeps what came, answers the statuses it is told, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str | None]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((body, self.headers.get("Stripe-Signature")))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/webhooks/stripe"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def events(self, secret: str = SECRET) -> list[stripe.Event]:
        return [stripe.Webhook.construct_event(body, signature, secret) for body, signature in self.got]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited ten seconds"
        time.sleep(0.01)


def client_of(standin: StripeStandIn) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url}, max_network_retries=2)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def asked(receiver: Receiver) -> Iterator[StripeStandIn]:
    with StripeStandIn(webhook_url=receiver.url, webhook_secret=SECRET, delivery="when_asked") as running:
        yield running


def test_events_arrive_by_themselves_and_verify(receiver: Receiver) -> None:
    with StripeStandIn(webhook_url=receiver.url, webhook_secret=SECRET) as standin:
        client = client_of(standin)
        give(client, standin)
        until(lambda: standin.overview()["deliveries"] == {"delivered": 4})
        assert [one.type for one in receiver.events()] == [
            "payment_intent.created",
            "payment_intent.succeeded",
            "charge.succeeded",
            "checkout.session.completed",
        ]
        done = receiver.events()[-1]
        assert done.api_version == stripe.api_version
        assert done.data.object.metadata.donation == "donation-1"
        assert "爱心".encode() not in receiver.got[-1][0]  # line items are not in the event
        with pytest.raises(stripe.SignatureVerificationError):
            receiver.events("whsec_other")


def test_refused_deliveries_are_tried_again_then_kept(receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 404] + [503] * 3
    with StripeStandIn(webhook_url=receiver.url, webhook_secret=SECRET) as standin:
        standin.configure(retry_delays_s=[0, 0])
        client = client_of(standin)
        session = client.v1.checkout.sessions.create(gift_params())
        client.v1.checkout.sessions.expire(session.id)
        until(lambda: standin.overview()["deliveries"] == {"undelivered": 1})
        assert len(receiver.got) == 3
        [event] = client.v1.events.list({"delivery_success": False}).data
        assert (event.type, event.pending_webhooks) == ("checkout.session.expired", 1)
        assert client.v1.events.list({"delivery_success": True}).data == []

        receiver.statuses = []
        assert standin.redeliver() == 1
        until(lambda: standin.overview()["deliveries"] == {"delivered": 1})
        assert client.v1.events.list({"delivery_success": False}).data == []
        assert client.v1.events.retrieve(event.id).pending_webhooks == 0
        assert {one.id for one in receiver.events()} == {event.id}


def test_nobody_listens_yet(receiver: Receiver) -> None:
    with StripeStandIn(
        webhook_url="http://127.0.0.1:9/nobody", webhook_secret=SECRET, delivery="when_asked"
    ) as standin:
        give(client_of(standin), standin)
        assert standin.deliver_pending() == [0, 0, 0, 0]
        assert standin.overview()["deliveries"] == {"pending": 4}


def test_twice_and_in_any_order(receiver: Receiver, asked: StripeStandIn) -> None:
    give(client_of(asked), asked)
    assert asked.deliver_pending(order="reversed", copies=2) == [200] * 8
    types = [one.type for one in receiver.events()]
    assert types[:2] == ["checkout.session.completed"] * 2
    assert types[-2:] == ["payment_intent.created"] * 2
    assert len({one.id for one in receiver.events()}) == 4
    assert asked.deliver_pending() == []
    asked.redeliver_everything()
    receiver.got.clear()
    asked.deliver_pending(order="shuffled", seed=4)
    assert sorted(types[::2]) == sorted(one.type for one in receiver.events())
    assert [one.type for one in receiver.events()] != types[::-2]


def test_background_copies(receiver: Receiver) -> None:
    with StripeStandIn(webhook_url=receiver.url, webhook_secret=SECRET) as standin:
        standin.configure(copies=3, shuffled=True)
        give(client_of(standin), standin)
        until(lambda: standin.overview()["deliveries"] == {"delivered": 12})
        assert len(receiver.got) == 12
        assert len({one.id for one in receiver.events()}) == 4


@pytest.mark.parametrize("damage", ["altered", "unsigned", "foreign"])
def test_damaged_deliveries_do_not_verify(receiver: Receiver, asked: StripeStandIn, damage: str) -> None:
    give(client_of(asked), asked)
    asked.deliver_pending(damage=damage)  # type: ignore[arg-type]  # a parameter is not a literal
    assert len(receiver.got) == 4
    for body, signature in receiver.got:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, SECRET)


def test_two_signatures_while_the_secret_changes(receiver: Receiver, asked: StripeStandIn) -> None:
    asked.rotate_secret("whsec_new")
    give(client_of(asked), asked)
    asked.deliver_pending()
    assert receiver.got[0][1] is not None
    assert receiver.got[0][1].count("v1=") == 2
    assert len(receiver.events(SECRET)) == len(receiver.events("whsec_new")) == 4
    receiver.got.clear()
    asked.rotate_secret("whsec_new", keep_old=False)
    asked.redeliver_everything()
    asked.deliver_pending()
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events(SECRET)
    assert len(receiver.events("whsec_new")) == 4


def test_the_test_is_the_postman(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    give(client, standin)
    taken = standin.pending_events()
    for body, signature in taken:
        assert stripe.Webhook.construct_event(body, signature, SECRET).livemode is False
    assert standin.pending_events() == []
    assert [one.body for one in standin.signed_events()] == [one.body for one in taken]
    altered = standin.damaged(taken[-1], "altered")
    assert altered.event["id"] == taken[-1].event["id"]
    assert altered.event["data"]["object"]["amount_total"] != 10_000


def test_endpoints_are_registered_through_the_api(
    receiver: Receiver, standin: StripeStandIn, client: stripe.StripeClient
) -> None:
    made = client.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["checkout.session.completed"],
            "api_version": "2026-10-28.endive",
        }
    )
    assert made.secret.startswith("whsec_")
    give(client, standin)
    assert standin.deliver_pending() == [200]
    assert [one.type for one in receiver.events(made.secret)] == ["checkout.session.completed"]
    listed = client.v1.webhook_endpoints.list().data
    assert [one.url for one in listed] == [receiver.url]
    assert "secret" not in listed[0]
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    give(client, standin)
    assert standin.deliver_pending() == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["gift.given"]})
    client.v1.webhook_endpoints.delete(made.id)
    assert client.v1.webhook_endpoints.list().data == []


def test_events_reach_back_thirty_days() -> None:
    now = [1_790_000_000_000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = client_of(standin)
        give(client, standin)
        now[0] += 29 * 86_400_000
        give(client, standin)
        assert len(client.v1.events.list().data) == 8
        now[0] += 2 * 86_400_000
        assert len(client.v1.events.list().data) == 4
        kinds = client.v1.events.list({"types": ["charge.succeeded", "payment_intent.created"]})
        assert [one.type for one in kinds.data] == ["charge.succeeded", "payment_intent.created"]
        assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 1


def test_the_event_keeps_the_object_as_it_was(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "k1"})
    client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "k2"})
    client.v1.checkout.sessions.update(session.id, {"metadata": {"later": "1"}})
    [event] = client.v1.events.list().data
    assert event.data.object.metadata.to_dict() == {"donation": "donation-1"}
    assert event.request.idempotency_key == "k2"
    assert event.request.id.startswith("req_")


def test_a_signature_can_be_of_another_time(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    give(client, standin)
    long_ago_ms = 1_700_000_000_000
    body, signature = standin.pending_events(signed_at_ms=long_ago_ms)[0]
    assert signature.startswith("t=1700000000,")
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(body, signature, SECRET)
    assert stripe.Webhook.construct_event(body, signature, SECRET, tolerance=0)


def test_a_deleted_endpoint_is_owed_nothing(
    receiver: Receiver, standin: StripeStandIn, client: stripe.StripeClient
) -> None:
    made = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    give(client, standin)
    client.v1.webhook_endpoints.delete(made.id)
    assert standin.deliver_pending() == []
    assert len(standin.pending_events()) == 4
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_at_most_twenty_types_can_be_asked_for(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="up to 20"):
        client.v1.events.list({"types": ["charge.succeeded"] * 21})
