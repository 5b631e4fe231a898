"""In and out: one open check-in per member, held by a condition. Callers have judged the code first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chalicelib import ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Member
from chalicelib.points.model import checkins as model
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.checkins import CheckIn, How
from chalicelib.points.model.faults import AlreadyCheckedIn, AlreadyCheckedOut, CheckInUnknown, NotCheckedIn
from chalicelib.points.service import activities
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import checkins as store
from chalicelib.table import commit, fresh_reads


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands at an activity: ``in`` may check in, ``out`` may check out, ``elsewhere`` is
    in at another one, ``left`` has been here today and may come in again."""

    kind: Literal["in", "out", "elsewhere", "left"]
    check_in: CheckIn | None = None
    elsewhere: Activity | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scan of a card did."""

    did: Literal["in", "out"]
    check_in: CheckIn
    member: Member


def standing(member_id: str, activity: Activity, *, now_ms: int) -> Standing:
    """What a scan of this activity's code means for this member now. A forgotten check-out of an
    activity that is long over stands in nobody's way."""
    opened = store.open_of(member_id)
    if opened is not None and now_ms >= opened.value.last_out_at:
        opened = None
    if opened is not None and opened.value.activity_id == activity.id:
        return Standing("out", opened.value)
    if opened is not None:
        return Standing("elsewhere", opened.value, activities.get(opened.value.activity_id))
    last = activity_store.seat(activity.id, member_id)
    return Standing("left", store.read(last).value) if last else Standing("in")


@fresh_reads
def check_in(member_id: str, activity_id: str, *, how: How, submission: str, now_ms: int, by: str = "") -> CheckIn:
    """A member arrives. The same submission, or another tab, gets the check-in that is open here already.
    ``by`` is the coordinator who scanned the card, "" for the member's own phone.

    Raises AlreadyCheckedIn(since, activity), ActivityUnknown, ActivityFull, ActivityCancelled,
    ActivityClosed, ActivityNotYet, ActivityOver, OwnService.
    """
    check_in_id = _id(submission, member_id, activity_id)
    before = store.find(check_in_id)
    if before is not None:
        return before.value
    activity = activities.get(activity_id)
    opened = store.open_of(member_id)
    if opened is not None and close_if_forgotten(opened.value.id, now_ms=now_ms):
        opened = None
    if opened is not None:
        if opened.value.activity_id == activity_id:
            return opened.value
        there = activities.get(opened.value.activity_id)
        raise AlreadyCheckedIn(since=opened.value.in_at, activity=there.name)
    new = model.check_in(activity, check_in_id, member_id, how, by, submission, now_ms)
    seat = activity_store.seat(activity_id, member_id)
    if not seat:
        activity.require_seat()
    commit(store.in_writes(new) + activity_store.seat_writes(activity, member_id, new.id, seat))
    return new


@fresh_reads
def check_out(
    member_id: str, activity_id: str, *, how: How, submission: str, now_ms: int, by: str = "", sure: bool = False
) -> CheckIn:
    """A member leaves. The same submission again gets the same answer.

    Raises NotCheckedIn, AlreadyCheckedOut(since, minutes), CheckOutSoon(since) unless ``sure``,
    CheckOutTooLate(ended_at), OwnService, ActivityUnknown.
    """
    opened = store.open_of(member_id)
    if opened is None or opened.value.activity_id != activity_id:
        return _left_before(member_id, activity_id, submission)
    after = model.check_out(opened.value, how, by, submission, now_ms, sure=sure)
    commit(
        store.replace_writes(after, opened) + store.no_longer_open_writes(after) + store.todo_writes("assess", after)
    )
    return after


@fresh_reads
def close_if_forgotten(check_in_id: str, *, now_ms: int) -> bool:
    """Close a check-in at its activity's end, flagged, if nobody has checked out and the last moment for
    it has passed: by the schedule, or because its member comes to another activity."""
    read = store.read(check_in_id)
    if read.value.state != "in" or now_ms < read.value.last_out_at:
        return False
    after = model.forgotten(read.value)
    commit(store.replace_writes(after, read) + store.no_longer_open_writes(after) + store.todo_writes("confirm", after))
    return True


def repeat_of(member_id: str, activity_id: str, submission: str) -> CheckIn | None:
    """What this very submission did before, if it did: asked first, since the code that was good then
    may have expired."""
    arrived = store.find(_id(submission, member_id, activity_id))
    if arrived is not None:
        return arrived.value
    last = activity_store.seat(activity_id, member_id)
    found = store.read(last).value if last else None
    return found if found is not None and found.out_request == submission else None


def scan_card(
    actor: Actor, activity_id: str, card: str, *, submission: str, now_ms: int, sure: bool = False
) -> Scanned:
    """A coordinator scans or types a paper card: the member comes in or, if in here, goes out. The
    same submission again does nothing more.

    Raises NotAllowed, ActivityUnknown, TokenMalformed, TokenForged, TokenExpired, CardUnknown,
    CardRevoked, CheckInSoon(since) unless ``sure``, and what check_in and check_out raise.
    """
    activities.managed(actor, activity_id)
    member = identity.member_by_card(card, now_ms)
    before = repeat_of(member.id, activity_id, submission)
    if before is not None:
        return Scanned("out" if before.out_request == submission else "in", before, member)
    now_in = store.open_of(member.id)
    if now_in is not None and now_in.value.activity_id == activity_id:
        left = check_out(
            member.id, activity_id, how="card", submission=submission, now_ms=now_ms, by=actor.member_id, sure=sure
        )
        return Scanned("out", left, member)
    if not sure:
        last = activity_store.seat(activity_id, member.id)
        model.require_not_soon(store.read(last).value if last else None, now_ms)
    came = check_in(member.id, activity_id, how="card", submission=submission, now_ms=now_ms, by=actor.member_id)
    return Scanned("in", came, member)


def get(actor: Actor, check_in_id: str) -> CheckIn:
    """One's own check-in; to others it does not exist. Raises CheckInUnknown."""
    found = store.find(check_in_id) if ids.is_ulid(check_in_id) else None
    if found is None or found.value.member_id != actor.member_id:
        raise CheckInUnknown()
    return found.value


def _left_before(member_id: str, activity_id: str, submission: str) -> CheckIn:
    last = activity_store.seat(activity_id, member_id)
    if not last:
        raise NotCheckedIn()
    found = store.read(last).value
    if found.out_request == submission:
        return found
    raise AlreadyCheckedOut(since=found.out_at, minutes=found.minutes)


def _id(submission: str, member_id: str, activity_id: str) -> str:
    return ids.derived_ulid(ids.ulid_ms(submission), "check-in", submission, member_id, activity_id)
