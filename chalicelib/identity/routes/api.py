"""Signing in and oneself as JSON, for a mini-program or another client that keeps a token."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from chalice.app import Blueprint

from chalicelib.identity import guard, service, views
from chalicelib.identity.service import Actor, Member, SignedIn, SignUpNeeded
from chalicelib.web.forms import FormBody, Line, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)


class CodeBody(FormBody, frozen=True):
    phone: Line
    lang: Literal["zh", "en"] = "zh"


class CodeView(msgspec.Struct, frozen=True):
    """Times in ms."""

    code_id: str
    phone: str
    resend_at: int
    expires_at: int


class SessionBody(FormBody, frozen=True):
    code_id: Line
    code: Line


class SignUpBody(FormBody, frozen=True):
    claim: Annotated[str, msgspec.Meta(max_length=120)]
    name: Line = ""
    community_id: Line = ""
    agrees: bool = False


class GrantView(msgspec.Struct, frozen=True):
    role: str
    scope: str
    ends_at: int


class MemberView(msgspec.Struct, frozen=True):
    """Oneself. ``phone`` is masked."""

    id: str
    number: str
    name: str
    community_id: str
    phone: str
    grants: list[GrantView]


class SessionView(msgspec.Struct, frozen=True):
    """``token`` goes into ``Authorization: Bearer``; with ``sign_up_needed`` there is a ``claim`` instead,
    for POST /sign-up, and ``known`` says that only the privacy notice is to be agreed to."""

    status: Literal["signed_in", "sign_up_needed"]
    token: str = ""
    expires_at: int = 0
    member: MemberView | None = None
    claim: str = ""
    known: bool = False


class CommunityView(msgspec.Struct, frozen=True):
    id: str
    name: str


class StreetView(msgspec.Struct, frozen=True):
    name: str
    contact_phone: str
    supervision_phone: str
    communities: list[CommunityView]
    privacy_notice: str


_PHONE = ("phone_missing", "phone_invalid", "phone_is_landline", "phone_foreign")
_SENDING = ("code_too_soon", "codes_too_many", "sms_unavailable")
_TRYING = ("code_malformed", "code_wrong", "code_expired", "code_tries_used_up", "code_used", "code_unknown")
_SIGNING_UP = (
    "sign_up_expired", "token_malformed", "token_forged", "name_missing", "name_too_long", "name_invalid",
    "community_unknown", "consent_missing", "phone_taken",
)  # fmt: skip


@guard.api(bp, "GET", "/street", summary="The street and its communities", response=StreetView,
           errors=("street_not_set_up",))  # fmt: skip
def street(_request: Request) -> Result:
    found = service.street()
    communities = [CommunityView(one.id, one.name) for one in service.communities()]
    return Json(
        StreetView(found.name, found.contact_phone, found.supervision_phone, communities, service.NOTICE_VERSION)
    )


@guard.api(bp, "POST", "/sign-in/codes", summary="Send a one-time code by SMS", request=CodeBody,
           response=CodeView, status=201, errors=(*_PHONE, *_SENDING))  # fmt: skip
def send_code(request: Request) -> Result:
    body = read_json(request, CodeBody)
    sent = service.send_code(
        body.phone, submission=request.submission, now_ms=request.now_ms, ip=request.ip, lang=body.lang
    )
    return Json(CodeView(sent.id, sent.phone_masked, sent.resend_at, sent.expires_at), status=201)


@guard.api(bp, "POST", "/sessions", summary="Sign in with the code", request=SessionBody,
           response=SessionView, status=201, errors=_TRYING)  # fmt: skip
def open_session(request: Request) -> Result:
    body = read_json(request, SessionBody)
    opened = service.try_code(
        body.code_id,
        body.code,
        submission=request.submission,
        now_ms=request.now_ms,
        device=views.device(request.headers.get("user-agent", "")),
    )
    return Json(_session(opened, request.now_ms), status=201)


@guard.api(bp, "POST", "/sign-up", summary="Sign up with a proven phone", request=SignUpBody,
           response=SessionView, status=201, errors=_SIGNING_UP)  # fmt: skip
def sign_up(request: Request) -> Result:
    body = read_json(request, SignUpBody)
    opened = service.sign_up(
        body.claim,
        name=body.name,
        community_id=body.community_id,
        agrees=body.agrees,
        now_ms=request.now_ms,
        lang=request.lang,
        device=views.device(request.headers.get("user-agent", "")),
    )
    return Json(_session(opened, request.now_ms), status=201)


@guard.api(bp, "DELETE", "/session", summary="Sign out", response=None, needs="member")
def close_session(request: Request) -> Result:
    service.sign_out(guard.actor(request))
    return Json(None)


@guard.api(bp, "GET", "/me", summary="Oneself", response=MemberView, needs="member")
def me(request: Request) -> Result:
    actor = guard.actor(request)
    return Json(_member(service.member(actor.member_id), actor))


def _session(opened: SignedIn | SignUpNeeded, now_ms: int) -> SessionView:
    if isinstance(opened, SignUpNeeded):
        return SessionView("sign_up_needed", claim=opened.claim, known=opened.member is not None)
    actor = opened.member.as_actor("", now_ms)
    return SessionView("signed_in", opened.token, opened.expires_at, _member(opened.member, actor))


def _member(member: Member, actor: Actor) -> MemberView:
    grants = [GrantView(one.role.value, one.scope, one.ends_at) for one in actor.grants]
    return MemberView(member.id, member.number, member.name, member.community_id, member.phone_masked, grants)
