"""The audit log: who did what to a person's data or power, when and why."""

from __future__ import annotations

from chalicelib import ids
from chalicelib.errors import NotAllowed
from chalicelib.identity.model.roles import STREET, Actor, Role
from chalicelib.identity.model.sessions import AuditNote
from chalicelib.identity.store import access
from chalicelib.table import Write

BY_COMMAND = "command"


def note_writes(by: str, what: str, subject: str, why: str, now_ms: int, detail: str = "") -> list[Write]:
    """A note to be written in the same commit as what it tells of. No personal data in it."""
    return [
        access.audit_write(
            AuditNote(id=ids.ulid(now_ms), at=now_ms, by=by, what=what, subject=subject, why=why, detail=detail)
        )
    ]


def notes_about(actor: Actor, subject: str, *, limit: int = 50, cursor: str = "") -> tuple[list[AuditNote], str]:
    """What was done to one member, newest first. For the member, administrators and supervisors.

    Raises NotAllowed, BadCursor.
    """
    if subject != actor.member_id:
        _require_reader(actor)
    return access.audit_of(subject, limit=limit, cursor=cursor)


def notes_in(actor: Actor, month: str, *, limit: int = 50, cursor: str = "") -> tuple[list[AuditNote], str]:
    """All notes of a Shanghai month ``yyyymm``, newest first. Raises NotAllowed, BadCursor."""
    _require_reader(actor)
    return access.audit_in(month, limit=limit, cursor=cursor)


def _require_reader(actor: Actor) -> None:
    if not actor.may_read(Role.ADMIN, STREET):
        raise NotAllowed(role=Role.ADMIN.value, scope=STREET)
