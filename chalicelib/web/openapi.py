"""OpenAPI 3.1 of the JSON interface, generated from the types that validate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.web.errors import sentence_for


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the JSON interface, as ``routing.api_route`` declares it."""

    method: str
    path: str
    summary: str
    request: Any
    response: Any
    errors: tuple[str, ...]
    auth: str
    status: int
    keyed: bool = False


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details: the body of every error."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, Any] = {}


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key from the same caller gets the first answer again; nothing is done twice.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 100},
}
_operations: dict[tuple[str, str], Operation] = {}


def describe(operation: Operation) -> None:
    """Enters an operation. Raises ValueError for an address that is taken."""
    key = (operation.method, operation.path)
    if key in _operations:
        raise ValueError(f"{operation.method} {operation.path} is described twice")
    _operations[key] = operation


def operations() -> list[Operation]:
    return sorted(_operations.values(), key=lambda one: (one.path, one.method))


def document(server: str, described: Sequence[Operation] | None = None) -> dict[str, Any]:
    """The whole description; ``server`` is the address that paths are added to."""
    ours = operations() if described is None else described
    kinds = {_key(k): k for one in ours for k in (one.request, one.response) if k is not None}
    types = [*kinds.values(), Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_kind = dict(zip([*kinds, _key(Problem)], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in ours:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Linli 邻里",
            "version": "1",
            "description": "Amounts are integers: fen for CNY, hundredths for points. "
            "Times are milliseconds since the epoch or RFC 3339.",
        },
        "servers": [{"url": server or "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(one: Operation, by_kind: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(one),
        "summary": one.summary,
        "responses": {
            str(one.status): {
                "description": "OK",
                "content": {"application/json": {"schema": _schema(one.response, by_kind)}},
            },
            "default": {
                "description": _errors(one.errors),
                "content": {"application/problem+json": {"schema": by_kind[_key(Problem)]}},
            },
        },
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", one.path)
    ]
    if one.keyed:
        parameters.append(_IDEMPOTENCY_KEY)
    if parameters:
        described["parameters"] = parameters
    if one.request is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(one.request, by_kind)}},
        }
    if one.auth:
        described["description"] = f"For: {one.auth}"
        described["security"] = [{"bearer": []}]
    return described


def _errors(codes: tuple[str, ...]) -> str:
    lines = [f"`{code}`: {sentence_for(code, {}, 'en').says}" for code in codes]
    return "\n\n".join(lines) or "Problem details"


def _schema(kind: Any, by_kind: dict[str, Any]) -> Any:
    return by_kind[_key(kind)] if kind is not None else {}


def _key(kind: Any) -> str:
    return f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', '')}.{kind!r}"


def _operation_id(one: Operation) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", one.path.removeprefix("/api/v1")).strip("_")
    return f"{one.method.lower()}_{words or 'root'}"
