"""Giving as JSON, for staff: refunds, pledges, bank receipts. Amounts in fen."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.giving_api import PAYING, GiftView, gift_view
from chalicelib.fund.routes.pledges import CHECKS
from chalicelib.fund.service import gifts, pledges, receipts, refunds
from chalicelib.fund.service.pledges import Pledge, PledgeForm
from chalicelib.fund.service.receipts import Receipt
from chalicelib.fund.service.refunds import Refund
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.web.forms import Fen, FormBody, Line, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)


class RefundBody(FormBody, frozen=True, kw_only=True):
    """Without an amount the whole that is left."""

    reason: Line
    amount_fen: Fen | None = None


class RefundView(msgspec.Struct, frozen=True):
    id: str
    gift_id: str
    amount_fen: int
    state: str


class InstalmentBody(FormBody, frozen=True, kw_only=True):
    due_day: date
    amount_fen: Fen


class PledgeBody(FormBody, frozen=True, kw_only=True):
    pot: Line
    name: Line
    label: Line
    signed_day: date
    instalments: Annotated[list[InstalmentBody], Meta(min_length=1, max_length=36)]
    channel: Line = "partner"
    publish_name: bool = False
    publish_amount: bool = False


class InstalmentView(msgspec.Struct, frozen=True):
    number: int
    due_day: str
    amount_fen: int
    state: str
    overdue: bool
    invoice_url: str
    gift_id: str


class PledgeView(msgspec.Struct, frozen=True):
    id: str
    name: str
    total_fen: int
    outstanding_fen: int
    instalments: list[InstalmentView]


class ReceiptBody(FormBody, frozen=True, kw_only=True):
    """A bank line; ``pledge`` and ``instalment``, or the pot, label and donor of a gift of its own."""

    account: Line
    serial: Line
    value_day: date
    amount_fen: Fen
    payer: Line
    pledge: Line = ""
    instalment: int = 0
    pot: Line = ""
    tier: Line = "individual"
    channel: Line = "online"
    label: Line = ""
    name: Line = ""
    publish_name: bool = False
    publish_amount: bool = False


class ReceiptView(msgspec.Struct, frozen=True):
    id: str
    account: str
    serial: str
    value_day: str
    amount_fen: int
    payer_masked: str
    state: str
    gift_id: str


class WhyBody(FormBody, frozen=True):
    reason: Line


class GiftsPage(msgspec.Struct, frozen=True):
    """``cursor`` "" at the end."""

    items: list[GiftView]
    cursor: str


@guard.api(bp, "GET", "/gifts", summary="Gifts by date, newest first", response=GiftsPage, needs=Role.FUND_MANAGER)
def list_gifts(request: Request) -> Result:
    asked = request.query
    chosen = gifts.Filter(asked.get("tier", ""), asked.get("channel", ""), asked.get("state", ""))
    found, cursor = gifts.gifts_page(guard.actor(request), chosen, asked.get("cursor", ""))
    return Json(GiftsPage([gift_view(one) for one in found], cursor))


@guard.api(
    bp,
    "POST",
    "/gifts/{id}/refunds",
    summary="Give a gift back, whole or in part",
    request=RefundBody,
    response=RefundView,
    needs=Role.FUND_MANAGER,
    keyed=True,
    errors=("gift_not_paid", "refund_too_large", "gift_disputed", "pot_cannot_cover", "refund_refused"),
    status=201,
    payments=True,
)
def refund_gift(request: Request) -> Result:
    body = read_json(request, RefundBody)
    done = refunds.request_refund(
        guard.actor(request),
        request.params["id"],
        body.amount_fen,
        body.reason,
        submission=request.submission,
        now_ms=request.now_ms,
    )
    return Json(_refund(done), status=201)


@guard.api(
    bp,
    "POST",
    "/pledges",
    summary="Enter a signed pledge",
    request=PledgeBody,
    response=PledgeView,
    needs=Role.FUND_MANAGER,
    keyed=True,
    errors=("instalments_invalid", "fund_pot_unknown", "donor_name_invalid"),
    status=201,
)
def sign_pledge(request: Request) -> Result:
    body = read_json(request, PledgeBody)
    form = PledgeForm(
        pot_id=body.pot,
        name=body.name,
        label=body.label,
        signed_day=body.signed_day,
        instalments=[(one.due_day, one.amount_fen) for one in body.instalments],
        channel=body.channel,
        publish_name=body.publish_name,
        publish_amount=body.publish_amount,
    )
    made = pledges.sign_pledge(guard.actor(request), form, submission=request.submission, now_ms=request.now_ms)
    return Json(_pledge(made), status=201)


@guard.api(
    bp, "GET", "/pledges/{id}", summary="A pledge and its instalments", response=PledgeView, needs=Role.FUND_MANAGER
)
def show_pledge(request: Request) -> Result:
    return Json(_pledge(pledges.pledge(guard.actor(request), request.params["id"])))


@guard.api(
    bp,
    "POST",
    "/pledges/{id}/instalments/{number}/invoice",
    summary="Send an invoice for an instalment",
    response=PledgeView,
    needs=Role.FUND_MANAGER,
    keyed=True,
    errors=("instalment_unknown", "instalment_met", *PAYING),
    payments=True,
)
def invoice_instalment(request: Request) -> Result:
    number = request.params["number"]
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    done = pledges.send_invoice(guard.actor(request), request.params["id"], asked, now_ms=request.now_ms)
    return Json(_pledge(done))


@guard.api(
    bp,
    "POST",
    "/bank-receipts",
    summary="Enter a line of the bank statement, for another person to check",
    request=ReceiptBody,
    response=ReceiptView,
    needs=Role.FUND_MANAGER,
    keyed=True,
    errors=("bank_serial_used", "receipt_serial_waiting", "instalment_amount_differs", "giving_closed"),
    status=201,
)
def enter_receipt(request: Request) -> Result:
    body, actor = read_json(request, ReceiptBody), guard.actor(request)
    line = receipts.BankLineForm(body.account, body.serial, body.value_day, body.amount_fen, body.payer)
    if body.pledge:
        made = receipts.enter_for_pledge(
            actor, line, body.pledge, body.instalment, submission=request.submission, now_ms=request.now_ms
        )
    else:
        what = receipts.OfflineGift(
            pot_id=body.pot,
            channel=body.channel,
            label=body.label,
            tier=body.tier,
            name=body.name,
            anonymous=not body.name,
            publish_name=body.publish_name,
            publish_amount=body.publish_amount,
        )
        made = receipts.enter_gift(actor, line, what, submission=request.submission, now_ms=request.now_ms)
    return Json(_receipt(made), status=201)


@guard.api(
    bp,
    "POST",
    "/bank-receipts/{id}/check",
    summary="Book a receipt that somebody else entered",
    response=ReceiptView,
    needs=CHECKS,
    keyed=True,
    errors=("checker_is_creator", "receipt_decided", "instalment_met", "bank_serial_used"),
    payments=True,
)
def check_receipt(request: Request) -> Result:
    return Json(_receipt(receipts.check(guard.actor(request), request.params["id"], request.now_ms)))


@guard.api(
    bp,
    "POST",
    "/bank-receipts/{id}/reject",
    summary="Turn a receipt down",
    request=WhyBody,
    response=ReceiptView,
    needs=CHECKS,
    keyed=True,
    errors=("receipt_decided",),
)
def reject_receipt(request: Request) -> Result:
    why = read_json(request, WhyBody).reason
    return Json(_receipt(receipts.reject(guard.actor(request), request.params["id"], why, request.now_ms)))


def _refund(one: Refund) -> RefundView:
    return RefundView(one.id, one.gift_id, one.amount_fen, one.state)


def _pledge(one: Pledge) -> PledgeView:
    rows = [
        InstalmentView(i.number, i.due_day, i.amount_fen, i.state, i.overdue, i.invoice_url, i.gift_id)
        for i in one.instalments
    ]
    return PledgeView(one.id, one.donor.name, one.total_fen, one.outstanding_fen, rows)


def _receipt(one: Receipt) -> ReceiptView:
    return ReceiptView(
        one.id, one.account_id, one.serial, one.value_day, one.amount_fen, one.payer_masked, one.state, one.gift_id
    )
