"""Page data: activities, check-ins, records and statements in words and figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.ledger.entry import BookedEntry
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.my_points import MyPoints, Record
from chalicelib.points.views.explanations import ASSET_NAMES, explain
from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_, translate

ACTIVITY_STATES = {
    "open": N_("接受签到"),
    "closed": N_("已停止签到"),
    "cancelled": N_("已取消"),
    "over": N_("已结束"),
    "coming": N_("尚未开始"),
}
CHECK_IN_STATES = {
    "in": N_("服务中"),
    "out": N_("待评价"),
    "forgotten": N_("未签退,待负责人确认时长"),
    "confirmed": N_("待评价"),
    "assessed": N_("已评价"),
}
ENTRY_KINDS = {
    "award": N_("服务获得"),
    "award_reversal": N_("重新评价,冲回原积分"),
    "expiry": N_("到期"),
    "capture": N_("兑换"),
    "return": N_("退还"),
    "opening": N_("期初转入"),
}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One's own service: when, how long, how it was assessed and what it gave."""

    check_in: CheckIn
    activity: str
    state: str
    minutes: int
    points: tuple[str, ...]
    sentences: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of a statement: amounts with their sign."""

    at: int
    what: str
    amounts: tuple[str, ...]
    more: str


def activity_state(activity: Activity, now_ms: int) -> str:
    if activity.state == "open" and activity.is_over(now_ms):
        return ACTIVITY_STATES["over"]
    if activity.state == "open" and now_ms < activity.opens_at:
        return ACTIVITY_STATES["coming"]
    return ACTIVITY_STATES[activity.state]


def check_in_state(of: CheckIn) -> str:
    return CHECK_IN_STATES["assessed" if of.assessed else of.state]


def when(activity: Activity, lang: str) -> str:
    """``2026年3月5日 09:00—12:00``; an end on another day is written out."""
    start, end = fmt.moment(activity.starts_at, lang), fmt.moment(activity.ends_at, lang)
    same_day = start[:-5] == end[:-5]
    return f"{start}—{end[-5:] if same_day else end}"


def record_rows(records: Sequence[Record], lang: str) -> list[RecordRow]:
    return [_record_row(one, lang) for one in records]


def _record_row(one: Record, lang: str) -> RecordRow:
    found = one.assessment
    return RecordRow(
        check_in=one.check_in,
        activity=one.activity_name,
        state=check_in_state(one.check_in),
        minutes=found.minutes if found else one.check_in.minutes,
        points=tuple(points(asset, found.points_centi.get(asset, 0), lang) for asset in POINTS) if found else (),
        sentences=tuple(explain(found, lang)) if found else (),
        reason=found.reason if found else "",
    )


def points(asset: Asset, centi: int, lang: str) -> str:
    """``2.70 时间积分``."""
    return f"{fmt.points(centi)} {translate(lang, ASSET_NAMES[asset])}"


def statement_rows(entries: Sequence[BookedEntry], account: str, lang: str) -> list[StatementRow]:
    """What each entry did to one's wallet: credits to it are pluses."""
    return [_statement_row(one, account, lang) for one in entries]


def _statement_row(one: BookedEntry, account: str, lang: str) -> StatementRow:
    amounts = {asset: -one.amount(account, asset) for asset in POINTS}
    more = ""
    if one.kind == "award":
        more = translate(lang, N_("{day}的服务")).format(day=fmt.day(one.value_date, lang))
        if not any(amounts.values()):
            more += " · " + translate(lang, N_("抵扣了以前应冲回的积分"))
    return StatementRow(
        at=one.booked_ms,
        what=translate(lang, ENTRY_KINDS.get(one.kind, N_("积分变动"))),
        amounts=tuple(
            f"{'+' if amount > 0 else '−'}{points(asset, abs(amount), lang)}"
            for asset, amount in amounts.items()
            if amount
        ),
        more=more,
    )


def medal_words(of: MyPoints, lang: str) -> tuple[str, str]:
    """(what was reached, what comes next), without comparing anybody with anybody."""
    reached = translate(lang, N_("爱心奖章·{name}")).format(name=of.medal.level.name) if of.medal.level else ""
    ahead = of.medal.next_level
    if ahead is None:
        return reached, ""
    said = translate(lang, N_("再积累 {points} 爱心奖章积分,点亮“{name}”。"))
    return reached, said.format(points=fmt.points(of.medal.missing_centi), name=ahead.name)
