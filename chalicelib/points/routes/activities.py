"""Activities: what is coming, for everybody; opening one and showing its code, for the coordinator."""

from __future__ import annotations

from typing import Annotated, Literal

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib import clock
from chalicelib.errors import DomainError
from chalicelib.identity import guard
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from chalicelib.points.service import Activity, Draft, Shown, faults, rule_sheets
from chalicelib.points.service import activities as use
from chalicelib.points.views import pages
from chalicelib.web.forms import Day, FormBody, FormErrors, FormView, Line, Note, read_form
from chalicelib.web.http import Fragment, Page, Redirect, Request, Result
from chalicelib.web.i18n import N_, translate
from chalicelib.web.mistakes import WrongPattern
from chalicelib.web.navigation import home_link
from chalicelib.web.qr import qr_svg
from chalicelib.web.respond import status_of
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)
home_link("/activities", N_("志愿活动"), N_("近期活动,扫码签到"), order=20)
guard.staff_link("/staff/activities", N_("活动与签到"), Role.COORDINATOR, order=10)

TimeOfDay = Annotated[str, Meta(pattern="^([01]?[0-9]|2[0-3])[:：][0-5][0-9]$")]


class ActivityForm(FormBody, frozen=True, kw_only=True):
    community_id: Line
    category: Line
    name: Line
    place: Line
    content: Note
    organisation: Line
    day: Day
    starts: TimeOfDay
    ends: TimeOfDay
    capacity: int


class StateForm(FormBody, frozen=True):
    state: Literal["open", "closed", "cancelled"]


_FIELDS: dict[type[DomainError], str] = {
    identity.faults.CommunityUnknown: "community_id",
    faults.CategoryUnknown: "category",
    faults.ActivityTimesWrong: "ends",
    faults.CapacityWrong: "capacity",
}
_WRONG: tuple[type[DomainError], ...] = (
    *_FIELDS,
    FormErrors,
    faults.ActivityTextMissing,
    faults.ActivityTextTooLong,
    faults.SheetMissing,
)


@guard.page(bp, "/activities")
def coming(request: Request) -> Result:
    community_id = request.query.get("community", "")
    listed, more = use.coming(community_id=community_id, now_ms=request.now_ms, cursor=request.query.get("cursor", ""))
    data = {
        "rows": [(one, pages.when(one, request.lang), pages.activity_state(one, request.now_ms)) for one in listed],
        "more": more,
        "community": community_id,
        "communities": identity.communities(),
    }
    return Page("points/activities.html", data)


@guard.page(bp, "/activities/{id}")
def show(request: Request) -> Result:
    found = use.get(request.params["id"])
    return Page(
        "points/activity.html",
        {
            "activity": found,
            "when": pages.when(found, request.lang),
            "state": pages.activity_state(found, request.now_ms),
            "category": _category(found),
            "manages": use.is_coordinator(guard.actor_or_none(request), found),
        },
    )


@guard.page(bp, "/staff/activities", needs=Role.COORDINATOR)
def mine(request: Request) -> Result:
    actor = guard.actor(request)
    offered, wanted = use.chosen(actor, Role.COORDINATOR, request.query.get("community", ""))
    if not wanted:
        return Page("points/staff_activities.html", {"rows": [], "more": "", "community": "", "communities": []})
    listed, more = use.of_community(actor, wanted, cursor=request.query.get("cursor", ""))
    data = {
        "rows": [(one, pages.when(one, request.lang), pages.activity_state(one, request.now_ms)) for one in listed],
        "more": more,
        "community": wanted,
        "communities": offered,
    }
    return Page("points/staff_activities.html", data)


@guard.page(bp, "/staff/activities/new", needs=Role.COORDINATOR)
def new(request: Request) -> Result:
    _, own = use.chosen(guard.actor(request), Role.COORDINATOR, "")
    today = f"{clock.shanghai_day(request.now_ms)}"
    return _form_page(request, FormView.start(capacity="30", day=today, community_id=own))


@guard.page(bp, "/staff/activities/new", methods=("POST",), needs=Role.COORDINATOR)
def create(request: Request) -> Result:
    try:
        form = read_form(request, ActivityForm)
        made = use.create(guard.actor(request), _draft(form), submission=request.submission, now_ms=request.now_ms)
    except _WRONG as error:
        beside = _FIELDS.get(type(error), str(error.fields.get("field", "")))
        return _form_page(request, FormView.of(request, error, beside), status_of(error))
    return Redirect(f"/staff/activities/{made.id}")


@guard.page(bp, "/staff/activities/{id}/screen", needs=Role.COORDINATOR)
def screen(request: Request) -> Result:
    found, shown = use.shown_code(guard.actor(request), request.params["id"], request.now_ms)
    return Page("points/screen.html", _code_data(request, found, shown))


@guard.page(bp, "/staff/activities/{id}/code", needs=Role.COORDINATOR)
def code(request: Request) -> Result:
    found, shown = use.shown_code(guard.actor(request), request.params["id"], request.now_ms)
    return Fragment("points/screen_code.html", _code_data(request, found, shown))


@guard.page(bp, "/staff/activities/{id}/state", methods=("POST",), needs=Role.COORDINATOR)
def turn(request: Request) -> Result:
    form = read_form(request, StateForm)
    found = use.turn(guard.actor(request), request.params["id"], form.state, now_ms=request.now_ms)
    return Redirect(f"/staff/activities/{found.id}")


def _code_data(request: Request, found: Activity, shown: Shown) -> dict[str, object]:
    address = absolute(request, f"/q/{shown.token}")
    label = translate(request.lang, N_("签到和签退二维码"))
    return {
        "activity": found,
        "qr": qr_svg(address, label),
        "address": address,
        "digits": f"{shown.digits[:3]} {shown.digits[3:]}",
        "left_ms": shown.left_ms + 200,
        "over": found.is_over(request.now_ms),
    }


def _draft(form: ActivityForm) -> Draft:
    """Raises FormErrors."""
    midnight = clock.day_start_ms(form.day)
    return Draft(
        community_id=form.community_id,
        category=form.category,
        name=form.name,
        place=form.place,
        content=form.content,
        organisation=form.organisation,
        starts_at=midnight + _minutes(form.starts, "starts") * 60_000,
        ends_at=midnight + _minutes(form.ends, "ends") * 60_000,
        capacity=form.capacity,
    )


def _minutes(text: str, field: str) -> int:
    hours, colon, minutes = text.replace("：", ":").partition(":")
    if not colon:
        raise FormErrors({field: WrongPattern()})
    return int(hours) * 60 + int(minutes)


def _form_page(request: Request, form: FormView, status: int = 200) -> Page:
    communities = use.communities(guard.actor(request), Role.COORDINATOR)
    sheet = rule_sheets.on(clock.shanghai_day(request.now_ms))
    data = {
        "form": form,
        "communities": [(one.id, one.name) for one in communities],
        "categories": [(line.category, line.name) for line in sheet.lines],
    }
    return Page("points/activity_form.html", data, status=status)


def _category(found: Activity) -> str:
    try:
        return rule_sheets.on(clock.shanghai_day(found.starts_at)).line(found.category).name
    except (faults.SheetMissing, faults.CategoryUnknown):
        return found.category
