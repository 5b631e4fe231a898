"""The code of a voucher that can be read aloud and typed: eight characters and a check character.

The alphabet has 31 characters, a prime, and none of 0, O, 1, I and L. A sum with the weights 1 to 9
modulo 31 finds every single wrong character and every two that were swapped. Pure.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final

from chalicelib.merchants.model.faults import VoucherCodeMalformed, VoucherCodeMistyped

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CHARACTERS: Final = 9
_TYPED_CHARACTERS_MAX: Final = 60
_GAPS: Final = dict.fromkeys(map(ord, " \t\u00a0\u3000-–—_·.・‐‑−"))


def code_of(voucher_id: str, attempt: int = 0) -> str:
    """The code of a voucher; should it be taken, that of the next attempt. Nobody can guess it who
    does not know the voucher's id."""
    value = int.from_bytes(hashlib.sha256(f"voucher-code\x1f{voucher_id}\x1f{attempt}".encode()).digest(), "big")
    characters = []
    for _ in range(CHARACTERS - 1):
        value, place = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[place])
    body = "".join(characters)
    return body + _check(body)


def read_code(typed: str) -> str:
    """A code as people type it: any case, full-width, with spaces and dashes.

    Raises VoucherCodeMalformed(characters), VoucherCodeMistyped.
    """
    plain = unicodedata.normalize("NFKC", typed[:_TYPED_CHARACTERS_MAX]).translate(_GAPS).strip().upper()
    if len(plain) != CHARACTERS or not set(plain) <= set(ALPHABET):
        raise VoucherCodeMalformed(characters=CHARACTERS)
    if _check(plain[:-1]) != plain[-1]:
        raise VoucherCodeMistyped()
    return plain


def grouped(code: str) -> str:
    """``ABC-DEF-GHJ``: as it is shown and read aloud."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def _check(body: str) -> str:
    # The last weight is 9, so the check character c solves sum + 9c = 0; 9 · 7 = 63 = 1 (mod 31).
    total = sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=1))
    return ALPHABET[(-total * 7) % len(ALPHABET)]
