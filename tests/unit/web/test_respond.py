"""From what a handler returns or raises to what a browser gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from chalice.app import Response

from chalicelib import errors
from chalicelib.web import csrf
from chalicelib.web import errors as sentences
from chalicelib.web.faults import Malformed, PayloadTooLarge, UnsupportedMedia
from chalicelib.web.forms import FormBody, Name, read_form
from chalicelib.web.http import Cookie, Download, Fragment, Json, Page, Redirect, Request, Result, Svg, respond
from chalicelib.web.respond import status_of
from tests.unit.web.conftest import BROWSER

Make = Callable[..., Request]


class OutOfRice(errors.Refused):
    code: ClassVar[str] = "test_out_of_rice"


@pytest.fixture(autouse=True)
def rice_sentence() -> None:
    sentences.register_sentences({OutOfRice: ("大米只剩 {left} 袋,{since} 更新,余 {pot_fen}。", "请换一样。")})


def raising(error: Exception) -> Callable[[Request], Result]:
    def handler(_request: Request) -> Result:
        raise error

    return handler


def text(answer: Response) -> str:
    assert isinstance(answer.body, bytes)
    return answer.body.decode()


def problem(answer: Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    read: dict[str, Any] = json.loads(answer.body)
    return read


STATUSES = [
    (errors.NotFound(), 404),
    (errors.Invalid(), 422),
    (Malformed(), 400),
    (errors.Refused(), 409),
    (OutOfRice(), 409),
    (errors.NotAllowed(), 403),
    (errors.SignInNeeded(), 401),
    (errors.Conflict(), 409),
    (errors.Stale(), 409),
    (errors.Unavailable(), 503),
    (errors.TooMany(retry_after_s=30), 429),
    (PayloadTooLarge(limit_kb=64), 413),
    (UnsupportedMedia(content_type="x"), 415),
    (errors.Corrupt(), 500),
    (errors.DomainError(), 500),
]


@pytest.mark.parametrize(("error", "status"), STATUSES)
def test_one_table_maps_kinds_to_status(error: errors.DomainError, status: int, make_request: Make) -> None:
    assert status_of(error) == status
    assert respond(make_request("GET", "/api/v1/x"), raising(error)).status_code == status


def test_a_refusal_as_a_page_says_what_happened_and_what_to_do(make_request: Make) -> None:
    fact = OutOfRice(left=3, since=1_772_672_520_000, pot_fen=123450)
    answer = respond(make_request(headers={"accept": "text/html"}), raising(fact))
    assert answer.status_code == 409
    assert "大米只剩 3 袋,09:02 更新,余 ¥1,234.50。" in text(answer)
    assert "请换一样。" in text(answer)
    assert "test_out_of_rice" in text(answer)


def test_a_refusal_as_problem_details(make_request: Make) -> None:
    fact = OutOfRice(left=3, since=1_772_672_520_000, pot_fen=123450)
    for request in (make_request("GET", "/api/v1/x"), make_request(headers={"accept": "application/json"})):
        assert problem(respond(request, raising(fact))) == {
            "type": "/api#test_out_of_rice",
            "title": "现在不能这样做",
            "status": 409,
            "code": "test_out_of_rice",
            "detail": "大米只剩 3 袋,09:02 更新,余 ¥1,234.50。 请换一样。",
            "fields": {"left": 3, "since": 1_772_672_520_000, "pot_fen": 123450},
        }


def test_what_was_not_foreseen_shows_a_number_and_nothing_else(
    make_request: Make, caplog: pytest.LogCaptureFixture
) -> None:
    for request in (make_request(), make_request("GET", "/api/v1/x"), make_request(headers={"hx-request": "true"})):
        caplog.clear()
        answer = respond(request, raising(ZeroDivisionError("secret-13800001234")))
        assert "secret" not in text(answer)
        assert "ZeroDivision" not in text(answer)
        logged = caplog.records[-1]
        assert logged.__dict__["facts"]["incident"] in text(answer)
        assert logged.exc_info is not None
        assert answer.status_code == (200 if request.htmx else 500)


def test_a_broken_invariant_is_an_incident_too(make_request: Make, caplog: pytest.LogCaptureFixture) -> None:
    answer = respond(make_request(), raising(errors.Corrupt(pot="a pot of ours")))
    assert answer.status_code == 500
    assert "a pot of ours" not in text(answer)
    assert "incident" in caplog.text


def test_too_many_says_when_to_come_back(make_request: Make) -> None:
    assert respond(make_request(), raising(errors.TooMany(retry_after_s=30))).headers["Retry-After"] == "30"
    assert respond(make_request(), raising(errors.TooMany())).headers["Retry-After"] == "60"


def test_sign_in_is_a_detour_for_pages_and_a_401_for_programs(make_request: Make, post_form: Make) -> None:
    needed = raising(errors.SignInNeeded())
    page = respond(make_request("GET", "/my/{what}", params={"what": "周"}, query={"p": ["2"]}), needed)
    assert page.status_code == 303
    assert page.headers["Location"] == "/sign-in?next=" + quote("/my/周?p=2", safe="")
    assert respond(make_request("GET", "/api/v1/me"), needed).status_code == 401
    sent = respond(post_form("_next=//evil.example"), needed)
    assert sent.headers["Location"] == "/sign-in?next=%2F"


def test_an_error_under_htmx_is_swapped_in_where_it_is_seen(make_request: Make) -> None:
    answer = respond(make_request(headers={"hx-request": "true"}), raising(errors.NotFound()))
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#messages"
    assert "<html" not in text(answer)
    assert "没有找到您要的内容。" in text(answer)
    assert 'role="alert"' in text(answer)


class Named(FormBody):
    name: Name


def test_a_form_error_that_no_handler_caught_still_lists_the_fields(post_form: Make) -> None:
    request = post_form("name=")
    assert "请填写这一项。" in text(respond(request, lambda seen: Json(read_form(seen, Named))))
    told = problem(
        respond(post_form("name=", headers={"accept": "application/json"}), lambda seen: Json(read_form(seen, Named)))
    )
    assert told["errors"] == [{"field": "name", "code": "field_required", "detail": "请填写这一项。"}]


def test_an_expired_form_keeps_what_was_filled_in(make_request: Make, post_form: Make) -> None:
    old = csrf.form_token(make_request(now_ms=1_772_672_520_000 - 25 * 3_600_000), "give")
    request = post_form(f"_form={quote(old)}&name={quote('<周>')}&tags=a&tags=b")
    answer = respond(request, lambda _seen: Redirect("/done"), form="give")
    assert answer.status_code == 409
    shown = text(answer)
    assert "页面已过期" in shown
    assert '<input type="hidden" name="name" value="&lt;周&gt;">' in shown
    assert shown.count('name="tags"') == 2
    fresh = shown.split('name="_form" value="')[1].split('"')[0]
    again = respond(post_form(f"_form={quote(fresh)}"), lambda seen: Json(seen.submission), form="give")
    assert again.status_code == 200


def test_a_form_is_claimed_before_the_handler_runs(make_request: Make, post_form: Make) -> None:
    ran = []

    def handler(seen: Request) -> Result:
        ran.append(seen.submission)
        return Redirect("/done")

    assert respond(post_form("_form=forged"), handler, form="give").status_code == 403
    assert ran == []
    token = csrf.form_token(make_request(), "give")
    assert respond(post_form(f"_form={quote(token)}"), handler, form="give").status_code == 303
    assert ran == [token.split(".")[0]]


def test_another_sites_post_never_reaches_the_handler_unless_it_is_signed(post_form: Make) -> None:
    request = post_form("a=1", headers={"sec-fetch-site": "cross-site"})
    assert respond(request, lambda _seen: Json({})).status_code == 403
    assert respond(request, lambda _seen: Json({}), signed=True).status_code == 200


def test_a_fault_of_the_request_is_told_before_anything_else(post_form: Make) -> None:
    assert respond(post_form(b"a=" + b"x" * 70_000), lambda _seen: Json({})).status_code == 413
    assert respond(post_form(b"a=%ff"), lambda _seen: Json({})).status_code == 400


def test_every_answer_carries_the_protecting_headers(make_request: Make) -> None:
    for answer in (
        respond(make_request(), lambda _seen: Page("web/api.html", {"operations": [], "codes": []})),
        respond(make_request(), lambda _seen: Json({})),
        respond(make_request(), raising(errors.NotFound())),
        respond(make_request(), raising(ValueError())),
        respond(make_request(), lambda _seen: Redirect("/x")),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"


def test_only_a_scanning_page_may_use_the_camera_and_wasm(make_request: Make) -> None:
    data = {"operations": [], "codes": []}
    plain = respond(make_request(), lambda _seen: Page("web/api.html", data))
    scanning = respond(make_request(), lambda _seen: Page("web/api.html", data, scanner=True))
    assert "camera=()" in plain.headers["Permissions-Policy"]
    assert "camera=(self)" in scanning.headers["Permissions-Policy"]
    assert "'wasm-unsafe-eval'" in scanning.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in scanning.headers["Content-Security-Policy"]


def test_a_form_may_lead_on_to_the_stand_in_for_stripe(make_request: Make, set_env: Callable[..., None]) -> None:
    set_env(LINLI_STRIPE_API_BASE="http://127.0.0.1:12111/v1")
    page = Page("web/api.html", {"operations": [], "codes": []})
    policy = respond(make_request(), lambda _seen: page).headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com" in policy
    assert "http://127.0.0.1:12111;" in policy


def test_a_new_browser_gets_its_cookie_once(make_request: Make) -> None:
    page = Page("web/api.html", {"operations": [], "codes": []})
    new = respond(make_request(headers={"cookie": ""}), lambda _seen: page)
    (cookie,) = new.headers["Set-Cookie"]
    assert cookie.startswith("linli_b=")
    assert "; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000" in cookie
    assert "Secure" not in cookie
    assert "Set-Cookie" not in respond(make_request(), lambda _seen: page).headers
    assert "Set-Cookie" in respond(make_request(headers={"cookie": "linli_b=<x>"}), lambda _seen: page).headers


def test_cookies_behind_https_and_a_stage(make_request: Make, set_env: Callable[..., None]) -> None:
    set_env(LINLI_PUBLIC_URL="https://linli.example/api")
    request = make_request(headers={"cookie": f"__Secure-linli_b={BROWSER}"})
    answer = respond(request, lambda _seen: Redirect("/x", cookies=(Cookie("a", "1"), Cookie("b", "2", 0))))
    assert answer.headers["Set-Cookie"] == [
        "__Secure-a=1; Path=/api; HttpOnly; SameSite=Lax; Secure",
        "__Secure-b=2; Path=/api; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
    ]
    assert answer.headers["Location"] == "/api/x"
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_cookies_behind_https_on_a_host_of_ones_own(make_request: Make, set_env: Callable[..., None]) -> None:
    set_env(LINLI_PUBLIC_URL="https://linli.example")
    answer = respond(make_request(), lambda _seen: Redirect("/x", cookies=(Cookie("a", "1"),)))
    assert answer.headers["Set-Cookie"][0] == "__Host-a=1; Path=/; HttpOnly; SameSite=Lax; Secure"


@pytest.mark.parametrize(
    ("public_url", "cookie", "seen"),
    [
        ("https://linli.example", "__Host-a=1; a=2; __Secure-a=3", "1"),
        ("https://linli.example", "a=2; __Secure-a=3", ""),
        ("https://linli.example/api", "a=2; __Host-a=1; __Secure-a=3", "3"),
        ("http://127.0.0.1:8000", "__Host-a=1; a=2", "2"),
    ],
)
def test_a_cookie_that_a_neighbour_could_have_set_is_not_read(
    make_request: Make, set_env: Callable[..., None], public_url: str, cookie: str, seen: str
) -> None:
    set_env(LINLI_PUBLIC_URL=public_url)
    assert make_request(headers={"cookie": cookie}).cookies.get("a", "") == seen


def test_what_may_be_kept_is_sent_once_and_sets_no_cookie(make_request: Make) -> None:
    shown = Json({"a": 1}, headers={"Cache-Control": "public, max-age=60"})
    first = respond(make_request(headers={"cookie": ""}), lambda _seen: shown)
    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = respond(make_request(headers={"if-none-match": known}), lambda _seen: shown)
        assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", tag)
    other = respond(make_request(headers={"if-none-match": tag}), lambda _seen: replace(shown, value={"a": 2}))
    assert other.status_code == 200
    own = respond(make_request(headers={"if-none-match": tag}), lambda _seen: Json({"a": 1}))
    assert (own.status_code, own.headers.get("ETag")) == (200, None)


@pytest.mark.parametrize(
    "result",
    [
        Redirect("/x\r\nSet-Cookie: a=1"),
        Redirect("https://stripe.example/\r\nX: 1", external=True),
        Redirect("//evil.example"),
        Redirect("https://evil.example"),
        Redirect("javascript:alert(1)", external=True),
        Redirect("/x", cookies=(Cookie("a", "1\r\nX: 1"),)),
        Redirect("/x", cookies=(Cookie("a", "1; Domain=evil"),)),
        Redirect("/x", cookies=(Cookie("a b", "1"),)),
        Json({}, headers={"X-Note": "a\nb"}),
    ],
)
def test_nothing_breaks_out_of_a_header(result: Result, make_request: Make) -> None:
    answer = respond(make_request(), lambda _seen: result)
    assert answer.status_code == 500 or "\r" not in answer.headers["Location"]
    assert "evil" not in str(answer.headers)
    assert all("\n" not in str(value) and "\r" not in str(value) for value in answer.headers.values())


def test_redirects(make_request: Make) -> None:
    to = respond(make_request(), lambda _seen: Redirect("/gifts/周?a=1", {"ok": "好"}))
    assert (to.status_code, to.headers["Location"]) == (303, "/gifts/%E5%91%A8?a=1&ok=%E5%A5%BD")
    pay = respond(make_request(), lambda _seen: Redirect("https://checkout.stripe.com/c/pay/cs_1#fid", external=True))
    assert pay.headers["Location"] == "https://checkout.stripe.com/c/pay/cs_1#fid"
    swapped = respond(make_request(headers={"hx-request": "true"}), lambda _seen: Redirect("/x"))
    assert (swapped.status_code, swapped.headers["HX-Redirect"]) == (204, "/x")


def test_a_download_keeps_its_chinese_name(make_request: Make) -> None:
    answer = respond(make_request(), lambda _seen: Download("支出报告 2026.xlsx", "application/x", [b"a", b"b"]))
    assert answer.body == b"ab"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"2026.xlsx\"; filename*=UTF-8''" + quote("支出报告 2026.xlsx", safe="")
    )
    tricky = respond(make_request(), lambda _seen: Download('a"b\r\nX: 1/..\\c.csv', "text/csv", b""))
    assert "\r" not in tricky.headers["Content-Disposition"]
    assert tricky.headers["Content-Disposition"].count('"') == 2
    too_large = respond(make_request(), lambda _seen: Download("x.csv", "text/csv", b"x" * 4_500_001))
    assert too_large.status_code == 409
    assert "文件超过 4.5 MB" in text(too_large)


def test_a_picture_and_a_fragment(make_request: Make) -> None:
    picture = respond(make_request(), lambda _seen: Svg("<svg/>", "海报.svg"))
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert "script" not in picture.headers["Content-Security-Policy"]
    data = {"sentence": sentences.Sentence("好"), "errors": {}, "code": "x"}
    assert "<html" not in text(respond(make_request(), lambda _seen: Fragment("web/problem_fragment.html", data)))


def test_a_guard_fills_in_who_asks_and_may_say_no(make_request: Make) -> None:
    class Zhou:
        id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        display = "周**"
        is_staff = False

    page = Page("web/api.html", {"operations": [], "codes": []})
    shown = respond(make_request(), lambda _seen: page, guard=lambda seen: seen.with_actor(Zhou()))
    assert "周**" in text(shown)
    refused = respond(make_request(), lambda _seen: page, guard=lambda _seen: _no())
    assert refused.status_code == 403


def _no() -> Request:
    raise errors.NotAllowed()


def test_the_wrong_kind_of_result_is_an_incident(make_request: Make, caplog: pytest.LogCaptureFixture) -> None:
    answer = respond(make_request(), lambda _seen: {"not": "a result"})  # type: ignore[arg-type,return-value]
    assert answer.status_code == 500
    assert "TypeError: a handler returned dict" in caplog.text


def test_without_its_keys_the_app_still_answers(make_request: Make, set_env: Callable[..., None]) -> None:
    set_env(LINLI_SECRET_KEYS="")
    answer = respond(make_request(), raising(errors.NotFound()))
    assert answer.status_code == 404
    assert "没有找到您要的内容。" in text(answer)
    needing = respond(make_request(), lambda _seen: Page("web/api.html", {"operations": [], "codes": []}))
    assert needing.status_code == 503
    assert "LINLI_SECRET_KEYS" in text(needing)
    assert "setting_missing" in text(needing)
    asked = respond(make_request(headers={"accept": "application/json"}), raising(errors.NotFound()))
    assert asked.status_code == 404
