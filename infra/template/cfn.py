"""Reading CloudFormation's YAML: the short tags (`!Ref`, `!Sub` …) become what they are short for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags; any other tag is an error."""


def _tag(name: str) -> Any:
    key = name if name in ("Ref", "Condition") else f"Fn::{name}"

    def construct(loader: _Loader, node: yaml.Node) -> dict[str, Any]:
        if isinstance(node, yaml.SequenceNode):
            return {key: loader.construct_sequence(node, deep=True)}
        if isinstance(node, yaml.MappingNode):
            return {key: loader.construct_mapping(node, deep=True)}
        value = loader.construct_scalar(node)
        return {key: str(value).split(".", 1) if name == "GetAtt" else value}

    return construct


for _name in ("Ref", "Condition", "Sub", "GetAtt", "If", "Equals", "And", "Or", "Not", "Join", "Select", "FindInMap"):
    _Loader.add_constructor(f"!{_name}", _tag(_name))


def load(path: Path) -> dict[str, Any]:
    """A template or a part of one, in long form."""
    read: dict[str, Any] = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a safe loader
    return read


def walk(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every node of a template with the way to it, outer ones first."""
    yield path, node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from walk(value, (*path, str(key)))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from walk(value, (*path, str(number)))


def replaced(node: Any, values: Mapping[str, Any]) -> Any:
    """A copy in which every `Ref`, `GetAtt` and `${…}` of a name in ``values`` names another resource.

    ``{"OwnLogGroup": "WatchJournalLogGroup"}`` turns ``{"Fn::GetAtt": ["OwnLogGroup", "Arn"]}`` into that of the other.
    """
    if isinstance(node, list):
        return [replaced(one, values) for one in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return {"Ref": values.get(node["Ref"], node["Ref"])}
    if "Fn::GetAtt" in node:
        name, attribute = node["Fn::GetAtt"]
        return {"Fn::GetAtt": [values.get(name, name), attribute]}
    if "Fn::Sub" in node and isinstance(node["Fn::Sub"], str):
        text = node["Fn::Sub"]
        for name, other in values.items():
            text = text.replace(f"${{{name}}}", f"${{{other}}}").replace(f"${{{name}.", f"${{{other}.")
        return {"Fn::Sub": text}
    return {key: replaced(value, values) for key, value in node.items()}
