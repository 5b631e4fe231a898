"""Giving as JSON, for donors: a mini-program starts a gift and follows it. Amounts in fen, times in ms."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.checkout_links import returns
from chalicelib.fund.service import gifts, monthly
from chalicelib.fund.service.gifts import Gift, GiftForm
from chalicelib.fund.service.monthly import Monthly, MonthlyForm
from chalicelib.identity import guard
from chalicelib.web.forms import Fen, FormBody, Line, read_json
from chalicelib.web.http import Json, Request, Result
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)
Token = Annotated[str, Meta(max_length=120)]
_GIVING = ("poster_unknown", "giving_closed", "gift_amount_too_small", "gift_amount_too_large", "donor_name_invalid")
PAYING = ("payments_unavailable", "payments_busy", "payments_refused")


class GiftBody(FormBody, frozen=True, kw_only=True):
    poster: Line
    amount_fen: Fen
    name: Line = ""
    anonymous: bool = False
    publish_name: bool = False
    publish_amount: bool = False


class MonthlyBody(FormBody, frozen=True, kw_only=True):
    poster: Line
    amount_fen: Fen
    shop_name: Line
    phone: Line = ""
    publish_name: bool = False
    publish_amount: bool = False


class StartedView(msgspec.Struct, frozen=True):
    """``pay_url`` is Stripe's page; ``token`` opens the gift's own page and status from now on."""

    id: str
    token: str
    pay_url: str
    page_url: str


class GiftView(msgspec.Struct, frozen=True):
    id: str
    state: str
    amount_fen: int
    tier: str
    channel: str
    label: str
    paid_ms: int
    refunded_fen: int


class MonthlyView(msgspec.Struct, frozen=True):
    id: str
    state: str
    amount_fen: int
    months_paid: int
    next_ms: int
    ends_ms: int
    charge_failed: bool


class CancelBody(FormBody, frozen=True, kw_only=True):
    """``token`` for the donor; without it a fund manager's session."""

    token: Token = ""
    when: Literal["period_end", "now"] = "period_end"


@guard.api(
    bp,
    "POST",
    "/gifts",
    summary="Start a gift by a poster",
    request=GiftBody,
    response=StartedView,
    keyed=True,
    errors=(*_GIVING, *PAYING, "submitted_differently"),
    status=201,
    payments=True,
)
def start_gift(request: Request) -> Result:
    body = read_json(request, GiftBody)
    form = GiftForm(body.amount_fen, body.name, body.anonymous or not body.name, body.publish_name, body.publish_amount)
    gift = gifts.start_gift(body.poster, form, submission=request.submission, now_ms=request.now_ms, lang=request.lang)
    token, path = gifts.link_token(gift.id), f"/gifts/{gift.id}"
    url = gifts.pay_url(gift.id, returns(request, path, token), request.now_ms)
    return Json(StartedView(gift.id, token, url, absolute(request, path, t=token)), status=201)


@guard.api(bp, "GET", "/gifts/{id}", summary="How a gift stands, for its token", response=GiftView, payments=True)
def gift_status(request: Request) -> Result:
    gift = gifts.gift_by_link(request.params["id"], request.query.get("token", ""), request.now_ms)
    return Json(gift_view(gift))


@guard.api(
    bp,
    "POST",
    "/monthly-gifts",
    summary="Start a gift that repeats every month by card",
    request=MonthlyBody,
    response=StartedView,
    keyed=True,
    errors=(*_GIVING, *PAYING, "submitted_differently"),
    status=201,
    payments=True,
)
def start_monthly(request: Request) -> Result:
    body = read_json(request, MonthlyBody)
    form = MonthlyForm(body.amount_fen, body.shop_name, body.phone, body.publish_name, body.publish_amount)
    one = monthly.start_monthly(
        body.poster, form, submission=request.submission, now_ms=request.now_ms, lang=request.lang
    )
    token, path = monthly.link_token(one.id), f"/monthly/{one.id}"
    url = monthly.pay_url(one.id, returns(request, path, token), request.now_ms)
    return Json(StartedView(one.id, token, url, absolute(request, path, t=token)), status=201)


@guard.api(
    bp,
    "GET",
    "/monthly-gifts/{id}",
    summary="How a monthly gift stands, for its token",
    response=MonthlyView,
    payments=True,
)
def monthly_status(request: Request) -> Result:
    one = monthly.monthly_by_link(request.params["id"], request.query.get("token", ""), request.now_ms)
    return Json(_monthly(one))


@guard.api(
    bp,
    "POST",
    "/monthly-gifts/{id}/cancel",
    summary="End a monthly gift, after this month or at once",
    request=CancelBody,
    response=MonthlyView,
    keyed=True,
    errors=("gift_link_needed", "monthly_ended", "monthly_not_started", *PAYING),
    payments=True,
)
def cancel_monthly(request: Request) -> Result:
    body, monthly_id = read_json(request, CancelBody), request.params["id"]
    at_end, key, now_ms = body.when == "period_end", request.submission, request.now_ms
    if body.token:
        one = monthly.cancel_by_donor(monthly_id, body.token, at_period_end=at_end, submission=key, now_ms=now_ms)
    else:
        actor = guard.actor(request)
        one = monthly.cancel_by_staff(actor, monthly_id, at_period_end=at_end, submission=key, now_ms=now_ms)
    return Json(_monthly(one))


def gift_view(gift: Gift) -> GiftView:
    return GiftView(
        gift.id,
        gift.state,
        gift.amount_fen,
        gift.tier,
        gift.channel,
        gift.label,
        gift.paid_ms,
        gift.refunded_fen,
    )


def _monthly(one: Monthly) -> MonthlyView:
    next_ms = one.period_end_ms if one.state in ("active", "past_due") else 0
    return MonthlyView(
        one.id, one.state, one.amount_fen, one.months_paid, next_ms, one.ends_ms, bool(one.failed_invoice)
    )
