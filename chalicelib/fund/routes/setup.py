"""Setting the fund up: the host charity's facts, bank accounts, pots, posters to print."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.service import setup as service
from chalicelib.fund.service import spending
from chalicelib.fund.service.setup import FundFacts
from chalicelib.fund.views import spending as views
from chalicelib.identity import guard
from chalicelib.identity.service import Role, fund_scope
from chalicelib.web.forms import FormBody, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.qr import qr_svg
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)
SETS_UP = (Role.ADMIN, Role.FUND_MANAGER)
guard.staff_link("/staff/fund/setup", N_("基金设置"), *SETS_UP, order=60)
guard.staff_link("/staff/fund/posters", N_("二维码海报"), *SETS_UP, order=61)


def _scopes() -> list[tuple[str, str]]:
    fund = service.fund()
    return [(fund_scope(fund.id), fund.name or "社区基金")]


guard.offer_scopes(_scopes)

Whole = Annotated[int, Meta(ge=0, le=1_000_000)]
Link = Annotated[str, Meta(max_length=300)]


class FactsForm(FormBody, frozen=True, kw_only=True):
    name: Line = ""
    charity_name: Line = ""
    certificate_number: Line = ""
    filing_number: Line = ""
    platform_name: Line = ""
    platform_url: Link = ""
    query_contact: Line = ""
    refund_days: Whole = 0
    refund_contact: Line = ""
    approvals_needed: Whole = 1
    version: Whole = 0


class AccountForm(FormBody, frozen=True):
    account_id: Line = ""
    label: Line = ""


class PotForm(FormBody, frozen=True):
    pot_id: Line = ""
    pot_name: Line = ""
    source: Line = ""
    purposes: tuple[str, ...] = ()


class PotChangeForm(FormBody, frozen=True):
    name: Line = ""
    active: bool = False


class PosterForm(FormBody, frozen=True):
    pot: Line = ""
    channel: Line = ""
    tier: Line = ""
    label: Line = ""


class UseForm(FormBody, frozen=True):
    active: bool = False


# --- facts and accounts ------------------------------------------------------------------------


@guard.page(bp, "/staff/fund/setup", needs=SETS_UP)
def facts(request: Request) -> Result:
    service.require_read(guard.actor(request))
    return _setup_page(_facts_form(), FormView(), saved=request.query.get("saved") == "1")


@guard.page(bp, "/staff/fund/setup", methods=("POST",), needs=SETS_UP)
def describe(request: Request) -> Result:
    try:
        form = read_form(request, FactsForm)
        service.describe_fund(
            guard.actor(request),
            FundFacts(
                name=form.name,
                charity_name=form.charity_name,
                certificate_number=form.certificate_number,
                filing_number=form.filing_number,
                platform_name=form.platform_name,
                platform_url=form.platform_url,
                query_contact=form.query_contact,
                refund_days=form.refund_days,
                refund_contact=form.refund_contact,
                approvals_needed=form.approvals_needed,
            ),
            form.version,
            request.now_ms,
        )
    except MENDABLE as error:
        beside = {"refund_days_invalid": "refund_days", "approvals_needed_invalid": "approvals_needed"}
        shown, status = asked_again(request, error, beside)
        return _setup_page(shown, FormView(), status)
    return Redirect("/staff/fund/setup", query={"saved": "1"})


@guard.page(bp, "/staff/fund/setup/accounts", methods=("POST",), needs=SETS_UP)
def add_account(request: Request) -> Result:
    try:
        form = read_form(request, AccountForm)
        service.add_bank_account(guard.actor(request), form.account_id, form.label, request.now_ms)
    except MENDABLE as error:
        shown, status = asked_again(request, error, {"fund_bank_account_exists": "account_id"})
        return _setup_page(_facts_form(), shown, status)
    return Redirect("/staff/fund/setup", query={"saved": "1"})


@guard.page(bp, "/staff/fund/setup/accounts/{id}/close", methods=("POST",), needs=SETS_UP)
def close_account(request: Request) -> Result:
    service.close_bank_account(guard.actor(request), request.params["id"], request.now_ms)
    return Redirect("/staff/fund/setup", query={"saved": "1"})


# --- pots --------------------------------------------------------------------------------------


@guard.page(bp, "/staff/fund/pots", needs=(*SETS_UP, Role.APPROVER))
def pots(request: Request) -> Result:
    service.require_read(guard.actor(request))
    return _pots_page(FormView())


@guard.page(bp, "/staff/fund/pots", methods=("POST",), needs=SETS_UP)
def open_pot(request: Request) -> Result:
    try:
        form = read_form(request, PotForm)
        service.open_pot(
            guard.actor(request),
            form.pot_id,
            form.pot_name,
            form.source,
            form.purposes,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        beside = {
            "fund_pot_exists": "pot_id",
            "fund_pot_source_unknown": "source",
            "fund_purposes_missing": "purposes",
            "fund_category_unknown": "purposes",
            "fund_text_missing": "pot_name",
            "fund_text_too_long": "pot_name",
        }
        shown, status = asked_again(request, error, beside)
        return _pots_page(shown, status)
    return Redirect("/staff/fund/pots")


@guard.page(bp, "/staff/fund/pots/{id}", methods=("POST",), needs=SETS_UP)
def change_pot(request: Request) -> Result:
    form = read_form(request, PotChangeForm)
    service.change_pot(
        guard.actor(request), request.params["id"], name=form.name, active=form.active, now_ms=request.now_ms
    )
    return Redirect("/staff/fund/pots")


# --- posters -----------------------------------------------------------------------------------


@guard.page(bp, "/staff/fund/posters", needs=SETS_UP)
def posters(request: Request) -> Result:
    service.require_read(guard.actor(request))
    return _posters_page(request, FormView.start(channel="online", tier="individual"))


@guard.page(bp, "/staff/fund/posters", methods=("POST",), needs=SETS_UP)
def make_poster(request: Request) -> Result:
    try:
        form = read_form(request, PosterForm)
        made = service.make_poster(
            guard.actor(request),
            form.pot,
            channel=form.channel,
            tier=form.tier,
            label=form.label,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        beside = {
            "fund_pot_unknown": "pot",
            "fund_pot_closed": "pot",
            "channel_unknown": "channel",
            "tier_unknown": "tier",
        }
        shown, status = asked_again(request, error, beside)
        return _posters_page(request, shown, status)
    return Redirect(f"/staff/fund/posters/{made.code}")


@guard.page(bp, "/staff/fund/posters/{code}", needs=SETS_UP)
def poster(request: Request) -> Result:
    found = service.poster(request.params["code"])
    service.require_read(guard.actor(request), found.fund_id)
    address = absolute(request, f"/g/{found.code}")
    data = {
        "poster": found,
        "fund": service.fund(found.fund_id),
        "pot": service.pot(found.pot_id),
        "address": address,
        # H: paper on a wall is torn, faded and written on
        "code_svg": qr_svg(address, f"捐赠二维码 {found.code}", "H"),
        "channel": views.CHANNELS[found.channel],
        "tier": views.TIERS[found.tier],
    }
    return Page("fund/poster.html", data)


@guard.page(bp, "/staff/fund/posters/{code}", methods=("POST",), needs=SETS_UP)
def use_poster(request: Request) -> Result:
    form = read_form(request, UseForm)
    service.retire_poster(guard.actor(request), request.params["code"], active=form.active, now_ms=request.now_ms)
    return Redirect(f"/staff/fund/posters/{request.params['code']}")


# --- parts -------------------------------------------------------------------------------------


def _facts_form() -> FormView:
    fund = service.fund()
    return FormView.start(
        name=fund.name,
        charity_name=fund.charity_name,
        certificate_number=fund.certificate_number,
        filing_number=fund.filing_number,
        platform_name=fund.platform_name,
        platform_url=fund.platform_url,
        query_contact=fund.query_contact,
        refund_days=str(fund.refund_days),
        refund_contact=fund.refund_contact,
        approvals_needed=str(fund.approvals_needed),
        version=str(fund.version),
    )


def _setup_page(form: FormView, account: FormView, status: int = 200, *, saved: bool = False) -> Page:
    fund = service.fund()
    data = {
        "form": form,
        "account": account,
        "fund": fund,
        "missing": views.missing_facts(fund),
        "titles": views.FACT_TITLES,
        "saved": saved,
    }
    return Page("fund/setup.html", data, status=status)


def _pots_page(form: FormView, status: int = 200) -> Page:
    found = [spending.pot_money(pot) for pot in service.pots()]
    data = {
        "form": form,
        "pots": [(one, views.purposes_of(one.pot)) for one in found],
        "sources": list(views.SOURCES.items()),
        "source_names": views.SOURCES,
        "purposes": views.category_options(),
    }
    return Page("fund/pots.html", data, status=status)


def _posters_page(request: Request, form: FormView, status: int = 200) -> Page:
    found, more = service.posters(cursor=request.query.get("cursor", ""))
    pots = service.pots()
    data = {
        "form": form,
        "posters": found,
        "more": more,
        "pots": views.pot_options(pots),
        "pot_names": {pot.id: pot.name for pot in pots},
        "channels": list(views.CHANNELS.items()),
        "channel_names": views.CHANNELS,
        "tiers": list(views.TIERS.items()),
    }
    return Page("fund/posters.html", data, status=status)
