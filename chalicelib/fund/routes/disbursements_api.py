"""Disbursements as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.care_actions import READS
from chalicelib.fund.service import disbursements, payments
from chalicelib.fund.service.disbursements import Disbursement, NewPayee
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.web.forms import Fen, FormBody, Line, Note, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)
Attempt = Annotated[int, Meta(ge=1, le=999)]


class SpendingReasonBody(FormBody, frozen=True):
    reason: Note


class PayeeBody(FormBody, frozen=True, kw_only=True):
    """``number`` is the payee's volunteer number, if they have one; ``related_numbers`` those of members
    who are related to the payee."""

    kind: Line
    name: Line
    bank: Line
    account: Line
    number: Line = ""
    related_numbers: Annotated[list[Line], Meta(max_length=20)] = []


class DisbursementBody(FormBody, frozen=True, kw_only=True):
    """``no_relation``: the requester declares to have no relation to the payee."""

    pot: Line
    category: Line
    amount_fen: Fen
    purpose: Note
    payee: PayeeBody
    no_relation: bool
    care_action: Line = ""


class ApprovalBody(FormBody, frozen=True):
    no_relation: bool
    note: Note = ""


class PaymentBody(FormBody, frozen=True, kw_only=True):
    """As the bank's statement shows it. ``attempt`` is ``next_attempt`` of the disbursement that was read."""

    attempt: Attempt
    paid_on: date
    bank_account: Line
    serial: Line
    evidence: Note = ""


class BounceBody(FormBody, frozen=True, kw_only=True):
    attempt: Attempt
    bounced_on: date
    serial: Line
    reason: Note


class PaymentView(msgspec.Struct, frozen=True):
    attempt: int
    paid_on: date
    bank_account: str
    serial: str
    bounced_on: date | None


class DisbursementView(msgspec.Struct, frozen=True):
    """The payee's name is masked where it is a person, the account number always."""

    id: str
    state: str
    pot: str
    category: str
    amount_fen: int
    purpose: str
    care_action: str
    payee_kind: str
    payee_name: str
    payee_account: str
    requested_at: int
    approvals: int
    approvals_needed: int
    next_attempt: int
    payments: list[PaymentView]


class DisbursementsView(msgspec.Struct, frozen=True):
    items: list[DisbursementView]
    cursor: str


_ASKING: Final = (
    "fund_pot_unknown", "fund_pot_closed", "fund_category_unknown", "fund_purpose_not_covered",
    "care_action_unknown", "care_action_not_open", "category_not_in_budget", "budget_exceeded",
    "pot_of_another_fund", "spend_amount_invalid", "payee_kind_unknown", "payee_account_invalid",
    "fund_text_missing", "fund_text_too_long", "related_party", "no_relation_not_declared", "member_unknown",
    "form_sent_differently",
)  # fmt: skip
_PAYING: Final = (
    "already_paid", "disbursement_not_open", "payment_attempt_unknown", "second_person_needed", "related_party",
    "paid_day_invalid", "fund_bank_account_unknown", "fund_bank_account_closed", "bank_serial_invalid",
    "bank_serial_used",
)  # fmt: skip


@guard.api(bp, "GET", "/fund/disbursements", summary="Disbursements of a state, newest first; ?state=, ?cursor=",
           response=DisbursementsView, needs=READS, errors=("bad_cursor",))  # fmt: skip
def list_disbursements(request: Request) -> Result:
    found, cursor = disbursements.by_state(
        guard.actor(request),
        request.query.get("state", "requested")[:20],
        cursor=request.query.get("cursor", ""),
    )
    return Json(DisbursementsView([_disbursement(one) for one in found], cursor))


@guard.api(bp, "POST", "/fund/disbursements", summary="Ask for a disbursement", request=DisbursementBody,
           response=DisbursementView, needs=Role.FUND_MANAGER, keyed=True, status=201, errors=_ASKING)  # fmt: skip
def ask(request: Request) -> Result:
    body = read_json(request, DisbursementBody)
    payee = body.payee
    payee_ids = disbursements.member_ids_by_number(payee.number)
    made = disbursements.request(
        guard.actor(request),
        pot_id=body.pot,
        category=body.category,
        amount_fen=body.amount_fen,
        purpose=body.purpose,
        payee=NewPayee(
            kind=payee.kind,
            name=payee.name,
            bank=payee.bank,
            account=payee.account,
            member_id=payee_ids[0] if payee_ids else "",
            related_ids=disbursements.member_ids_by_number(" ".join(payee.related_numbers)),
        ),
        no_relation=body.no_relation,
        submission=request.submission,
        now_ms=request.now_ms,
        care_action_id=body.care_action,
    )
    return Json(_disbursement(made), status=201)


