"""Sessions: who holds this token, and signing out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from chalicelib.errors import SignInNeeded
from chalicelib.identity.model.faults import SessionUnknown
from chalicelib.identity.model.roles import Actor
from chalicelib.identity.model.sessions import Session
from chalicelib.identity.store import access, people
from chalicelib.table import commit, fresh_reads

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[0-9a-f]{64}")


def token_id(token: str) -> str:
    """The id of the session that a token opens: all that is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(token: str, now_ms: int) -> Actor | None:
    """Who holds this session token, with the grants in force now; None when it opens nothing."""
    if not _TOKEN.fullmatch(token):
        return None
    session = access.session(token_id(token))
    read = people.member(session.member_id) if session is not None else None
    if session is None or read is None or not session.holds_for(read.value, now_ms):
        return None
    return read.value.as_actor(session.id, now_ms)


def sessions_of(actor: Actor, now_ms: int) -> list[Session]:
    """One's own sessions that still hold, newest first."""
    read = people.member(actor.member_id)
    if read is None:
        raise SignInNeeded()
    found = access.sessions_of(actor.member_id)
    return [session for session in found if session.holds_for(read.value, now_ms)]


def sign_out(actor: Actor) -> None:
    """End this session. Ending it twice is no error."""
    if actor.session_id:
        commit([access.session_delete(actor.session_id)])


def sign_out_session(actor: Actor, session_id: str) -> None:
    """End another of one's own sessions. Ending it twice is no error. Raises SessionUnknown."""
    if not _ID.fullmatch(session_id):
        raise SessionUnknown()
    found = access.session(session_id)
    if found is None:
        return
    if found.member_id != actor.member_id:
        raise SessionUnknown()
    commit([access.session_delete(session_id)])


@fresh_reads
def sign_out_everywhere(actor: Actor, now_ms: int) -> None:
    """Void every session of this member that began until now, exactly, listed or not."""
    read = people.member(actor.member_id)
    if read is None:
        raise SignInNeeded()
    commit(people.member_writes(replace(read.value, sessions_from=now_ms + 1), read))
