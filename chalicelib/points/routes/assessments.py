"""Assessors: what waits, and scoring one service."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib import clock
from chalicelib.errors import DomainError
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.points.service import activities, assessments, faults
from chalicelib.points.views import pages
from chalicelib.points.views.explanations import explain
from chalicelib.web.format import milli
from chalicelib.web.forms import FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/assessments", N_("服务评价"), Role.ASSESSOR, order=15)


class AssessForm(FormBody, frozen=True, kw_only=True):
    number: Annotated[int, Meta(ge=1, le=9999)]
    grade: Line
    minutes: Annotated[int, Meta(ge=0, le=1500)] | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


_FIELDS: dict[type[DomainError], str] = {
    faults.GradeUnknown: "grade",
    faults.MinutesWrong: "minutes",
    faults.ReasonNeeded: "reason",
    faults.ReasonTooLong: "reason",
}
_WRONG: tuple[type[DomainError], ...] = (*_FIELDS, FormErrors)


@guard.page(bp, "/staff/assessments", needs=Role.ASSESSOR)
def waiting(request: Request) -> Result:
    actor = guard.actor(request)
    offered, wanted = activities.chosen(actor, Role.ASSESSOR, request.query.get("community", ""))
    data: dict[str, object] = {"rows": [], "more": "", "overdue": 0, "community": wanted, "communities": offered}
    if wanted:
        data["rows"], data["more"] = assessments.to_assess(actor, wanted, cursor=request.query.get("cursor", ""))
        data["overdue"] = assessments.overdue(actor, wanted, now_ms=request.now_ms)
    data["today"] = f"{clock.shanghai_day(request.now_ms):%Y%m%d}"
    data["me"] = actor.member_id
    return Page("points/to_assess.html", data)


@guard.page(bp, "/staff/assessments/{id}", needs=Role.ASSESSOR)
def show(request: Request) -> Result:
    return _case_page(request, FormView())


@guard.page(bp, "/staff/assessments/{id}", methods=("POST",), needs=Role.ASSESSOR)
def assess(request: Request) -> Result:
    try:
        form = read_form(request, AssessForm)
        assessments.assess(
            guard.actor(request),
            request.params["id"],
            number=form.number,
            grade=form.grade,
            minutes=form.minutes,
            reason=form.reason,
            now_ms=request.now_ms,
        )
    except _WRONG as error:
        return _case_page(request, FormView.of(request, error, _FIELDS.get(type(error), "")), status_of(error))
    return Redirect(f"/staff/assessments/{request.params['id']}", query={"done": "1"})


def _case_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    case = assessments.case(actor, request.params["id"])
    of = case.waiting.check_in
    return Page(
        "points/assess.html",
        {
            "case": case,
            "of": of,
            "activity": case.waiting.activity,
            "when": pages.when(case.waiting.activity, request.lang),
            "state": pages.check_in_state(of),
            "grades": [(grade.code, grade.name, f"× {milli(grade.milli)}") for grade in case.sheet.grades],
            "history": [(one, explain(one, request.lang)) for one in case.history],
            "done": request.query.get("done") == "1",
            "own": of.member_id == actor.member_id,
            "form": form,
        },
        status=status,
    )
