"""Short signed texts for QR codes: member cards, vouchers, activity codes, gift links. Pure but for the keys.

``<key id>.<form><body><mac>``: form ``u`` is a packed ULID, ``t`` a plain text, ``U`` and ``T`` the same
with a time of expiry before it. The MAC is HMAC-SHA256 cut to 80 bits (NIST SP 800-107 asks for at
least 32 where every try needs our server) under a key of its own for each purpose, so that a
voucher never passes for a card. A ULID without expiry makes 40 characters with a two-letter key id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

from chalicelib import ids
from chalicelib.config import settings
from chalicelib.identity.model.faults import TokenExpired, TokenForged, TokenMalformed

TOKEN_CHARACTERS_MAX: Final = 120
_MAC_BYTES: Final = 10
_MAC_CHARACTERS: Final = 14
_EXPIRY_CHARACTERS: Final = 7
_SHAPE = re.compile(r"([A-Za-z0-9]{1,8})\.([utUT])([A-Za-z0-9_.~-]+)")
_TEXT = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def sign(purpose: str, payload: str, expires_at: int | None = None) -> str:
    """A token for ``payload``: a ULID, or up to 64 of ``A-Z a-z 0-9 _ . ~ -``.

    ``expires_at`` in ms, rounded down to the second; None holds until the key is withdrawn.
    """
    if ids.is_ulid(payload):
        form, body = "u", _pack(payload)
    elif _TEXT.fullmatch(payload):
        form, body = "t", payload
    else:
        raise ValueError("a token carries a ULID or a short URL-safe text")
    if expires_at is not None:
        form, body = form.upper(), _base64((expires_at // 1000).to_bytes(5, "big")) + body
    keys = settings().secret_keys
    return f"{keys.current}.{form}{body}{_mac(purpose, form + body, keys.current)}"


def verify(purpose: str, token: str, now_ms: int) -> str:
    """The payload of a token that was signed for ``purpose``.

    Raises:
        TokenMalformed: not a token at all, or cut off.
        TokenForged: unknown key id, wrong MAC, or signed for another purpose.
        TokenExpired(expired_at): genuine, but over its time.
    """
    shape = _SHAPE.fullmatch(token) if len(token) <= TOKEN_CHARACTERS_MAX else None
    if shape is None or len(shape[3]) <= _MAC_CHARACTERS:
        raise TokenMalformed()
    key_id, form, rest = shape.groups()
    body, mac = rest[:-_MAC_CHARACTERS], rest[-_MAC_CHARACTERS:]
    if not settings().secret_keys.knows(key_id):
        raise TokenForged()
    if not hmac.compare_digest(mac.encode(), _mac(purpose, form + body, key_id).encode()):
        raise TokenForged()
    if form.isupper():
        expired_at = int.from_bytes(base64.urlsafe_b64decode(body[:_EXPIRY_CHARACTERS] + "="), "big") * 1000
        if now_ms >= expired_at:
            raise TokenExpired(expired_at=expired_at)
        body = body[_EXPIRY_CHARACTERS:]
    return _unpack(body) if form.lower() == "u" else body


def _mac(purpose: str, said: str, key_id: str) -> str:
    key = settings().secret_keys.derive(f"token:{purpose}", key_id)
    return _base64(hmac.new(key, said.encode(), hashlib.sha256).digest()[:_MAC_BYTES])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _pack(ulid: str) -> str:
    value = 0
    for char in ulid:
        value = value * 32 + _CROCKFORD.index(char)
    return _base64(value.to_bytes(16, "big"))


def _unpack(body: str) -> str:
    value = int.from_bytes(base64.urlsafe_b64decode(body + "=="), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
