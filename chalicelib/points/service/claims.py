"""The rotating code: judged when the page opens; a valid one becomes a claim of that browser."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.points import codes
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.checkins import How
from chalicelib.points.model.faults import ActivityUnknown, CodeForged, CodeMalformed, DigitsTooMany, DigitsWrong
from chalicelib.points.service import activities
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import checkins as store
from chalicelib.table import commit

TRIES_OF_ONE_MAX = 5
TRIES_FOR_ACTIVITY_MAX = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """``text`` is kept by the browser; worthless in another one and after ``expires_at`` (ms)."""

    activity: Activity
    how: How
    text: str
    expires_at: int


def scanned(token: str, *, browser_id: str, now_ms: int) -> Claimed:
    """The claim for a scanned code. Raises CodeMalformed, CodeForged, CodeExpired."""
    return _claimed(judged(token, now_ms=now_ms), "code", browser_id, now_ms)


def typed(number: str, digits: str, *, browser_id: str, now_ms: int) -> Claimed:
    """The claim for a typed number and code.

    Raises DigitsMalformed, DigitsWrong(tries_left), DigitsTooMany(retry_after_s).
    """
    return _claimed(judged_typed(number, digits, whose=browser_id, now_ms=now_ms), "typed", browser_id, now_ms)


def claimed(text: str, *, browser_id: str, now_ms: int) -> Claimed:
    """What this browser may do. Raises ClaimMissing, ActivityUnknown."""
    claim = codes.read_claim(text, browser_id, now_ms)
    how: How = "typed" if claim.how == "typed" else "code"
    return Claimed(activities.get(claim.activity_id), how, text, claim.expires_at)


def named(token: str, number: str) -> str:
    """The id of the activity that a token or a typed number names, "" for none. Proves nothing: it
    serves to find what a repeated request has done already."""
    try:
        return activity_store.id_by_number(codes.read(token).number if token else number.strip())
    except CodeMalformed:
        return ""


def judged(token: str, *, now_ms: int) -> Activity:
    """The activity whose screen shows this code now. Raises CodeMalformed, CodeForged, CodeExpired."""
    code = codes.read(token)
    try:
        found = activities.by_number(code.number)
    except ActivityUnknown:
        raise CodeForged() from None
    codes.judge(code, found.id, now_ms)
    return found


def judged_typed(number: str, digits: str, *, whose: str, now_ms: int) -> Activity:
    """The activity whose screen shows these digits now. Every try is counted before it is compared, for
    ``whose`` (a browser or a member) and for the activity, so that many at once gain nothing.

    Raises DigitsMalformed, DigitsWrong(tries_left), DigitsTooMany(retry_after_s).
    """
    plain, six = codes.read_typed(number, digits)
    commit(store.try_writes(whose, TRIES_OF_ONE_MAX, now_ms) + store.try_writes(plain, TRIES_FOR_ACTIVITY_MAX, now_ms))
    activity_id = activity_store.id_by_number(plain)
    if not activity_id or not codes.digits_match(activity_id, six, now_ms):
        left = TRIES_OF_ONE_MAX - store.tries(whose, now_ms)
        if left <= 0:
            raise DigitsTooMany(retry_after_s=store.window_left_s(now_ms))
        raise DigitsWrong(tries_left=left)
    commit(store.forgive_writes(whose, now_ms) + store.forgive_writes(plain, now_ms))
    return activities.get(activity_id)


def _claimed(activity: Activity, how: How, browser_id: str, now_ms: int) -> Claimed:
    text = codes.make_claim(activity.id, how, browser_id, now_ms)
    return Claimed(activity, how, text, now_ms + codes.CLAIM_LIFE_MS)
