"""Form tokens: only the browser, person and form that a page was made for, and only for a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from chalicelib import ids
from chalicelib.errors import DomainError
from chalicelib.web import csrf
from chalicelib.web.faults import CrossSite, FormExpired, FormForged, NoCookie
from chalicelib.web.request import Request

NOW_MS = 1_772_672_520_000
HOUR_MS = 3_600_000

Make = Callable[..., Request]


@dataclass(frozen=True)
class Person:
    id: str
    display: str = "周**"
    is_staff: bool = False


def sent(post_form: Make, token: str, **more: object) -> Request:
    return post_form(f"_form={quote(token)}", **more)


def test_a_token_is_claimed_by_whom_it_was_made_for(make_request: Make, post_form: Make) -> None:
    token = csrf.form_token(make_request(), "give")
    ulid = csrf.claim_form(sent(post_form, token, now_ms=NOW_MS + HOUR_MS), "give")
    assert ids.is_ulid(ulid)
    assert ids.ulid_ms(ulid) == NOW_MS


def test_a_double_click_sends_the_same_key_and_two_pages_send_two(make_request: Make, post_form: Make) -> None:
    one, other = csrf.form_token(make_request(), "give"), csrf.form_token(make_request(), "give")
    assert csrf.claim_form(sent(post_form, one), "give") == csrf.claim_form(sent(post_form, one), "give")
    assert csrf.claim_form(sent(post_form, one), "give") != csrf.claim_form(sent(post_form, other), "give")


def test_age(make_request: Make, post_form: Make) -> None:
    token = csrf.form_token(make_request(), "give")
    assert csrf.claim_form(sent(post_form, token, now_ms=NOW_MS + 24 * HOUR_MS), "give")
    with pytest.raises(FormExpired):
        csrf.claim_form(sent(post_form, token, now_ms=NOW_MS + 24 * HOUR_MS + 1), "give")
    with pytest.raises(FormForged):
        csrf.claim_form(sent(post_form, token, now_ms=NOW_MS - 10_001), "give")


def test_another_browser_person_or_form_is_refused(make_request: Make, post_form: Make) -> None:
    token = csrf.form_token(make_request(), "give")
    zhou, li = Person("01ARZ3NDEKTSV4RRFFQ69G5FAV"), Person("01BX5ZZKBKACTAV9WEVGEMMVRZ")
    hers = csrf.form_token(make_request().with_actor(zhou), "give")
    other_browser = {"cookie": "linli_b=zzzzzzzzzzzzzzzzzzzzzz"}
    assert csrf.claim_form(sent(post_form, hers).with_actor(zhou), "give")
    for request, form in [
        (sent(post_form, token, headers=other_browser), "give"),
        (sent(post_form, token), "refund"),
        (sent(post_form, token).with_actor(zhou), "give"),
        (sent(post_form, hers), "give"),
        (sent(post_form, hers).with_actor(li), "give"),
    ]:
        with pytest.raises(FormForged):
            csrf.claim_form(request, form)


def test_forgeries(make_request: Make, post_form: Make) -> None:
    ulid, key, mac = csrf.form_token(make_request(), "give").split(".")
    fresh = ids.ulid(NOW_MS)
    altered = mac[:-1] + ("A" if mac[-1] != "A" else "B")
    broken = ["", "x", ulid, f"{ulid}.{key}", f"{ulid}.{key}.", f"{ulid}.k9.{mac}", f"{ulid}..{mac}", "x" * 60_000]
    false = [f"{ulid}.{key}.{altered}", f"{fresh}.{key}.{mac}", f"{ulid.lower()}.{key}.{mac}", f"{ulid}.{key}.周"]
    for token in broken + false:
        with pytest.raises(FormForged):
            csrf.claim_form(sent(post_form, token), "give")


def test_without_a_cookie_the_reason_is_told(make_request: Make, post_form: Make) -> None:
    token = csrf.form_token(make_request(), "give")
    with pytest.raises(NoCookie):
        csrf.claim_form(sent(post_form, token, headers={"cookie": ""}), "give")


def test_an_old_key_still_verifies_until_it_is_taken_away(
    make_request: Make, post_form: Make, set_env: Callable[..., None]
) -> None:
    old = csrf.form_token(make_request(), "give")
    set_env(LINLI_SECRET_KEYS="k2:" + "3c" * 32 + ",k1:" + "1a" * 32)
    assert csrf.claim_form(sent(post_form, old), "give")
    assert csrf.form_token(make_request(), "give").split(".")[1] == "k2"
    set_env(LINLI_SECRET_KEYS="k2:" + "3c" * 32)
    with pytest.raises(FormForged):
        csrf.claim_form(sent(post_form, old), "give")


@pytest.mark.parametrize(
    ("headers", "fine"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, True),
        ({"origin": "https://linli.example", "host": "linli.example"}, True),
        ({"origin": "nonsense"}, False),
    ],
)
def test_another_sites_form(post_form: Make, headers: dict[str, str], fine: bool) -> None:
    request = post_form("a=1", headers={"host": "127.0.0.1:8000", **headers})
    if fine:
        csrf.refuse_cross_site(request)
    else:
        with pytest.raises(CrossSite):
            csrf.refuse_cross_site(request)


def test_reading_is_never_cross_site(make_request: Make) -> None:
    csrf.refuse_cross_site(make_request(headers={"sec-fetch-site": "cross-site"}))


def test_each_reason_is_a_fact_with_a_code() -> None:
    kinds: list[type[DomainError]] = [FormExpired, FormForged, NoCookie, CrossSite]
    assert len({kind.code for kind in kinds}) == 4
