"""Identifiers and hashes. Nothing here asks the clock."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now_ms: int, randomness: bytes | None = None) -> str:
    """A ULID: 26 characters, sortable by time; 80 random bits unless given."""
    random_part = randomness if randomness is not None else secrets.token_bytes(10)
    if not 0 <= now_ms < 1 << 48 or len(random_part) != 10:
        raise ValueError("a ULID needs a 48-bit time and 80 random bits")
    value = (now_ms << 80) | int.from_bytes(random_part, "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def derived_ulid(now_ms: int, *parts: str) -> str:
    """A ULID whose random part is a hash of ``parts``: the same request makes the same id."""
    return ulid(now_ms, hashlib.sha256("\x1f".join(parts).encode()).digest()[:10])


def is_ulid(text: str) -> bool:
    return len(text) == 26 and text[0] in "01234567" and all(c in _CROCKFORD for c in text)


def ulid_ms(text: str) -> int:
    """The time inside a ULID, in ms."""
    value = 0
    for char in text[:10]:
        value = value * 32 + _CROCKFORD.index(char)
    return value


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8. Only str, int, bool, None, lists and dicts."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def input_hash(kind: str, inputs: dict[str, Any]) -> str:
    """Hash of a caller's inputs (the facts that must not differ on a repeat), 32 hex digits."""
    return hashlib.sha256(canonical([kind, inputs])).hexdigest()[:32]


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("no float may enter a hash: amounts are integers in minor units")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)
