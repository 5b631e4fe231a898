"""A double click, the back button, two tabs: the same form sent again changes nothing more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.sweep.gate import filled_in, form_of, send, token_for
from tests.journeys.sweep.routes import CHANGES
from tests.journeys.sweep.trying import changes, tried
from tests.journeys.sweep.world import ENDS_SESSIONS, NOW, World, everything, sign_in
from tests.journeys.verified import verified


@pytest.fixture(scope="module", autouse=True)
def the_books_hold(world: World) -> Iterator[None]:
    yield
    verified(NOW)


def test_every_form_and_operation_twice(world: World) -> None:
    """The first does what it says, the second gets the same answer and nothing is other than after the first."""
    done, after = 0, everything()
    with tried("every form and operation sent twice, rightly filled in") as tally:
        for route in CHANGES:
            with tally.one(route.name):
                ask = route.ask(world)
                token = world.form() if route.is_api else token_for(world, ask, form_of(ask))
                before = after
                first = send(world, filled_in(world, ask, route.right(world), token))
                between = everything()
                second = send(world, filled_in(world, ask, route.right(world), token))
                after = everything()
                if route.path in ENDS_SESSIONS and ask.who in world.actors:
                    sign_in(world, ask.who)
                    after = everything()
                    continue
                told = f"{first.status} {first.to} / {second.status} {second.code}"
                same = (second.status, second.to) == (first.status, first.to)
                assert same or second.code == SAYS_GONE.get(route.path), told
                twice = changes(between, after, *MAY_COUNT.get(route.path, ()))
                assert twice == [], f"changed again: {twice}"
                one_entry(before, after)
                done += before != between and first.status in (200, 201, 303)
    assert done > 60, done


MAY_COUNT = {
    "/scan": ("TRIES#",),
    "/api/v1/check-ins": ("TRIES#",),
    "/staff/members/{id}/phone": ("AUDIT#",),
    "/staff/fund/disbursements/{id}/account": ("AUDIT#",),
}
"""Where every try is counted or every look is noted: the keys that hold it."""


SAYS_GONE = {"/staff/grants/{member}/{id}/revoke": "grant_unknown"}
"""What was taken back is no more, and the second click is told so."""


def one_entry(before: dict[str, object], after: dict[str, object]) -> None:
    """However often a form is sent, it books one entry at the most."""
    added = [key for key in after if key not in before and "journal E#" in key]
    assert len(added) <= 1, added
