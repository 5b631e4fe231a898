"""Service and points as JSON. Points are hundredths, times are ms, days ``yyyy-mm-dd``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.identity import guard
from chalicelib.identity import service as identity
from chalicelib.points.service import (
    Activity,
    Assessment,
    CheckIn,
    Draft,
    activities,
    assessments,
    checkins,
    claims,
    my_points,
)
from chalicelib.points.views import pages
from chalicelib.points.views.explanations import explain
from chalicelib.web.forms import FormBody, Line, Note, read_json
from chalicelib.web.http import Json, Request, Result

bp = Blueprint(__name__)

Points = dict[Literal["TIME", "MEDAL"], int]


class ActivityBody(FormBody, frozen=True, kw_only=True):
    community_id: Line
    category: Line
    name: Line
    place: Line
    content: Note
    organisation: Line
    starts_at: int
    ends_at: int
    capacity: int


class ActivityView(msgspec.Struct, frozen=True):
    """``number`` is what one types; ``joined`` how many different people have checked in."""

    id: str
    number: str
    community_id: str
    category: str
    name: str
    place: str
    content: str
    organisation: str
    starts_at: int
    ends_at: int
    capacity: int
    joined: int
    state: Literal["open", "closed", "cancelled"]


class ActivitiesView(msgspec.Struct, frozen=True):
    activities: list[ActivityView]
    next_cursor: str


class CheckInBody(FormBody, frozen=True, kw_only=True):
    """Either ``token`` (what stands in the screen's QR code after /q/) or ``number`` and ``digits``.
    ``sure`` answers the question that a check-out within five minutes asks."""

    did: Literal["in", "out"]
    token: Line = ""
    number: Line = ""
    digits: Line = ""
    sure: bool = False


class CardBody(FormBody, frozen=True, kw_only=True):
    """``card``: the scanned text, or the number on the card."""

    card: Annotated[str, Meta(min_length=1, max_length=300)]
    sure: bool = False


class CheckInView(msgspec.Struct, frozen=True):
    """``minutes`` is 0 while in, and after a forgotten check-out until it is confirmed."""

    id: str
    activity_id: str
    did: Literal["in", "out"]
    state: Literal["in", "out", "forgotten", "confirmed"]
    in_at: int
    out_at: int
    minutes: int


class AssessmentBody(FormBody, frozen=True, kw_only=True):
    """``number``: 1, or one more than the last to reassess."""

    number: Annotated[int, Meta(ge=1, le=9999)]
    grade: Line
    minutes: Annotated[int, Meta(ge=0, le=1500)] | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


class AssessmentView(msgspec.Struct, frozen=True):
    check_in_id: str
    number: int
    grade: str
    minutes: int
    sheet_version: int
    organisation: str
    points_centi: Points
    explanations: list[str]


class BalanceView(msgspec.Struct, frozen=True):
    asset: Literal["TIME", "MEDAL"]
    available_centi: int
    held_centi: int
    owing_centi: int
    expiring: list[tuple[str, int]]


class MyPointsView(msgspec.Struct, frozen=True):
    balances: list[BalanceView]
    medal: str
    lifetime_medal_centi: int
    minutes: int
    services: int
    open_check_in: CheckInView | None


class LineView(msgspec.Struct, frozen=True):
    entry_id: str
    kind: str
    booked_at: int
    value_day: str
    ref: str
    points_centi: Points


class StatementView(msgspec.Struct, frozen=True):
    lines: list[LineView]
    next_cursor: str


_TIMES = ("activity_not_yet", "activity_over", "activity_closed", "activity_cancelled", "activity_full")
_CODES = (
    "check_in_code_malformed", "check_in_code_forged", "check_in_code_expired", "check_in_digits_malformed",
    "check_in_digits_wrong", "check_in_digits_too_many",
)  # fmt: skip
_IN_OUT = (
    "already_checked_in", "not_checked_in", "already_checked_out", "check_out_soon", "check_out_too_late",
    "own_service", *_TIMES,
)  # fmt: skip


@guard.api(bp, "GET", "/activities", summary="Activities of today and later", response=ActivitiesView)
def coming(request: Request) -> Result:
    listed, more = activities.coming(
        community_id=request.query.get("community", ""),
        now_ms=request.now_ms,
        cursor=request.query.get("cursor", ""),
    )
    return Json(ActivitiesView([_activity(one) for one in listed], more))


@guard.api(
    bp, "POST", "/activities", summary="Open an activity", request=ActivityBody, response=ActivityView,
    needs=identity.Role.COORDINATOR, keyed=True, status=201,
    errors=("not_allowed", "community_unknown", "category_unknown", "rule_sheet_missing", "activity_text_missing",
            "activity_text_too_long", "activity_times_wrong", "capacity_wrong"),
)  # fmt: skip
def create(request: Request) -> Result:
    body = read_json(request, ActivityBody)
    draft = Draft(**{name: getattr(body, name) for name in body.__struct_fields__})
    made = activities.create(guard.actor(request), draft, submission=request.submission, now_ms=request.now_ms)
    return Json(_activity(made), status=201)


@guard.api(
    bp, "POST", "/check-ins", summary="Check in or out by the code on the coordinator's screen",
    request=CheckInBody, response=CheckInView, needs="member", keyed=True, errors=(*_CODES, *_IN_OUT),
)  # fmt: skip
def check_in(request: Request) -> Result:
    body, member_id = read_json(request, CheckInBody), guard.actor(request).member_id
    named = claims.named(body.token, body.number)
    before = checkins.repeat_of(member_id, named, request.submission) if named else None
    return Json(_check_in(before or _checked(body, member_id, request), body.did))


@guard.api(
    bp, "POST", "/activities/{id}/cards", summary="Check somebody in or out by paper card",
    request=CardBody, response=CheckInView, needs=identity.Role.COORDINATOR, keyed=True,
    errors=("not_allowed", "activity_unknown", "token_malformed", "token_forged", "card_unknown", "card_revoked",
            "check_in_soon", *_IN_OUT),
)  # fmt: skip
def scan_card(request: Request) -> Result:
    body = read_json(request, CardBody)
    done = checkins.scan_card(
        guard.actor(request),
        request.params["id"],
        body.card,
        submission=request.submission,
        now_ms=request.now_ms,
        sure=body.sure,
    )
    return Json(_check_in(done.check_in, done.did))


@guard.api(
    bp, "POST", "/check-ins/{id}/assessments", summary="Assess a service and award its points",
    request=AssessmentBody, response=AssessmentView, needs=identity.Role.ASSESSOR, keyed=True,
    errors=("not_allowed", "check_in_unknown", "own_service", "still_checked_in", "minutes_not_confirmed",
            "already_assessed", "grade_unknown", "minutes_wrong", "assessment_reason_needed", "rule_sheet_missing"),
)  # fmt: skip
def assess(request: Request) -> Result:
    body = read_json(request, AssessmentBody)
    given = assessments.assess(
        guard.actor(request),
        request.params["id"],
        number=body.number,
        grade=body.grade,
        minutes=body.minutes,
        reason=body.reason,
        now_ms=request.now_ms,
    )
    return Json(_assessment(given, request.lang))


@guard.api(bp, "GET", "/me/points", summary="One's own points, medal and hours", response=MyPointsView, needs="member")
def mine(request: Request) -> Result:
    found = my_points.my_points(guard.actor(request), now_ms=request.now_ms)
    opened = found.open_check_in
    return Json(
        MyPointsView(
            balances=[
                BalanceView(one.asset, one.available_centi, one.held_centi, one.owing_centi, list(one.expiring))  # type: ignore[arg-type]
                for one in found.balances
            ],
            medal=pages.medal_words(found, request.lang)[0],
            lifetime_medal_centi=found.medal.lifetime_centi,
            minutes=found.minutes,
            services=found.services,
            open_check_in=_check_in(opened, "in") if opened else None,
        )
    )


@guard.api(
    bp, "GET", "/me/statement", summary="Entries of one's own wallet, newest first", response=StatementView,
    needs="member", errors=("bad_cursor",),
)  # fmt: skip
def statement(request: Request) -> Result:
    actor = guard.actor(request)
    entries, more = my_points.statement(actor, cursor=request.query.get("cursor", ""))
    account = my_points.account(actor)
    lines = [
        LineView(
            entry_id=one.id,
            kind=one.kind,
            booked_at=one.booked_ms,
            value_day=one.value_date.isoformat(),
            ref=one.ref,
            points_centi={"TIME": -one.amount(account, "TIME"), "MEDAL": -one.amount(account, "MEDAL")},
        )
        for one in entries
    ]
    return Json(StatementView(lines, more))


def _checked(body: CheckInBody, member_id: str, request: Request) -> CheckIn:
    now_ms, submission = request.now_ms, request.submission
    if body.token:
        activity = claims.judged(body.token, now_ms=now_ms)
    else:
        activity = claims.judged_typed(body.number, body.digits, whose=member_id, now_ms=now_ms)
    if body.did == "in":
        return checkins.check_in(member_id, activity.id, how="api", submission=submission, now_ms=now_ms)
    return checkins.check_out(member_id, activity.id, how="api", submission=submission, now_ms=now_ms, sure=body.sure)


def _activity(one: Activity) -> ActivityView:
    return ActivityView(**{name: getattr(one, name) for name in ActivityView.__struct_fields__})


def _check_in(one: CheckIn, did: Literal["in", "out"]) -> CheckInView:
    return CheckInView(one.id, one.activity_id, did, one.state, one.in_at, one.out_at, one.minutes)


def _assessment(one: Assessment, lang: str) -> AssessmentView:
    return AssessmentView(
        check_in_id=one.check_in_id,
        number=one.number,
        grade=one.grade,
        minutes=one.minutes,
        sheet_version=one.sheet_version,
        organisation=one.organisation,
        points_centi={"TIME": one.points_centi.get("TIME", 0), "MEDAL": one.points_centi.get("MEDAL", 0)},
        explanations=explain(one, lang),
    )