@guard.api(bp, "GET", "/fund/disbursements/{id}", summary="One disbursement", response=DisbursementView, needs=READS,
           errors=("disbursement_unknown",))  # fmt: skip
def read_disbursement(request: Request) -> Result:
    return Json(_disbursement(disbursements.disbursement(guard.actor(request), request.params["id"])))


@guard.api(bp, "POST", "/fund/disbursements/{id}/approve", summary="Approve; the last approval reserves the amount",
           request=ApprovalBody, response=DisbursementView, needs=Role.APPROVER, keyed=True,
           errors=("disbursement_unknown", "already_approved", "disbursement_not_open", "second_person_needed",
                   "related_party", "no_relation_not_declared", "pot_cannot_cover"))  # fmt: skip
def approve(request: Request) -> Result:
    body = read_json(request, ApprovalBody)
    after = disbursements.approve(
        guard.actor(request),
        request.params["id"],
        no_relation=body.no_relation,
        submission=request.submission,
        now_ms=request.now_ms,
        note=body.note,
    )
    return Json(_disbursement(after))


@guard.api(bp, "POST", "/fund/disbursements/{id}/reject", summary="Refuse a request", request=SpendingReasonBody,
           response=DisbursementView, needs=Role.APPROVER,
           errors=("disbursement_unknown", "disbursement_not_open", "second_person_needed"))  # fmt: skip
def reject(request: Request) -> Result:
    body = read_json(request, SpendingReasonBody)
    after = disbursements.reject(guard.actor(request), request.params["id"], reason=body.reason, now_ms=request.now_ms)
    return Json(_disbursement(after))


@guard.api(bp, "POST", "/fund/disbursements/{id}/cancel", summary="Take a request back before it is paid",
           request=SpendingReasonBody, response=DisbursementView, needs=Role.FUND_MANAGER,
           errors=("disbursement_unknown", "disbursement_not_open", "already_paid"))  # fmt: skip
def cancel(request: Request) -> Result:
    body = read_json(request, SpendingReasonBody)
    after = disbursements.cancel(guard.actor(request), request.params["id"], reason=body.reason, now_ms=request.now_ms)
    return Json(_disbursement(after))


@guard.api(bp, "POST", "/fund/disbursements/{id}/pay", summary="Write down that the bank has paid",
           request=PaymentBody, response=DisbursementView, needs=Role.FUND_MANAGER, keyed=True,
           errors=("disbursement_unknown", *_PAYING))  # fmt: skip
def pay(request: Request) -> Result:
    body = read_json(request, PaymentBody)
    after = payments.paid(
        guard.actor(request),
        request.params["id"],
        attempt=body.attempt,
        paid_on=body.paid_on,
        bank_account_id=body.bank_account,
        serial=body.serial,
        evidence=body.evidence,
        now_ms=request.now_ms,
    )
    return Json(_disbursement(after))


@guard.api(bp, "POST", "/fund/disbursements/{id}/bounce", summary="Write down that a payment came back",
           request=BounceBody, response=DisbursementView, needs=Role.FUND_MANAGER, keyed=True,
           errors=("disbursement_unknown", "disbursement_not_open", "payment_attempt_unknown", "paid_day_invalid",
                   "bank_serial_invalid", "bank_serial_used"))  # fmt: skip
def bounce(request: Request) -> Result:
    body = read_json(request, BounceBody)
    after = payments.bounced(
        guard.actor(request),
        request.params["id"],
        attempt=body.attempt,
        on=body.bounced_on,
        serial=body.serial,
        reason=body.reason,
        now_ms=request.now_ms,
    )
    return Json(_disbursement(after))


def _disbursement(of: Disbursement) -> DisbursementView:
    return DisbursementView(
        id=of.id,
        state=of.state,
        pot=of.pot_id,
        category=of.category,
        amount_fen=of.amount_fen,
        purpose=of.purpose,
        care_action=of.care_action_id,
        payee_kind=of.payee.kind,
        payee_name=of.payee.name_masked,
        payee_account=of.payee.account_masked,
        requested_at=of.requested_at,
        approvals=len(of.approvals),
        approvals_needed=of.approvals_needed,
        next_attempt=of.next_attempt,
        payments=[
            PaymentView(one.attempt, one.paid_on, one.bank_account_id, one.serial, one.bounced_on)
            for one in of.payments
        ],
    )
