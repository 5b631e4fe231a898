"""What arrives at the address that Stripe calls, from whomever: refused, ignored or booked once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.fund.webhook_signature import TOLERANCE_PAST_S
from tests.journeys.sweep.gate import Answer, Ask, send
from tests.journeys.sweep.inputs import JSON_BODIES, JSON_VALUES
from tests.journeys.sweep.trying import changes, tried, unchanged
from tests.journeys.sweep.world import NOW, World, everything, signature
from tests.journeys.verified import verified


@pytest.fixture(scope="module", autouse=True)
def the_books_hold(world: World) -> Iterator[None]:
    yield
    verified(NOW)


def deliver(world: World, body: bytes, signed: str | None) -> Answer:
    headers = {"content-type": "application/json", **({} if signed is None else {"stripe-signature": signed})}
    return send(world, Ask("POST", "/webhooks/stripe", headers=headers, body=body))


def an_event(**more: Any) -> dict[str, Any]:
    return {
        "id": "evt_sweep", "object": "event", "type": "checkout.session.completed", "livemode": False,
        "data": {"object": {"id": "cs_test_nothing", "object": "checkout.session"}}, **more,
    }  # fmt: skip


def test_signatures(world: World) -> None:
    body = json.dumps(an_event()).encode()
    right = signature(body)
    wrong = {
        "none": None,
        "empty": "",
        "rubbish": "x",
        "of another secret": signature(body, secret="whsec_other"),
        "of another body": signature(body + b" "),
        "too old": signature(body, NOW - (TOLERANCE_PAST_S + 1) * 1000),
        "of the future": signature(body, NOW + 120_000),
        "another time": right.replace(f"t={NOW // 1000}", f"t={NOW // 1000 - 1}"),
        "no time": right.partition(",")[2],
        "a time of letters": right.replace(f"t={NOW // 1000}", "t=now"),
        "full-width time": right.replace(f"t={NOW // 1000}", "t=１"),
        "an old scheme": right.replace("v1=", "v0="),
        "a thousand": "t=1," + ",".join(["v1=00"] * 1000),
        "5 kB": "x" * 5000,
    }
    with unchanged(), tried("webhooks: unsigned, forged, altered, replayed") as tally:
        for what, signed in wrong.items():
            with tally.one(what):
                answer = deliver(world, body, signed)
                assert answer.status == 400, answer.text
                assert answer.code.startswith("webhook_"), answer.text
        for event in world.giving.stripe.signed_events():
            with tally.one("altered on the way"):
                assert deliver(world, event.body.replace(b"cny", b"usd") + b" ", signature(event.body)).status == 400
        with tally.one("1 MB"):
            large = body + b" " * 1_000_000
            assert deliver(world, large, signature(large)).status == 413


def test_shapes(world: World) -> None:
    """Genuinely signed, and of no shape that we know: refused or ignored, never booked."""
    with tried("webhooks: shapes, types and objects of nothing") as tally:
        before = everything()
        for what, body in JSON_BODIES.items():
            with tally.one(what):
                assert deliver(world, body, signature(body)).status in (200, 400, 413)
        for place in ("id", "type", "data", "livemode"):
            for what, value in JSON_VALUES.items():
                with tally.one(f"{place}={what}"):
                    body = json.dumps(an_event(**{place: value})).encode()
                    assert deliver(world, body, signature(body)).status in (200, 400)
        for kind in OBJECTS:
            for what, id_ in IDS.items():
                with tally.one(f"{kind} of {what}"):
                    data = {"object": {"id": id_, "object": kind.split(".")[0]}}
                    body = json.dumps(an_event(id=f"evt_{kind}_{what}", type=kind, data=data)).encode()
                    assert deliver(world, body, signature(body)).status in (200, 400)
        booked = [key for key in changes(before, everything()) if "journal" in key or "balances" in key]
        assert booked == []


OBJECTS = (
    "checkout.session.completed", "checkout.session.expired", "payment_intent.succeeded", "charge.updated",
    "charge.refunded", "refund.updated", "charge.dispute.created", "invoice.paid", "invoice.payment_failed",
    "customer.subscription.deleted", "payout.paid", "something.new",
)  # fmt: skip
IDS = {
    "nothing": "cs_test_nothing", "an empty id": "", "another kind": "pi_nothing",
    "the parent folder": "../../v1/balance",
    "HTML": "<script>", "5 kB": "x" * 5000, "a line break": "a\r\nb", "a rare character": "㛃䶮",
}  # fmt: skip


def test_repeated_and_shuffled(world: World) -> None:
    """Every event so far, three times, in an order that is never right: nothing is booked twice."""
    before = everything()
    events = [*world.giving.stripe.signed_events()] * 3
    random.Random(7).shuffle(events)
    with tried("webhooks: repeated and shuffled") as tally:
        for event in events:
            with tally.one(event.event["type"]):
                assert deliver(world, event.body, signature(event.body)).status == 200
    assert [key for key in changes(before, everything()) if "journal" in key or "balances" in key] == []
