"""One's own account: what is kept, and where one is signed in."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.identity import guard, service, views
from chalicelib.web.http import Cookie, Page, Redirect, Request, Result

bp = Blueprint(__name__)


@guard.page(bp, "/me/account", needs="member")
def account(request: Request) -> Result:
    actor = guard.actor(request)
    member = service.member(actor.member_id)
    titles = views.scope_titles(service.communities(), guard.offered_scopes() if actor.is_staff else [])
    return Page(
        "identity/account.html",
        {
            "member": member,
            "number": views.grouped(member.number),
            "community": titles.get(f"community:{member.community_id}", ""),
            "grants": views.grant_rows(actor.grants, titles, request.now_ms),
            "sessions": views.session_rows(service.sessions_of(actor, request.now_ms), actor.session_id),
        },
    )


@guard.page(bp, "/me/account/sessions/{id}/end", methods=("POST",), needs="member")
def end_session(request: Request) -> Result:
    service.sign_out_session(guard.actor(request), request.params["id"])
    return Redirect("/me/account")


@guard.page(bp, "/me/account/sign-out-everywhere", methods=("POST",), needs="member")
def sign_out_everywhere(request: Request) -> Result:
    service.sign_out_everywhere(guard.actor(request), request.now_ms)
    return Redirect("/", cookies=(Cookie(guard.SESSION_COOKIE, "", 0),))
