"""Pledges and bank receipts for staff: signed, invoiced, entered by one, checked by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from chalice.app import Blueprint

from chalicelib.errors import DomainError, Invalid, Unavailable
from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.service import pledges as service
from chalicelib.fund.service import receipts, setup
from chalicelib.fund.views import giving as views
from chalicelib.fund.views.spending import CHANNELS, TIERS
from chalicelib.identity import guard
from chalicelib.identity.service import Role, fund_scope, names
from chalicelib.web.amounts import day_from_text, fen_from_yuan
from chalicelib.web.forms import Day, Fen, FormBody, FormErrors, FormView, Line, LongNote, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_

bp = Blueprint(__name__)
_PLEDGES, _RECEIPTS = "/staff/fund/pledges", "/staff/fund/receipts"
PAYING_TROUBLE: tuple[type[DomainError], ...] = (*MENDABLE, Unavailable)
CHECKS = (Role.FUND_MANAGER, Role.APPROVER)
guard.staff_link(_PLEDGES, N_("定捐"), Role.FUND_MANAGER, order=42)
guard.staff_link(_RECEIPTS, N_("转账登记与复核"), *CHECKS, order=43)
_BESIDE = {
    "donor_name_missing": "name",
    "donor_name_invalid": "name",
    "instalments_invalid": "instalments",
    "fund_pot_unknown": "pot",
    "fund_pot_closed": "pot",
    "channel_unknown": "channel",
    "tier_unknown": "tier",
    "bank_serial_invalid": "serial",
    "bank_serial_used": "serial",
    "receipt_serial_waiting": "serial",
    "receipt_day_invalid": "value_day",
    "receipt_amount_invalid": "amount_fen",
    "instalment_amount_differs": "amount_fen",
    "fund_bank_account_unknown": "account",
    "fund_bank_account_closed": "account",
}


class PledgeBody(FormBody, frozen=True, kw_only=True):
    name: Line = ""
    label: Line = ""
    pot: Line = ""
    channel: Line = "partner"
    signed_day: Day
    instalments: LongNote = ""
    publish_name: bool = False
    publish_amount: bool = False


class LineForm(FormBody, frozen=True, kw_only=True):
    """A bank line; ``pledge`` and ``number`` or, for a gift of its own, the rest."""

    account: Line = ""
    serial: Line = ""
    value_day: Day
    amount_fen: Fen
    payer: Line = ""
    pledge: Line = ""
    number: int = 0
    pot: Line = ""
    tier: Line = "individual"
    channel: Line = "online"
    label: Line = ""
    name: Line = ""
    publish_name: bool = False
    publish_amount: bool = False


class WhyForm(FormBody, frozen=True):
    reason: Line = ""


class NumberForm(FormBody, frozen=True):
    number: int = 0


# --- pledges -----------------------------------------------------------------------------------


@guard.page(bp, _PLEDGES, needs=Role.FUND_MANAGER)
def listed(request: Request) -> Result:
    actor = guard.actor(request)
    found, more = service.pledges_page(actor, request.query.get("cursor", ""))
    manages = actor.may(Role.FUND_MANAGER, fund_scope(setup.MAIN_FUND))
    return Page("fund/pledges.html", {"found": found, "more": more, "manages": manages})


@guard.page(bp, _PLEDGES + "/new", needs=Role.FUND_MANAGER)
def new(request: Request) -> Result:
    return _new_page(FormView.start(channel="partner"))


def _new_page(form: FormView, status: int = 200) -> Page:
    data = {
        "form": form,
        "pots": [(pot.id, pot.name) for pot in setup.pots() if pot.active],
        "channels": views.filter_options(CHANNELS),
    }
    return Page("fund/pledge_new.html", data, status=status)


@guard.page(bp, _PLEDGES + "/new", methods=("POST",), needs=Role.FUND_MANAGER)
def sign(request: Request) -> Result:
    try:
        form = read_form(request, PledgeBody)
        body = service.PledgeForm(
            pot_id=form.pot,
            name=form.name,
            label=form.label,
            signed_day=form.signed_day,
            instalments=_instalments(form.instalments),
            channel=form.channel,
            publish_name=form.publish_name,
            publish_amount=form.publish_amount,
        )
        pledge = service.sign_pledge(guard.actor(request), body, submission=request.submission, now_ms=request.now_ms)
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _new_page(again, status)
    return Redirect(f"{_PLEDGES}/{pledge.id}")


def _instalments(text: str) -> list[tuple[date, int]]:
    """One a line: a day, a space, an amount in yuan. Raises FormErrors."""
    found = []
    for line in text.splitlines():
        day, _, amount = line.strip().partition(" ")
        if not day:
            continue
        try:
            found.append((day_from_text(day), fen_from_yuan(amount)))
        except Invalid as error:
            raise FormErrors({"instalments": error}) from error
    return found


@guard.page(bp, _PLEDGES + "/{id}", needs=Role.FUND_MANAGER)
def show(request: Request) -> Result:
    return _pledge_page(request, FormView())


def _pledge_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    pledge = service.pledge(actor, request.params["id"])
    data = {
        "pledge": pledge,
        "rows": views.instalment_rows(pledge),
        "channel": CHANNELS[pledge.channel],
        "form": form,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(pledge.fund_id)),
    }
    return Page("fund/pledge.html", data, status=status)


@guard.page(bp, _PLEDGES + "/{id}/invoice", methods=("POST",), needs=Role.FUND_MANAGER, payments=True)
def invoice(request: Request) -> Result:
    pledge_id = request.params["id"]
    try:
        number = read_form(request, NumberForm).number
        service.send_invoice(guard.actor(request), pledge_id, number, now_ms=request.now_ms)
    except PAYING_TROUBLE as error:
        again, status = asked_again(request, error, {})
        return _pledge_page(request, again, status)
    return Redirect(f"{_PLEDGES}/{pledge_id}")


# --- bank receipts -----------------------------------------------------------------------------


@guard.page(bp, _RECEIPTS, needs=CHECKS)
def receipts_listed(request: Request) -> Result:
    actor, cursor = guard.actor(request), request.query.get("cursor", "")
    every = request.query.get("all", "") == "1"
    found, more = (receipts.receipts_page if every else receipts.waiting_page)(actor, cursor)
    labels = {one.id: one.label for one in setup.fund().bank_accounts}
    data = {
        "rows": views.receipt_rows(found, labels),
        "more": more,
        "every": every,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(setup.MAIN_FUND)),
    }
    return Page("fund/receipts.html", data)


@guard.page(bp, _RECEIPTS + "/new", needs=Role.FUND_MANAGER)
def new_receipt(request: Request) -> Result:
    return _receipt_form(request, FormView(), request.query.get("pledge", ""), request.query.get("number", ""))


def _receipt_form(request: Request, form: FormView, pledge_id: str, number: str, status: int = 200) -> Page:
    pledge = service.pledge(guard.actor(request), pledge_id) if pledge_id else None
    one = pledge.instalment(int(number)) if pledge and number.isascii() and number.isdigit() else None
    data = {
        "form": form,
        "accounts": views.account_options(setup.fund()),
        "pledge": pledge if one else None,
        "instalment": one,
        "pots": [(pot.id, pot.name) for pot in setup.pots() if pot.active],
        "tiers": views.filter_options(TIERS),
        "channels": views.filter_options(CHANNELS),
    }
    return Page("fund/receipt_new.html", data, status=status)


@guard.page(bp, _RECEIPTS + "/new", methods=("POST",), needs=Role.FUND_MANAGER)
def enter(request: Request) -> Result:
    actor = guard.actor(request)
    try:
        form = read_form(request, LineForm)
        line = receipts.BankLineForm(form.account, form.serial, form.value_day, form.amount_fen, form.payer)
        if form.pledge:
            receipt = receipts.enter_for_pledge(
                actor, line, form.pledge, form.number, submission=request.submission, now_ms=request.now_ms
            )
        else:
            what = receipts.OfflineGift(
                pot_id=form.pot,
                channel=form.channel,
                label=form.label,
                tier=form.tier,
                name=form.name,
                anonymous=not form.name,
                publish_name=form.publish_name,
                publish_amount=form.publish_amount,
            )
            receipt = receipts.enter_gift(actor, line, what, submission=request.submission, now_ms=request.now_ms)
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _receipt_form(request, again, request.field("pledge"), request.field("number"), status)
    return Redirect(f"{_RECEIPTS}/{receipt.id}")


@guard.page(bp, _RECEIPTS + "/{id}", needs=CHECKS)
def receipt_page(request: Request) -> Result:
    return _receipt_page(request, FormView())


def _receipt_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    receipt = receipts.receipt(actor, request.params["id"])
    called = names([one for one in (receipt.entered_by, receipt.decided_by) if one])
    scope = fund_scope(receipt.fund_id)
    may = actor.may(Role.FUND_MANAGER, scope) or actor.may(Role.APPROVER, scope)
    data = {
        "receipt": receipt,
        "state": views.RECEIPT_STATES[receipt.state],
        "account": setup.fund(receipt.fund_id).bank_account(receipt.account_id).label,
        "payer": receipts.payer_of(actor, receipt.id),
        "tier": TIERS[receipt.tier],
        "channel": CHANNELS[receipt.channel],
        "pot": setup.pot(receipt.pot_id).name,
        "entered_by": called.get(receipt.entered_by, ""),
        "decided_by": called.get(receipt.decided_by, ""),
        "mine": receipt.entered_by == actor.member_id,
        "may": may and receipt.state == "waiting",
        "form": form,
    }
    return Page("fund/receipt.html", data, status=status)


@guard.page(bp, _RECEIPTS + "/{id}/check", methods=("POST",), needs=CHECKS, payments=True)
def check(request: Request) -> Result:
    return _decided(request, lambda: receipts.check(guard.actor(request), request.params["id"], request.now_ms))


@guard.page(bp, _RECEIPTS + "/{id}/reject", methods=("POST",), needs=CHECKS)
def reject(request: Request) -> Result:
    why = read_form(request, WhyForm).reason
    return _decided(request, lambda: receipts.reject(guard.actor(request), request.params["id"], why, request.now_ms))


def _decided(request: Request, decide: Callable[[], object]) -> Result:
    try:
        decide()
    except MENDABLE as error:
        again, status = asked_again(request, error, {"fund_text_missing": "reason", "fund_text_too_long": "reason"})
        return _receipt_page(request, again, status)
    return Redirect(f"{_RECEIPTS}/{request.params['id']}")
