"""The one app, called with events as API Gateway sends them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from app import app
from chalicelib.web import navigation
from chalicelib.web.pages import render
from chalicelib.web.request import read_request


def call(method: str, path: str, route: str = "", **more: Any) -> dict[str, Any]:
    event = {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": route or path,
            "path": path,
            **more.pop("context", {}),
        },
        "headers": {"accept": "text/html", "cookie": "linli_b=abcdefghijklmnopqrstuv", **more.pop("headers", {})},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        **more,
    }
    return app(event, None)


def text(answer: dict[str, Any]) -> str:
    assert answer["isBase64Encoded"]
    return base64.b64decode(answer["body"]).decode()


def static(name: str, version: str = "0") -> dict[str, Any]:
    parameters = {"version": version, "name": name}
    return call("GET", f"/static/{version}/{name}", "/static/{version}/{name}", pathParameters=parameters)


def test_a_program_without_an_accept_header_is_answered() -> None:
    event_headers: dict[str, str] = {}
    for headers in (event_headers, {"Accept": "application/json"}, {"Accept": ""}):
        event = {
            "requestContext": {"httpMethod": "GET", "resourcePath": "/openapi.json", "path": "/openapi.json"},
            "headers": headers, "pathParameters": None, "multiValueQueryStringParameters": None,
            "stageVariables": None, "body": None,
        }  # fmt: skip
        answer = app(event, None)
        assert answer["statusCode"] == 200
        assert json.loads(base64.b64decode(answer["body"]))["openapi"] == "3.1.0"


def test_a_missing_page_and_a_wrong_method_speak_our_words() -> None:
    missing = app.page_not_found("GET", "/nowhere/<b>", {"accept": "text/html"})
    assert missing["statusCode"] == 404
    assert "没有这个页面。" in text(missing)
    assert "<b>" not in text(missing).replace("<b>没有", "")
    program = app.page_not_found("GET", "/api/v1/nowhere", {})
    assert json.loads(text(program))["code"] == "page_not_found"
    wrong = call("DELETE", "/api")
    assert wrong["statusCode"] == 405
    assert wrong["headers"]["Allow"] == "GET, HEAD"


def test_head_is_get_without_a_body() -> None:
    head = call("HEAD", "/api")
    assert head["statusCode"] == 200
    assert head["body"] == ""
    assert head["headers"]["Content-Type"].startswith("text/html")


def test_static_files_are_kept_for_ever_under_their_hash() -> None:
    page = text(call("GET", "/api"))
    address = page.split('href="')[1:]
    css = next(part.split('"')[0] for part in address if "linli.css" in part.split('"')[0])
    _, _, version, name = css.split("/")
    fresh = static(name, version)
    assert fresh["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert fresh["headers"]["Content-Type"] == "text/css; charset=utf-8"
    assert "Set-Cookie" not in fresh["headers"]
    assert fresh["multiValueHeaders"] == {}
    old = static(name, "0123456789ab")
    assert old["statusCode"] == 200
    assert old["headers"]["Cache-Control"] == "no-cache"


def test_no_other_file_can_be_had() -> None:
    for name in (
        "../routes.py",
        "..%2froutes.py",
        "routes.py",
        ".",
        "",
        "vendor",
        "/etc/passwd",
        "x" * 5000,
        "weui.LICENSE.txt",
    ):
        assert static(quote(name, safe=""))["statusCode"] == 404


def test_language_and_large_text_are_remembered_by_a_form_only() -> None:
    assert call("GET", "/settings/view")["statusCode"] == 405
    page = text(call("GET", "/api"))
    token = page.split('name="_form" value="')[1].split('"')[0]
    body = f"_form={quote(token)}&_next=/api&elder=1&lang=en"
    sent = {"headers": {"content-type": "application/x-www-form-urlencoded"}}
    answer = call("POST", "/settings/view", body=body, **sent)
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/api"
    assert [c.split(";")[0] for c in answer["multiValueHeaders"]["Set-Cookie"]] == ["linli_lang=en", "linli_elder=1"]
    encoded = base64.b64encode(body.encode()).decode()
    assert call("POST", "/settings/view", body=encoded, isBase64Encoded=True, **sent)["statusCode"] == 303
    assert call("POST", "/settings/view", body="elder=1", **sent)["statusCode"] == 403
    odd = call("POST", "/settings/view", body=f"_form={quote(token)}&lang=xx", **sent)
    assert odd["statusCode"] == 400
    large = call("GET", "/api", headers={"cookie": "linli_b=abcdefghijklmnopqrstuv; linli_elder=1; linli_lang=en"})
    assert 'class="elder"' in text(large)
    assert 'lang="en"' in text(large)


def test_the_stage_is_in_every_address() -> None:
    page = text(call("GET", "/prod/api", "/api", context={"apiId": "a", "domainName": "a.example"}))
    for attribute in ("href", "src", "action"):
        for part in page.split(f'{attribute}="/')[1:]:
            assert part.startswith("prod/"), part[:60]


def test_threads_do_not_see_each_others_requests() -> None:
    def one(i: int) -> bool:
        lang = "en" if i % 2 else "zh-CN"
        return f'<html lang="{lang}"' in text(call("GET", "/api", headers={"accept-language": lang}))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(80)))


def test_importing_the_app_is_cheap() -> None:
    heavy = ("stripe", "qrcode", "xlsxwriter", "cryptography", "babel", "boto3", "jinja2")
    code = f"import app, sys; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_doors_stand_in_their_order() -> None:
    navigation.home_link("/test-door", "测试之门", order=0)
    navigation.my_link("/test-mine", "我的测试", order=0)
    assert navigation.home_links()[0].path == "/test-door"
    assert navigation.my_links()[0].title == "我的测试"


def test_ones_own_page_needs_a_person() -> None:
    answer = call("GET", "/me")
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/sign-in?next=%2Fme"


def test_the_view_can_be_changed_by_who_is_signed_in_too() -> None:
    """The switch stands on every page, also on those that were refused before it was known who asks."""

    class Zhou:
        id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        display = "周**"
        is_staff = False

    event = {
        "requestContext": {"httpMethod": "GET", "resourcePath": "/", "path": "/"},
        "headers": {"cookie": "linli_b=abcdefghijklmnopqrstuv"},
    }
    request = read_request(event, b"").with_actor(Zhou())
    page = render(request, "web/mine.html", {"doors": []})
    token = page.split('name="_form" value="')[1].split('"')[0]
    sent = {"headers": {"content-type": "application/x-www-form-urlencoded"}}
    assert call("POST", "/settings/view", body=f"_form={quote(token)}&elder=1", **sent)["statusCode"] == 303
