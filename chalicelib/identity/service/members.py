"""Members: registering, finding, and revealing what is masked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chalicelib import ids
from chalicelib.errors import NotAllowed
from chalicelib.identity import phones
from chalicelib.identity.model.faults import ConsentMissing, MemberUnknown, NoPhone, PhoneTaken
from chalicelib.identity.model.member import Member, clean_name, clean_reason, read_crockford
from chalicelib.identity.model.phone import normalise
from chalicelib.identity.model.roles import STREET, Actor, Role, community_scope
from chalicelib.identity.service import audit, setup
from chalicelib.identity.service.phonebook import member_id_of
from chalicelib.identity.store import people
from chalicelib.ledger.store import balances
from chalicelib.table import commit, fresh_reads

_FINDERS = (Role.COORDINATOR, Role.ASSESSOR, Role.ADMIN)


@fresh_reads
def register_member(
    actor: Actor,
    *,
    name: str,
    community_id: str,
    consent_on_paper: bool,
    submission: str,
    now_ms: int,
    phone: str = "",
    lang: str = "zh",
) -> Member:
    """A member entered by staff, usually somebody without a phone; opens the wallet. The same
    ``submission`` again returns the member it made.

    Raises NotAllowed, NameMissing, NameTooLong, NameInvalid, CommunityUnknown, ConsentMissing,
    PhoneInvalid and its kin, PhoneTaken.
    """
    community = setup.community(community_id)
    _require_keeper(actor, community.id)
    called = clean_name(name)
    if not consent_on_paper:
        raise ConsentMissing()
    number = normalise(phone) if phone.strip() else ""
    member_id = ids.derived_ulid(ids.ulid_ms(submission), "member", submission)
    read = people.member(member_id)
    if read is not None:
        return read.value
    member = Member(
        id=member_id,
        number=setup.new_number(),
        name=called,
        community_id=community.id,
        lang=lang,
        created_at=now_ms,
        created_by=actor.member_id,
        phone=phones.stored(number, member_id) if number else None,
    ).agreeing(now_ms, "paper")
    if number:
        _require_free(number)
    commit(
        [
            *people.member_create_writes(member, phones.lookups(number) if number else None),
            *balances.wallet_open_writes(member_id),
            *audit.note_writes(actor.member_id, "register", member_id, "", now_ms),
        ]
    )
    return member


def member(member_id: str) -> Member:
    """Raises MemberUnknown."""
    read = people.member(member_id) if ids.is_ulid(member_id) else None
    if read is None:
        raise MemberUnknown()
    return read.value


def names(member_ids: Iterable[str]) -> dict[str, str]:
    """Names by member id, for lists that staff see; an unknown id is left out."""
    found = ((member_id, people.member(member_id)) for member_id in set(member_ids))
    return {member_id: read.value.name for member_id, read in found if read is not None}


def actor_for(member_id: str, now_ms: int) -> Actor:
    """The member as an actor without a session: for commands on the machine itself and tests.

    Raises MemberUnknown.
    """
    return member(member_id).as_actor("", now_ms)


def member_by_number(number: str) -> Member:
    """By volunteer number as people write it: any case, with or without spaces. Raises MemberUnknown."""
    plain = read_crockford(number[:40], "V", 8)
    found = people.member_id_by_number(plain) if plain else ""
    return member(found)


def member_by_phone(phone: str) -> Member:
    """Raises MemberUnknown, PhoneInvalid and its kin."""
    return member(member_id_of(normalise(phone)))


def find_member(actor: Actor, text: str) -> Member:
    """A member by volunteer number or exact phone; nothing else is searched, so nobody can browse.

    Raises NotAllowed, MemberUnknown.
    """
    if not actor.has(*_FINDERS, Role.SUPERVISOR):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=STREET)
    try:
        return member_by_number(text)
    except MemberUnknown:
        return member_by_phone(text)


def seen_member(actor: Actor, member_id: str) -> Member:
    """A member as the staff may see: anyone's number, name and masked phone for those who run
    activities, assess or administer. Raises NotAllowed, MemberUnknown."""
    if not actor.has(*_FINDERS, Role.SUPERVISOR):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=STREET)
    return member(member_id)


def members_of(actor: Actor, community_id: str, *, limit: int = 50, cursor: str = "") -> tuple[list[Member], str]:
    """Members of a community, newest first. Raises NotAllowed, BadCursor."""
    if not (may_keep(actor, community_id) or actor.has(Role.SUPERVISOR)):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=community_scope(community_id))
    return people.members_of(community_id, limit=limit, cursor=cursor)


def reveal_phone(actor: Actor, member_id: str, *, reason: str, now_ms: int) -> str:
    """The full number, as ``13812345678``, after the reason was logged.

    Raises NotAllowed, MemberUnknown, NoPhone, ReasonMissing, ReasonTooLong.
    """
    found = member(member_id)
    _require_keeper(actor, found.community_id)
    why = clean_reason(reason)
    if found.phone is None:
        raise NoPhone()
    number = phones.revealed(found.phone, found.id)
    commit(audit.note_writes(actor.member_id, "reveal_phone", found.id, why, now_ms))
    return number.removeprefix("+86")


@fresh_reads
def set_language(actor: Actor, lang: str) -> None:
    """Remember the language that a member reads."""
    read = people.member(actor.member_id)
    if read is not None and lang in ("zh", "en") and read.value.lang != lang:
        commit(people.member_writes(replace(read.value, lang=lang), read))


def may_keep(actor: Actor, community_id: str) -> bool:
    """Whether somebody keeps the members of a community: its coordinator, or an administrator."""
    return actor.may(Role.COORDINATOR, community_scope(community_id)) or actor.may(Role.ADMIN, STREET)


def _require_keeper(actor: Actor, community_id: str) -> None:
    if not may_keep(actor, community_id):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=community_scope(community_id))


def _require_free(number: str) -> None:
    if member_id_of(number):
        raise PhoneTaken()
