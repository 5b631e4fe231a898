"""JSON as no program should send it, and keys that say the same or another thing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.sweep.gate import Ask, filled_in, send
from tests.journeys.sweep.inputs import JSON_BODIES, JSON_VALUES
from tests.journeys.sweep.routes import CHANGES, GETS
from tests.journeys.sweep.trying import tried, unchanged
from tests.journeys.sweep.world import ENDS_SESSIONS, NOW, World
from tests.journeys.verified import verified

OPERATIONS = [route for route in CHANGES if route.is_api]
WITH_BODY = [route for route in OPERATIONS if route.fields]
UNKEYED = {
    "/api/v1/fund/care-actions/{id}/approve", "/api/v1/fund/care-actions/{id}/sign-off",
    "/api/v1/fund/disbursements/{id}/cancel", "/api/v1/fund/disbursements/{id}/reject", "/api/v1/session",
    "/api/v1/sessions", "/api/v1/sign-in/codes", "/api/v1/sign-up", "/api/v1/till/find",
}  # fmt: skip
"""These end in a state that a repeat finds, or change nothing; all others must carry a key."""


@pytest.fixture(scope="module", autouse=True)
def the_books_hold(world: World) -> Iterator[None]:
    yield
    verified(NOW)


def test_bodies(world: World) -> None:
    with unchanged(), tried("JSON bodies: broken, deep, large, unknown fields, other types") as tally:
        for route in WITH_BODY:
            for what, body in JSON_BODIES.items():
                with tally.one(f"{route.name}: {what}"):
                    answer = send(world, replace(filled_in(world, route.ask(world), {}), body=body))
                    assert answer.status in (400, 413, 422), f"{answer.status} {answer.code}"
            for kind in (
                "",
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
            ):
                with tally.one(f"{route.name}: type {kind!r}"):
                    ask = filled_in(world, route.ask(world), route.right(world))
                    answer = send(world, replace(ask, headers={**ask.headers, "content-type": kind}))
                    assert (answer.status, answer.code) == (415, "unsupported_media")


def test_unknown_and_missing_fields(world: World) -> None:
    with unchanged(), tried("JSON fields: unknown, missing, twice, inside lists") as tally:
        for route in WITH_BODY:
            right = route.right(world)
            with tally.one(f"{route.name}: an unknown field more"):
                answer = send(world, filled_in(world, route.ask(world), {**right, "is_admin": True}))
                assert (answer.status, answer.code) == (400, "unknown_field")
            with tally.one(f"{route.name}: in English"):
                ask = replace(route.ask(world), query={"lang": ["en"]})
                assert send(world, filled_in(world, ask, {**right, "is_admin": True})).code == "unknown_field"
            for name, value in right.items():
                if isinstance(value, list) and value and isinstance(value[0], dict):
                    with tally.one(f"{route.name}: an unknown field inside {name}"):
                        inner = {**right, name: [{**value[0], "is_admin": True}]}
                        assert send(world, filled_in(world, route.ask(world), inner)).code == "unknown_field"
                    with tally.one(f"{route.name}: 5000 {name}"):
                        answer = send(world, filled_in(world, route.ask(world), {**right, name: value * 900}))
                        assert answer.status in (413, 422)


def test_values(world: World) -> None:
    """Each field by itself with each kind of value that is not its own."""
    with tried("JSON values: types, sizes, floats, null, depth") as tally:
        for number, route in enumerate(WITH_BODY):
            right = route.right(world)
            for place, name in enumerate(right):
                for turn, (what, value) in enumerate(JSON_VALUES.items(), number + place):
                    if turn % 2:
                        continue
                    with tally.one(f"{route.name} {name}={what}"):
                        answer = send(world, filled_in(world, route.ask(world), {**right, name: value}))
                        assert answer.status != 503, answer.code
                        if what in NEVER_AMOUNTS and name.endswith(("_fen", "_centi", "_at", "capacity", "minutes")):
                            assert answer.status == 422, f"{answer.status} {answer.text[:200]}"


NEVER_AMOUNTS = {
    "a float",
    "a whole float",
    "an exponent",
    "beyond 64 bits",
    "beyond 53 bits",
    "digits in a text",
    "a text",
    "true",
}


def test_keys(world: World) -> None:
    """An operation that moves something asks for a key; the same key with another body is not the same."""
    with unchanged(), tried("Idempotency-Key: missing, malformed") as tally:
        for route in OPERATIONS:
            ask = filled_in(world, route.ask(world), route.right(world))
            bare = {name: value for name, value in ask.headers.items() if name != "idempotency-key"}
            if route.path not in UNKEYED:
                with tally.one(f"{route.name}: no key"):
                    assert send(world, replace(ask, headers=bare)).code == "idempotency_key_missing"
            for what, key in BAD_KEYS.items():
                if route.path in ENDS_SESSIONS:
                    continue
                with tally.one(f"{route.name}: {what}"):
                    answer = send(world, replace(ask, headers={**bare, "idempotency-key": key}))
                    assert answer.code == "idempotency_key_invalid", f"{answer.status} {answer.code}"


BAD_KEYS = {
    "short": "1234567",
    "long": "k" * 101,
    "spaces": "a key with spaces",
    "Chinese": "钥匙钥匙钥匙钥匙",
    "a line break": "abcdefgh\r\nX: 1",
}


def test_one_key_two_bodies(world: World) -> None:
    """What was asked for first stands, and the second is told so."""
    with tried("one Idempotency-Key with two bodies") as tally:
        for path, change in OTHER_BODY.items():
            route = next(one for one in OPERATIONS if one.path == path)
            with tally.one(path):
                key, right = world.form(), {**route.right(world), **ONCE.get(path, {})}
                first = send(world, filled_in(world, route.ask(world), right, key))
                assert first.status in (200, 201), first.text
                again = send(world, filled_in(world, route.ask(world), right, key))
                assert (again.status, again.body) == (first.status, first.body)
                with unchanged():
                    other = send(world, filled_in(world, route.ask(world), {**right, **change}, key))
                assert other.status == 409, f"{other.status} {other.text}"


OTHER_BODY: dict[str, dict[str, Any]] = {
    "/api/v1/gifts": {"amount_fen": 2000},
    "/api/v1/monthly-gifts": {"amount_fen": 2000},
    "/api/v1/pledges": {"name": "另一家公司"},
    "/api/v1/bank-receipts": {"amount_fen": 2000},
    "/api/v1/fund/disbursements": {"amount_fen": 2000},
    "/api/v1/fund/care-actions": {"title": "另一个计划"},
}


ONCE: dict[str, dict[str, Any]] = {"/api/v1/bank-receipts": {"serial": "ONCE20261122"}}
"""What other tests of this file may have used up."""


def test_bearers(world: World) -> None:
    """A session that ended, a cookie where a bearer belongs, nonsense: nobody is let in."""
    with unchanged(), tried("bearers: none, wrong, in a cookie, another's scheme") as tally:
        for route in (one for one in (*GETS, *OPERATIONS) if one.is_api and "nobody" not in one.allowed()):
            ask, token = route.ask(world), world.sessions[route.ask(world).who]
            for what, changed in {
                "none": {"authorization": ""},
                "in a cookie": {"authorization": "", "cookie": f"__Host-linli_s={token}"},
                "basic": {"authorization": f"Basic {token}"},
                "token only": {"authorization": token},
                "cut off": {"authorization": f"Bearer {token[:-1]}"},
                "another": {"authorization": "Bearer " + "x" * 43},
                "two": {"authorization": f"Bearer {token} {token}"},
            }.items():
                with tally.one(f"{route.name}: {what}"):
                    told = filled_in(world, ask, route.right(world)) if route.method != "GET" else ask
                    answer = send(world, replace(told, headers={**told.headers, **changed}))
                    assert (answer.status, answer.code) == (401, "sign_in_needed")


def test_duplicate_names_and_odd_numbers_are_read_one_way(world: World) -> None:
    """The last of a name counts, as in every JSON reader, and is held to the same rules."""
    gift = next(one for one in WITH_BODY if one.path == "/api/v1/gifts")
    body = json.dumps(gift.right(world))
    for more, status in (
        ('"amount_fen": 0', 422),
        ('"amount_fen": -5', 422),
        ('"amount_fen": 1e3', 422),
        ('"amount_fen": 2000', 201),
    ):
        ask: Ask = filled_in(world, gift.ask(world), {})
        answer = send(world, replace(ask, body=(body[:-1] + ", " + more + "}").encode()))
        assert answer.status == status, f"{more}: {answer.text}"
