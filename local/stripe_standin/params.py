"""Requests are checked against the request TypedDicts that stripe-python ships.

The SDK is generated from Stripe's specification for one API version; so are these rules: an
unknown, mistyped or missing parameter is refused with Stripe's code and the parameter's name.
"""

from __future__ import annotations

import importlib
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import get_type_hints, is_typeddict

from local.stripe_standin.faults import StripeFault, invalid, missing_param

_INTEGER = re.compile(r"^-?\d{1,18}$")
_METADATA_KEYS_MAX, _METADATA_KEY_MAX, _METADATA_VALUE_MAX = 50, 40, 500
_STRING_MAX = 5000


@cache
def request_type(name: str) -> type:
    """The TypedDict called `name`, e.g. "RefundCreateParams" or "checkout.SessionCreateParams"."""
    folder, _, cls = name.rpartition(".")
    module = importlib.import_module("stripe.params" + (f".{folder}" if folder else ""))
    found: type = getattr(module, cls)
    return found


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    """Field → (its type, whether it is required), without what belongs to the SDK call itself."""
    declared = SimpleNamespace(
        __annotations__={
            name: hint for name, hint in cls.__annotations__.items() if name not in RequestOptions.__annotations__
        }
    )
    namespace = vars(importlib.import_module(cls.__module__))
    own = {}
    for name, hint in get_type_hints(declared, namespace, include_extras=True).items():
        optional = _wrapper(hint) is NotRequired
        bare = get_args(hint)[0] if _wrapper(hint) in (NotRequired, Required) else hint
        own[name] = (bare, not optional)
    return own


def _wrapper(hint: Any) -> Any:
    return get_origin(hint)


def check(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """`given`, as parsed from the form, in Python types; raises StripeFault like Stripe would."""
    return _mapping(request_type(name), given, "")


def _mapping(cls: type, given: dict[str, Any], path: str) -> dict[str, Any]:
    fields = _fields(cls)
    for key in given:
        if key not in fields:
            where = f"{path}[{key}]" if path else key
            raise invalid(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
    checked = {}
    for key, (hint, required) in fields.items():
        where = f"{path}[{key}]" if path else key
        if key in given:
            checked[key] = _value(hint, given[key], where)
        elif required:
            raise missing_param(where)
    return checked


def _value(hint: Any, given: Any, path: str) -> Any:
    origin = get_origin(hint)
    options = get_args(hint) if origin is Union or _is_pipe(hint) else (hint,)
    if isinstance(given, dict):
        return _from_dict(options, given, path)
    if isinstance(given, list):
        element = _element_of(options)
        if element is None:
            raise invalid(f"Invalid parameter: {path} is not an array", param=path)
        return [_value(element[0], item, f"{path}[{i}]") for i, item in enumerate(given)]
    return _scalar(options, given, path)


def _is_pipe(hint: Any) -> bool:
    return type(hint).__name__ in ("UnionType", "Union")


def _element_of(options: tuple[Any, ...]) -> tuple[Any] | None:
    for option in options:
        if get_origin(option) is list:
            return (get_args(option)[0],)
    return None


def _from_dict(options: tuple[Any, ...], given: dict[str, Any], path: str) -> Any:
    for option in options:
        if is_typeddict(option):
            return _mapping(option, given, path)
        if get_origin(option) in (dict, UntypedStripeObject):
            element = get_args(option)[-1]
            mapped = {k: _value(element, v, f"{path}[{k}]") for k, v in given.items()}
            return _metadata(mapped, path) if path.endswith(("metadata", "metadata]")) else mapped
    element = _element_of(options)
    if element is None:
        raise invalid(f"Invalid {_kind(options)}: {path}", param=path)
    if not all(key.isdigit() for key in given):
        raise invalid(f"Invalid array: {path}", param=path)
    ordered = [given[key] for key in sorted(given, key=int)]
    return [_value(element[0], item, f"{path}[{i}]") for i, item in enumerate(ordered)]


def _metadata(given: dict[str, str], path: str) -> dict[str, str]:
    if len(given) > _METADATA_KEYS_MAX:
        raise invalid(f"Metadata can have up to {_METADATA_KEYS_MAX} keys.", param=path)
    for key, value in given.items():
        if len(key) > _METADATA_KEY_MAX:
            raise invalid(
                f"Metadata keys can have up to {_METADATA_KEY_MAX} characters, "
                f"but you passed in a key that is {len(key)} characters.",
                param=path,
            )
        if len(value) > _METADATA_VALUE_MAX:
            raise invalid(
                f"Metadata values can have up to {_METADATA_VALUE_MAX} characters, "
                f"but you passed in a value that is {len(value)} characters.",
                param=f"{path}[{key}]",
            )
    return given


def _scalar(options: tuple[Any, ...], given: str, path: str) -> Any:
    literals = [v for o in options if get_origin(o) is Literal for v in get_args(o)]
    closed = [str(v) for v in literals if v != ""]
    if given == "" and ("" in literals or any(_is_container(o) for o in options)):
        return ""
    if given == "":
        if str in options and path.endswith("]") and "metadata" in path:
            return ""
        raise invalid(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{path}' cannot be unset. You should remove '{path}' "
            "from your request or supply a non-empty value.",
            param=path,
            code="parameter_invalid_empty",
        )
    if given in closed:
        return given
    for kind, read in ((bool, _boolean), (int, _integer), (Decimal, _decimal), (float, _decimal)):
        if kind in options:
            try:
                return read(given, path)
            except StripeFault:
                if not closed and str not in options:
                    raise
    # `Literal[…] | str` in the SDK is an enumeration left open for later versions:
    # this version of the API knows only the values listed.
    if closed:
        listed = ", ".join(closed[:-1]) + (", or " if len(closed) > 1 else "") + closed[-1]
        raise invalid(f"Invalid {path}: must be one of {listed}", param=path)
    if str in options or "" in literals:
        if len(given) > _STRING_MAX:
            raise invalid(
                f"Invalid string: {given[:20]}…; must be at most {_STRING_MAX} characters",
                param=path,
                code="parameter_invalid_string_length",
            )
        return given
    raise invalid(f"Invalid {_kind(options)}: {given}", param=path)


def _is_container(option: Any) -> bool:
    return is_typeddict(option) or get_origin(option) in (dict, list, UntypedStripeObject)


def _kind(options: tuple[Any, ...]) -> str:
    if any(get_origin(o) is list for o in options):
        return "array"
    return "object" if any(_is_container(o) for o in options) else "string"


def _boolean(given: str, path: str) -> bool:
    if given not in ("true", "false"):
        raise invalid(f"Invalid boolean: {given}", param=path)
    return given == "true"


def _integer(given: str, path: str) -> int:
    if not _INTEGER.match(given):
        raise invalid(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
    return int(given)


def _decimal(given: str, path: str) -> str:
    try:
        if not Decimal(given).is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise invalid(f"Invalid decimal: {given}", param=path) from None
    return given
