"""A route's module is loaded when the route is first asked for: once, and again if it could not be."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.app import Blueprint

from chalicelib.web.http import Json, Request, Result, route
from chalicelib.web.waking import Waking

SERVED = {"/a": {"GET": ("a",), "POST": ("other",)}, "/b": {"GET": ("b",)}}


class Loader:
    """Modules as `import_module` gives them; notes what was asked for, fails as often as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures = 0

    def __call__(self, name: str) -> Any:
        self.asked.append(name)
        if self.failures:
            self.failures -= 1
            raise ImportError(name)
        assert not gc.isenabled()
        bp = Blueprint(name)
        path, method = ("/a", "POST") if name == "other" else (f"/{name}", "GET")

        @route(bp, method, path, signed=True)
        def show(_request: Request) -> Result:
            return Json({"by": name})

        return SimpleNamespace(bp=bp)


def ask(app: Waking, path: str, method: str = "GET") -> dict[str, Any]:
    event = {
        "requestContext": {"httpMethod": method, "resourcePath": path, "path": path, "apiId": "x"},
        "headers": {"accept": "application/json"},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "body": None,
        "stageVariables": None,
        "isBase64Encoded": False,
    }
    return app(event, None)


def test_only_what_serves_is_loaded_and_only_once() -> None:
    load = Loader()
    app = Waking("linli", SERVED, load)
    assert [ask(app, "/a")["statusCode"] for _ in range(3)] == [200, 200, 200]
    assert load.asked == ["a"]
    assert ask(app, "/b", "HEAD")["statusCode"] == 200
    assert load.asked == ["a", "b"]
    assert gc.isenabled()


def test_of_a_method_that_is_not_served_it_says_which_are() -> None:
    load = Loader()
    refused = ask(Waking("linli", SERVED, load), "/a", "DELETE")
    assert refused["statusCode"] == 405
    headers = {name.lower(): value for name, value in refused["headers"].items()}
    assert headers["allow"] == "GET, HEAD, POST"
    assert sorted(load.asked) == ["a", "other"]


def test_an_address_that_is_not_served_loads_nothing() -> None:
    load = Loader()
    ask(Waking("linli", SERVED, load), "/nowhere")
    assert load.asked == []


def test_a_module_that_could_not_be_loaded_is_tried_again() -> None:
    load = Loader()
    load.failures = 1
    app = Waking("linli", SERVED, load)
    with pytest.raises(ImportError):
        ask(app, "/a")
    assert gc.isenabled()
    assert ask(app, "/a")["statusCode"] == 200
    assert load.asked == ["a", "a"]
