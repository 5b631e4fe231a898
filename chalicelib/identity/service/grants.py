"""Roles: granted and taken back by an administrator, always with a reason, always logged."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import ids
from chalicelib.errors import NotAllowed
from chalicelib.identity.model.faults import GrantExists, GrantUnknown, LastAdministrator, MemberUnknown
from chalicelib.identity.model.member import Member, clean_reason
from chalicelib.identity.model.roles import STREET, Actor, Grant, Role, check_grant, in_force
from chalicelib.identity.service import audit, setup
from chalicelib.identity.store import people
from chalicelib.identity.store.people import MemberItem
from chalicelib.table import Write, commit, fresh_reads


@fresh_reads
def grant_role(
    actor: Actor,
    member_id: str,
    role: Role,
    scope: str,
    *,
    ends_at: int,
    reason: str,
    submission: str,
    now_ms: int,
) -> Grant:
    """Give a member a role over a scope until ``ends_at`` (ms). Repeating a submission changes nothing.

    Raises NotAllowed, MemberUnknown, ScopeInvalid, GrantEndInvalid, GrantExists, CommunityUnknown,
    ReasonMissing, ReasonTooLong.
    """
    actor.require(Role.ADMIN, STREET)
    why = clean_reason(reason)
    read = _read(member_id)
    grant = Grant(
        id=ids.derived_ulid(ids.ulid_ms(submission), "grant", submission),
        role=role,
        scope=scope,
        ends_at=ends_at,
        granted_at=now_ms,
        granted_by=actor.member_id,
        reason=why,
    )
    before = next((g for g in read.value.grants if g.id == grant.id), None)
    if before is not None:
        return before
    check_grant(role, scope, ends_at, now_ms)
    if scope.startswith("community:"):
        setup.community(scope.partition(":")[2])
    held = in_force(read.value.grants, now_ms)
    if any(g.role is role and g.scope == scope for g in held):
        raise GrantExists()
    commit(
        [
            *people.member_writes(replace(read.value, grants=(*held, grant)), read),
            *audit.note_writes(actor.member_id, "grant", member_id, why, now_ms, f"{role.value} {scope}"),
        ]
    )
    return grant


@fresh_reads
def revoke_grant(actor: Actor, member_id: str, grant_id: str, *, reason: str, now_ms: int) -> None:
    """Take a role back, at once for all sessions.

    Raises NotAllowed, MemberUnknown, GrantUnknown, LastAdministrator, ReasonMissing, ReasonTooLong.
    """
    actor.require(Role.ADMIN, STREET)
    why = clean_reason(reason)
    read = _read(member_id)
    grant = next((g for g in read.value.grants if g.id == grant_id), None)
    if grant is None:
        raise GrantUnknown()
    stays = [_another_administrator(member_id, now_ms)] if grant.role is Role.ADMIN else []
    rest = tuple(g for g in read.value.grants if g.id != grant_id)
    commit(
        [
            *people.member_writes(replace(read.value, grants=rest), read),
            *stays,
            *audit.note_writes(actor.member_id, "revoke", member_id, why, now_ms, f"{grant.role.value} {grant.scope}"),
        ]
    )


def staff(actor: Actor) -> list[Member]:
    """Everybody who holds a grant, ended ones too. Raises NotAllowed."""
    if not actor.may_read(Role.ADMIN, STREET):
        raise NotAllowed(role=Role.ADMIN.value, scope=STREET)
    return sorted(people.staff(), key=lambda member: member.id)


def holders(role: Role, scope: str, now_ms: int) -> list[Member]:
    """Members who hold a role over a scope now; a moment behind the truth."""
    return [m for m in people.staff() if any(g.covers(role, scope) for g in in_force(m.grants, now_ms))]


def _read(member_id: str) -> MemberItem:
    read = people.member(member_id) if ids.is_ulid(member_id) else None
    if read is None:
        raise MemberUnknown()
    return read


def _another_administrator(member_id: str, now_ms: int) -> Write:
    """A condition that somebody else can still grant roles: two who revoke each other at one moment
    cannot both succeed. Raises LastAdministrator."""
    for candidate in setup.administrators(now_ms):
        read = people.member(candidate.id) if candidate.id != member_id else None
        if read is not None and any(g.role is Role.ADMIN for g in in_force(read.value.grants, now_ms)):
            return people.member_check(read)
    raise LastAdministrator()
