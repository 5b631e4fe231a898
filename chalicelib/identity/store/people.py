"""The street, its communities, members and what points to them: phones, numbers, cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.identity.model.faults import CommunityExists
from chalicelib.identity.model.member import Community, Member, Street
from chalicelib.identity.model.phone import StoredPhone
from chalicelib.identity.model.sessions import Card
from chalicelib.table import AppItem, ModelAttribute, Write

_STREET: Final = "STREET"
_STAFF: Final = "STAFF"


class StreetItem(AppItem):
    """``STREET`` / ``#``."""

    value = ModelAttribute(Street)


class CommunityItem(AppItem):
    """``STREET`` / ``COMMUNITY#<id>``: all communities are one consistent query."""

    value = ModelAttribute(Community)


class MemberItem(AppItem):
    """``MEMBER#<id>`` / ``#``. ``by_1``: members of a community by time of joining;
    ``by_2``: those who hold any grant."""

    value = ModelAttribute(Member)


class PointerItem(AppItem):
    """What leads to a member: ``PHONE#<key id>#<hash>`` or ``NUMBER#<number>`` / ``#``."""

    member_id = UnicodeAttribute()


class CardItem(AppItem):
    """``CARD#<number>`` / ``#``; kept after it was revoked, so that the old card gets its own answer."""

    value = ModelAttribute(Card)


# --- street and communities --------------------------------------------------------------------


def street() -> StreetItem | None:
    return table.get(StreetItem, _STREET, "#")


def street_writes(after: Street, before: StreetItem | None) -> list[Write]:
    item = StreetItem(pk=_STREET, sk="#", value=after)
    return [table.create(item) if before is None else table.replace_version(item, int(before.version))]


def community(community_id: str) -> Community | None:
    item = table.get(CommunityItem, _STREET, f"COMMUNITY#{community_id}")
    return item.value if item is not None else None


def communities() -> list[Community]:
    found = table.query(CommunityItem, _STREET, condition=CommunityItem.sk.startswith("COMMUNITY#"), consistent=True)
    return [item.value for item in found]


def community_writes(community: Community) -> list[Write]:
    item = CommunityItem(pk=_STREET, sk=f"COMMUNITY#{community.id}", value=community)
    return [table.create(item, CommunityExists(name=community.name))]


# --- members -----------------------------------------------------------------------------------


def member(member_id: str) -> MemberItem | None:
    return table.get(MemberItem, f"MEMBER#{member_id}", "#")


def member_create_writes(member: Member, lookups: list[tuple[str, str]] | None = None) -> list[Write]:
    """The member, the number and, if there is one, the phone that point to them.

    ``lookups`` are those of the phone under every key: while there are several, another process may just be
    writing the same phone under another one, and only one of the two may come to be.
    """
    writes = [
        table.create(_member_item(member)),
        table.create(PointerItem(pk=f"NUMBER#{member.number}", sk="#", member_id=member.id), Stale()),
    ]
    if member.phone is not None:
        writes.append(phone_write(member.phone, member.id))
        writes += [_no_phone(key_id, digest) for key_id, digest in lookups or [] if key_id != member.phone.lookup_key]
    return writes


def member_writes(after: Member, read: MemberItem) -> list[Write]:
    return [table.replace_version(_member_item(after), int(read.version))]


def member_check(read: MemberItem) -> Write:
    """The member is still as it was read."""
    return table.check(MemberItem(pk=read.pk, sk=read.sk), MemberItem.version == read.version, Stale())


def phone_write(phone: StoredPhone, member_id: str) -> Write:
    """Stale when the phone has come to point to somebody meanwhile: the use case reads it again."""
    item = PointerItem(pk=_phone_pk(phone.lookup_key, phone.lookup_hash), sk="#", member_id=member_id)
    return table.create(item, Stale())


def phone_move_writes(after: StoredPhone, before: StoredPhone, read: MemberItem) -> list[Write]:
    """The member's phone under another key. Stale when member or pointer changed meanwhile."""
    member = read.value
    writes = member_writes(replace(member, phone=after), read)
    if after.lookup_key != before.lookup_key:
        old = PointerItem(pk=_phone_pk(before.lookup_key, before.lookup_hash), sk="#")
        writes += [phone_write(after, member.id), table.delete(old, PointerItem.member_id == member.id)]
    return writes


def _no_phone(key_id: str, digest: str) -> Write:
    return table.check(PointerItem(pk=_phone_pk(key_id, digest), sk="#"), PointerItem.pk.does_not_exist(), Stale())


def member_id_by_phone(lookups: list[tuple[str, str]]) -> str:
    """The member that a phone points to under any of its keys, or ""."""
    for key_id, digest in lookups:
        found = table.get(PointerItem, _phone_pk(key_id, digest), "#")
        if found is not None:
            return str(found.member_id)
    return ""


def member_id_by_number(number: str) -> str:
    found = table.get(PointerItem, f"NUMBER#{number}", "#")
    return str(found.member_id) if found is not None else ""


def members_of(community_id: str, *, limit: int, cursor: str) -> tuple[list[Member], str]:
    """Members of a community, newest first, and the next page's cursor."""
    items, more = table.page(MemberItem, f"COMMUNITY#{community_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.value for item in items], more


def staff() -> list[Member]:
    """Everybody who was ever granted a role that was not taken back."""
    return [item.value for item in table.query(MemberItem, _STAFF, index="by_2")]


def all_members(skip: table.Skip | None = None) -> Iterator[Member]:
    """For verification and a change of keys only."""
    for item in table.scan(MemberItem, MemberItem.pk.startswith("MEMBER#") & (MemberItem.sk == "#"), skip=skip):
        yield item.value


def first_administrator() -> PointerItem | None:
    """Whom the command made administrator last."""
    return table.get(PointerItem, "ADMINISTRATOR", "#")


def first_administrator_write(member_id: str, read: PointerItem | None) -> Write:
    """Two commands at once make one administrator: the second finds this changed."""
    item = PointerItem(pk="ADMINISTRATOR", sk="#", member_id=member_id)
    return table.create(item) if read is None else table.replace_version(item, int(read.version))


# --- cards -------------------------------------------------------------------------------------


def card(number: str) -> CardItem | None:
    return table.get(CardItem, f"CARD#{number}", "#")


def card_create_write(card: Card) -> Write:
    return table.create(CardItem(pk=f"CARD#{card.number}", sk="#", value=card), Stale())


def card_write(after: Card, read: CardItem) -> Write:
    return table.replace_version(CardItem(pk=read.pk, sk=read.sk, value=after), int(read.version))


def _member_item(member: Member) -> MemberItem:
    item = MemberItem(pk=f"MEMBER#{member.id}", sk="#", value=member)
    if member.community_id:
        item.pk_1, item.sk_1 = f"COMMUNITY#{member.community_id}", f"{member.created_at:013d}#{member.id}"
    if member.grants:
        item.pk_2, item.sk_2 = _STAFF, member.id
    return item


def _phone_pk(key_id: str, digest: str) -> str:
    return f"PHONE#{key_id}#{digest}"
