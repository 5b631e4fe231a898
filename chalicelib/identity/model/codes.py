"""One-time codes: when one may be sent, and what a try at it means. Pure.

All codes sent to one phone within the last hour are one record, so that every limit is decided on
what is true at the moment of the write. A try is held against every code that the same browser asked
for: an SMS that comes late may still be typed after another was asked for, and nobody uses up the
tries of a code that somebody else asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.identity.model.faults import (
    CodeExpired,
    CodeMalformed,
    CodesTooMany,
    CodeTooSoon,
    CodeTriesUsedUp,
    CodeUnknown,
    CodeUsed,
    CodeWrong,
)

CODE_DIGITS: Final = 6
CODE_LIFE_MS: Final = 5 * 60 * 1000
TRIES_MAX: Final = 5
SENT_PER_HOUR_MAX: Final = 5
RESEND_AFTER_MS: Final = 60 * 1000
HOUR_MS: Final = 60 * 60 * 1000
SIGN_UP_LIFE_MS: Final = 30 * 60 * 1000
# A whole queue may sign in on the station's one tablet, and stands behind one address of its network.
FROM_ONE_BROWSER_PER_HOUR_MAX: Final = 30
FROM_ONE_ADDRESS_PER_HOUR_MAX: Final = 120

_FULL_WIDTH: Final = {0xFF10 + i: 0x30 + i for i in range(10)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class SentCode:
    """One code on its way. ``id`` is the request's; ``salt`` goes into the session that it opens.

    ``origin`` stands for the browser that asked.
    ``used_by`` is the submission that used it, so that a double click gets the same session;
    ``failed`` means that the message service did not take it.
    """

    id: str
    code_hash: str
    salt: str
    sent_at: int
    origin: str = ""
    tries: int = 0
    used_by: str = ""
    used_at: int = 0
    failed: bool = False

    def is_live(self, now_ms: int) -> bool:
        fresh = now_ms < self.sent_at + CODE_LIFE_MS
        return fresh and self.tries < TRIES_MAX and not self.used_by and not self.failed


@dataclass(frozen=True, slots=True)
class PhoneCodes:
    """The codes sent to one phone within the last hour, oldest first."""

    sent: tuple[SentCode, ...] = ()

    def find(self, code_id: str) -> SentCode | None:
        return next((code for code in self.sent if code.id == code_id), None)

    def sending(self, code: SentCode, now_ms: int) -> PhoneCodes:
        """The record with one more code. Raises CodeTooSoon, CodesTooMany."""
        recent = tuple(c for c in self.sent if now_ms < c.sent_at + HOUR_MS and c.id != code.id)
        held = [c for c in recent if not c.failed]
        if held and now_ms < held[-1].sent_at + RESEND_AFTER_MS:
            raise CodeTooSoon(retry_after_s=_seconds(held[-1].sent_at + RESEND_AFTER_MS - now_ms))
        if len(recent) >= SENT_PER_HOUR_MAX:
            raise CodesTooMany(retry_after_s=_seconds(recent[0].sent_at + HOUR_MS - now_ms))
        return PhoneCodes((*recent, code))

    def failing(self, code_id: str) -> PhoneCodes:
        """The record after the message service refused one."""
        return self._with(lambda c: replace(c, failed=True) if c.id == code_id else c)

    def repeat_of(self, submission: str) -> SentCode | None:
        """The code that this very submission has used already."""
        return next((code for code in self.sent if code.used_by == submission), None)

    def trying(
        self, code_id: str, matches: Callable[[SentCode], bool], submission: str, now_ms: int
    ) -> tuple[PhoneCodes, SentCode | None]:
        """The record after one try, and the code that it matched, if any.

        ``matches`` compares in constant time. After a match every other code of the phone is dead.
        Raises CodeUnknown, CodeUsed, CodeExpired, CodeTriesUsedUp when there was nothing left to try.
        """
        asked = self.find(code_id)
        if asked is None:
            raise CodeUnknown()
        live = self._tried_with(asked, now_ms)
        if not live:
            raise _why_dead(asked, now_ms)
        matched = [code for code in live if matches(code)]
        if not matched:
            alive = {code.id for code in live}
            return self._with(lambda c: replace(c, tries=c.tries + 1) if c.id in alive else c), None
        used = replace(matched[-1], used_by=submission, used_at=now_ms)

        def spent(code: SentCode) -> SentCode:
            if code.id == used.id:
                return used
            return code if code.used_by else replace(code, used_by="-", used_at=now_ms)

        return self._with(spent), used

    def wrong(self, code_id: str, now_ms: int) -> CodeWrong | CodeTriesUsedUp:
        """What to tell after a try that matched nothing."""
        asked = self.find(code_id)
        live = self._tried_with(asked, now_ms) if asked is not None else []
        left = max((TRIES_MAX - code.tries for code in live), default=0)
        return CodeWrong(tries_left=left) if left else CodeTriesUsedUp()

    def _tried_with(self, asked: SentCode, now_ms: int) -> list[SentCode]:
        return [code for code in self.sent if code.is_live(now_ms) and code.origin == asked.origin]

    def _with(self, change: Callable[[SentCode], SentCode]) -> PhoneCodes:
        return PhoneCodes(tuple(change(code) for code in self.sent))


def read_code(text: str) -> str:
    """Six digits from what was typed: spaces, hyphens and full-width digits are fine. Raises CodeMalformed."""
    plain = text[:40].translate(_FULL_WIDTH).replace(" ", "").replace("-", "")
    if len(plain) != CODE_DIGITS or not plain.isascii() or not plain.isdigit():
        raise CodeMalformed()
    return plain


def _why_dead(code: SentCode, now_ms: int) -> CodeUsed | CodeTriesUsedUp | CodeExpired:
    if code.used_by:
        return CodeUsed()
    if code.tries >= TRIES_MAX:
        return CodeTriesUsedUp()
    return CodeExpired(minutes=CODE_LIFE_MS // 60_000)


def _seconds(ms: int) -> int:
    return max(1, -(-ms // 1000))
