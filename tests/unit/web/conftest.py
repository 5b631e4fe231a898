"""What the web tests share: settings that a test may change, and requests made the way a gateway makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib import clock, config
from chalicelib.web import sentences
from chalicelib.web.request import Request, read_request

NOW_MS = 1_772_672_520_000  # 2026-03-05 09:02 in Shanghai
BROWSER = "abcdefghijklmnopqrstuv"


@pytest.fixture(autouse=True)
def known_sentences() -> None:
    sentences.register()


@pytest.fixture
def set_env(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets settings for one test."""

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        config.settings.cache_clear()

    yield put
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.fixture
def make_request() -> Callable[..., Request]:
    """A Request out of a gateway event: ``make_request("POST", "/give", body=b"...", **headers)``."""

    def make(
        method: str = "GET",
        route: str = "/",
        *,
        body: bytes = b"",
        params: dict[str, str] | None = None,
        query: dict[str, list[str]] | None = None,
        headers: dict[str, str] | None = None,
        context: dict[str, Any] | None = None,
        now_ms: int = NOW_MS,
        limit: int = 64 * 1024,
    ) -> Request:
        event = {
            "requestContext": {"httpMethod": method, "resourcePath": route, "path": route, **(context or {})},
            "headers": {"cookie": f"linli_b={BROWSER}", **(headers or {})},
            "pathParameters": params,
            "multiValueQueryStringParameters": query,
        }
        with clock.at(now_ms):
            return read_request(event, body, limit)

    return make


@pytest.fixture
def post_form(make_request: Callable[..., Request]) -> Callable[..., Request]:
    """A submitted form: ``post_form("amount_fen=12&...")``."""

    def make(body: str | bytes, **more: Any) -> Request:
        raw = body.encode() if isinstance(body, str) else body
        headers = {"content-type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return make_request("POST", more.pop("route", "/give"), body=raw, headers=headers, **more)

    return make


@pytest.fixture
def post_json(make_request: Callable[..., Request]) -> Callable[..., Request]:
    def make(body: str | bytes, content_type: str = "application/json") -> Request:
        raw = body.encode() if isinstance(body, str) else body
        return make_request("POST", "/api/v1/gifts", body=raw, headers={"content-type": content_type})

    return make
