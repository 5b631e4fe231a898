"""A function of the package begins with little and yet knows everything that the whole app knows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import bench_waking
from local.engine import Engine
from tests.infra.conftest import InPackage
from tests.store.fund.giving import Giving, open_for_gifts

_KNOWN = """
from chalicelib.identity import guard
from chalicelib.web import errors, navigation, openapi
said = {
    "routes": {path: sorted(methods) for path, methods in app.routes.items()},
    "home": [repr(door) for door in navigation.home_links()],
    "mine": [repr(door) for door in navigation.my_links()],
    "staff": sorted(map(repr, guard._staff_links.values())),
    "sentences": {code: repr(one) for code, one in sorted(errors.registered().items())},
    "scopes": sorted({one.__module__ for one in guard._scope_sources} - {"start"}),
    "api": openapi.document("x"),
}
"""


def answered(route: str, method: str = "GET", path: str | None = None, **more: Any) -> str:
    """Code that asks the app as API Gateway would; `answer` is what it says."""
    event = bench_waking.event("x")
    context = {**event["requestContext"], "resourcePath": route, "httpMethod": method, "path": path or route}  # type: ignore[dict-item]
    event = {**event, "pathParameters": {}, **more, "resource": route, "httpMethod": method, "requestContext": context}
    return f"answer = app(json.loads({json.dumps(event)!r}), None)\n"


def test_what_is_written_down_is_what_the_whole_app_knows(in_package: InPackage) -> None:
    whole = in_package(f"from app import app\n{_KNOWN}")
    asked = in_package(
        f"""
from start import app, SERVED
for route, methods in SERVED.items():
    for method in methods:
        for name in app._missing(route, method):
            app.open(name)
{_KNOWN}"""
    )
    assert asked == whole
    assert len(whole["routes"]) > 150
    assert len(whole["staff"]) > 15
    assert whole["scopes"]


def test_it_is_known_before_anything_is_asked(in_package: InPackage) -> None:
    whole = in_package(f"from app import app\n{_KNOWN}")
    fresh = in_package(f"from start import app\n{_KNOWN}")
    for name in ("home", "mine", "staff", "sentences"):
        assert fresh[name] == whole[name], name
    assert fresh["routes"].keys() <= whole["routes"].keys()
    assert len(fresh["routes"]) < 20


def test_the_scopes_of_modules_that_nobody_asked_for_are_offered(in_package: InPackage) -> None:
    said = in_package(
        """
from start import app
from chalicelib.identity import guard
before = {one.__module__ for one in guard._scope_sources}
sources = []
for source in guard._scope_sources:
    sources.append(source.__module__)
    if source.__module__ == "start":
        source()
