"""The description of the JSON interface says what the routes do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app import app
from chalicelib.web import errors as sentences
from chalicelib.web import openapi
from chalicelib.web.forms import Fen, FormBody, Line
from chalicelib.web.openapi import Operation


class GiftBody(FormBody):
    amount_fen: Fen
    donor: Line = ""


class GiftStarted(msgspec.Struct):
    id: str
    pay_at: str | None


GIVE_AT = "/api/v1/pots/{pot}/gifts"
GIVE = Operation("POST", GIVE_AT, "Start a gift", GiftBody, GiftStarted, ("invalid",), "member", 201, keyed=True)
LIST = Operation("GET", "/api/v1/gifts", "List gifts", None, list[GiftStarted], (), "", 200)


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_an_operation_is_described_from_its_types() -> None:
    document = json.loads(msgspec.json.encode(openapi.document("https://linli.example/", [GIVE, LIST])))
    give = document["paths"][GIVE_AT]["post"]
    assert [p["name"] for p in give["parameters"]] == ["pot", "Idempotency-Key"]
    assert give["security"] == [{"bearer": []}]
    assert set(give["responses"]) == {"201", "default"}
    assert "`invalid`: Something in the form is not right." in give["responses"]["default"]["description"]
    body = document["components"]["schemas"]["GiftBody"]
    assert body["properties"]["amount_fen"] == {"type": "integer", "minimum": 1, "maximum": 1_000_000_000}
    assert body["required"] == ["amount_fen"]
    assert body["additionalProperties"] is False
    listed = document["paths"]["/api/v1/gifts"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed == {"type": "array", "items": {"$ref": "#/components/schemas/GiftStarted"}}
    assert "security" not in document["paths"]["/api/v1/gifts"]["get"]
    assert document["servers"] == [{"url": "https://linli.example/"}]


def test_an_address_is_described_once() -> None:
    one = Operation("GET", "/api/v1/test-once", "x", None, dict[str, str], (), "", 200)
    openapi.describe(one)
    with pytest.raises(ValueError, match="twice"):
        openapi.describe(one)


def test_the_whole_description_is_sound() -> None:
    document = json.loads(msgspec.json.encode(openapi.document("/")))
    components = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(refs(document)) <= components
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["summary"] for one in operations)


def test_every_json_route_is_described_and_every_described_one_exists() -> None:
    served = {(m, p) for p, methods in app.routes.items() if p.startswith("/api/v1") for m in methods}
    described = {(one.method, one.path) for one in openapi.operations() if "test-once" not in one.path}
    assert served == described


def test_every_error_that_is_promised_has_a_sentence() -> None:
    promised = {code for one in openapi.operations() for code in one.errors}
    assert promised - set(sentences.registered()) == set()
