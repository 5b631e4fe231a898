"""Forms as nobody's browser should send them: tokens, shapes, and every field with every kind of nonsense."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from chalicelib.web.csrf import FORM_LIFE_MS
from tests.journeys.sweep.gate import BROWSER, FORM, JSON, OTHER_BROWSER, Ask, filled_in, form_of, send, token_for
from tests.journeys.sweep.inputs import TEXTS
from tests.journeys.sweep.routes import CHANGES, GETS, Route
from tests.journeys.sweep.trying import tried, unchanged
from tests.journeys.sweep.world import ENDS_SESSIONS, NOW, World, sign_in
from tests.journeys.verified import verified

PAGES = [route for route in CHANGES if not route.is_api]


@pytest.fixture(scope="module", autouse=True)
def the_books_hold(world: World) -> Iterator[None]:
    yield
    verified(NOW)


def test_tokens(world: World) -> None:
    """A form is bound to a browser, a person, an address and a day."""
    with unchanged(), tried("form tokens: none, forged, expired, others'") as tally:
        for route in PAGES:
            ask, fields = route.ask(world), route.right(world)
            other = "neighbour" if ask.who != "neighbour" else "resident"
            genuine = token_for(world, ask, form_of(ask))
            wrong = {
                "none": "",
                "rubbish": "x" * 60,
                "5 kB": "x" * 5000,
                "one character other": genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
                "another key's": genuine.replace(".k1.", ".k9."),
                "another id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" + genuine[26:],
                "another form's": token_for(world, ask, "/somewhere/else"),
                "another person's": token_for(world, ask, form_of(ask), who=other),
                "another browser's": token_for(world, ask, form_of(ask), browser=OTHER_BROWSER),
                "of tomorrow": token_for(world, ask, form_of(ask), now_ms=NOW + 3_600_000),
                "half a character": "\ud800",
            }
            for what, token in wrong.items():
                with tally.one(f"{route.name}: {what}"):
                    answer = send(world, filled_in(world, ask, fields, token))
                    assert (answer.status, answer.code) in ((403, "form_forged"), (400, "malformed"))
            with tally.one(f"{route.name}: expired"):
                old = token_for(world, ask, form_of(ask), now_ms=NOW - FORM_LIFE_MS - 1)
                answer = send(world, filled_in(world, ask, fields, old))
                assert (answer.status, answer.code) == (409, "form_expired")
                assert "继续提交" in answer.text
            for what, change in OTHER_SITES.items():
                with tally.one(f"{route.name}: {what}"):
                    answer = send(world, filled_in(world, replace(ask, headers=change), fields))
                    assert (answer.status, answer.code) == (403, "cross_site")
            with tally.one(f"{route.name}: a browser without our cookie"):
                answer = send(world, filled_in(world, replace(ask, cookies={"linli_b": "x"}), fields))
                assert (answer.status, answer.code) == (403, "no_cookie")


OTHER_SITES = {
    "from another site": {"origin": "https://evil.example"},
    "from another site, as browsers say": {"sec-fetch-site": "cross-site"},
    "from a site beside ours": {"sec-fetch-site": "same-site", "origin": "https://shop.linli.example.org"},
}


def test_shapes(world: World) -> None:
    """The body is no form, or not this form."""
    with tried("form bodies: types, encodings, sizes, fields missing, unknown and twice") as tally:
        for route in PAGES:
            ask = route.ask(world)
            for what, (kind, body, codes) in shapes(world, route, ask).items():
                with tally.one(f"{route.name}: {what}"):
                    answer = send(world, replace(ask, body=body, headers={"content-type": kind} if kind else {}))
                    if codes:
                        assert answer.code in codes, f"{answer.status} {answer.code or answer.to}"
                    assert answer.status != 500
                if route.path in ENDS_SESSIONS:
                    sign_in(world, ask.who) if ask.who in world.actors else None


def shapes(world: World, route: Route, ask: Ask) -> dict[str, tuple[str, bytes, tuple[str, ...]]]:
    right = list(route.right(world).items())
    token = ("_form", token_for(world, ask, form_of(ask)))
    whole = urlencode([*right, token], doseq=True).encode()
    unread = ("malformed", "form_forged")
    return {
        "no body": (FORM, b"", ("form_forged",)),
        "no type": ("", whole, ("form_forged",)),
        "JSON": (JSON, b'{"_form": "x"}', ("form_forged",)),
        "a file": ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--", ("unsupported_media",)),
        "plain text": ("text/plain", whole, ("form_forged",)),
        "100 kB": (FORM, whole + b"&x=" + b"x" * 100_000, ("payload_too_large",)),
        "600 fields": (FORM, whole + b"&a=1" * 600, ("malformed",)),
        "invalid UTF-8": (FORM, whole + b"&x=%FF%FE", ("malformed",)),
        "UTF-16": (FORM, whole.decode().encode("utf-16"), unread),
        "bytes of nothing": (FORM, bytes(range(256)), unread),
        "another character set": ("application/x-www-form-urlencoded; charset=gb2312", b"x=%D6%DC", unread),
        "an unknown field": (
            FORM,
            whole + b"&is_admin=1",
            ("unknown_field", "") if right and route.path not in LOOSE else (),
        ),
        "fields missing": (FORM, urlencode([token]).encode(), ()),
        "every field twice": (FORM, urlencode([*right, *right, token], doseq=True).encode(), ()),
        "an unknown HTML field": (FORM, whole + b"&%3Cscript%3Ealert(1)%3C/script%3E=1", ()),
    }


LOOSE = {"/settings/view", "/sign-in/new"}
"""Reads two fields by name; asks first whether a phone was proven."""


def test_fields(world: World) -> None:
    """Each field by itself with a share of the nonsense, the others right; and all fields at once with a
    fifth of it. Neighbours get the other shares, so that each kind meets every sort of field."""
    with tried("form fields: numbers, days, texts, signs, sizes") as tally:
        turn = 0
        for number, route in enumerate(PAGES):
            right = route.right(world)
            for name in right:
                for what in share(turn, 13):
                    with tally.one(f"{route.name} {name}={what}"):
                        send_and_stay(world, route, {**right, name: TEXTS[what]})
                turn += 1
            for what in share(number, 5) if right else ():
                with tally.one(f"{route.name} *={what}"):
                    send_and_stay(world, route, dict.fromkeys(right, TEXTS[what]))


def test_what_was_stored_is_shown_as_text(world: World) -> None:
    """Names, places and reasons of HTML, signs and formulas, kept by every form that takes them, on every page."""
    kept = 0
    for number, (what, text) in enumerate(STORED.items()):
        for route in PAGES:
            right = route.right(world)
            typed = {name: text for name, value in right.items() if isinstance(value, str) and value in FREE_TEXT}
            if typed:
                kept += send(world, filled_in(world, route.ask(world), {**right, **typed})).status == 303
        assert kept > 5 * (number + 1), what
    with tried("pages that list what was stored") as tally:
        for route in (one for one in GETS if not one.is_api):
            for who in {route.allowed()[0], route.allowed()[-1]}:
                with tally.one(f"{who}: {route.name}"):
                    answer = send(world, route.ask(world, who))
                    is_page = answer.headers["content-type"].startswith("text/html")
                    for raw in ("<script>alert", "<img src=x", '" onfocus=') if is_page else ():
                        assert raw not in answer.text, f"{raw} as it was typed"
                    if route.path.endswith(".csv"):
                        assert not re.search(r'(^|,)"?[=+@]', answer.text, re.M), "a formula"


STORED = {
    "HTML": "<script>alert(1)</script>",
    "a picture": "<img src=x onerror=alert(1)>",
    "an attribute": '" onfocus=alert(1) x="',
    "a formula": "=1+1",
}
FREE_TEXT = {
    "扫楼道", "三号楼", "打扫", "龙井社区居委会", "冬日送暖", "送棉被", "米面", "惠民超市", "定捐",
    "示范机械厂", "门口", "冬日", "转账", "赵六", "三户 尾号1122", "新居民", "新茶馆", "安福路13号", "食用油",
    "一瓶", "示范协议2号", "整改", "岗位", "取消", "同意", "材料不全", "爱心人", "老街茶馆", "示范街道",
    "安福社区", "遗失", "磨损", "米里有虫", "敬老",
}  # fmt: skip
"""What a person writes freely in ``routes``."""


def share(turn: int, of: int) -> list[str]:
    return [what for number, what in enumerate(TEXTS) if (number + turn) % of == 0]


def send_and_stay(world: World, route: Route, fields: dict[str, object]) -> None:
    ask = route.ask(world)
    answer = send(world, filled_in(world, ask, fields))
    assert answer.status in (200, 303, 400, 403, 404, 409, 413, 422, 429), answer.status
    for raw in ("<script>alert", '" onfocus=alert'):
        assert raw not in answer.text, f"{raw!r} came back as it was sent"
    assert "49${49}" not in answer.text
    if route.path in ENDS_SESSIONS and ask.who in world.actors:
        sign_in(world, ask.who)


def test_a_form_of_another_browser_is_not_ours(world: World) -> None:
    """With the cookie of the other browser it is."""
    ask = next(route for route in PAGES if route.path == "/settings/view").ask(world)
    token = token_for(world, ask, "view", browser=OTHER_BROWSER)
    theirs = replace(ask, cookies={"linli_b": OTHER_BROWSER})
    assert send(world, filled_in(world, theirs, {"lang": "en"}, token)).status == 303
    assert (
        send(world, filled_in(world, replace(ask, cookies={"linli_b": BROWSER}), {"lang": "en"}, token)).status == 403
    )
