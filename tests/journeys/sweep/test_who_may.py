"""Every person at every address: who may not learns nothing and changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from app import app
from tests.journeys.sweep.gate import Answer, filled_in, send
from tests.journeys.sweep.routes import CHANGES, GETS, ROUTES, Route
from tests.journeys.sweep.trying import tried, unchanged
from tests.journeys.sweep.world import World

UNLISTED = {("POST", "/webhooks/stripe")}
"""Signed by Stripe, and tried in ``test_webhooks``."""


def test_every_address_of_the_app_is_listed_once() -> None:
    served = {(method, path) for path, methods in app.routes.items() for method in methods} - UNLISTED
    listed = Counter((one.method, one.path) for one in ROUTES)
    assert set(listed) == served
    assert [one for one, times in listed.items() if times > 1] == []


def test_who_may_read_a_page_reads_it_and_nothing_changes(world: World) -> None:
    with unchanged(), tried("reading, who may") as tally:
        for route in GETS:
            for who in some(route.allowed()):
                with tally.one(f"{who}: {route.name}"):
                    answer = send(world, route.ask(world, who))
                    assert not answer.led_to_sign_in
                    assert answer.status in (200, 303) or route.path in ANSWERS_NO, f"{answer.status} {answer.code}"


def some(people: list[str]) -> list[str]:
    """All, or of a page for everybody a few of each kind."""
    return people if len(people) < 10 else [who for who in ("nobody", "resident", "clerk") if who in people]


ANSWERS_NO = {"/sign-in/code/{id}", "/sign-in/new"}
"""Nobody has asked for a code in this street."""


def test_who_may_not_reads_nothing(world: World) -> None:
    with unchanged(), tried("reading, who may not") as tally:
        for route in GETS:
            for who in route.refused():
                with tally.one(f"{who}: {route.name}"):
                    must_be_refused(route, who, send(world, route.ask(world, who)))


def test_who_may_not_changes_nothing(world: World) -> None:
    """With a genuine form and all fields right: only the person is wrong. The supervisor reads all and changes
    nothing but the time of the last check of the books."""
    with unchanged(), tried("changing, who may not") as tally:
        for route in CHANGES:
            for who in route.refused():
                with tally.one(f"{who}: {route.name}"):
                    ask = replace(route.ask(world, who), who=who)
                    must_be_refused(route, who, send(world, filled_in(world, ask, route.right(world))))


GOODS = "大米5公斤"


def must_be_refused(route: Route, who: str, answer: Answer) -> None:
    if who == "nobody":
        assert answer.status == 401 if route.is_api else answer.led_to_sign_in, f"{answer.status} {answer.code}"
    elif answer.status == 409 and who == "far_clerk":
        # A clerk is told whose the voucher is, so that the person before the till finds the right shop.
        assert "惠民粮油店" in answer.text
        assert GOODS not in answer.text
    else:
        assert answer.status in (403, 404), f"{answer.status} {answer.code} {answer.to}"