said = [sorted(before), sorted(sources)]
"""
    )
    assert said[0] == ["start"]
    assert set(said[1]) == {"start", "chalicelib.fund.routes.setup", "chalicelib.merchants.routes.staff"}


def test_each_route_loads_the_module_that_serves_it_and_no_other(in_package: InPackage) -> None:
    said = in_package(
        "from start import app, SERVED\n"
        + answered("/static/{version}/{name}", pathParameters={"version": "x", "name": "linli.css"})
        + "said = [answer['statusCode'], [m for m in sys.modules if '.routes.' in m], sorted(app._loaded)]"
    )
    assert said[0] == 200
    assert said[1] == ["chalicelib.fund.routes.giving"]
    assert said[2] == ["chalicelib.fund.routes.giving", "chalicelib.web.routes"]


def test_what_is_not_served_is_told_as_by_the_whole_app(in_package: InPackage) -> None:
    for ask in (answered("/activities", "DELETE"), answered("/g/{code}", "PATCH", pathParameters={"code": "x"})):
        said = [
            in_package(f"from {module} import app\n{ask}said = [answer['statusCode'], answer['headers'].get('Allow')]")
            for module in ("start", "app")
        ]
        assert said[0] == said[1]
        assert said[0][0] == 405


def test_who_asks_only_for_the_head_loads_what_answers_get(in_package: InPackage) -> None:
    said = in_package(
        f"from start import app\n{answered('/openapi.json', 'HEAD')}said = [answer['statusCode'], answer['body']]"
    )
    assert said == [200, ""]


def test_the_api_is_described_whole_by_a_function_that_just_woke(in_package: InPackage) -> None:
    code = answered("/openapi.json") + "import base64; said = base64.b64decode(answer['body']).decode()"
    asked, whole = (json.loads(in_package(f"from {module} import app\n{code}")) for module in ("start", "app"))
    assert asked == whole
    assert len(whole["paths"]) > 50


def test_a_setting_that_is_wrong_is_named_by_the_first_answer(in_package: InPackage) -> None:
    said = in_package(
        "from start import app\n"
        + answered("/g/{code}", pathParameters={"code": "WWWWWC2"})
        + "import base64; said = [answer['statusCode'], base64.b64decode(answer['body']).decode()]",
        LINLI_TABLE_APP="not a name",
    )
    assert said[0] == 503
    assert "LINLI_TABLE_APP" in said[1]


def test_every_function_of_the_template_is_found(package: Path, in_package: InPackage) -> None:
    template = json.loads((package / "sam.json").read_text())
    handlers = {
        one["Properties"]["Handler"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    }
    assert "start.app" in handlers
    assert len(handlers) > 5
    for handler in sorted(handlers):
        module, _, name = handler.rpartition(".")
        # as Lambda's runtime does it
        said = in_package(
            f"import gc, importlib; found = getattr(importlib.import_module({module!r}), {name!r})\n"
            "said = [callable(found), gc.isenabled(), gc.get_freeze_count() > 1000]"
        )
        assert said == [True, True, True], handler
    assert in_package("import start_function\nsaid = hasattr(start_function, 'nobody')") is False


def test_the_collector_is_on_again_after_the_first_answer(in_package: InPackage) -> None:
    ask = answered("/static/{version}/{name}", pathParameters={"version": "x", "name": "nothing"})
    assert in_package(f"from start import app\n{ask}import gc; said = [answer['statusCode'], gc.isenabled()]") == [
        404,
        True,
    ]


# --- pages from the package, before the real engine ----------------------------------------------


@pytest.fixture
def giving(tables: Engine) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("LINLI_", "AWS_"))}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_are_the_same_as_from_the_source(giving: Giving, in_package: InPackage, lang: str) -> None:
    asked = [
        ("/g/{code}", {"code": giving.poster}, 200),
        ("/g/{code}", {"code": "NOTHERE"}, 404),
        ("/", {}, 200),
        ("/public", {}, None),
        ("/sign-in", {}, 200),
        ("/staff", {}, None),
    ]
    import app as source

    for route, parameters, status in asked:
        if route not in source.app.routes:
            continue
        query = {"multiValueQueryStringParameters": {"lang": [lang]}, "pathParameters": parameters}
        code = (
            answered(route, **query)
            + "import base64; said = [answer['statusCode'], answer['headers'].get('Location')]\n"
        )
        packaged = in_package(
            f"from start import app\n{code}said.append(base64.b64decode(answer['body']).decode())", **settings()
        )
        whole = in_package(
            f"from app import app\n{code}said.append(base64.b64decode(answer['body']).decode())", **settings()
        )
        assert [shape(part) for part in packaged] == [shape(part) for part in whole], route
        assert status is None or packaged[0] == status, route


def shape(text: Any) -> Any:
    """Without what is new at every showing: form tokens, and the minute at which the page was made."""
    import re

    return re.sub(r'value="[0-9A-Z]{26}\.[^"]+"|\b\d{1,2}:\d{2}\b', "", text) if isinstance(text, str) else text


def test_it_wakes_with_few_modules_and_little_memory(package: Path, giving: Giving, tables: Engine) -> None:
    """Counted, to the finished page; how long it takes is measured by `make bench`."""
    bare, plain, _, ours = bench_waking.measured(package, tables.endpoint, settings(), giving.poster, turns=1)
    assert ours.modules < bare.modules
    assert ours.modules < 0.6 * plain.modules
    assert ours.memory_mb[0] <= 0.7 * plain.memory_mb[0]
