"""application/x-www-form-urlencoded as Stripe reads it: brackets nest, [] and [0] make lists."""

from __future__ import annotations

import re
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from local.stripe_standin.faults import invalid

Parsed: TypeAlias = "str | list[Any] | dict[str, Any]"

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_INDEX = re.compile(r"\[([^\[\]]*)\]")
_FIELDS_MAX = 2000


def parse(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of strings. A repeated plain name keeps its last value.

    `a[0]=x` arrives as {"a": {"0": "x"}}: whether that is a list or a mapping with the key "0"
    (metadata) only the parameter's type can say, so `params.check` decides.
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except UnicodeDecodeError:
        raise invalid("Invalid request: the body is not valid UTF-8.") from None
    except ValueError:
        raise invalid(f"Invalid request: more than {_FIELDS_MAX} fields.") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
        _put(tree, [match[1], *_INDEX.findall(match[2])], value, name)
    return tree


def _put(tree: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    node: Any = tree
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if step == "" and isinstance(node, list):
            if following is None:
                node.append(value)
                return
            # a[][b]=1&a[][c]=2: the same element until one of its names repeats
            if not node or not isinstance(node[-1], dict) or following in node[-1]:
                node.append({})
            node = node[-1]
            continue
        if not isinstance(node, dict):
            raise invalid(f"Invalid parameter: {name}", param=name)
        if following is None:
            if isinstance(node.get(step), dict | list):
                raise invalid(f"Invalid string: {name}", param=name)
            node[step] = value
            return
        child = node.setdefault(step, [] if following == "" else {})
        if not isinstance(child, list if following == "" else dict):
            raise invalid(f"Invalid parameter: {name}", param=name)
        node = child
