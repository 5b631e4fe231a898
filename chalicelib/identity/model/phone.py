"""Phone numbers: every usual spelling of a Chinese mobile number to one, and how it is kept. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from chalicelib.identity.model.faults import PhoneForeign, PhoneInvalid, PhoneIsLandline, PhoneMissing

SPELLING_CHARACTERS_MAX: Final = 40
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(
    r"0(?:10|2[0-9]|[3-9][0-9]{2})[1-9][0-9]{6,7}|[2-8][0-9]{6,7}|[48]00[0-9]{7}|1[02][0-9]{3}|1[12][0-9]"
)
_FULL_WIDTH: Final = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_GAP_CATEGORIES: Final = {"Cf", "Zs", "Pd", "Ps", "Pe"}
_GAPS: Final = "\t./_·"


@dataclass(frozen=True, slots=True)
class StoredPhone:
    """A number as it is kept: found by keyed hash, encrypted, shown masked.

    ``lookup_key`` and ``data_key`` name the keys, so that both can be changed over time.
    """

    lookup_key: str
    lookup_hash: str
    data_key: str
    ciphertext: str
    masked: str


def normalise(text: str) -> str:
    """``+86`` and eleven digits (E.164) from any usual spelling: +86, 0086, 86, spaces, dashes,
    brackets, full-width digits.

    Raises PhoneMissing, PhoneIsLandline, PhoneForeign, PhoneInvalid.
    """
    if not text.strip():
        raise PhoneMissing()
    if len(text) > SPELLING_CHARACTERS_MAX:
        raise PhoneInvalid()
    plain = "".join(c for c in text.translate(_FULL_WIDTH) if not _is_gap(c)).lower().removeprefix("tel:")
    international = plain.startswith(("+", "00"))
    digits = plain.removeprefix("+") if plain.startswith("+") else plain.removeprefix("00")
    if not digits.isascii() or not digits.isdigit():
        raise PhoneInvalid()
    if digits.startswith("86") and (international or len(digits) > 11):
        digits, international = digits[2:], False
    elif international:
        raise PhoneForeign() if 7 <= len(digits) <= 15 and digits[0] != "0" else PhoneInvalid()
    # A trunk 0 before a mobile number is an old habit of dialling from another city.
    if len(digits) == 12 and digits.startswith("01"):
        digits = digits[1:]
    if _MOBILE.fullmatch(digits):
        return "+86" + digits
    if _LANDLINE.fullmatch(digits) or _LANDLINE.fullmatch("0" + digits):
        raise PhoneIsLandline()
    raise PhoneInvalid()


def _is_gap(char: str) -> bool:
    """Spaces, dashes, brackets, and the invisible marks that come along when a number is copied."""
    return unicodedata.category(char) in _GAP_CATEGORIES or char in _GAPS


def masked(number: str) -> str:
    """``+8613812345678`` → ``138****5678``."""
    digits = number.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}"
