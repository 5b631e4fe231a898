"""Signing in by one-time code, and signing up after it.

Nothing said before the code is right depends on whether the phone is known: an unknown phone is led
on to sign up by exactly the same steps.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from chalicelib import ids
from chalicelib.config import settings
from chalicelib.identity import phones, tokens
from chalicelib.identity.model.codes import (
    CODE_LIFE_MS,
    SIGN_UP_LIFE_MS,
    SentCode,
    read_code,
)
from chalicelib.identity.model.faults import CodeUnknown, ConsentMissing, SignUpExpired, TokenExpired
from chalicelib.identity.model.member import Member, clean_name
from chalicelib.identity.model.phone import StoredPhone
from chalicelib.identity.model.roles import in_force
from chalicelib.identity.model.sessions import STAFF_SESSION_MS, VOLUNTEER_SESSION_MS, Session
from chalicelib.identity.service import audit, setup
from chalicelib.identity.service.codes import asked, code_matches
from chalicelib.identity.service.phonebook import member_id_of
from chalicelib.identity.service.sessions import token_id
from chalicelib.identity.store import access, people
from chalicelib.identity.store.people import MemberItem
from chalicelib.ledger.store import balances
from chalicelib.table import Write, commit, fresh_reads

_SIGN_UP = "sign-up"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``token`` goes into the cookie or the Authorization header and is kept nowhere else."""

    token: str
    expires_at: int
    member: Member


@dataclass(frozen=True, slots=True)
class SignUpNeeded:
    """The phone is proven. ``claim`` is the proof, good for half an hour; ``member`` is known already
    when only the privacy notice is to be agreed to."""

    claim: str
    phone_masked: str
    member: Member | None


# --- typing it ---------------------------------------------------------------------------------


def try_code(code_id: str, text: str, *, submission: str, now_ms: int, device: str = "") -> SignedIn | SignUpNeeded:
    """Open exactly one session for a right code; a double click of the same form gets the same one.

    Raises CodeMalformed, CodeUnknown, CodeWrong(tries_left), CodeExpired, CodeTriesUsedUp, CodeUsed.
    """
    typed = read_code(text)
    return _try(code_id, typed, submission, now_ms, device)


@fresh_reads
def _try(code_id: str, typed: str, submission: str, now_ms: int, device: str) -> SignedIn | SignUpNeeded:
    phone, _ = asked(code_id)
    read = access.codes(phone)
    if read is None:
        raise CodeUnknown()

    def matches(code: SentCode) -> bool:
        return code_matches(code, typed)

    member = _member_of(phone, code_id)
    repeat = read.value.repeat_of(submission)
    if repeat is not None and matches(repeat) and now_ms < repeat.used_at + CODE_LIFE_MS:
        again = _answer_again(repeat, submission, phone, member, now_ms)
        if again is not None:
            return again
    after, used = read.value.trying(code_id, matches, submission, now_ms)
    writes: list[Write] = [access.codes_write(phone, after, read, now_ms)]
    if used is None:
        commit(writes)
        raise after.wrong(code_id, now_ms)
    if member is None or not member.value.has_agreed:
        commit(writes)
        return _sign_up_needed(used, phone, member)
    token = _session_token(used, submission)
    commit([*writes, access.session_write(Session(token_id(token), member.value.id, now_ms, device))])
    return _signed_in(token, member.value, now_ms)


def _answer_again(
    used: SentCode, submission: str, phone: StoredPhone, member: MemberItem | None, now_ms: int
) -> SignedIn | SignUpNeeded | None:
    if member is not None:
        again = _opened_by(used, submission, member, now_ms)
        if again is not None:
            return again
    if member is None or not member.value.has_agreed:
        return _sign_up_needed(used, phone, member)
    return None


# --- signing up --------------------------------------------------------------------------------


def claimed(claim: str, now_ms: int) -> SignUpNeeded:
    """What a claim proves, for the page where one signs up. Raises SignUpExpired, TokenMalformed, TokenForged."""
    code_id, phone, used = _proven(claim, now_ms)
    return _sign_up_needed(used, phone, _member_of(phone, code_id))


