"""A member's own points, services and statement."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.identity import guard
from chalicelib.points.service import my_points
from chalicelib.points.views import pages
from chalicelib.points.views.explanations import ASSET_NAMES
from chalicelib.web.http import Page, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.navigation import my_link

bp = Blueprint(__name__)
my_link("/me/points", N_("我的积分"), N_("积分、奖章、时长"), order=10)
my_link("/scan", N_("扫码签到、签退"), order=5)


@guard.page(bp, "/me/points", needs="member")
def show(request: Request) -> Result:
    actor, lang = guard.actor(request), request.lang
    mine = my_points.my_points(actor, now_ms=request.now_ms)
    listed, more = my_points.records(actor, limit=5)
    reached, ahead = pages.medal_words(mine, lang)
    data = {
        "mine": mine, "names": ASSET_NAMES, "medal": reached, "medal_next": ahead,
        "rows": pages.record_rows(listed, lang), "more": more,
    }  # fmt: skip
    return Page("points/my_points.html", data)


@guard.page(bp, "/me/records", needs="member")
def records(request: Request) -> Result:
    listed, more = my_points.records(guard.actor(request), cursor=request.query.get("cursor", ""))
    return Page("points/records.html", {"rows": pages.record_rows(listed, request.lang), "more": more})


@guard.page(bp, "/me/statement", needs="member")
def statement(request: Request) -> Result:
    actor = guard.actor(request)
    entries, more = my_points.statement(actor, cursor=request.query.get("cursor", ""))
    rows = pages.statement_rows(entries, my_points.account(actor), request.lang)
    return Page("points/statement.html", {"rows": rows, "more": more})
