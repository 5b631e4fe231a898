"""Sessions and paper cards: how long they hold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chalicelib.identity.model.faults import CardRevoked
from chalicelib.identity.model.member import Member
from chalicelib.identity.model.roles import in_force

_HOUR_MS: Final = 60 * 60 * 1000
VOLUNTEER_SESSION_MS: Final = 30 * 24 * _HOUR_MS
STAFF_SESSION_MS: Final = 12 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in on one device. ``id`` is the hash of the token that the device holds.

    ``device`` is a plain word such as ``微信`` or ``iPhone``, for the list of one's own sessions.
    """

    id: str
    member_id: str
    created_at: int
    device: str = ""

    def holds_for(self, member: Member, now_ms: int) -> bool:
        """12 hours while the member holds any role, else 30 days; not once all were signed out."""
        life = STAFF_SESSION_MS if in_force(member.grants, now_ms) else VOLUNTEER_SESSION_MS
        return self.created_at >= member.sessions_from and now_ms < self.created_at + life


@dataclass(frozen=True, slots=True)
class Card:
    """A paper card for somebody without a phone. ``number`` is typed where the code cannot be read."""

    number: str
    member_id: str
    issued_at: int
    issued_by: str
    revoked_at: int = 0
    revoked_by: str = ""
    revoked_why: str = ""

    def require_valid(self) -> None:
        """Raises CardRevoked."""
        if self.revoked_at:
            raise CardRevoked(revoked_at=self.revoked_at)


@dataclass(frozen=True, slots=True)
class AuditNote:
    """Who did what to whom, when and why. Holds no personal data, only ids."""

    id: str
    at: int
    by: str
    what: str
    subject: str
    why: str
    detail: str = ""
