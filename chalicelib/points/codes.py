"""The rotating code on a coordinator's screen, and the claim that a scan of it leaves in a browser.

A code lives for one step of 30 s. In the QR code it is ``<number>.<step>.<key id>.<mac>`` with a MAC of
96 bits; for typing it is six digits, which is why wrong tries are counted. Both are derived from the
same secret keys under purposes of their own, so that nothing else passes for them. A claim says that
this browser held a valid code, for ten minutes, and is worth nothing in another browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from chalicelib.config import settings
from chalicelib.points.model.faults import ClaimMissing, CodeExpired, CodeForged, CodeMalformed, DigitsMalformed

STEP_MS: Final = 30_000
SCANNED_STEPS: Final = 2
"""A scanned code holds for its own step and the next: the phone needs a moment to open the page."""
TYPED_STEPS: Final = 3
CLAIM_LIFE_MS: Final = 10 * 60_000
_MAC_BYTES: Final = 12
_TOKEN = re.compile(r"([1-9][0-9]{4,5})\.([0-9a-z]{1,9})\.([A-Za-z0-9]{1,8})\.([A-Za-z0-9_-]{16})")
_CLAIM = re.compile(r"([0-7][0-9A-HJKMNP-TV-Z]{25})\.([a-z]+)\.([0-9]{1,15})\.([A-Za-z0-9]{1,8})\.([A-Za-z0-9_-]{16})")
_DIGITS36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_FULL_WIDTH: Final = {0xFF10 + i: 0x30 + i for i in range(10)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows now. ``left_ms`` until the next code."""

    token: str
    digits: str
    left_ms: int


@dataclass(frozen=True, slots=True)
class Read:
    """A token taken apart; nothing is proved yet."""

    number: str
    step: int
    key_id: str
    mac: str


@dataclass(frozen=True, slots=True)
class Claim:
    """This browser held a valid code of that activity; until when (ms), and how it came."""

    activity_id: str
    how: str
    expires_at: int


def show(activity_id: str, number: str, now_ms: int) -> Shown:
    step = now_ms // STEP_MS
    key_id = settings().secret_keys.current
    token = f"{number}.{_base36(step)}.{key_id}.{_mac('activity-code', f'{activity_id}.{number}.{step}', key_id)}"
    return Shown(token, _digits(activity_id, step, key_id), (step + 1) * STEP_MS - now_ms)


def read(token: str) -> Read:
    """Raises CodeMalformed."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise CodeMalformed()
    return Read(found[1], int(found[2], 36), found[3], found[4])


def judge(code: Read, activity_id: str, now_ms: int) -> None:
    """Raises CodeForged, and CodeExpired when it is genuine but not of now."""
    if not settings().secret_keys.knows(code.key_id):
        raise CodeForged()
    said = f"{activity_id}.{code.number}.{code.step}"
    if not hmac.compare_digest(code.mac, _mac("activity-code", said, code.key_id)):
        raise CodeForged()
    if not 0 <= now_ms // STEP_MS - code.step < SCANNED_STEPS:
        raise CodeExpired()


def read_typed(number: str, digits: str) -> tuple[str, str]:
    """Number and six digits from what was typed: spaces and full-width digits are fine. Raises DigitsMalformed."""
    plain = [_plain(number), _plain(digits)]
    whole = all(text.isascii() and text.isdigit() for text in plain)
    if not whole or len(plain[1]) != 6 or len(plain[0]) not in (5, 6):
        raise DigitsMalformed()
    return plain[0], plain[1]


def digits_match(activity_id: str, digits: str, now_ms: int) -> bool:
    """Whether these digits stood on the screen within the last steps. Every key and step is compared, so
    that the time taken tells nothing."""
    step = now_ms // STEP_MS

    def stood(key_id: str) -> bool:
        matched = False
        for back in range(TYPED_STEPS):
            matched |= hmac.compare_digest(digits, _digits(activity_id, step - back, key_id))
        return matched

    return settings().secret_keys.fits_any(stood)


def make_claim(activity_id: str, how: str, browser_id: str, now_ms: int) -> str:
    key_id = settings().secret_keys.current
    said = f"{activity_id}.{how}.{now_ms + CLAIM_LIFE_MS}"
    return f"{said}.{key_id}.{_mac('check-in-claim', f'{said}.{browser_id}', key_id)}"


def read_claim(text: str, browser_id: str, now_ms: int) -> Claim:
    """Raises ClaimMissing: none, another browser's, not ours, or over its time."""
    found = _CLAIM.fullmatch(text)
    if found is None or not settings().secret_keys.knows(found[4]):
        raise ClaimMissing()
    said = f"{found[1]}.{found[2]}.{found[3]}.{browser_id}"
    genuine = hmac.compare_digest(found[5], _mac("check-in-claim", said, found[4]))
    if not genuine or now_ms >= int(found[3]):
        raise ClaimMissing()
    return Claim(found[1], found[2], int(found[3]))


def _mac(purpose: str, said: str, key_id: str) -> str:
    key = settings().secret_keys.derive(purpose, key_id)
    raw = hmac.new(key, said.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(raw).decode()


def _digits(activity_id: str, step: int, key_id: str) -> str:
    key = settings().secret_keys.derive("activity-digits", key_id)
    raw = hmac.new(key, f"{activity_id}.{step}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(raw[:8], 'big') % 1_000_000:06d}"


def _base36(value: int) -> str:
    text = ""
    while value:
        value, rest = divmod(value, 36)
        text = _DIGITS36[rest] + text
    return text or "0"


def _plain(text: str) -> str:
    return text[:40].translate(_FULL_WIDTH).replace(" ", "").replace("-", "")
