"""The link that a donor holds: whoever has it may see that one gift, and nobody else without signing in."""

from __future__ import annotations

from chalicelib.identity.service import faults, sign_token, verify_token


def token(purpose: str, fact_id: str) -> str:
    """What the link to a fact carries. ``purpose`` keeps the link of one kind from opening another."""
    return sign_token(purpose, fact_id)


def opens(purpose: str, fact_id: str, shown: str, now_ms: int) -> bool:
    """Whether what was shown is the token of this very fact."""
    try:
        return bool(shown) and verify_token(purpose, shown, now_ms) == fact_id
    except (faults.TokenMalformed, faults.TokenForged, faults.TokenExpired):
        return False
