"""What the headers of every answer allow, and that no page needs more."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

from tests.journeys.sweep.gate import Answer, Ask, answered, filled_in, form_of, send, token_for
from tests.journeys.sweep.routes import CHANGES, GETS, Route
from tests.journeys.sweep.trying import Tally, tried
from tests.journeys.sweep.world import World

SCANNERS = {"/check-in", "/scan", "/staff/activities/{id}/cards", "/staff/exchange", "/till", "/till/find"}
"""Where there is something to scan, at once or when what was typed is wrong."""
KEPT = {"/api/v1/public/summary": "public, max-age=60", "/openapi.json": "public, max-age=300"}
"""What is the same for everybody, and for how long."""
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self' https://checkout.stripe.com https://billing.stripe.com https://invoice.stripe.com {stand_in}; "
    "base-uri 'none'; frame-ancestors 'none'"
)
NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DEVICES = "microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
COOKIE = re.compile(
    r"__Host-linli_[a-z]+=[A-Za-z0-9_.~:|!*+/=%-]*; Path=/; HttpOnly; SameSite=Lax(; Max-Age=\d+)?; Secure"
)


def must_be_protected(world: World, route: Route, answer: Answer) -> None:
    headers = answer.headers
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    is_page = headers["content-type"].startswith("text/html")
    # By what stands in the page: a camera is allowed where one is used, and nowhere else
    scans = is_page and "data-scan" in answer.text
    page = PAGE.format(stand_in=world.giving.stripe.url)
    if scans:
        page = page.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    if not headers["content-type"].startswith("image/"):
        assert headers["content-security-policy"] == (page if is_page else NO_PAGE)
    assert headers["permissions-policy"] == f"camera={'(self)' if scans else '()'}, {DEVICES}"
    must_be_fresh(route, answer)
    for cookie in answer.cookies:
        assert COOKIE.fullmatch(cookie), cookie
    if is_page:
        must_need_nothing_inline(answer.text)


def must_be_fresh(route: Route, answer: Answer) -> None:
    """Nothing that is somebody's is kept by a browser or anything between."""
    cache = answer.headers["cache-control"]
    if route.path.startswith("/static/") and answer.status == 200:
        assert cache in ("public, max-age=31536000, immutable", "no-cache")
    elif route.path in KEPT and answer.status == 200:
        assert cache == KEPT[route.path]
    else:
        assert cache == "no-store"
    if cache != "no-store":
        assert answer.cookies == []
        assert answer.headers["etag"]


def must_need_nothing_inline(page: str) -> None:
    """What the policy forbids does not stand in the page: it would be dead."""
    inline = re.search(
        r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|<iframe|<object|<embed|<base", page
    )
    assert inline is None, page[max(0, inline.start() - 100) : inline.end() + 100] if inline else ""
    for address in re.findall(r"""\ssrc=["']([^"']*)""", page):
        assert address.startswith("/static/"), address
    for sheet in re.findall(r"""<link[^>]*href=["']([^"']*)""", page):
        assert sheet.startswith("/static/"), sheet


def checked(world: World, tally: Tally, route: Route, ask: Ask, seen: Counter[str]) -> None:
    with tally.one(f"{ask.who}: {route.name}"):
        answer = answered(world, ask)
        seen[answer.headers["content-type"].split(";")[0]] += 1
        if answer.headers["permissions-policy"].startswith("camera=(self)"):
            seen["camera " + route.path] += 1
        must_be_protected(world, route, answer)


def test_every_answer_is_protected(world: World) -> None:
    seen: Counter[str] = Counter()
    with tried("answers whose protecting headers are as they must be") as tally:
        for route in GETS:
            for who in dict.fromkeys((route.by or route.allowed()[0], route.allowed()[-1], "nobody")):
                ask = route.ask(world, who)
                checked(world, tally, route, ask, seen)
                # A browser that has no cookie yet gets one
                checked(world, tally, route, replace(ask, headers={"cookie": "", "accept-language": "en"}), seen)
                checked(world, tally, route, replace(ask, method="POST"), seen)
        for route in CHANGES:
            ask = route.ask(world)
            token = world.form() if route.is_api else token_for(world, ask, form_of(ask))
            checked(world, tally, route, filled_in(world, ask, {}, token), seen)
            checked(world, tally, route, filled_in(world, ask, route.right(world), token), seen)
    assert {name for name in seen if name.startswith("camera")} == {"camera " + path for path in SCANNERS}
    kinds = {"text/html", "application/json", "application/problem+json", "text/css", "text/csv"}
    assert kinds <= set(seen), seen


def test_static_files_are_kept_for_ever_under_the_name_of_their_content(world: World) -> None:
    page = send(world, Ask("GET", "/")).text
    files = set(re.findall(r"/static/([0-9a-f]{12})/([\w.]+)", page))
    assert len(files) >= 4
    for version, name in files:
        ask = Ask("GET", "/static/{version}/{name}", {"version": version, "name": name})
        answer = send(world, ask)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        old = send(world, replace(ask, params={"version": "0" * 12, "name": name}))
        assert (old.headers["cache-control"], old.body) == ("no-cache", answer.body)
        known = send(world, replace(ask, headers={"if-none-match": answer.headers["etag"]}))
        assert (known.status, known.body) == (304, b"")


def test_what_everybody_may_read_is_not_sent_twice(world: World) -> None:
    for path in KEPT:
        first = send(world, Ask("GET", path))
        again = send(world, Ask("GET", path, headers={"if-none-match": first.headers["etag"]}))
        assert (again.status, again.body) == (304, b"")
        assert json.loads(first.body)
