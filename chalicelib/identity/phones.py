"""How a phone number is kept: a keyed hash finds it, AES-GCM hides it, both by key id.

Every key of ``data_keys`` still finds and decrypts; new numbers take the first, so that a key is
changed by putting a new one in front and re-storing at leisure (``service/rekeying.py``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from chalicelib.config import settings
from chalicelib.errors import Corrupt
from chalicelib.identity.model.phone import StoredPhone, masked

_NONCE_BYTES = 12


class PhoneUnreadable(Corrupt):
    """A stored number does not decrypt: a key is missing, or the item was tampered with."""

    code = "phone_unreadable"


def stored(number: str, owner: str) -> StoredPhone:
    """``number`` (E.164) as it is kept for ``owner``, an id that the ciphertext is bound to."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    keys = settings().data_keys
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(keys.derive("phone")).encrypt(nonce, number.encode(), owner.encode())
    return StoredPhone(
        lookup_key=keys.current,
        lookup_hash=_hash(number, keys.current),
        data_key=keys.current,
        ciphertext=base64.b64encode(nonce + sealed).decode(),
        masked=masked(number),
    )


def revealed(phone: StoredPhone, owner: str) -> str:
    """The number in full. Raises PhoneUnreadable."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.b64decode(phone.ciphertext)
    try:
        key = settings().data_keys.derive("phone", phone.data_key)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
    except (KeyError, InvalidTag) as error:
        raise PhoneUnreadable(owner=owner) from error


def is_current(phone: StoredPhone) -> bool:
    """Whether both its keys are the present one."""
    current = settings().data_keys.current
    return phone.lookup_key == phone.data_key == current


def lookups(number: str) -> list[tuple[str, str]]:
    """``(key id, hash)`` under every key, the present one first."""
    return [(key_id, _hash(number, key_id)) for key_id in settings().data_keys.ids]


def newer_lookups(number: str) -> list[tuple[str, str]]:
    """Under the keys that another process may have begun to use since ours were read."""
    known = settings().data_keys
    return [(key_id, _hash(number, key_id)) for key_id in known.newest().ids if key_id not in known.keys]


def _hash(number: str, key_id: str) -> str:
    key = settings().data_keys.derive("phone-lookup", key_id)
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:40]
