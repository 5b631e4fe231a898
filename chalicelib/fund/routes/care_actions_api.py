"""Pots and care actions as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.care_actions import READS
from chalicelib.fund.service import care_actions, spending
from chalicelib.fund.service.care_actions import CareAction, spending_faults
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.web.forms import Fen, FormBody, Line, LongNote, Note, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)


class BudgetBody(FormBody, frozen=True):
    category: Line
    amount_fen: Fen


class CareActionBody(FormBody, frozen=True, kw_only=True):
    title: Line
    plan: LongNote
    starts_on: date
    ends_on: date
    budget: Annotated[list[BudgetBody], Meta(min_length=1, max_length=20)]
    aliases: Annotated[list[Line], Meta(max_length=200)] = []


class NoteBody(FormBody, frozen=True):
    note: Note = ""


class SignOffBody(FormBody, frozen=True):
    person_times: Annotated[int, Meta(ge=1, le=1_000_000)]
    note: Note
    evidence: Note = ""


class PotView(msgspec.Struct, frozen=True):
    """Amounts in fen; ``spendable_fen`` may be negative after a dispute."""

    id: str
    name: str
    source: str
    purposes: list[str]
    active: bool
    in_fen: int
    committed_fen: int
    spendable_fen: int


class PotsView(msgspec.Struct, frozen=True):
    pots: list[PotView]


class BudgetView(msgspec.Struct, frozen=True):
    category: str
    amount_fen: int
    asked_fen: int
    paid_fen: int


class CareActionView(msgspec.Struct, frozen=True):
    id: str
    title: str
    plan: str
    state: str
    starts_on: date
    ends_on: date
    budget: list[BudgetView]
    aliases: list[str]
    person_times: int
    planned_at: int
    signed_off_at: int


class CareActionsView(msgspec.Struct, frozen=True):
    items: list[CareActionView]
    cursor: str


_PLANNING: Final = (
    "budget_missing", "budget_category_twice", "plan_dates_invalid", "fund_category_unknown", "spend_amount_invalid",
    "alias_invalid", "aliases_too_many", "fund_text_missing", "fund_text_too_long", "form_sent_differently",
)  # fmt: skip


@guard.api(bp, "GET", "/fund/pots", summary="Pots and what they may still spend", response=PotsView, needs=READS)
def pots(request: Request) -> Result:
    found = spending.overview(guard.actor(request)).pots
    return Json(
        PotsView(
            [
                PotView(
                    id=one.pot.id,
                    name=one.pot.name,
                    source=one.pot.source,
                    purposes=list(one.pot.purposes),
                    active=one.pot.active,
                    in_fen=one.in_fen,
                    committed_fen=one.committed_fen,
                    spendable_fen=one.spendable_fen,
                )
                for one in found
            ]
        )
    )


@guard.api(bp, "GET", "/fund/care-actions",
           summary="Care actions, newest first; ?state= or ?month= of sign-off (yyyymm), ?cursor=",
           response=CareActionsView, needs=READS, errors=("bad_cursor",))  # fmt: skip
def list_care_actions(request: Request) -> Result:
    found, cursor = care_actions.care_actions(
        guard.actor(request),
        state=request.query.get("state", "")[:20],
        month=request.query.get("month", "")[:6],
        cursor=request.query.get("cursor", ""),
    )
    return Json(CareActionsView([_care_action(one) for one in found], cursor))


@guard.api(bp, "POST", "/fund/care-actions", summary="Plan a care action", request=CareActionBody,
           response=CareActionView, needs=Role.FUND_MANAGER, keyed=True, status=201, errors=_PLANNING)  # fmt: skip
def plan(request: Request) -> Result:
    body = read_json(request, CareActionBody)
    budget = {line.category: line.amount_fen for line in body.budget}
    if len(budget) != len(body.budget):
        raise spending_faults.BudgetTwice()
    made = care_actions.plan(
        guard.actor(request),
        title=body.title,
        plan_text=body.plan,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        budget=budget,
        aliases=tuple(body.aliases),
        submission=request.submission,
        now_ms=request.now_ms,
    )
    return Json(_care_action(made), status=201)


@guard.api(bp, "GET", "/fund/care-actions/{id}", summary="One care action", response=CareActionView, needs=READS,
           errors=("care_action_unknown",))  # fmt: skip
def read_care_action(request: Request) -> Result:
    return Json(_care_action(care_actions.care_action(guard.actor(request), request.params["id"])))


@guard.api(bp, "POST", "/fund/care-actions/{id}/approve", summary="Approve a plan", request=NoteBody,
           response=CareActionView, needs=Role.APPROVER,
           errors=("care_action_unknown", "care_action_not_open", "second_person_needed"))  # fmt: skip
def approve_plan(request: Request) -> Result:
    body = read_json(request, NoteBody)
    after = care_actions.approve_plan(guard.actor(request), request.params["id"], now_ms=request.now_ms, note=body.note)
    return Json(_care_action(after))


@guard.api(bp, "POST", "/fund/care-actions/{id}/sign-off", summary="Sign a care action off with its person-times",
           request=SignOffBody, response=CareActionView, needs=Role.APPROVER,
           errors=("care_action_unknown", "care_action_not_open", "care_action_has_open_requests",
                   "second_person_needed", "person_times_invalid"))  # fmt: skip
def sign_off(request: Request) -> Result:
    body = read_json(request, SignOffBody)
    after = care_actions.sign_off(
        guard.actor(request),
        request.params["id"],
        person_times=body.person_times,
        note=body.note,
        evidence=body.evidence,
        now_ms=request.now_ms,
    )
    return Json(_care_action(after))


def _care_action(of: CareAction) -> CareActionView:
    return CareActionView(
        id=of.id,
        title=of.title,
        plan=of.plan,
        state=of.state,
        starts_on=of.starts_on,
        ends_on=of.ends_on,
        budget=[BudgetView(line.category, line.amount_fen, line.asked_fen, line.paid_fen) for line in of.budget],
        aliases=list(of.aliases),
        person_times=of.person_times,
        planned_at=of.planned_at,
        signed_off_at=of.signed_off_at,
    )
