"""Texts about people that are kept encrypted: a payer's name on a bank line, a shop's phone number.

AES-GCM under the data keys, by key id, bound to the id of what it belongs to: a sealed text copied
to another item does not open there.
"""

from __future__ import annotations

import base64
import secrets
from typing import Final

from chalicelib.config import settings
from chalicelib.errors import Corrupt

_NONCE_BYTES: Final = 12


class SealBroken(Corrupt):
    """A sealed text does not open: a key is missing, or the item was tampered with."""

    code = "seal_broken"


def seal(text: str, purpose: str, owner: str) -> str:
    """``<key id>:<base64>``; "" stays ""."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not text:
        return ""
    keys = settings().data_keys
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(keys.derive(purpose)).encrypt(nonce, text.encode(), owner.encode())
    return f"{keys.current}:{base64.b64encode(nonce + box).decode()}"


def is_current(sealed: str) -> bool:
    """Whether it is sealed under the present key; "" is."""
    return not sealed or key_of(sealed) == settings().data_keys.current


def key_of(sealed: str) -> str:
    """The id of the key that opens it."""
    return sealed.partition(":")[0]


def opened(sealed: str, purpose: str, owner: str) -> str:
    """Raises SealBroken."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not sealed:
        return ""
    key_id, _, text = sealed.partition(":")
    raw = base64.b64decode(text)
    try:
        key = settings().data_keys.derive(purpose, key_id)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
    except (KeyError, InvalidTag) as error:
        raise SealBroken(owner=owner) from error
