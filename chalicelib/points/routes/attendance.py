"""The coordinator and the people of an activity: the live list, "not here", closing, confirming."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.errors import DomainError
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.points.service import activities, attendance, faults
from chalicelib.points.service.attendance import Waiting
from chalicelib.points.views import pages
from chalicelib.web.forms import FormBody, FormErrors, FormView, read_form
from chalicelib.web.http import Fragment, Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/to-confirm", N_("忘记签退,待确认时长"), Role.COORDINATOR, order=12)


class FlagForm(FormBody, frozen=True):
    here: bool = False


class ConfirmForm(FormBody, frozen=True):
    hours: Annotated[int, Meta(ge=0, le=24)] = 0
    minutes: Annotated[int, Meta(ge=0, le=1500)] = 0


@guard.page(bp, "/staff/activities/{id}", needs=Role.COORDINATOR)
def manage(request: Request) -> Result:
    return Page("points/manage.html", _people(request))


@guard.page(bp, "/staff/activities/{id}/people", needs=Role.COORDINATOR)
def people(request: Request) -> Result:
    return Fragment("points/people.html", _people(request))


@guard.page(bp, "/staff/check-ins/{id}/flag", methods=("POST",), needs=Role.COORDINATOR)
def flag(request: Request) -> Result:
    form = read_form(request, FlagForm)
    of = attendance.flag_not_here(
        guard.actor(request), request.params["id"], now_ms=request.now_ms, here_after_all=form.here
    )
    return Redirect(f"/staff/activities/{of.activity_id}")


@guard.page(bp, "/staff/check-ins/{id}/close", methods=("POST",), needs=Role.COORDINATOR)
def close(request: Request) -> Result:
    of = attendance.close_for(
        guard.actor(request), request.params["id"], submission=request.submission, now_ms=request.now_ms
    )
    return Redirect(f"/staff/activities/{of.activity_id}")


@guard.page(bp, "/staff/to-confirm", needs=Role.COORDINATOR)
def to_confirm(request: Request) -> Result:
    return _to_confirm(request, FormView(), "")


@guard.page(bp, "/staff/check-ins/{id}/confirm", methods=("POST",), needs=Role.COORDINATOR)
def confirm(request: Request) -> Result:
    try:
        form = read_form(request, ConfirmForm)
        minutes = form.hours * 60 + form.minutes
        of = attendance.confirm(guard.actor(request), request.params["id"], minutes, now_ms=request.now_ms)
    except (FormErrors, faults.MinutesWrong) as error:
        return _to_confirm(request, FormView.of(request, error, "minutes"), request.params["id"], error)
    return Redirect("/staff/to-confirm", query={"community": of.community_id})


def _people(request: Request) -> dict[str, object]:
    actor, cursor = guard.actor(request), request.query.get("cursor", "")
    found, listed, more = attendance.people(actor, request.params["id"], cursor=cursor)
    return {
        "activity": found,
        "when": pages.when(found, request.lang),
        "state": pages.activity_state(found, request.now_ms),
        "shows_code": found.shows_code(request.now_ms),
        "manages": activities.is_coordinator(actor, found),
        "rows": [(one, pages.check_in_state(one.check_in)) for one in listed],
        "present": sum(1 for one in listed if one.check_in.state == "in"),
        "more": more,
        "me": actor.member_id,
    }


def _to_confirm(request: Request, form: FormView, wrong: str, error: DomainError | None = None) -> Page:
    actor = guard.actor(request)
    offered, wanted = activities.chosen(actor, Role.COORDINATOR, request.query.get("community", ""))
    listed: list[Waiting] = []
    more = ""
    if wanted:
        listed, more = attendance.to_confirm(actor, wanted, cursor=request.query.get("cursor", ""))
    data = {
        "rows": listed, "more": more, "community": wanted, "communities": offered, "form": form, "wrong": wrong,
        "me": actor.member_id,
    }  # fmt: skip
    return Page("points/to_confirm.html", data, status=status_of(error) if error else 200)
