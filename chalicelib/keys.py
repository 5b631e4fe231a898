"""Rings of keys: what signs and encrypts now, and what did before and is still understood. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KEY_BYTES_MIN: Final = 32
_KEY_ID: Final = re.compile(r"[A-Za-z0-9]{1,8}")  # as tokens carry it


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; the first one signs and encrypts, all of them verify and decrypt."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    reread: Callable[[], KeyRing] | None = field(default=None, repr=False, compare=False)
    """The ring as it stands now, where it may have grown since: a key that another process uses already."""

    def knows(self, key_id: str) -> bool:
        return self._key(key_id) is not None

    def derive(self, purpose: str, key_id: str | None = None) -> bytes:
        """A 32-byte key for one purpose, so that a token for one thing never passes for another.

        Raises KeyError for an unknown key id.
        """
        key = self._key(key_id or self.current)
        if key is None:
            raise KeyError(key_id)
        return hmac.new(key, purpose.encode(), hashlib.sha256).digest()

    @property
    def ids(self) -> tuple[str, ...]:
        """All key ids, the present one first."""
        return (self.current, *(key_id for key_id in self.keys if key_id != self.current))

    def newest(self) -> KeyRing:
        """The ring as it stands now, asked for afresh where it may have grown."""
        return self.reread() if self.reread is not None else self

    def fits_any(self, fits: Callable[[str], bool]) -> bool:
        """Whether ``fits`` holds under any key id: under those of this ring, every one tried so that the time taken
        tells nothing, and under those that another process may have begun to use since this ring was read."""
        found = False
        for key_id in self.ids:
            found |= fits(key_id)
        if not found:
            for key_id in self.newest().ids:
                found |= key_id not in self.keys and fits(key_id)
        return found

    def _key(self, key_id: str) -> bytes | None:
        ring = self if key_id in self.keys else self.newest()
        return ring.keys.get(key_id)


class Unusable(Exception):
    """Why what was given is no ring, in a word that tells nothing of it."""


def ring_of_text(text: str) -> KeyRing:
    """``k2:<64 hex>,k1:<64 hex>``; the first is the present one. Raises Unusable."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, value = part.strip().partition(":")
        keys[key_id] = _key_bytes(key_id, value)
    return KeyRing(keys, next(iter(keys)))


def ring_of_secret(found: Mapping[str, Any], reread: Callable[[], KeyRing]) -> KeyRing:
    """``{"current": "k2", "k2": "<64 hex>", "k1": "<64 hex>"}``. Raises Unusable."""
    keys = {key_id: _key_bytes(key_id, text) for key_id, text in found.items() if key_id != "current"}
    current = found.get("current")
    if not isinstance(current, str) or current not in keys:
        raise Unusable("no_current_key")
    return KeyRing(keys, current, reread)


def _key_bytes(key_id: str, text: object) -> bytes:
    try:
        key = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        key = b""
    if not _KEY_ID.fullmatch(key_id) or len(key) < KEY_BYTES_MIN:
        raise Unusable("malformed_key")
    return key
