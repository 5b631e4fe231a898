"""The table of API endpoints, and what all of them share: pages of a list, expansion."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from local.stripe_standin.account import Account
from local.stripe_standin.faults import invalid, no_such, not_built, unrecognized_url
from local.stripe_standin.shapes import listing, public

Handler = Callable[..., dict[str, Any]]
_Include = TypeVar("_Include", bound=Callable[[Account, dict[str, Any]], Any])
_EXPAND_DEPTH_MAX = 4


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: re.Pattern[str]
    params: str
    handle: Handler


ENDPOINTS: list[Endpoint] = []
# (kind, field) → the part of an answer that is there only when expanded
INCLUDED: dict[tuple[str, str], Callable[[Account, dict[str, Any]], Any]] = {}


def endpoint(method: str, path: str, params: str) -> Callable[[Handler], Handler]:
    """Registers a function (account, params, *ids in the path) under Stripe's own path."""
    pattern = re.compile("^" + re.sub(r"\{\w+\}", r"([A-Za-z0-9_]+)", path) + "$")

    def register(handle: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, pattern, params, handle))
        return handle

    return register


def included(kind: str, field: str) -> Callable[[_Include], _Include]:
    """Registers what `expand` puts into `field`, which is absent otherwise."""

    def register(build: _Include) -> _Include:
        INCLUDED[kind, field] = build
        return build

    return register


def match(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]]:
    for candidate in ENDPOINTS:
        found = candidate.path.match(path)
        if found is not None and candidate.method == method:
            return candidate, found.groups()
    raise unrecognized_url(method, path)


def only_built(params: dict[str, Any], built: set[str], what: str) -> None:
    """Stripe takes more than is built here: say so instead of leaving it out in silence."""
    for name in sorted(params.keys() - built - {"expand"}):
        raise not_built(f"{name} on {what}", param=name)


def list_page(account: Account, kind: str, url: str, params: dict[str, Any], **equal: Any) -> dict[str, Any]:
    """A page of a list, newest first, filtered by every parameter that names a plain field."""
    params = dict(params)
    limit = params.pop("limit", 10)
    if not 1 <= limit <= 100:
        bound = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise invalid(f"This value must be {bound}.", param="limit", code="parameter_invalid_integer")
    cursors: list[dict[str, Any] | None] = []
    for name in ("starting_after", "ending_before"):
        id = params.pop(name, None)
        found = None if id is None else account.store.get(id)
        if id is not None and (found is None or found["object"] != kind):
            raise no_such(kind, id, param=name)
        cursors.append(found)
    created = params.pop("created", None)
    only_built(params, set(), f"{url} (list)")
    rows, has_more = account.store.page(kind, equal, limit=limit, created=created, after=cursors[0], before=cursors[1])
    return listing(rows, url, has_more=has_more)


def expanded(account: Account, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """`body` as it leaves: notes removed, each path of `expand` replaced by its object."""
    result: dict[str, Any] = clean(body)
    for path in paths:
        steps = path.split(".")
        if len(steps) > _EXPAND_DEPTH_MAX:
            raise invalid(
                f"You cannot expand more than {_EXPAND_DEPTH_MAX} levels of a property.",
                param="expand",
            )
        _expand(account, result, steps, path)
    return result


def clean(value: Any) -> Any:
    """Without the stand-in's own notes, however deep the objects lie."""
    if isinstance(value, dict):
        if "object" in value:
            value = public(value)
        return {key: clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value


def _expand(account: Account, node: Any, steps: list[str], path: str) -> None:
    if not steps:
        return
    if isinstance(node, list):
        for item in node:
            _expand(account, item, steps, path)
        return
    field = steps[0]
    include = INCLUDED.get((node.get("object", ""), field)) if isinstance(node, dict) else None
    if include is not None and field not in node:
        node[field] = clean(include(account, node))
    if not isinstance(node, dict) or field not in node:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand", code="property_not_found")
    child = node[field]
    if isinstance(child, str):
        found = account.store.get(child)
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        child = node[field] = clean(found)
    elif isinstance(child, list) and child and isinstance(child[0], str):
        child = node[field] = [clean(account.store.get(id)) for id in child]
    if child is not None:
        _expand(account, child, steps[1:], path)
