"""Disbursements for staff: ask, decide, write down what the bank paid and what came back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.routes.care_actions import READS
from chalicelib.fund.service import care_actions, payments, setup
from chalicelib.fund.service import disbursements as service
from chalicelib.fund.service.disbursements import Disbursement, NewPayee
from chalicelib.fund.views import spending as views
from chalicelib.identity import guard
from chalicelib.identity.service import Role, fund_scope, names
from chalicelib.web.forms import Day, Fen, FormBody, FormView, Line, Note, read_form
from chalicelib.web.http import Page, Redirect, Request, Result

bp = Blueprint(__name__)
_LIST = "/staff/fund/disbursements"
_BESIDE = {
    "fund_pot_unknown": "pot",
    "fund_pot_closed": "pot",
    "fund_purpose_not_covered": "category",
    "fund_category_unknown": "category",
    "category_not_in_budget": "category",
    "budget_exceeded": "amount_fen",
    "spend_amount_invalid": "amount_fen",
    "payee_account_invalid": "payee_account",
    "payee_kind_unknown": "payee_kind",
    "member_unknown": "payee_number",
    "no_relation_not_declared": "no_relation",
    "paid_day_invalid": "on",
    "bank_serial_invalid": "serial",
    "bank_serial_used": "serial",
    "fund_bank_account_unknown": "account",
    "fund_bank_account_closed": "account",
}
Attempt = Annotated[int, Meta(ge=1, le=999)]


class RequestForm(FormBody, frozen=True, kw_only=True):
    care_action: Line = ""
    pot: Line = ""
    category: Line = ""
    amount_fen: Fen
    purpose: Note = ""
    payee_kind: Line = ""
    payee_name: Line = ""
    payee_bank: Line = ""
    payee_account: Line = ""
    payee_number: Line = ""
    related_numbers: Line = ""
    no_relation: bool = False


class ApproveForm(FormBody, frozen=True):
    no_relation: bool = False
    note: Note = ""


class ReasonForm(FormBody, frozen=True):
    reason: Note = ""


class PayForm(FormBody, frozen=True, kw_only=True):
    attempt: Attempt
    on: Day
    account: Line = ""
    serial: Line = ""
    evidence: Note = ""
    checked: bool = False


class BounceForm(FormBody, frozen=True, kw_only=True):
    attempt: Attempt
    on: Day
    serial: Line = ""
    reason: Note = ""


@guard.page(bp, "/staff/fund/disbursements", needs=READS)
def listed(request: Request) -> Result:
    actor = guard.actor(request)
    state = request.query.get("state", "requested")
    if state not in views.STATES:
        state = "requested"
    found, more = service.by_state(actor, state, cursor=request.query.get("cursor", ""))
    data = {
        "items": [(one, views.item_title(one)) for one in found],
        "more": more,
        "state": state,
        "states": views.STATES,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(setup.MAIN_FUND)),
    }
    return Page("fund/disbursements.html", data)


@guard.page(bp, "/staff/fund/disbursements/new", needs=Role.FUND_MANAGER)
def new(request: Request) -> Result:
    start = FormView.start(care_action=request.query.get("care_action", ""), payee_kind="organisation")
    return _new_page(request, start)


@guard.page(bp, "/staff/fund/disbursements/new", methods=("POST",), needs=Role.FUND_MANAGER)
def ask(request: Request) -> Result:
    try:
        form = read_form(request, RequestForm)
        payee_ids = service.member_ids_by_number(form.payee_number)
        made = service.request(
            guard.actor(request),
            pot_id=form.pot,
            category=form.category,
            amount_fen=form.amount_fen,
            purpose=form.purpose,
            payee=NewPayee(
                kind=form.payee_kind,
                name=form.payee_name,
                bank=form.payee_bank,
                account=form.payee_account,
                member_id=payee_ids[0] if payee_ids else "",
                related_ids=service.member_ids_by_number(form.related_numbers),
            ),
            no_relation=form.no_relation,
            submission=request.submission,
            now_ms=request.now_ms,
            care_action_id=form.care_action,
        )
    except MENDABLE as error:
        shown, status = asked_again(request, error, _BESIDE)
        return _new_page(request, shown, status)
    return Redirect(f"{_LIST}/{made.id}")


@guard.page(bp, "/staff/fund/disbursements/{id}", needs=READS)
def shown(request: Request) -> Result:
    return _detail_page(request, FormView())


@guard.page(bp, "/staff/fund/disbursements/{id}/approve", needs=Role.APPROVER)
def confirm(request: Request) -> Result:
    return _page(request, "fund/disbursement_approve.html", FormView())


@guard.page(bp, "/staff/fund/disbursements/{id}/approve", methods=("POST",), needs=Role.APPROVER)
def approve(request: Request) -> Result:
    try:
        form = read_form(request, ApproveForm)
        service.approve(
            guard.actor(request),
            request.params["id"],
            no_relation=form.no_relation,
            submission=request.submission,
            now_ms=request.now_ms,
            note=form.note,
        )
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _page(request, "fund/disbursement_approve.html", again, status)
    return _back(request)


@guard.page(bp, "/staff/fund/disbursements/{id}/reject", methods=("POST",), needs=Role.APPROVER)
def reject(request: Request) -> Result:
    return _ended(request, service.reject)


@guard.page(bp, "/staff/fund/disbursements/{id}/cancel", methods=("POST",), needs=Role.FUND_MANAGER)
def cancel(request: Request) -> Result:
    return _ended(request, service.cancel)


@guard.page(bp, "/staff/fund/disbursements/{id}/account", methods=("POST",), needs=Role.FUND_MANAGER)
def reveal(request: Request) -> Result:
    try:
        form = read_form(request, ReasonForm)
        number = service.reveal_account(
            guard.actor(request), request.params["id"], reason=form.reason, now_ms=request.now_ms
        )
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _detail_page(request, again, status)
    return _detail_page(request, FormView(), account=number)


@guard.page(bp, "/staff/fund/disbursements/{id}/pay", needs=Role.FUND_MANAGER)
def payment(request: Request) -> Result:
    return _page(request, "fund/disbursement_pay.html", FormView())


@guard.page(bp, "/staff/fund/disbursements/{id}/pay", methods=("POST",), needs=Role.FUND_MANAGER)
def pay(request: Request) -> Result:
    try:
        form = read_form(request, PayForm)
        if not form.checked:
            return _page(request, "fund/disbursement_pay.html", _unchecked(request), 422)
        payments.paid(
            guard.actor(request),
            request.params["id"],
            attempt=form.attempt,
            paid_on=form.on,
            bank_account_id=form.account,
            serial=form.serial,
            evidence=form.evidence,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _page(request, "fund/disbursement_pay.html", again, status)
    return _back(request)


@guard.page(bp, "/staff/fund/disbursements/{id}/bounce", needs=Role.FUND_MANAGER)
def bouncing(request: Request) -> Result:
    return _page(request, "fund/disbursement_bounce.html", FormView())


@guard.page(bp, "/staff/fund/disbursements/{id}/bounce", methods=("POST",), needs=Role.FUND_MANAGER)
def bounce(request: Request) -> Result:
    try:
        form = read_form(request, BounceForm)
        payments.bounced(
            guard.actor(request),
            request.params["id"],
            attempt=form.attempt,
            on=form.on,
            serial=form.serial,
            reason=form.reason,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _page(request, "fund/disbursement_bounce.html", again, status)
    return _back(request)


# --- parts -------------------------------------------------------------------------------------


def _back(request: Request) -> Redirect:
    return Redirect(f"{_LIST}/{request.params['id']}")


def _ended(request: Request, end: Callable[..., Disbursement]) -> Result:
    """Reject or cancel for a reason that must be given."""
    try:
        form = read_form(request, ReasonForm)
        end(guard.actor(request), request.params["id"], reason=form.reason, now_ms=request.now_ms)
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _detail_page(request, again, status)
    return _back(request)


def _unchecked(request: Request) -> FormView:
    values = {name: list(texts) for name, texts in request.form.items() if not name.startswith("_")}
    return FormView(values, {"checked": "请核对银行回单上的金额和收款方,再打勾确认。"})


def _new_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    asked_for = form.value("care_action")
    action = care_actions.care_action(actor, asked_for) if asked_for else None
    budget = [line.category for line in action.budget] if action is not None else None
    data = {
        "form": form,
        "action": action,
        "left": [(views.category_name(line.category), line.left_fen) for line in action.budget] if action else [],
        "pots": views.pot_options(setup.pots()),
        "categories": views.category_options(budget),
        "kinds": views.PAYEE_KINDS,
    }
    return Page("fund/disbursement_new.html", data, status=status)


def _detail_page(request: Request, form: FormView, status: int = 200, *, account: str = "") -> Page:
    return _page(request, "fund/disbursement.html", form, status, account=account)


def _page(request: Request, template: str, form: FormView, status: int = 200, *, account: str = "") -> Page:
    actor = guard.actor(request)
    found: Disbursement = service.disbursement(actor, request.params["id"])
    fund = setup.fund(found.fund_id)
    people = names({*views.people_in(found.steps), found.requested_by})
    data = {
        "item": found,
        "form": form,
        "account": account,
        "amounts": views.amounts(found.amount_fen),
        "category": views.category_name(found.category),
        "pot": setup.pot(found.pot_id),
        "state": views.STATES[found.state],
        "steps": views.step_rows(found.steps, people),
        "requester": people.get(found.requested_by, "—"),
        "accounts": views.account_options(fund),
        "labels": {one.id: one.label for one in fund.bank_accounts},
        "today": views.today(request.now_ms),
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(found.fund_id)),
        "approves": actor.may(Role.APPROVER, fund_scope(found.fund_id)),
        "decided": found.approval_of(actor.member_id) is not None,
        "is_requester": found.requested_by == actor.member_id,
    }
    return Page(template, data, status=status)
