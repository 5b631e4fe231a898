"""What can be wrong with one field, and msgspec's messages read as such facts."""

from __future__ import annotations

import re

from chalicelib.errors import DomainError, Invalid
from chalicelib.web.amounts import NotADate


class Missing(Invalid):
    code = "field_required"


class TooLong(Invalid):
    """Field: ``limit``, in characters."""

    code = "text_too_long"


class TooShort(Invalid):
    """Field: ``limit``, in characters."""

    code = "text_too_short"


class NumberTooLarge(Invalid):
    """Field: ``limit``."""

    code = "number_too_large"


class NumberTooSmall(Invalid):
    """Field: ``limit``."""

    code = "number_too_small"


class NotWhole(Invalid):
    code = "number_not_whole"


class UnknownChoice(Invalid):
    code = "choice_unknown"


class WrongType(Invalid):
    """Field: ``expected``, the JSON type."""

    code = "wrong_type"


class WrongPattern(Invalid):
    code = "text_pattern"


_LIMIT = re.compile(r"(<=|>=|<|>) (-?\d+)")


def from_message(message: str, form: bool = False) -> DomainError:
    """msgspec's message as a fact; its wording is held by a test."""
    limit = _LIMIT.search(message)
    if limit:
        size, below = int(limit[2]), limit[1].startswith("<")
        if "length" in message:
            if below:
                return TooLong(limit=size)
            return Missing() if size == 1 else TooShort(limit=size)
        return NumberTooLarge(limit=size) if below else NumberTooSmall(limit=size)
    if "missing required" in message:
        return Missing()
    if "Invalid enum value" in message or "Invalid value" in message:
        return UnknownChoice()
    if "matching regex" in message:
        return WrongPattern()
    if "RFC3339" in message or ("Invalid" in message and "date" in message):
        return NotADate(typed="")
    expected = re.search(r"Expected `([^`]*)`", message)
    if form and expected and expected[1].startswith("int"):
        return NotWhole()
    return WrongType(expected=expected[1] if expected else "")
