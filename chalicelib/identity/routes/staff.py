"""Staff: what one may do here, roles, the street's own data, the audit log."""

from __future__ import annotations

from datetime import timedelta

from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.errors import DomainError
from chalicelib.identity import guard, service, views
from chalicelib.identity.service import Role, faults
from chalicelib.web.forms import Day, FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/grants", N_("角色授权"), Role.ADMIN, order=80)
guard.staff_link("/staff/street", N_("街道与社区"), Role.ADMIN, order=85)
guard.staff_link("/staff/log", N_("操作日志"), Role.ADMIN, order=90)


class GrantForm(FormBody, frozen=True, kw_only=True):
    member: Line = ""
    role: Line = ""
    scope: Line = ""
    last_day: Day
    reason: Line = ""


class ReasonForm(FormBody, frozen=True):
    reason: Line = ""


class StreetForm(FormBody, frozen=True):
    name: Line = ""
    contact_phone: Line = ""
    supervision_phone: Line = ""


class CommunityForm(FormBody, frozen=True):
    id: Line = ""
    community_name: Line = ""


_GRANT_FIELDS: dict[type[DomainError], str] = {
    faults.MemberUnknown: "member",
    faults.PhoneMissing: "member",
    faults.PhoneInvalid: "member",
    faults.PhoneIsLandline: "member",
    faults.PhoneForeign: "member",
    faults.RoleUnknown: "role",
    faults.ScopeInvalid: "scope",
    faults.CommunityUnknown: "scope",
    faults.GrantExists: "role",
    faults.GrantEndInvalid: "last_day",
    faults.ReasonMissing: "reason",
    faults.ReasonTooLong: "reason",
}
_GRANT_WRONG: tuple[type[DomainError], ...] = (*_GRANT_FIELDS, FormErrors)
_COMMUNITY_FIELDS: dict[type[DomainError], str] = {
    faults.CommunityIdInvalid: "id",
    faults.CommunityExists: "id",
    faults.NameMissing: "community_name",
    faults.NameTooLong: "community_name",
    faults.NameInvalid: "community_name",
}
_COMMUNITY_WRONG: tuple[type[DomainError], ...] = (*_COMMUNITY_FIELDS, FormErrors)
_NAMES = (faults.NameMissing, faults.NameTooLong, faults.NameInvalid)


@guard.page(bp, "/staff", needs=tuple(Role))
def start(request: Request) -> Result:
    actor = guard.actor(request)
    titles = views.scope_titles(service.communities(), guard.offered_scopes())
    return Page(
        "identity/staff.html",
        {"links": guard.staff_links(actor), "grants": views.grant_rows(actor.grants, titles, request.now_ms)},
    )


# --- roles -------------------------------------------------------------------------------------


@guard.page(bp, "/staff/grants", needs=Role.ADMIN)
def grants(request: Request) -> Result:
    in_a_year = clock.shanghai_day(request.now_ms) + timedelta(days=365)
    return _grants_page(request, FormView.start(last_day=in_a_year.isoformat()))


@guard.page(bp, "/staff/grants", methods=("POST",), needs=Role.ADMIN)
def grant(request: Request) -> Result:
    actor = guard.actor(request)
    try:
        form = read_form(request, GrantForm)
        service.grant_role(
            actor,
            service.find_member(actor, form.member).id,
            service.role_of(form.role),
            form.scope,
            ends_at=clock.day_start_ms(form.last_day + timedelta(days=1)),
            reason=form.reason,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except _GRANT_WRONG as error:
        shown = FormView.of(request, error, _GRANT_FIELDS.get(type(error), ""))
        return _grants_page(request, shown, status_of(error))
    return Redirect("/staff/grants")


@guard.page(bp, "/staff/grants/{member}/{id}/revoke", methods=("POST",), needs=Role.ADMIN)
def revoke(request: Request) -> Result:
    try:
        service.revoke_grant(
            guard.actor(request),
            request.params["member"],
            request.params["id"],
            reason=read_form(request, ReasonForm).reason,
            now_ms=request.now_ms,
        )
    except (faults.ReasonMissing, faults.ReasonTooLong, faults.LastAdministrator, FormErrors) as error:
        return _grants_page(request, FormView.of(request, error), status_of(error))
    return Redirect("/staff/grants")


# --- the street --------------------------------------------------------------------------------


@guard.page(bp, "/staff/street", needs=Role.ADMIN)
def street(_request: Request) -> Result:
    return _street_page(_street_form(), FormView())


@guard.page(bp, "/staff/street", methods=("POST",), needs=Role.ADMIN)
def set_up_street(request: Request) -> Result:
    try:
        form = read_form(request, StreetForm)
        service.set_up_street(
            name=form.name,
            contact_phone=form.contact_phone,
            supervision_phone=form.supervision_phone,
            by=guard.actor(request),
            now_ms=request.now_ms,
        )
    except (*_NAMES, FormErrors) as error:
        return _street_page(FormView.of(request, error, "name"), FormView(), status_of(error))
    return Redirect("/staff/street")


@guard.page(bp, "/staff/street/communities", methods=("POST",), needs=Role.ADMIN)
def add_community(request: Request) -> Result:
    try:
        form = read_form(request, CommunityForm)
        service.add_community(form.id, form.community_name, by=guard.actor(request), now_ms=request.now_ms)
    except _COMMUNITY_WRONG as error:
        shown = FormView.of(request, error, _COMMUNITY_FIELDS.get(type(error), ""))
        return _street_page(_street_form(), shown, status_of(error))
    return Redirect("/staff/street")


# --- the log -----------------------------------------------------------------------------------


@guard.page(bp, "/staff/log", needs=Role.ADMIN)
def log(request: Request) -> Result:
    asked = request.query.get("month", "")
    month = asked if len(asked) == 6 and asked.isdecimal() else clock.shanghai_month(request.now_ms)
    notes, more = service.notes_in(guard.actor(request), month, cursor=request.query.get("cursor", ""))
    names = service.names([id for note in notes for id in (note.by, note.subject)])
    titles = views.scope_titles(service.communities(), guard.offered_scopes())
    return Page("identity/log.html", {"notes": views.note_rows(notes, names, titles), "more": more, "month": month})


# --- parts -------------------------------------------------------------------------------------


def _grants_page(request: Request, form: FormView, status: int = 200) -> Page:
    titles = views.scope_titles(service.communities(), guard.offered_scopes())
    data = {
        "form": form,
        "staff": views.staff_rows(service.staff(guard.actor(request)), titles, request.now_ms),
        "roles": [(role.value, title) for role, title in views.ROLE_TITLES.items()],
        "scopes": list(titles.items()),
    }
    return Page("identity/grants.html", data, status=status)


def _street_form() -> FormView:
    found = service.contact()
    if found is None:
        return FormView()
    return FormView.start(name=found.name, contact_phone=found.contact_phone, supervision_phone=found.supervision_phone)


def _street_page(street: FormView, community: FormView, status: int = 200) -> Page:
    data = {"form": street, "new": community, "communities": service.communities()}
    return Page("identity/street.html", data, status=status)
