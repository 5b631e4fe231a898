"""What a verification by night came to, as it is kept and shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FOUND_MAX: Final = 50
"""So many findings are kept; the log names all."""
DETAIL_CHARACTERS_MAX: Final = 300

State = Literal["running", "held", "found", "broken", "lost"]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that did not hold: ids and numbers, nothing of a person."""

    check: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """One run. ``finished_ms`` is 0 while it runs, and stays so when it was ended by force; ``broken`` is the code
    of why it could not read the books to the end."""

    started_ms: int
    finished_ms: int = 0
    entries: int = 0
    findings: int = 0
    found: tuple[Found, ...] = ()
    broken: str = ""

    def state(self, now_ms: int, longest_ms: int) -> State:
        """``lost``: it began longer ago than it may take, and nothing was heard of it since."""
        if self.broken:
            return "broken"
        if not self.finished_ms:
            return "running" if now_ms < self.started_ms + longest_ms else "lost"
        return "found" if self.findings else "held"


def kept(check: str, about: str, detail: str) -> Found:
    """A finding, short enough to be kept."""
    return Found(check, about[:DETAIL_CHARACTERS_MAX], detail[:DETAIL_CHARACTERS_MAX])
