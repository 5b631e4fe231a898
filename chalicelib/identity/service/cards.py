"""Paper cards for those without a phone: printed, scanned by the coordinator, revoked, reprinted."""

from __future__ import annotations

import secrets
from dataclasses import replace

from chalicelib import ids
from chalicelib.errors import NotAllowed, Stale
from chalicelib.identity import tokens
from chalicelib.identity.model.faults import CardMissing, CardUnknown, MemberUnknown
from chalicelib.identity.model.member import Member, clean_reason, crockford, read_crockford
from chalicelib.identity.model.roles import Actor, Role, community_scope
from chalicelib.identity.model.sessions import Card
from chalicelib.identity.service import audit, members
from chalicelib.identity.store import people
from chalicelib.identity.store.people import MemberItem
from chalicelib.table import Write, commit, fresh_reads

CARD = "card"
"""The purpose under which card tokens are signed."""


@fresh_reads
def print_card(actor: Actor, member_id: str, *, now_ms: int) -> Card:
    """The member's valid card, made now if there is none; printing it twice makes no second one.

    Raises NotAllowed, MemberUnknown.
    """
    read = _read(actor, member_id)
    if read.value.card:
        found = people.card(read.value.card)
        if found is not None:
            return found.value
    card = _new_card(actor, member_id, now_ms)
    commit([*_issue(read, card), *audit.note_writes(actor.member_id, "card", member_id, "", now_ms, card.number)])
    return card


def member_of_card(actor: Actor, member_id: str) -> Member:
    """The member whose card is looked at to be printed: with it one checks in, so that only who keeps the
    member, or supervises, sees it. Raises NotAllowed, MemberUnknown, CardMissing."""
    found = members.member(member_id)
    if not (members.may_keep(actor, found.community_id) or actor.has(Role.SUPERVISOR)):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=community_scope(found.community_id))
    if not found.card:
        raise CardMissing()
    return found


@fresh_reads
def reprint_card(actor: Actor, member_id: str, *, old_number: str, reason: str, now_ms: int) -> Card:
    """Revoke the card ``old_number`` and make another in one step. Repeating it returns the new one.

    Raises NotAllowed, MemberUnknown, CardUnknown, CardMissing, ReasonMissing, ReasonTooLong.
    """
    why = clean_reason(reason)
    read = _read(actor, member_id)
    old = _card_of(old_number, member_id)
    if old.value.revoked_at:
        current = people.card(read.value.card) if read.value.card else None
        if current is None:
            raise CardMissing()
        return current.value
    card = _new_card(actor, member_id, now_ms)
    commit(
        [
            *_issue(read, card),
            _revoke(old, actor, why, now_ms),
            *audit.note_writes(actor.member_id, "card_reprint", member_id, why, now_ms, f"{old_number} {card.number}"),
        ]
    )
    return card


@fresh_reads
def revoke_card(actor: Actor, member_id: str, *, number: str, reason: str, now_ms: int) -> None:
    """The card is refused from now on. Revoking it again changes nothing.

    Raises NotAllowed, MemberUnknown, CardUnknown, ReasonMissing, ReasonTooLong.
    """
    why = clean_reason(reason)
    read = _read(actor, member_id)
    card = _card_of(number, member_id)
    if card.value.revoked_at:
        return
    if read.value.card != number:
        raise Stale()
    commit(
        [
            *people.member_writes(replace(read.value, card=""), read),
            _revoke(card, actor, why, now_ms),
            *audit.note_writes(actor.member_id, "card_revoke", member_id, why, now_ms, number),
        ]
    )


def card_token(number: str) -> str:
    """What the card's QR code carries, after ``/c/``."""
    return tokens.sign(CARD, number)


def member_by_card(text: str, now_ms: int) -> Member:
    """The member whose valid card was scanned (the token, or the address it stands in) or whose card
    number was typed.

    Raises:
        TokenMalformed, TokenForged: not a card of this street.
        CardUnknown: a number that no card has.
        CardRevoked(revoked_at): the card was replaced or reported lost.
    """
    scanned = text.strip()[:300].rstrip("/").rpartition("/")[2]
    number = read_crockford(scanned, "C", 8) or tokens.verify(CARD, scanned, now_ms)
    found = people.card(number)
    if found is None:
        raise CardUnknown()
    found.value.require_valid()
    return members.member(found.value.member_id)


def _read(actor: Actor, member_id: str) -> MemberItem:
    read = people.member(member_id) if ids.is_ulid(member_id) else None
    if read is None:
        raise MemberUnknown()
    if not members.may_keep(actor, read.value.community_id):
        raise NotAllowed(role=Role.COORDINATOR.value, scope=community_scope(read.value.community_id))
    return read


def _card_of(number: str, member_id: str) -> people.CardItem:
    found = people.card(number) if read_crockford(number, "C", 8) == number else None
    if found is None or found.value.member_id != member_id:
        raise CardUnknown()
    return found


def _new_card(actor: Actor, member_id: str, now_ms: int) -> Card:
    number = "C" + crockford(secrets.randbits(40), 8)
    return Card(number=number, member_id=member_id, issued_at=now_ms, issued_by=actor.member_id)


def _issue(read: MemberItem, card: Card) -> list[Write]:
    return [*people.member_writes(replace(read.value, card=card.number), read), people.card_create_write(card)]


def _revoke(read: people.CardItem, actor: Actor, why: str, now_ms: int) -> Write:
    return people.card_write(replace(read.value, revoked_at=now_ms, revoked_by=actor.member_id, revoked_why=why), read)
