"""Numbers as people type them into integers of minor units, each mistake with its own fact."""

from __future__ import annotations

import re
from datetime import date

from chalicelib import ids
from chalicelib.errors import Invalid
from chalicelib.web.text import plain_digits

FEN_MAX = 10_000_000_00
"""Ten million yuan: more in one field is a slip of the finger."""
CENTI_MAX = 1_000_000_00


class NotANumber(Invalid):
    """Not a number. Field: ``typed``."""

    code = "amount_not_number"


class FractionTooFine(Invalid):
    """More than two decimals: less than a fen or a hundredth."""

    code = "amount_fraction"


class NegativeAmount(Invalid):
    code = "amount_negative"


class ZeroAmount(Invalid):
    code = "amount_zero"


class AmountTooLarge(Invalid):
    """Field: ``limit`` as written for people."""

    code = "amount_too_large"


class NotADate(Invalid):
    """Not a day of the calendar. Field: ``typed``."""

    code = "date_not_read"


class NotAnId(Invalid):
    """Not an id of ours."""

    code = "id_not_read"


_NUMBER = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")


def fen_from_yuan(text: str, limit_fen: int = FEN_MAX) -> int:
    """``12.50``, ``12``, ``1,200.00``, ``１２元``, ``¥12`` → fen, more than zero.

    Raises ``NotANumber``, ``FractionTooFine``, ``NegativeAmount``, ``ZeroAmount``,
    ``AmountTooLarge``.
    """
    typed = plain_digits(text).removeprefix("¥").removeprefix("RMB").removesuffix("元")
    return _centi(typed, text, limit_fen)


def centi_from_text(text: str, limit_centi: int = CENTI_MAX) -> int:
    """Points or hours with up to two decimals → hundredths, more than zero. Raises as above."""
    typed = plain_digits(text).removesuffix("积分").removesuffix("分").removesuffix("小时")
    return _centi(typed, text, limit_centi)


def day_from_text(text: str) -> date:
    """``2026-03-05``, ``2026/3/5``, ``2026年3月5日``, ``20260305``. Raises ``NotADate``."""
    found = _DATE.fullmatch(plain_digits(text))
    if found is None:
        raise NotADate(typed=text[:40])
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADate(typed=text[:40]) from None


def id_from_text(text: str) -> str:
    """A ULID, in any case. Raises ``NotAnId``."""
    typed = plain_digits(text).upper()
    if not ids.is_ulid(typed):
        raise NotAnId()
    return typed


def _centi(typed: str, text: str, limit: int) -> int:
    negative = typed[:1] in ("-", "−", "–", "－")
    found = _NUMBER.fullmatch(typed[1:] if negative else typed.removeprefix("+"))
    if found is None:
        raise NotANumber(typed=text[:40])
    if negative:
        raise NegativeAmount()
    decimals = found[2] or ""
    if len(decimals) > 2:
        raise FractionTooFine()
    # A hundred digits would only cost time: the limit is known to be far below.
    whole = found[1].replace(",", "")
    if len(whole.lstrip("0")) > 13:
        raise AmountTooLarge(limit=_written(limit))
    value = int(whole) * 100 + int(decimals.ljust(2, "0"))
    if value == 0:
        raise ZeroAmount()
    if value > limit:
        raise AmountTooLarge(limit=_written(limit))
    return value


def _written(limit: int) -> str:
    whole, rest = divmod(limit, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"
