"""Offers, vouchers and the till as JSON: for mini-programs and a merchant's own till."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from chalice.app import Blueprint

from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.merchants import service
from chalicelib.merchants.service import AtTill, OnOffer, Tally, Voucher
from chalicelib.web.forms import FormBody, Ulid, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)

Points = Literal["TIME", "MEDAL"]


class OfferView(msgspec.Struct, frozen=True):
    """``left`` null is unlimited; limits of 0 are none; hours in minutes of the Shanghai day."""

    id: str
    title: str
    detail: str
    asset: Points
    price_centi: int
    merchant: str
    place: str
    left: int | None
    per_person_max: int
    per_month_max: int
    weekdays: list[int]
    opens_minute: int
    closes_minute: int
    valid_days: int


class OffersView(msgspec.Struct, frozen=True):
    """``cursor`` goes into ``?cursor=`` for the next page; "" at the end."""

    offers: list[OfferView]
    cursor: str


class IssueBody(FormBody, frozen=True):
    """``price_centi`` is the price that was shown and agreed to; ``member_id`` only for coordinators."""

    offer_id: Ulid
    price_centi: Annotated[int, msgspec.Meta(ge=1, le=100_000_00)]
    member_id: Ulid | None = None


class VoucherView(msgspec.Struct, frozen=True):
    """One's own voucher; ``token`` is what stands after ``/v/`` in its QR code, "" once it is closed.
    Times in ms."""

    id: str
    goods: str
    merchant: str
    place: str
    asset: Points
    points_centi: int
    state: Literal["open", "captured", "cancelled", "expired"]
    code: str
    token: str
    issued_at: int
    expires_at: int
    closed_at: int


class VouchersView(msgspec.Struct, frozen=True):
    vouchers: list[VoucherView]
    cursor: str


class ScanBody(FormBody, frozen=True):
    """What was scanned (address or token) or typed (the nine-character code)."""

    scan: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class CaptureBody(FormBody, frozen=True):
    voucher_id: Ulid


class TillVoucherView(msgspec.Struct, frozen=True):
    """What a clerk sees. ``refusal`` is the code of why it cannot be captured now, "" if it can."""

    voucher_id: str
    goods: str
    asset: Points
    points_centi: int
    holder_masked: str
    state: Literal["open", "captured", "cancelled", "expired"]
    captured_at: int
    refusal: str


class TallyView(msgspec.Struct, frozen=True):
    captured: int
    time_centi: int
    medal_centi: int
    returned_time_centi: int
    returned_medal_centi: int
    reimbursement_fen: int


class LineView(msgspec.Struct, frozen=True):
    voucher_id: str
    goods: str
    asset: Points
    points_centi: int
    captured_at: int


class TodayView(msgspec.Struct, frozen=True):
    merchant_id: str
    merchant: str
    day: str
    tally: TallyView
    lines: list[LineView]
    cursor: str


class OwedView(msgspec.Struct, frozen=True):
    """Points in the merchant's account that were not settled, and the month's tally; the reimbursement
    is for information."""

    merchant_id: str
    time_centi: int
    medal_centi: int
    month: str
    tally: TallyView


_ISSUING = (
    "offer_unknown", "offer_changed", "offer_paused", "offer_sold_out", "offer_person_limit", "offer_month_limit",
    "voucher_points_short", "merchant_suspended", "merchant_not_active", "not_allowed", "member_unknown",
)  # fmt: skip
_FINDING = (
    "not_a_voucher", "voucher_forged", "voucher_code_malformed", "voucher_code_mistyped", "voucher_unknown",
    "voucher_foreign", "not_allowed",
)  # fmt: skip
_CAPTURING = (
    "voucher_captured", "voucher_cancelled", "voucher_expired", "voucher_outside_hours", "voucher_foreign",
    "voucher_unknown", "merchant_suspended", "merchant_not_active", "not_allowed",
)  # fmt: skip


@guard.api(bp, "GET", "/offers", summary="What points can be exchanged for", response=OffersView,
           errors=("bad_cursor",))  # fmt: skip
def offers(request: Request) -> Result:
    found, more = service.offers(cursor=request.query.get("cursor", ""))
    return Json(OffersView([_offer(one) for one in found], more))


@guard.api(bp, "GET", "/offers/{id}", summary="One offer", response=OfferView, errors=("offer_unknown",))
def offer(request: Request) -> Result:
    return Json(_offer(service.on_offer(request.params["id"])))


@guard.api(bp, "POST", "/vouchers", summary="Exchange points for a voucher", request=IssueBody,
           response=VoucherView, needs="member", keyed=True, status=201, errors=_ISSUING)  # fmt: skip
def issue(request: Request) -> Result:
    body = read_json(request, IssueBody)
    made = service.issue(
        guard.actor(request),
        body.offer_id,
        agreed_centi=body.price_centi,
        submission=request.submission,
        now_ms=request.now_ms,
        member_id=body.member_id or "",
    )
    return Json(_voucher(made, request.now_ms), status=201)


@guard.api(bp, "GET", "/vouchers", summary="One's own vouchers, newest first", response=VouchersView,
           needs="member", errors=("bad_cursor",))  # fmt: skip
def vouchers(request: Request) -> Result:
    found, more = service.vouchers_of(guard.actor(request), cursor=request.query.get("cursor", ""))
    return Json(VouchersView([_voucher(one, request.now_ms) for one in found], more))


@guard.api(bp, "GET", "/vouchers/{id}", summary="One voucher", response=VoucherView, needs="member",
           errors=("voucher_unknown",))  # fmt: skip
def voucher(request: Request) -> Result:
    return Json(_voucher(service.voucher(guard.actor(request), request.params["id"]), request.now_ms))


@guard.api(bp, "POST", "/vouchers/{id}/cancel", summary="Give a voucher back before it is used",
           response=VoucherView, needs="member", keyed=True, errors=("voucher_unknown", "voucher_used"))  # fmt: skip
def cancel(request: Request) -> Result:
    done = service.cancel(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    return Json(_voucher(done, request.now_ms))


@guard.api(bp, "POST", "/till/find", summary="What a scanned or typed code means at the till", request=ScanBody,
           response=TillVoucherView, needs=Role.CLERK, errors=_FINDING)  # fmt: skip
def find(request: Request) -> Result:
    body = read_json(request, ScanBody)
    return Json(_at_till(service.find(guard.actor(request), body.scan, now_ms=request.now_ms), request.now_ms))


@guard.api(bp, "POST", "/till/captures", summary="Hand over the goods: the points go to the merchant",
           request=CaptureBody, response=TillVoucherView, needs=Role.CLERK, keyed=True, errors=_CAPTURING)  # fmt: skip
def capture(request: Request) -> Result:
    body = read_json(request, CaptureBody)
    actor = guard.actor(request)
    done = service.capture(actor, body.voucher_id, submission=request.submission, now_ms=request.now_ms)
    seen = service.show(actor, done.id, now_ms=request.now_ms)
    return Json(msgspec.structs.replace(_at_till(seen, request.now_ms), refusal=""))


@guard.api(bp, "GET", "/till/today", summary="Today's vouchers and sums of a merchant (?merchant=)",
           response=TodayView, needs=Role.CLERK, errors=("merchant_unknown", "not_allowed", "bad_cursor"))  # fmt: skip
def today(request: Request) -> Result:
    day = service.today(
        guard.actor(request),
        request.query.get("merchant", ""),
        now_ms=request.now_ms,
        cursor=request.query.get("cursor", ""),
    )
    lines = [LineView(v.id, v.goods, _asset(v), v.points_centi, v.closed_at) for v in day.vouchers]
    return Json(
        TodayView(day.merchant.id, day.merchant.name, day.day.isoformat(), _tally(day.tally), lines, day.cursor)
    )


@guard.api(bp, "GET", "/till/owed", summary="What a merchant has earned (?merchant=)", response=OwedView,
           needs=Role.CLERK, errors=("merchant_unknown", "not_allowed"))  # fmt: skip
def owed(request: Request) -> Result:
    found = service.owed(guard.actor(request), request.query.get("merchant", ""), now_ms=request.now_ms)
    points = found.points_centi
    return Json(OwedView(found.merchant.id, points["TIME"], points["MEDAL"], found.month, _tally(found.tally)))


def _asset(of: Voucher) -> Points:
    return "TIME" if of.asset == "TIME" else "MEDAL"


def _offer(one: OnOffer) -> OfferView:
    terms = one.offer.terms
    return OfferView(
        id=one.offer.id,
        title=terms.title,
        detail=terms.detail,
        asset="TIME" if terms.asset == "TIME" else "MEDAL",
        price_centi=terms.price_centi,
        merchant=one.merchant.name,
        place=one.merchant.place,
        left=one.stock.left if one.stock is not None else None,
        per_person_max=terms.per_person_max,
        per_month_max=terms.per_month_max,
        weekdays=list(terms.hours.weekdays),
        opens_minute=terms.hours.opens_minute,
        closes_minute=terms.hours.closes_minute,
        valid_days=terms.valid_days,
    )


def _voucher(of: Voucher, now_ms: int) -> VoucherView:
    state = of.state(now_ms)
    return VoucherView(
        id=of.id,
        goods=of.goods,
        merchant=of.merchant_name,
        place=of.place,
        asset=_asset(of),
        points_centi=of.points_centi,
        state=state,
        code=of.code,
        token=service.token_of(of) if state == "open" else "",
        issued_at=of.issued_at,
        expires_at=of.expires_at,
        closed_at=of.closed_at,
    )


def _at_till(seen: AtTill, now_ms: int) -> TillVoucherView:
    one = seen.voucher
    return TillVoucherView(
        voucher_id=one.id,
        goods=one.goods,
        asset=_asset(one),
        points_centi=one.points_centi,
        holder_masked=seen.holder_masked,
        state=one.state(now_ms),
        captured_at=one.closed_at if one.status == "captured" else 0,
        refusal=seen.refusal.code if seen.refusal is not None else "",
    )


def _tally(of: Tally) -> TallyView:
    return TallyView(
        of.captured,
        of.time_centi,
        of.medal_centi,
        of.returned_time_centi,
        of.returned_medal_centi,
        of.reimbursement_fen,
    )
