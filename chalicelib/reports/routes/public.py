"""The home page that anybody may read, and the same figures as JSON."""

from __future__ import annotations

import msgspec
from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.fund.service import gifts, setup
from chalicelib.identity import guard
from chalicelib.identity.service import contact
from chalicelib.reports.service.public import public_figures
from chalicelib.reports.views import public_page
from chalicelib.web import format as fmt
from chalicelib.web.http import Json, Page, Request, Result
from chalicelib.web.i18n import N_, translate

bp = Blueprint(__name__)
DONORS_SHOWN_MAX = 10


class PublicSummary(msgspec.Struct, frozen=True):
    """What came in and what went out, in fen and hundredths of a point, as of ``as_of_ms``."""

    as_of_ms: int
    received_fen: int
    spent_fen: int
    spendable_fen: int
    received_by_tier_fen: dict[str, int]
    received_by_channel_fen: dict[str, int]
    spent_by_category_fen: dict[str, int]
    care_actions: int
    person_times: int
    points_issued_centi: dict[str, int]
    points_redeemed_centi: dict[str, int]


@guard.page(bp, "/")
def home(request: Request) -> Result:
    return _page(request)


@guard.page(bp, "/public")
def public(request: Request) -> Result:
    return _page(request)


@guard.api(bp, "GET", "/public/summary", summary="What came in and what went out", response=PublicSummary)
def summary(request: Request) -> Json:
    figures = public_figures(request.now_ms)
    return Json(
        PublicSummary(
            as_of_ms=figures.as_of_ms,
            received_fen=figures.money.received_fen,
            spent_fen=figures.money.spent_fen,
            spendable_fen=figures.spendable_fen,
            received_by_tier_fen=dict(figures.money.by_tier),
            received_by_channel_fen=dict(figures.money.by_channel),
            spent_by_category_fen=dict(figures.money.by_category),
            care_actions=figures.care.actions,
            person_times=figures.care.person_times,
            points_issued_centi=dict(figures.points.issued_centi),
            points_redeemed_centi=dict(figures.points.redeemed_centi),
        ),
        headers={"Cache-Control": "public, max-age=60"},
    )


def _page(request: Request) -> Page:
    street = contact()
    fund = setup.fund()
    published, _ = gifts.published_gifts()
    anonymous = translate(request.lang, N_("爱心居民"))
    donors = [
        (
            fmt.day(clock.shanghai_day(gift.paid_ms), request.lang),
            gift.donor.name if gift.donor.name and gift.donor.publish_name else anonymous,
            fmt.money(gift.amount_fen - gift.refunded_fen) if gift.donor.publish_amount else "",
        )
        for gift in published
        if gift.refunded_fen < gift.amount_fen
    ][:DONORS_SHOWN_MAX]
    names = {one.slug: (one.public_zh, one.public_en) for one in setup.categories.CATEGORIES}
    data = public_page.page_data(public_figures(request.now_ms), names, donors, request.lang)
    supervision = street.supervision_phone if street else ""
    return Page("reports/public.html", {**data, "fund": fund, "supervision_phone": supervision})
