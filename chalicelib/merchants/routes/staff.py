"""Staff: applications, approvals, suspension, clerks."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib import clock
from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity import guard
from chalicelib.identity import service as identity
from chalicelib.identity.service import STREET, Role, community_scope, merchant_scope
from chalicelib.merchants import service, views
from chalicelib.merchants.service import Merchant, faults
from chalicelib.web.forms import Day, FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)

STAFF = (Role.COORDINATOR, Role.FUND_MANAGER, Role.APPROVER, Role.ADMIN)
guard.staff_link("/staff/merchants", N_("爱心商家"), *STAFF, order=40)
guard.staff_link("/till", N_("收银台"), Role.CLERK, order=5)
guard.offer_scopes(lambda: [(merchant_scope(one.id), one.name) for one in service.open_merchants()])


class ApplyForm(FormBody, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    community_id: Line
    place: Annotated[str, Meta(min_length=1, max_length=100)]
    phone: Annotated[str, Meta(max_length=20)] = ""


class ApproveForm(FormBody, frozen=True):
    agreement: Annotated[str, Meta(max_length=200)] = ""


class WhyForm(FormBody, frozen=True):
    why: Annotated[str, Meta(max_length=200)] = ""


class ClerkForm(FormBody, frozen=True, kw_only=True):
    phone: Line = ""
    last_day: Day
    reason: Line = ""


@guard.page(bp, "/staff/merchants", needs=STAFF)
def merchants(request: Request) -> Result:
    asked = request.query.get("status", "active")
    status = asked if asked in views.STATUSES else "active"
    found, more = service.merchants(guard.actor(request), status, cursor=request.query.get("cursor", ""))
    waiting, _ = service.merchants(guard.actor(request), "applied", limit=1)
    data = {
        "merchants": found,
        "more": more,
        "status": status,
        "statuses": list(views.STATUSES.items()),
        "waiting": bool(waiting) and status != "applied",
    }
    return Page("merchants/staff_list.html", data)


@guard.page(bp, "/staff/merchants/new", needs=STAFF)
def application(request: Request) -> Result:
    return _application_page(FormView())


@guard.page(bp, "/staff/merchants", methods=("POST",), needs=STAFF)
def apply(request: Request) -> Result:
    try:
        form = read_form(request, ApplyForm)
        made = service.apply(
            guard.actor(request),
            name=form.name,
            community_id=form.community_id,
            place=form.place,
            phone=form.phone,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except (FormErrors, faults.TextInvalid, identity.faults.CommunityUnknown, NotAllowed) as error:
        return _application_page(FormView.of(request, error), status_of(error))
    return Redirect(f"/staff/merchants/{made.id}")


@guard.page(bp, "/staff/merchants/{id}", needs=STAFF)
def merchant(request: Request) -> Result:
    return _merchant_page(request, service.merchant(request.params["id"]))


@guard.page(bp, "/staff/merchants/{id}/approve", methods=("POST",), needs=Role.APPROVER)
def approve(request: Request) -> Result:
    found = service.merchant(request.params["id"])
    try:
        agreement = read_form(request, ApproveForm).agreement
        service.approve(guard.actor(request), found.id, agreement=agreement, now_ms=request.now_ms)
    except (FormErrors, faults.AgreementMissing, faults.TextInvalid, faults.OwnApplication) as error:
        return _merchant_page(request, found, error, "agreement")
    return Redirect(f"/staff/merchants/{found.id}")


@guard.page(bp, "/staff/merchants/{id}/reject", methods=("POST",), needs=Role.APPROVER)
def reject(request: Request) -> Result:
    found = service.merchant(request.params["id"])
    try:
        why = read_form(request, WhyForm).why
        service.reject(guard.actor(request), found.id, why=why, now_ms=request.now_ms)
    except (FormErrors, faults.TextInvalid, faults.OwnApplication) as error:
        return _merchant_page(request, found, error, "why")
    return Redirect(f"/staff/merchants/{found.id}")


@guard.page(bp, "/staff/merchants/{id}/suspend", methods=("POST",), needs=STAFF)
def suspend(request: Request) -> Result:
    found = service.merchant(request.params["id"])
    try:
        why = read_form(request, WhyForm).why
        service.suspend(guard.actor(request), found.id, why=why, now_ms=request.now_ms)
    except (FormErrors, faults.TextInvalid) as error:
        return _merchant_page(request, found, error, "why")
    return Redirect(f"/staff/merchants/{found.id}")


@guard.page(bp, "/staff/merchants/{id}/resume", methods=("POST",), needs=Role.APPROVER)
def resume(request: Request) -> Result:
    done = service.resume(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    return Redirect(f"/staff/merchants/{done.id}")


_CLERK_FIELDS: dict[type[DomainError], str] = {
    identity.faults.MemberUnknown: "phone",
    identity.faults.PhoneMissing: "phone",
    identity.faults.PhoneInvalid: "phone",
    identity.faults.PhoneIsLandline: "phone",
    identity.faults.PhoneForeign: "phone",
    identity.faults.GrantExists: "phone",
    identity.faults.GrantEndInvalid: "last_day",
    identity.faults.ReasonMissing: "reason",
    identity.faults.ReasonTooLong: "reason",
}
_CLERK_WRONG: tuple[type[DomainError], ...] = (*_CLERK_FIELDS, FormErrors)


@guard.page(bp, "/staff/merchants/{id}/clerks", methods=("POST",), needs=Role.ADMIN)
def add_clerk(request: Request) -> Result:
    found = service.merchant(request.params["id"])
    try:
        form = read_form(request, ClerkForm)
        service.add_clerk(
            guard.actor(request),
            found.id,
            phone=form.phone,
            ends_at=clock.day_start_ms(form.last_day + timedelta(days=1)),
            reason=form.reason,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except _CLERK_WRONG as error:
        return _merchant_page(request, found, error, _CLERK_FIELDS.get(type(error), ""))
    return Redirect(f"/staff/merchants/{found.id}")


# --- parts -------------------------------------------------------------------------------------


def _application_page(form: FormView, status: int = 200) -> Page:
    communities = [(one.id, one.name) for one in identity.communities()]
    return Page("merchants/staff_apply.html", {"form": form, "communities": communities}, status=status)


def _merchant_page(request: Request, found: Merchant, error: DomainError | None = None, beside: str = "") -> Page:
    actor = guard.actor(request)
    offers, more = service.offers_of(actor, found.id, cursor=request.query.get("cursor", ""))
    in_a_year = clock.shanghai_day(request.now_ms) + timedelta(days=365)
    owed = service.owed(actor, found.id, now_ms=request.now_ms) if found.status in ("active", "suspended") else None
    names = identity.names([found.applied_by, *([found.decided_by] if found.decided_by else [])])
    form = FormView.of(request, error, beside) if error is not None else FormView.start(last_day=in_a_year.isoformat())
    data = {
        "merchant": found,
        "status": views.STATUSES[found.status],
        "applied_by": names.get(found.applied_by, ""),
        "decided_by": names.get(found.decided_by, ""),
        "may_decide": actor.may(Role.APPROVER, STREET) and found.applied_by != actor.member_id,
        "may_keep": actor.may(Role.COORDINATOR, community_scope(found.community_id))
        or actor.may(Role.FUND_MANAGER, STREET),
        "may_resume": actor.may(Role.APPROVER, STREET),
        "may_grant": actor.may(Role.ADMIN, STREET),
        "clerks": service.clerks(actor, found.id, request.now_ms),
        "offers": [views.offer_row(one.offer, one.stock, request.lang) for one in offers],
        "more": more,
        "points": [views.price(n, asset, request.lang) for asset, n in owed.points_centi.items()] if owed else [],
        "form": form,
    }
    return Page("merchants/staff_merchant.html", data, status=status_of(error) if error is not None else 200)
