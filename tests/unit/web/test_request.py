"""The request is the same behind API Gateway and on one machine, and no header is believed too much."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.config import SettingMissing
from chalicelib.web.request import Request
from chalicelib.web.urls import absolute, link, safe_next

Make = Callable[..., Request]
AWS = {"apiId": "abc", "domainName": "abc.execute-api.cn-north-1.amazonaws.com.cn"}


def test_path_parameters_are_decoded_exactly_once(make_request: Make) -> None:
    local = make_request("GET", "/give/{pot}", params={"pot": "%E5%91%A8%2541"})
    cloud = make_request("GET", "/give/{pot}", params={"pot": "周%41"}, context=AWS)
    assert local.params == cloud.params == {"pot": "周%41"}
    assert local.path == "/give/周%41"
    stray = make_request("GET", "/give/{pot}", params={"pot": "a", "left_over": "b"})
    assert stray.params == {"pot": "a"}


def test_the_stage_prefix(make_request: Make, set_env: Callable[..., None]) -> None:
    params = {"pot": "P1"}
    cloud = make_request("GET", "/give/{pot}", params=params, context={**AWS, "path": "/api/give/P1"})
    assert cloud.prefix == "/api"
    assert link(cloud, "/give/P2", lang="en", none=None) == "/api/give/P2?lang=en"
    assert absolute(cloud, "/x") == "https://abc.execute-api.cn-north-1.amazonaws.com.cn/api/x"
    assert make_request("GET", "/", context={**AWS, "path": "/api/"}).prefix == "/api"
    assert make_request("GET", "/give/{pot}", params=params, context={"path": "/give/P1/"}).prefix == ""
    # slashes within what somebody typed do not make the stage longer
    odd = {**AWS, "stage": "api", "path": "/api/give/a/b"}
    assert make_request("GET", "/give/{pot}", params={"pot": "a/b"}, context=odd).prefix == "/api"
    none = {**AWS, "stage": "api", "path": "/api/give/"}
    assert make_request("GET", "/give/{pot}", params={"pot": ""}, context=none).prefix == "/api"
    own_domain = {**AWS, "stage": "api", "domainName": "linli.example", "path": "/give/P1"}
    assert make_request("GET", "/give/{pot}", params=params, context=own_domain).prefix == ""
    set_env(LINLI_PATH_PREFIX="/")
    assert make_request("GET", "/", context={**AWS, "path": "/api/"}).prefix == ""


def test_a_public_address_with_a_path_sets_both(make_request: Make, set_env: Callable[..., None]) -> None:
    set_env(LINLI_PUBLIC_URL="https://linli.example/fund/")
    assert absolute(make_request(), "/give", a="周") == "https://linli.example/fund/give?a=%E5%91%A8"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:8000@evil",
        "localhost:x",
        "",
        "a b",
        "127.0.0.1:8000/x",
        "LOCALHOST.evil",
    ],
)
def test_a_foreign_host_header_never_gets_into_an_address(host: str, make_request: Make) -> None:
    request = make_request(headers={"host": host, "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})
    assert request.base_url == ""
    with pytest.raises(SettingMissing) as caught:
        absolute(request, "/give")
    assert caught.value.fields == {"name": "LINLI_PUBLIC_URL"}


def test_on_this_machine_the_host_header_will_do(make_request: Make, set_env: Callable[..., None]) -> None:
    for host in ("127.0.0.1:8000", "localhost", "[::1]:8000"):
        assert absolute(make_request(headers={"host": host}), "/x") == f"http://{host}/x"
    set_env(LINLI_PUBLIC_URL="https://linli.example")
    assert absolute(make_request(headers={"host": "evil.example"}), "/x") == "https://linli.example/x"
    cloud = make_request(headers={"host": "evil.example"}, context=AWS)
    assert "evil" not in cloud.base_url


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "lang"),
    [
        (None, "", "", "zh"),
        (None, "", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "", "fr-FR,zh-CN;q=0.9,en;q=0.8", "zh"),
        (None, "", "fr", "zh"),
        (None, "linli_lang=zh", "en", "zh"),
        ("en", "linli_lang=zh", "zh", "en"),
        ("../x", "linli_lang=xx", "zh", "zh"),
    ],
)
def test_language(query: str | None, cookie: str, accept: str, lang: str, make_request: Make) -> None:
    asked = {"lang": [query]} if query else None
    assert make_request(query=asked, headers={"cookie": cookie, "accept-language": accept}).lang == lang


def test_cookies(make_request: Make) -> None:
    request = make_request(headers={"cookie": 'a=1; b="2"; bad name=3; a=4; linli_elder=1; =5; c'})
    assert request.cookies["a"] == "1"
    assert request.cookies["b"] == "2"
    assert request.elder
    assert request.browser_is_new
    assert len(request.browser_id) == 22
    assert make_request(headers={"cookie": ""}).browser_id != request.browser_id


def test_who_wants_json(make_request: Make) -> None:
    assert make_request("GET", "/api/v1/x").wants_json
    assert make_request(headers={"accept": "application/json"}).wants_json
    assert make_request(headers={"accept": "application/problem+json, */*;q=0.1"}).wants_json
    assert not make_request(headers={"accept": "text/html,application/json;q=0.5"}).wants_json
    assert not make_request("GET", "/api").wants_json
    assert not make_request(headers={"accept": "*/*"}).wants_json


@pytest.mark.parametrize("path", ["/", "/my/points", "/my?page=2", "/活动/1?x=周", "/a:b", "/a?to=https://x.example/"])
def test_ones_own_addresses_are_fine_to_go_to(path: str) -> None:
    assert safe_next(path) == path


ELSEWHERE = ["//evil.example", "/\\evil.example", "\\\\evil", "https://evil.example", "javascript:alert(1)", "evil"]
BROKEN = [
    "",
    "/\t/evil.example",
    "/\n/evil",
    "///evil",
    "/a//evil.example",
    "/\u202eevil",
    " /x",
    "/" + "a" * 600,
    "/[//x",
]


@pytest.mark.parametrize("path", ELSEWHERE + BROKEN)
def test_elsewhere_is_not(path: str) -> None:
    assert safe_next(path) == "/"
    assert safe_next(path, "/home") == "/home"


def test_a_link_is_always_ours(make_request: Make) -> None:
    for path in ("evil", "//evil.example", "https://evil.example", ""):
        with pytest.raises(ValueError, match="one slash"):
            link(make_request(), path)
    assert link(make_request(), '/a"b<c>/周') == "/a%22b%3Cc%3E/%E5%91%A8"
