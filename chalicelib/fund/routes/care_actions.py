"""Care actions 关爱行动 and the fund's overview, for staff."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.service import care_actions as service
from chalicelib.fund.service import disbursements, setup, spending
from chalicelib.fund.service.care_actions import CareAction
from chalicelib.fund.views import spending as views
from chalicelib.identity import guard
from chalicelib.identity.service import Role, fund_scope, names
from chalicelib.web.forms import Day, Fen, FormBody, FormView, Line, LongNote, Note, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_

bp = Blueprint(__name__)
READS = (Role.FUND_MANAGER, Role.APPROVER)
guard.staff_link("/staff/fund", N_("基金与支出"), *READS, order=20)
_SLUGS = [slug for slug, _ in views.category_options()]


class _PlanForm(FormBody, frozen=True, kw_only=True):
    title: Line = ""
    plan: LongNote = ""
    starts_on: Day
    ends_on: Day
    alias: LongNote = ""


# One field for each category that money may be asked for.
PlanForm = msgspec.defstruct(
    "PlanForm",
    [(views.budget_field(slug), Fen | None, None) for slug in _SLUGS],
    bases=(_PlanForm,),
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)


class AliasForm(FormBody, frozen=True):
    alias: LongNote = ""


class NoteForm(FormBody, frozen=True):
    note: Note = ""


class ReasonForm(FormBody, frozen=True):
    reason: Note = ""


class SignOffForm(FormBody, frozen=True):
    person_times: Annotated[int, Meta(ge=0, le=10_000_000)]
    note: Note = ""
    evidence: Note = ""


@guard.page(bp, "/staff/fund", needs=READS)
def overview(request: Request) -> Result:
    actor = guard.actor(request)
    found = spending.overview(actor)
    data = {
        "overview": found,
        "fund": setup.fund(),
        "missing": views.missing_facts(setup.fund()),
        "to_approve": [(one, views.item_title(one)) for one in found.to_approve],
        "to_pay": [(one, views.item_title(one)) for one in found.to_pay],
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(setup.MAIN_FUND)),
    }
    return Page("fund/overview.html", data)


@guard.page(bp, "/staff/fund/care-actions", needs=READS)
def listed(request: Request) -> Result:
    actor = guard.actor(request)
    state = request.query.get("state", "")
    if state not in views.CARE_STATES or state == "signed_off":
        state = ""
    found, more = service.care_actions(actor, state=state, cursor=request.query.get("cursor", ""))
    data = {
        "actions": found,
        "more": more,
        "state": state,
        "states": views.CARE_STATES,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(setup.MAIN_FUND)),
    }
    return Page("fund/care_actions.html", data)


@guard.page(bp, "/staff/fund/care-actions/new", needs=Role.FUND_MANAGER)
def new(_request: Request) -> Result:
    return _new_page(FormView())


@guard.page(bp, "/staff/fund/care-actions/new", methods=("POST",), needs=Role.FUND_MANAGER)
def plan(request: Request) -> Result:
    try:
        form: Any = read_form(request, PlanForm)
        budget = {slug: getattr(form, views.budget_field(slug)) for slug in _SLUGS}
        made = service.plan(
            guard.actor(request),
            title=form.title,
            plan_text=form.plan,
            starts_on=form.starts_on,
            ends_on=form.ends_on,
            budget={slug: amount for slug, amount in budget.items() if amount is not None},
            aliases=tuple(form.alias.splitlines()),
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        beside = {"plan_dates_invalid": "ends_on", "alias_invalid": "alias", "aliases_too_many": "alias"}
        shown, status = asked_again(request, error, beside)
        return _new_page(shown, status)
    return Redirect(f"/staff/fund/care-actions/{made.id}")


@guard.page(bp, "/staff/fund/care-actions/{id}", needs=READS)
def shown(request: Request) -> Result:
    return _detail_page(request, FormView())


@guard.page(bp, "/staff/fund/care-actions/{id}/approve", needs=Role.APPROVER)
def confirm_plan(request: Request) -> Result:
    return _confirm_page(request, FormView())


@guard.page(bp, "/staff/fund/care-actions/{id}/approve", methods=("POST",), needs=Role.APPROVER)
def approve_plan(request: Request) -> Result:
    try:
        form = read_form(request, NoteForm)
        service.approve_plan(guard.actor(request), request.params["id"], now_ms=request.now_ms, note=form.note)
    except MENDABLE as error:
        form_shown, status = asked_again(request, error, {})
        return _confirm_page(request, form_shown, status)
    return _back(request)


@guard.page(bp, "/staff/fund/care-actions/{id}/start", methods=("POST",), needs=Role.FUND_MANAGER)
def start(request: Request) -> Result:
    service.start(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    return _back(request)


@guard.page(bp, "/staff/fund/care-actions/{id}/aliases", methods=("POST",), needs=Role.FUND_MANAGER)
def name_beneficiaries(request: Request) -> Result:
    try:
        form = read_form(request, AliasForm)
        aliases = tuple(form.alias.splitlines())
        service.name_beneficiaries(guard.actor(request), request.params["id"], aliases, now_ms=request.now_ms)
    except MENDABLE as error:
        form_shown, status = asked_again(request, error, {"alias_invalid": "alias", "aliases_too_many": "alias"})
        return _detail_page(request, form_shown, status)
    return _back(request)


@guard.page(bp, "/staff/fund/care-actions/{id}/cancel", methods=("POST",), needs=Role.FUND_MANAGER)
def cancel(request: Request) -> Result:
    try:
        form = read_form(request, ReasonForm)
        service.cancel(guard.actor(request), request.params["id"], reason=form.reason, now_ms=request.now_ms)
    except MENDABLE as error:
        form_shown, status = asked_again(request, error, {})
        return _detail_page(request, form_shown, status)
    return _back(request)


@guard.page(bp, "/staff/fund/care-actions/{id}/sign-off", needs=Role.APPROVER)
def confirm_sign_off(request: Request) -> Result:
    return _sign_off_page(request, FormView())


@guard.page(bp, "/staff/fund/care-actions/{id}/sign-off", methods=("POST",), needs=Role.APPROVER)
def sign_off(request: Request) -> Result:
    try:
        form = read_form(request, SignOffForm)
        service.sign_off(
            guard.actor(request),
            request.params["id"],
            person_times=form.person_times,
            note=form.note,
            evidence=form.evidence,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        form_shown, status = asked_again(request, error, {"person_times_invalid": "person_times"})
        return _sign_off_page(request, form_shown, status)
    return _back(request)


# --- parts -------------------------------------------------------------------------------------


def _back(request: Request) -> Redirect:
    return Redirect(f"/staff/fund/care-actions/{request.params['id']}")


def _read(request: Request) -> CareAction:
    return service.care_action(guard.actor(request), request.params["id"])


def _new_page(form: FormView, status: int = 200) -> Page:
    budget = [(views.budget_field(slug), name) for slug, name in views.category_options()]
    return Page("fund/care_action_new.html", {"form": form, "budget": budget}, status=status)


def _detail_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor, action = guard.actor(request), _read(request)
    asked, more = disbursements.of_care_action(actor, action.id, cursor=request.query.get("cursor", ""))
    data = {
        "action": action,
        "form": form if form.values else replace(form, values={"alias": ["\n".join(action.aliases)]}),
        "state": views.CARE_STATES[action.state],
        "budget": views.budget_rows(action),
        "steps": views.step_rows(action.steps, names(views.people_in(action.steps))),
        "asked": [(one, views.item_title(one), views.STATES[one.state]) for one in asked],
        "more": more,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(action.fund_id)),
        "approves": actor.may(Role.APPROVER, fund_scope(action.fund_id)),
    }
    return Page("fund/care_action.html", data, status=status)


def _confirm_page(request: Request, form: FormView, status: int = 200) -> Page:
    action = _read(request)
    data = {
        "action": action,
        "form": form,
        "amounts": views.amounts(action.budget_fen),
        "budget": views.budget_rows(action),
        "planner": names({action.planned_by}).get(action.planned_by, "—"),
    }
    return Page("fund/care_action_approve.html", data, status=status)


def _sign_off_page(request: Request, form: FormView, status: int = 200) -> Page:
    action = _read(request)
    data = {"action": action, "form": form, "amounts": views.amounts(action.paid_fen)}
    return Page("fund/care_action_sign_off.html", data, status=status)