@fresh_reads
def sign_up(
    claim: str, *, name: str, community_id: str, agrees: bool, now_ms: int, lang: str = "zh", device: str = ""
) -> SignedIn:
    """A new member with an empty wallet, signed in; or a known one's consent to the present notice
    (then ``name`` and ``community_id`` are not asked). The same claim again gets the same session.

    Raises NameMissing, NameTooLong, NameInvalid, CommunityUnknown, ConsentMissing, SignUpExpired,
    TokenMalformed, TokenForged, PhoneTaken.
    """
    code_id, phone, used = _proven(claim, now_ms)
    known = _member_of(phone, code_id)
    if known is not None and known.value.has_agreed:
        again = _opened_by(used, _SIGN_UP, known, now_ms)
        if again is None:
            raise SignUpExpired()
        return again
    token = _session_token(used, _SIGN_UP)
    if known is None:
        called, community = clean_name(name), setup.community(community_id)
    if not agrees:
        raise ConsentMissing()
    if known is not None:
        member = known.value.agreeing(now_ms, "page")
        writes: list[Write] = people.member_writes(member, known)
    else:
        number = phones.revealed(phone, code_id)
        member_id = ids.derived_ulid(now_ms, "member", code_id)
        member = Member(
            id=member_id,
            number=setup.new_number(),
            name=called,
            community_id=community.id,
            lang=lang,
            created_at=now_ms,
            created_by=member_id,
            phone=phones.stored(number, member_id),
        ).agreeing(now_ms, "page")
        writes = [*people.member_create_writes(member, phones.lookups(number))]
        writes += balances.wallet_open_writes(member_id)
        writes += audit.note_writes(member_id, "sign_up", member_id, "", now_ms)
    commit([*writes, access.session_write(Session(token_id(token), member.id, now_ms, device))])
    return _signed_in(token, member, now_ms)


def _proven(claim: str, now_ms: int) -> tuple[str, StoredPhone, SentCode]:
    try:
        code_id = tokens.verify(_SIGN_UP, claim, now_ms)
    except TokenExpired:
        raise SignUpExpired() from None
    try:
        phone, record = asked(code_id)
    except CodeUnknown:
        raise SignUpExpired() from None
    used = record.find(code_id)
    if used is None or used.used_by in ("", "-"):
        raise SignUpExpired()
    return code_id, phone, used


# --- small parts -------------------------------------------------------------------------------


def _member_of(phone: StoredPhone, code_id: str) -> MemberItem | None:
    number = phones.revealed(phone, code_id)
    member_id = member_id_of(number)
    return people.member(member_id) if member_id else None


def _sign_up_needed(used: SentCode, phone: StoredPhone, member: MemberItem | None) -> SignUpNeeded:
    claim = tokens.sign(_SIGN_UP, used.id, used.used_at + SIGN_UP_LIFE_MS)
    return SignUpNeeded(claim, phone.masked, member.value if member is not None else None)


def _signed_in(token: str, member: Member, created_at: int) -> SignedIn:
    life = STAFF_SESSION_MS if in_force(member.grants, created_at) else VOLUNTEER_SESSION_MS
    return SignedIn(token, created_at + life, member)


def _opened_by(used: SentCode, submission: str, member: MemberItem, now_ms: int) -> SignedIn | None:
    """The session that this form opened before, if it still holds; our key may have changed in between."""
    for key_id in settings().secret_keys.ids:
        token = _session_token(used, submission, key_id)
        session = access.session(token_id(token))
        if session is not None and session.holds_for(member.value, now_ms):
            return _signed_in(token, member.value, session.created_at)
    return None


def _session_token(used: SentCode, submission: str, key_id: str | None = None) -> str:
    """256 bits nobody can guess: from our key and the code's random salt, so that the same form
    sent twice holds the same session while only its hash is stored."""
    said = "\x1f".join((used.id, used.salt, submission)).encode()
    raw = hmac.new(settings().secret_keys.derive("session", key_id), said, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
