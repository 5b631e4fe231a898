"""Route decorators: who asks, whether they may, and which submission this is.

A page::

    @guard.page(bp, "/activities/{id}", needs=Role.COORDINATOR)
    def show(request: Request) -> Result:
        actor = guard.actor(request)
        ...

    @guard.page(bp, "/activities/{id}/close", methods=("POST",), needs=Role.COORDINATOR)
    def close(request: Request) -> Result:
        service.close(guard.actor(request), request.params["id"], submission=request.submission, ...)
        return Redirect(...)

The template of the form says ``form_token("/activities/{id}/close")``: a form is named by the address
it is sent to, as it is written in the decorator. A JSON operation::

    @guard.api(bp, "POST", "/vouchers", summary="Reserve an offer", request=VoucherBody,
               response=VoucherView, needs="member", keyed=True, errors=("insufficient_points",))
    def issue(request: Request) -> Json: ...

``needs`` asks only whether the person holds the role at all; the service asks about the scope.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from chalice.app import Blueprint

from chalicelib import ids
from chalicelib.errors import NotAllowed, SignInNeeded
from chalicelib.identity.service import Actor, Role, actor_of, contact, faults
from chalicelib.web import http, pages
from chalicelib.web.http import Handler, Request
from chalicelib.web.request import BODY_LIMIT_BYTES

SESSION_COOKIE: Final = "linli_s"
Needs = Literal["member"] | Role | tuple[Role, ...] | None
"""Nobody in particular, any member, or a holder of (one of) these roles. The supervisor, who reads
everything, passes wherever GET asks for a role."""

_KEY = re.compile(r"[\x21-\x7e]{8,100}")


def page(
    bp: Blueprint,
    path: str,
    *,
    methods: tuple[str, ...] = ("GET",),
    needs: Needs = None,
    form: str = "",
    payments: bool = False,
    body_limit_bytes: int = BODY_LIMIT_BYTES,
) -> Callable[[Handler], Handler]:
    """Serve a page at ``path``. A POST must carry ``form_token(path)`` (or of ``form``); its ULID is in
    ``request.submission``. Without the session that ``needs`` asks for, the browser is led to
    /sign-in and back. ``payments``: on a donor's way, or speaks to Stripe (``web.routing.route``)."""

    def put(handler: Handler) -> Handler:
        for method in methods:
            claimed = "" if method == "GET" else form or path
            check = _page_guard(needs)
            put_at = http.route(
                bp, method, path, form=claimed, guard=check, payments=payments, body_limit_bytes=body_limit_bytes
            )
            put_at(handler)
        return handler

    return put


def api(
    bp: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    response: Any,
    request: Any = None,
    needs: Needs = None,
    keyed: bool = False,
    errors: tuple[str, ...] = (),
    status: int = 200,
    payments: bool = False,
) -> Callable[[Handler], Handler]:
    """Serve a JSON operation under /api/v1, for ``Authorization: Bearer <session token>`` and no cookie.

    ``keyed`` operations, all those that move money or points, must carry an ``Idempotency-Key``;
    ``request.submission`` is derived from it, the person and the address.
    """
    asks = "any of: " + ", ".join(needs) if isinstance(needs, tuple) else str(needs or "")
    codes = (*errors, faults.KeyMissing.code, faults.KeyInvalid.code) if keyed else errors
    return http.api_route(
        bp,
        method,
        path,
        summary=summary,
        response=response,
        request=request,
        errors=codes,
        auth=asks,
        status=status,
        keyed=keyed,
        guard=_api_guard(needs, keyed),
        payments=payments,
    )


def actor(request: Request) -> Actor:
    """Who asks. Raises SignInNeeded where nobody is signed in."""
    found = actor_or_none(request)
    if found is None:
        raise SignInNeeded()
    return found


def actor_or_none(request: Request) -> Actor | None:
    """Who asks, or None, for pages that anybody may see."""
    return request.actor if isinstance(request.actor, Actor) else None


# --- the staff's start page --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StaffLink:
    """A line on /staff: ``title`` is a Chinese message id; shown to holders of one of ``roles``."""

    path: str
    title: str
    roles: tuple[Role, ...]
    order: int


_staff_links: dict[str, StaffLink] = {}


def staff_link(path: str, title: str, *roles: Role, order: int = 50) -> None:
    """Put a line on /staff, when a folder's routes are imported; supervisors see every line."""
    _staff_links[path] = StaffLink(path, title, roles, order)


def staff_links(of: Actor) -> list[StaffLink]:
    """The lines that this person sees, in order."""
    seen = [link for link in _staff_links.values() if of.has(*link.roles, Role.SUPERVISOR)]
    return sorted(seen, key=lambda link: (link.order, link.path))


_scope_sources: list[Callable[[], list[tuple[str, str]]]] = []


def offer_scopes(source: Callable[[], list[tuple[str, str]]]) -> None:
    """Let a folder name what a role can be held over, as ``(scope, title)``: its merchants, its funds."""
    _scope_sources.append(source)


def offered_scopes() -> list[tuple[str, str]]:
    return [choice for source in _scope_sources for choice in source()]


# --- the checks --------------------------------------------------------------------------------


def _page_guard(needs: Needs) -> Callable[[Request], Request]:
    def check(request: Request) -> Request:
        found = actor_of(request.cookies.get(SESSION_COOKIE, ""), request.now_ms)
        _enforce(needs, found, request)
        return request.with_actor(found)

    return check


def _api_guard(needs: Needs, keyed: bool) -> Callable[[Request], Request]:
    def check(request: Request) -> Request:
        header = request.headers.get("authorization", "")
        kind, _, token = header.partition(" ")
        found = actor_of(token.strip(), request.now_ms) if kind.lower() == "bearer" else None
        if header and found is None:
            raise SignInNeeded()
        _enforce(needs, found, request)
        return replace(request.with_actor(found), submission=_submission(request, found, keyed))

    return check


def _enforce(needs: Needs, found: Actor | None, request: Request) -> None:
    if needs is None:
        return
    if found is None:
        raise SignInNeeded()
    if needs == "member":
        return
    roles = needs if isinstance(needs, tuple) else (Role(needs),)
    if request.method == "GET":
        roles = (*roles, Role.SUPERVISOR)
    if not found.has(*roles):
        raise NotAllowed(role=roles[0].value)


def _submission(request: Request, found: Actor | None, keyed: bool) -> str:
    """The same key from the same person at the same address is the same submission, for ever."""
    if request.method == "GET":
        return ""
    key = request.headers.get("idempotency-key", "")
    if not key:
        if keyed:
            raise faults.KeyMissing()
        return ids.ulid(request.now_ms)
    if not _KEY.fullmatch(key):
        raise faults.KeyInvalid()
    person = found.member_id if found is not None else ""
    moment = ids.ulid_ms(key) if ids.is_ulid(key) else 0
    return ids.derived_ulid(moment, "key", person, request.method, request.path, key)


def _street_name() -> str:
    found = contact()
    return found.name if found is not None else ""


http.identify_with(_page_guard(None))
pages.name_street_with(_street_name)
