"""Whether a webhook really comes from Stripe: its ``Stripe-Signature`` header over the raw body.

The header is ``t=<epoch seconds>,v1=<hex>,…``; each ``v1`` is HMAC-SHA256 of ``<t>.<raw body>`` under an
endpoint secret. During rotation the header carries one per secret, and we hold two secrets.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from chalicelib.errors import Invalid

TOLERANCE_PAST_S: Final = 300
TOLERANCE_FUTURE_S: Final = 60
"""Stripe's own library lets any time of the future pass; a clock is never that far ahead."""
_CANDIDATES_MAX: Final = 10


class SignatureMissing(Invalid):
    """No signature, or one that cannot be read."""

    code = "webhook_unsigned"


class SignatureWrong(Invalid):
    """None of the signatures fits the body: altered on the way, or not from Stripe."""

    code = "webhook_forged"


class SignatureTooOld(Invalid):
    """Signed more than five minutes ago, or for the future: a replay. Field: ``seconds``."""

    code = "webhook_not_now"


def check(body: bytes, header: str, secrets: Sequence[str], now_ms: int) -> None:
    """Raises SignatureMissing, SignatureWrong, SignatureTooOld."""
    signed_s, candidates = _read(header)
    expected = [hmac.new(s.encode(), f"{signed_s}.".encode() + body, hashlib.sha256).hexdigest() for s in secrets]
    if not any(hmac.compare_digest(one.encode(), given.encode()) for one in expected for given in candidates):
        raise SignatureWrong()
    age_s = now_ms // 1000 - signed_s
    if not -TOLERANCE_FUTURE_S <= age_s <= TOLERANCE_PAST_S:
        raise SignatureTooOld(seconds=age_s)


def _read(header: str) -> tuple[int, list[str]]:
    signed, candidates = "", []
    for part in header[:2000].split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            signed = value
        elif name == "v1" and value:
            candidates.append(value)
    if not (signed.isascii() and signed.isdigit() and len(signed) <= 12) or not candidates:
        raise SignatureMissing()
    return int(signed), candidates[:_CANDIDATES_MAX]
