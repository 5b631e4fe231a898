"""The app's server of one machine: what reaches the app before any page does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from app import app
from local.app_server import AppServer


@pytest.fixture
def server(tables: object) -> Iterator[AppServer]:
    with AppServer(app) as started:
        yield started


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "QUERY", "FOO"])
@pytest.mark.parametrize(("path", "status", "code"), [
    ("/api/v1/gifts", 405, "method_not_allowed"),
    ("/nowhere", 404, "page_not_found"),
])  # fmt: skip
def test_an_odd_method_is_answered_in_our_own_words(
    server: AppServer, method: str, path: str, status: int, code: str
) -> None:
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"))) as connection:
        connection.request(method, path, headers={"accept": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    assert (answer.status, told["code"]) == (status, code)
    assert answer.getheader("content-type") == "application/problem+json"
