"""What every page carries: the street's name, the demo's mark, where one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.errors import Unavailable
from chalicelib.web import pages
from chalicelib.web.request import Request

Make = Callable[..., Request]
NOW_MS = 1_772_672_520_000


def test_the_street_is_asked_for_its_name_once_a_minute() -> None:
    names = ["", "青松路街道", "改了名的街道"]
    asked = []

    def source() -> str:
        asked.append(1)
        return names[len(asked) - 1]

    pages.name_street_with(source)
    try:
        assert pages.street_name(NOW_MS) == "邻里 Linli"
        assert pages.street_name(NOW_MS + 59_999) == "邻里 Linli"
        assert pages.street_name(NOW_MS + 60_000) == "青松路街道"
        assert pages.street_name(NOW_MS) == "改了名的街道"
        assert len(asked) == 3
    finally:
        pages.name_street_with(lambda: "")


def test_a_page_has_a_head_though_the_books_are_out_of_reach() -> None:
    def down() -> str:
        raise Unavailable()

    pages.name_street_with(down)
    try:
        assert pages.street_name(NOW_MS) == "邻里 Linli"
    finally:
        pages.name_street_with(lambda: "")


def test_a_demo_says_so_on_every_page(make_request: Make, set_env: Callable[..., None]) -> None:
    data = {"operations": [], "codes": []}
    assert "演示数据,纯属虚构" not in pages.render(make_request(), "web/api.html", data)
    set_env(LINLI_DEMO="1")
    assert "演示数据,纯属虚构" in pages.render(make_request(), "web/api.html", data)


@pytest.mark.parametrize(
    ("method", "query", "body", "here"),
    [
        ("GET", {"page": ["2"], "lang": ["en"]}, b"", "/offers?page=2"),
        ("GET", None, b"", "/offers"),
        ("POST", None, b"_next=/offers/1", "/offers/1"),
        ("POST", None, b"_next=//evil.example", "/"),
        ("POST", None, b"", "/"),
    ],
)
def test_where_one_is(method: str, query: dict[str, list[str]], body: bytes, here: str, make_request: Make) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert pages.here(make_request(method, "/offers", query=query, body=body, headers=headers)) == here


def test_a_name_that_a_template_does_not_know_is_an_error(make_request: Make) -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        pages.render(make_request(), "web/api.html", {})
