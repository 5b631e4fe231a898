"""The street, its communities, and the first administrator."""

from __future__ import annotations

import secrets
from dataclasses import replace

from chalicelib import ids
from chalicelib.errors import NotAllowed
from chalicelib.identity import phones
from chalicelib.identity.model.faults import AdministratorExists, CommunityExists, CommunityUnknown, StreetNotSetUp
from chalicelib.identity.model.member import (
    Community,
    Member,
    Street,
    check_community_id,
    clean_name,
    crockford,
    is_community_id,
)
from chalicelib.identity.model.phone import normalise
from chalicelib.identity.model.roles import STREET, Actor, Grant, Role, in_force
from chalicelib.identity.service import audit
from chalicelib.identity.service.phonebook import member_id_of
from chalicelib.identity.store import people
from chalicelib.ledger.store import balances, totals
from chalicelib.table import commit, fresh_reads

_DAY_MS = 24 * 60 * 60 * 1000
FIRST_GRANT_DAYS = 366


@fresh_reads
def set_up_street(
    *, name: str, contact_phone: str, supervision_phone: str, by: Actor | None, now_ms: int, street_id: str = "street"
) -> Street:
    """Write or change the street's own data. ``by`` None is a command on the machine itself.

    Raises NameMissing, NameTooLong, NameInvalid, NotAllowed.
    """
    _require_admin(by)
    after = Street(street_id, clean_name(name), contact_phone.strip()[:40], supervision_phone.strip()[:40])
    read = people.street()
    if read is None or read.value != after:
        note = audit.note_writes(_name_of(by), "street", street_id, "", now_ms)
        commit([*people.street_writes(after, read), *note])
    return after


def street() -> Street:
    """Raises StreetNotSetUp."""
    found = people.street()
    if found is None:
        raise StreetNotSetUp()
    return found.value


def contact() -> Street | None:
    """The street's data, or None before it was set up: for pages that must answer either way."""
    found = people.street()
    return found.value if found is not None else None


@fresh_reads
def add_community(community_id: str, name: str, *, by: Actor | None, now_ms: int) -> Community:
    """A new community with its totals and its pool for frail elders. The same again is no error.

    Raises CommunityIdInvalid, CommunityExists, NameMissing, NameTooLong, NameInvalid, NotAllowed.
    """
    _require_admin(by)
    new = Community(check_community_id(community_id), clean_name(name))
    found = people.community(new.id)
    if found == new:
        return new
    if found is not None:
        raise CommunityExists(name=found.name)
    commit(
        [
            *people.community_writes(new),
            *totals.owner_writes("community", new.id),
            *balances.pool_open_writes(new.id),
            *audit.note_writes(_name_of(by), "community", new.id, "", now_ms),
        ]
    )
    return new


def communities() -> list[Community]:
    """All communities of the street, by id."""
    return people.communities()


def community(community_id: str) -> Community:
    """Raises CommunityUnknown."""
    found = people.community(community_id) if is_community_id(community_id) else None
    if found is None:
        raise CommunityUnknown()
    return found


@fresh_reads
def make_first_administrator(phone: str, name: str, now_ms: int) -> Member:
    """The first administrator, or the next one after all grants have ended; never a second beside one.

    Raises AdministratorExists, PhoneInvalid and its kin, NameMissing, NameTooLong, NameInvalid.
    """
    number, called = normalise(phone), clean_name(name)
    made = people.first_administrator()
    before = people.member(str(made.member_id)) if made is not None else None
    # The one made by command is read for sure, the others from an index that may be a moment behind.
    if administrators(now_ms) or (before is not None and _administers(before.value, now_ms)):
        raise AdministratorExists()
    grant = Grant(
        id=ids.ulid(now_ms),
        role=Role.ADMIN,
        scope=STREET,
        ends_at=now_ms + FIRST_GRANT_DAYS * _DAY_MS,
        granted_at=now_ms,
        granted_by=audit.BY_COMMAND,
        reason="首位管理员",
    )
    found = member_id_of(number)
    read = people.member(found) if found else None
    if read is not None:
        member = replace(read.value, grants=(*in_force(read.value.grants, now_ms), grant))
        writes = people.member_writes(member, read)
    else:
        member_id = ids.ulid(now_ms)
        member = Member(
            id=member_id,
            number=new_number(),
            name=called,
            community_id="",
            lang="zh",
            created_at=now_ms,
            created_by=audit.BY_COMMAND,
            phone=phones.stored(number, member_id),
            grants=(grant,),
        )
        writes = [*people.member_create_writes(member, phones.lookups(number)), *balances.wallet_open_writes(member_id)]
    mark = people.first_administrator_write(member.id, made)
    note = audit.note_writes(audit.BY_COMMAND, "grant", member.id, grant.reason, now_ms, "admin street")
    commit([*writes, mark, *note])
    return member


def administrators(now_ms: int) -> list[Member]:
    """Who may grant roles now."""
    return [member for member in people.staff() if _administers(member, now_ms)]


def _administers(member: Member, now_ms: int) -> bool:
    return any(grant.role is Role.ADMIN for grant in in_force(member.grants, now_ms))


def new_number() -> str:
    """A volunteer number that is surely nobody's yet; a clash is found when it is written."""
    return "V" + crockford(secrets.randbits(40), 8)


def _require_admin(by: Actor | None) -> None:
    if by is not None and not by.may(Role.ADMIN, STREET):
        raise NotAllowed(role=Role.ADMIN.value, scope=STREET)


def _name_of(by: Actor | None) -> str:
    return by.member_id if by is not None else audit.BY_COMMAND
