"""What stands in the address line and the headers: ids, tokens, queries, hosts, methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.identity import service as identity
from tests.journeys.sweep.gate import Answer, Ask, filled_in, send
from tests.journeys.sweep.inputs import HEADERS, METHODS, PATHS, QUERIES, QUERY_NAMES, TOKENS
from tests.journeys.sweep.routes import CHANGES, GETS, Route
from tests.journeys.sweep.trying import tried, unchanged
from tests.journeys.sweep.world import HOUR, NOW, World
from tests.journeys.verified import verified


@pytest.fixture(scope="module", autouse=True)
def the_books_hold(world: World) -> Iterator[None]:
    yield
    verified(NOW)


def wrong(route: Route, answer: Answer) -> None:
    if route.path == "/v/{token}":
        # The till answers a wrong scan with its own red page.
        assert "不能核销" in answer.text or answer.status == 404, answer.text[-800:]
        assert "/capture" not in answer.text
        return
    assert answer.status in (400, 401, 403, 404, 409, 422), f"{answer.status} {answer.to}"


def with_params(routes: tuple[Route, ...]) -> list[Route]:
    return [route for route in routes if route.params and not route.path.startswith("/static")]


def test_ids_that_are_none(world: World) -> None:
    with unchanged("LIMIT#"), tried("ids and tokens in addresses: malformed, unknown, dangerous") as tally:
        for route in with_params(GETS):
            for name in route.params:
                for what, value in {**PATHS, **TOKENS}.items():
                    with tally.one(f"{route.name} {name}={what}"):
                        wrong(route, send(world, route.ask(world, **{name: value})))
        for route in with_params(CHANGES):
            for name in route.params:
                for what, value in PATHS.items():
                    with tally.one(f"{route.name} {name}={what}"):
                        ask = route.ask(world, **{name: value})
                        wrong(route, send(world, filled_in(world, ask, route.right(world))))


def test_ids_of_other_things(world: World) -> None:
    """A gift's id where a voucher's belongs, a member's where a shop's does."""
    kinds = (
        "member",
        "gift",
        "voucher",
        "shop",
        "activity",
        "assessed",
        "care",
        "spend_paid",
        "receipt",
        "pledge",
        "pot",
    )
    with unchanged(), tried("ids of things of another kind") as tally:
        for route in with_params(GETS + CHANGES):
            for name, right in route.params.items():
                for kind in kinds:
                    if world.ids[kind] == world.ids.get(right) or (route.path, kind) in SAME_KIND:
                        continue
                    if kind == right.partition("_")[0] or right in ALIKE.get(kind, ()):
                        continue
                    with tally.one(f"{route.name} {name}=a {kind}"):
                        ask = route.ask(world, **{name: world.ids[kind]})
                        if route.method != "GET":
                            ask = filled_in(world, ask, route.right(world))
                        wrong(route, send(world, ask))


SAME_KIND: set[tuple[str, str]] = set()
ALIKE = {
    "assessed": ("served", "served_too", "forgotten", "running", "running_too", "assessed"),
    "member": ("grant_member", "member_carded"),
    "spend_paid": ("spend_asked", "spend_to_approve", "spend_to_reject", "spend_to_cancel", "spend_approved"),
}


def test_tokens_of_another_purpose_place_or_time(world: World) -> None:
    """Each token opens its own door only, in its own time."""
    tokens = {
        "a card": world.ids["card_token"],
        "a voucher": world.ids["voucher_token"],
        "a gift's link": world.ids["gift_link"],
        "a monthly gift's link": world.ids["monthly_link"],
        "an activity's code": world.ids["code_token"],
        "an expired card": identity.sign_token("card", "K7QF3M2X", NOW - HOUR),
        "a session": world.sessions["admin"],
    }
    doors = {
        "card_token": ("/c/{token}", "a card"),
        "voucher_token": ("/v/{token}", "a voucher"),
        "code_token": ("/q/{token}", "an activity's code"),
    }
    with unchanged(), tried("tokens of another purpose, place or time") as tally:
        for route in (one for one in GETS if set(one.params.values()) & set(doors)):
            path, own = doors[next(iter(route.params.values()))]
            assert path == route.path
            for what, token in tokens.items():
                if what != own:
                    with tally.one(f"{route.name} {what}"):
                        wrong(route, send(world, route.ask(world, token=token)))
            genuine = tokens[own]
            for what, token in altered(genuine):
                with tally.one(f"{route.name} {what}"):
                    wrong(route, send(world, route.ask(world, token=token)))
        for route in (one for one in GETS if one.query.keys() & {"t", "token"}):
            name = next(iter(route.query))
            own_link = world.ids[route.query[name]]
            for what, token in [*tokens.items(), *altered(own_link), ("none", "")]:
                if token != own_link:
                    with tally.one(f"{route.name} {name}={what}"):
                        wrong(route, send(world, replace(route.ask(world), query={name: [token]})))
        with tally.one("an activity's code, ten minutes later"), clock.at(NOW + 10 * 60_000):
            scan = Ask("GET", "/q/{token}", {"token": world.ids["code_token"]})
            assert "二维码已过期,请重新扫描负责人的屏幕。原有记录不受影响。" in send(world, scan).text


def altered(token: str) -> list[tuple[str, str]]:
    return [
        ("one character other", token[:-1] + ("A" if token[-1] != "A" else "B")),
        ("cut off", token[:-3]),
        ("longer", token + "A"),
        ("twice", token + token),
        ("another key's name", "k9" + token[2:] if token.startswith("k1") else "1" + token),
        ("in upper case", token.upper()),
        ("with a zero byte", token + "\x00"),
    ]


def test_queries(world: World) -> None:
    """All parameters that any page reads carry the same nonsense at once; each page gets every third kind, its
    neighbours the others."""
    with unchanged(), tried("queries: cursors, pages, months, languages, next addresses") as tally:
        for number, route in enumerate(GETS):
            for turn, (what, value) in enumerate(QUERIES.items(), number):
                if turn % 3:
                    continue
                with tally.one(f"{route.name} ?*={what}"):
                    fixed = {name: [world.ids[key]] for name, key in route.query.items()}
                    ask = replace(route.ask(world), query={**{name: [value] for name in QUERY_NAMES}, **fixed})
                    answer = send(world, ask)
                    assert answer.status in (200, 303, 400, 403, 404, 409, 422), answer.status
                    assert "evil.example" not in answer.to
                    assert "<script>alert" not in answer.text
            for what in ("a text", "a cursor into another table", "HTML"):
                with tally.one(f"{route.name} ?cursor={what}"):
                    ask = replace(route.ask(world), query={**route.ask(world).query, "cursor": [QUERIES[what]]})
                    answer = send(world, ask)
                    assert answer.status in (200, 303) or answer.code, answer.status


def test_next_leads_only_home(world: World) -> None:
    with unchanged(), tried("where one is led after signing in") as tally:
        for what, value in {**QUERIES, **PATHS}.items():
            for who in ("resident", "nobody"):
                with tally.one(f"{who} next={what}"):
                    answer = send(world, Ask("GET", "/sign-in", {}, who, {"next": [value]}))
                    assert "evil" not in answer.to
                    assert answer.status in (200, 303)
                    assert 'value="//' not in answer.text
                    assert 'value="https:' not in answer.text


def test_headers(world: World) -> None:
    """What stands in links and cookies never comes from a header that anybody may write."""
    some = [one for one in GETS if one.path in SEEN]
    assert len(some) == len(SEEN)
    with unchanged(), tried("headers: hosts, forwarding, cookies, languages, bearers") as tally:
        for route in some:
            for what, headers in HEADERS.items():
                with tally.one(f"{route.name} {what}"):
                    answer = send(world, replace(route.ask(world), headers=headers))
                    assert answer.status in (200, 303, 401, 403, 404, 409, 422), answer.status
                    assert "evil" not in answer.text + answer.to, "a header came through"
                    assert "<script>alert" not in answer.text


SEEN = {
    "/", "/me", "/sign-in", "/give", "/g/{code}", "/gifts/{id}", "/offers", "/vouchers/{id}", "/staff", "/till",
    "/staff/fund/posters/{code}", "/staff/members/{id}/card", "/staff/activities/{id}/screen", "/api", "/openapi.json",
    "/api/v1/me", "/api/v1/street", "/c/{token}", "/q/{token}", "/static/{version}/{name}", "/check-in",
}  # fmt: skip


def test_methods(world: World) -> None:
    with unchanged(), tried("methods that an address does not have") as tally:
        for path in sorted({route.path for route in GETS + CHANGES}):
            routes = [route for route in GETS + CHANGES if route.path == path]
            has = {route.method for route in routes}
            for method in METHODS:
                if method in has or (method == "HEAD" and "GET" in has):
                    continue
                with tally.one(f"{method!r} {path}"):
                    ask = routes[0].ask(world)
                    answer = send(world, replace(ask, method=method))
                    assert answer.status == 405
                    assert answer.code == "method_not_allowed"
                    assert set(answer.headers["allow"].split(", ")) == has | ({"HEAD"} if "GET" in has else set())
            if "GET" in has:
                with tally.one(f"HEAD {path}"):
                    ask = next(route for route in routes if route.method == "GET").ask(world)
                    answer = send(world, replace(ask, method="HEAD"))
                    assert answer.status in (200, 303, 404, 409)
                    assert answer.body == b""


def test_an_odd_answer_to_htmx_is_still_an_answer(world: World) -> None:
    with unchanged(), tried("htmx asks for what is not there") as tally:
        for route in with_params(GETS):
            if route.path in WHOLE_PAGES:
                continue
            with tally.one(route.name):
                ask = replace(route.ask(world, **dict.fromkeys(route.params, "x")), headers={"hx-request": "true"})
                answer = send(world, ask)
                told = answer.status == 200 and answer.headers.get("hx-retarget") == "#messages"
                assert answer.status == 204 or told or route.is_api, answer.status


WHOLE_PAGES = {"/q/{token}", "/v/{token}"}
"""Opened by a phone's camera, never by htmx; both say what is wrong on a page of their own."""
