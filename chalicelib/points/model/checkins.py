"""Check-ins 签到: in, out, forgotten, confirmed. Pure.

What is recorded is the time from check-in to check-out as it was; hours count and points are given
only once somebody else has assessed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from chalicelib import clock
from chalicelib.ledger.accounts import Asset
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.calendar import add_working_days
from chalicelib.points.model.faults import (
    CheckInSoon,
    CheckOutSoon,
    CheckOutTooLate,
    MinutesWrong,
    NothingToConfirm,
    OwnService,
)

SOON_MS: Final = 5 * 60_000
ASSESSED_WITHIN_WORKING_DAYS: Final = 10
"""志愿服务记录与证明出具办法 art. 11."""

How = Literal["code", "typed", "card", "coordinator", "api"]
State = Literal["in", "out", "forgotten", "confirmed"]


@dataclass(frozen=True, slots=True)
class Flag:
    """Somebody's doubt about a check-in. It voids nothing; who assesses sees it."""

    kind: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One stay of one member at one activity. Times in ms; ``…_by`` is the coordinator who did it for
    the member, "" for the member; ``…_request`` is the submission, so that a repeat is recognised.

    ``minutes`` is what was recorded: 0 while in, and after a forgotten check-out until confirmed.
    ``assessed`` is the number of the assessment that counts, 0 for none; ``points_centi`` what it gave.
    """

    id: str
    activity_id: str
    community_id: str
    member_id: str
    category: str
    in_at: int
    in_how: How
    in_by: str
    in_request: str
    ends_at: int
    last_out_at: int
    state: State = "in"
    out_at: int = 0
    out_how: How = "code"
    out_by: str = ""
    out_request: str = ""
    minutes: int = 0
    confirmed_by: str = ""
    confirmed_at: int = 0
    flags: tuple[Flag, ...] = ()
    assessed: int = 0
    points_centi: Mapping[Asset, int] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The Shanghai day of service: that of the check-in, whenever it ended."""
        return clock.shanghai_day(self.in_at)

    @property
    def is_over(self) -> bool:
        return self.state in ("out", "confirmed")

    @property
    def minutes_max(self) -> int:
        """The most that can be confirmed after a forgotten check-out."""
        return (self.last_out_at - self.in_at) // 60_000

    @property
    def assess_by(self) -> date:
        """The last day for the assessment: ten working days after the activity."""
        return add_working_days(clock.shanghai_day(self.ends_at), ASSESSED_WITHIN_WORKING_DAYS)


def check_in(
    activity: Activity, check_in_id: str, member_id: str, how: How, by: str, request_id: str, now_ms: int
) -> CheckIn:
    """Somebody arrives. Raises OwnService, and what ``Activity.require_open`` raises."""
    activity.require_open(now_ms)
    if by == member_id:
        raise OwnService()
    return CheckIn(
        id=check_in_id,
        activity_id=activity.id,
        community_id=activity.community_id,
        member_id=member_id,
        category=activity.category,
        in_at=now_ms,
        in_how=how,
        in_by=by,
        in_request=request_id,
        ends_at=activity.ends_at,
        last_out_at=activity.last_out_at,
    )


def require_not_soon(last: CheckIn | None, now_ms: int) -> None:
    """A card that is still held before the camera after its check-out does not come in again unasked.

    Raises CheckInSoon(since).
    """
    if last is not None and last.state == "out" and now_ms < last.out_at + SOON_MS:
        raise CheckInSoon(since=last.out_at)


def check_out(read: CheckIn, how: How, by: str, request_id: str, now_ms: int, *, sure: bool) -> CheckIn:
    """Somebody leaves.

    Raises OwnService, CheckOutTooLate(ended_at), and CheckOutSoon(since) unless ``sure``.
    """
    if by == read.member_id:
        raise OwnService()
    if now_ms >= read.last_out_at:
        raise CheckOutTooLate(ended_at=read.ends_at)
    if not sure and now_ms < read.in_at + SOON_MS:
        raise CheckOutSoon(since=read.in_at)
    return replace(
        read,
        state="out",
        out_at=now_ms,
        out_how=how,
        out_by=by,
        out_request=request_id,
        minutes=max(now_ms - read.in_at, 0) // 60_000,
    )


def forgotten(read: CheckIn) -> CheckIn:
    """Closed at the activity's end for want of a check-out: flagged, and nothing is earned yet."""
    return replace(read, state="forgotten", out_at=max(read.ends_at, read.in_at), out_how="coordinator", minutes=0)


def confirm(read: CheckIn, by: str, minutes: int, now_ms: int) -> CheckIn:
    """The coordinator says how long it really was.

    Raises OwnService, NothingToConfirm, MinutesWrong(limit_minutes).
    """
    if by == read.member_id:
        raise OwnService()
    if read.state != "forgotten":
        raise NothingToConfirm()
    if not 0 <= minutes <= read.minutes_max:
        raise MinutesWrong(limit_minutes=read.minutes_max)
    return replace(read, state="confirmed", minutes=minutes, confirmed_by=by, confirmed_at=now_ms)


def flag_not_here(read: CheckIn, by: str, now_ms: int) -> CheckIn:
    """The coordinator does not see this person. Raises OwnService."""
    if by == read.member_id:
        raise OwnService()
    if any(flag.kind == "not_here" for flag in read.flags):
        return read
    return replace(read, flags=(*read.flags, Flag("not_here", by, now_ms)))


def unflag(read: CheckIn, by: str) -> CheckIn:
    """The person was found after all. Raises OwnService."""
    if by == read.member_id:
        raise OwnService()
    return replace(read, flags=tuple(flag for flag in read.flags if flag.kind != "not_here"))
