"""Assessment 评价: what a service was worth, said by somebody else, and the points that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib import clock, ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Role, community_scope
from chalicelib.ledger import events, wallet
from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.ledger.entry import Entry, Posting, entry_id
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.ledger.wallet import Wallet
from chalicelib.points.model import assessments as model
from chalicelib.points.model import scoring
from chalicelib.points.model.assessments import Asked, Assessment
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.faults import AlreadyAssessed, CheckInUnknown
from chalicelib.points.model.rule_sheets import RuleSheet
from chalicelib.points.service import attendance, checkins, rule_sheets
from chalicelib.points.service.attendance import Waiting
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import assessments as store
from chalicelib.points.store import checkins as checkin_store
from chalicelib.points.store.assessments import AssessmentItem
from chalicelib.table import Timed, Write, commit, fresh_reads

Writes = list[Write | Timed]


@dataclass(frozen=True, slots=True)
class Case:
    """A check-in before an assessor: what is known, and the grades to choose from."""

    waiting: Waiting
    sheet: RuleSheet
    history: tuple[Assessment, ...]

    @property
    def next_number(self) -> int:
        return self.waiting.check_in.assessed + 1


@fresh_reads
def assess(
    actor: Actor,
    check_in_id: str,
    *,
    number: int,
    grade: str,
    now_ms: int,
    minutes: int | None = None,
    reason: str = "",
) -> Assessment:
    """Score a service and award its points. ``number`` is the one after the last that the assessor
    has seen: 1, or n + 1 to reassess, which reverses the award of n in the same transaction.

    The same request again gets its first answer; another one under the same number is a conflict.

    Raises CheckInUnknown, NotAllowed, OwnService, StillCheckedIn, NotConfirmed, AlreadyAssessed(number),
    MinutesWrong, ReasonNeeded, ReasonTooLong, GradeUnknown, SheetMissing, CategoryUnknown.
    """
    asked = Asked(grade, minutes, reason.strip())
    read = _found(check_in_id)
    of = read.value
    actor.require(Role.ASSESSOR, community_scope(of.community_id))
    done = store.find(check_in_id, number) if 1 <= number <= of.assessed else None
    if done is not None:
        if model.same(done.value, actor.member_id, asked):
            return done.value
        raise AlreadyAssessed(number=of.assessed)
    recognised = model.require_assessable(of, actor.member_id, number, asked)
    sheet = rule_sheets.on(of.day)
    before = store.find(check_in_id, of.assessed)

    purse = balances.wallet(of.member_id)
    reversed_purse, writes = _take_back(of, before, purse, now_ms)
    scores = scoring.score(sheet, of.category, grade, recognised, _used_centi(of, reversed_purse))
    new = _assessment(actor, of, number, asked, sheet, scores, now_ms)
    purse_after, award_writes = _award(of, new, reversed_purse)
    writes += award_writes
    if purse_after != purse:
        writes += balances.wallet_writes(purse, purse_after)

    after = replace(of, assessed=number, points_centi=dict(new.points_centi))
    writes += store.create_writes(new) + checkin_store.replace_writes(after, read)
    writes += store.hours_writes(
        of.member_id, of.day.year, recognised - (before.value.minutes if before else 0), 0 if before else 1
    )
    if before is None:
        writes += checkin_store.done_writes("assess", of)
    commit(writes)
    return new


def case(actor: Actor, check_in_id: str) -> Case:
    """What an assessor sees before deciding. Raises CheckInUnknown, NotAllowed, SheetMissing."""
    of = _found(check_in_id).value
    actor.require_read(Role.ASSESSOR, community_scope(of.community_id))
    waiting = attendance.waiting([checkin_store.Todo(of.id, f"{of.assess_by:%Y%m%d}")])[0]
    return Case(waiting, rule_sheets.on(of.day), tuple(store.history(of.id)))


def to_assess(actor: Actor, community_id: str, *, limit: int = 20, cursor: str = "") -> tuple[list[Waiting], str]:
    """What waits for assessment in a community, the most urgent first. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.ASSESSOR, community_scope(community_id))
    listed, more = checkin_store.todos("assess", community_id, limit=limit, cursor=cursor)
    return attendance.waiting(listed), more


def overdue(actor: Actor, community_id: str, *, now_ms: int) -> int:
    """How many are past their ten working days, counted up to 200. Raises NotAllowed."""
    actor.require_read(Role.ASSESSOR, community_scope(community_id))
    return checkin_store.overdue("assess", community_id, f"{clock.shanghai_day(now_ms):%Y%m%d}")


def _assessment(
    actor: Actor,
    of: CheckIn,
    number: int,
    asked: Asked,
    sheet: RuleSheet,
    scores: tuple[scoring.Score, ...],
    now_ms: int,
) -> Assessment:
    points = scoring.awarded(scores)
    return Assessment(
        check_in_id=of.id,
        number=number,
        member_id=of.member_id,
        community_id=of.community_id,
        assessor_id=actor.member_id,
        organisation=identity.community(of.community_id).name,
        at=now_ms,
        grade=asked.grade,
        grade_name=sheet.grade(asked.grade).name,
        minutes=scores[0].minutes,
        sheet_version=sheet.version,
        reason=asked.reason,
        scores=scores,
        points_centi=points,
        expiry={asset: sheet.expiry(asset, of.day) for asset in points},
        entry_key=model.award_key(of.id, number) if points else "",
        objection_days=sheet.objection_days,
    )


def _award(of: CheckIn, new: Assessment, purse: Wallet) -> tuple[Wallet, Writes]:
    """The award's entry: both assets in one, an old clawback settled first. Nothing where no points came of it."""
    if not new.entry_key:
        return purse, []
    given = wallet.award(purse, new.points_centi, new.expiry, of.day)
    postings: list[Posting] = []
    for asset in new.points_centi:
        postings += events.award(
            of.community_id, of.member_id, asset, given.to_clawback.get(asset, 0), given.to_wallet.get(asset, 0)
        )
    entry = Entry(
        key=new.entry_key,
        kind="award",
        postings=tuple(postings),
        value_date=of.day,
        owner=totals.owner("community", of.community_id),
        inputs={
            "check_in": of.id,
            "number": new.number,
            "assessor": new.assessor_id,
            "grade": new.grade,
            "minutes": new.minutes,
        },
        ref=of.id,
        dims={"category": of.category, "activity": of.activity_id},
        explanation=scoring.explanation(new.scores, new.sheet_version, new.grade),
        lots=given.lots,
    )
    return given.wallet.booked(entry.id), journal.entry_writes(entry)


def _take_back(of: CheckIn, before: AssessmentItem | None, purse: Wallet, now_ms: int) -> tuple[Wallet, Writes]:
    """Reverse what the last assessment gave, if it gave anything."""
    if before is None:
        return purse, []
    last = before.value
    writes: Writes = [*store.replace_writes(replace(last, replaced_at=now_ms), before)]
    if not last.entry_key:
        return purse, writes
    back = wallet.reverse_award(purse, last.points_centi, last.expiry, of.day)
    postings: list[Posting] = []
    for asset in last.points_centi:
        postings += events.award_reversed(
            of.community_id,
            of.member_id,
            asset,
            back.from_wallet.get(asset, 0),
            back.from_expired.get(asset, 0),
            back.to_clawback.get(asset, 0),
        )
    entry = Entry(
        key=reversal_key(last.entry_key),
        kind="award_reversal",
        postings=tuple(postings),
        value_date=clock.shanghai_day(now_ms),
        owner=totals.owner("community", of.community_id),
        inputs={"of": last.entry_key},
        ref=of.id,
        dims={"category": of.category, "activity": of.activity_id},
        explanation={"reverses": last.entry_key},
        lots=back.lots,
    )
    return back.wallet.booked(entry.id), writes + journal.entry_writes(entry)


def reversal_key(award_key: str) -> str:
    return f"reversal:{entry_id(award_key)}"


def _used_centi(of: CheckIn, purse: Wallet) -> dict[Asset, int]:
    """What the day of service has given already. Days too old for the wallet are added up from the records."""
    used: dict[Asset, int] = {}
    for asset in POINTS:
        kept = purse.cap_used(of.day, asset)
        used[asset] = _from_records(of, of.day, asset) if kept is None else kept
    return used


def _from_records(of: CheckIn, day: date, asset: Asset) -> int:
    start, end = clock.day_start_ms(day), clock.day_start_ms(day + timedelta(days=1))
    others = checkin_store.of_member_between(of.member_id, start, end)
    return sum(one.points_centi.get(asset, 0) for one in others if one.id != of.id)


def result(actor: Actor, check_in_id: str) -> tuple[CheckIn, str, list[tuple[Assessment, bool]]]:
    """One's own check-in, its activity's name, and its assessments, newest first, each with whether it counts."""
    of = checkins.get(actor, check_in_id)
    name = activity_store.read(of.activity_id).value.name
    return of, name, [(one, one.number == of.assessed) for one in store.history(of.id)]


def _found(check_in_id: str) -> checkin_store.CheckInItem:
    read = checkin_store.find(check_in_id) if ids.is_ulid(check_in_id) else None
    if read is None:
        raise CheckInUnknown()
    return read


def with_assessments(check_ins: Sequence[CheckIn]) -> list[tuple[CheckIn, Assessment | None]]:
    """Each check-in with the assessment that counts."""
    found = [(one, store.find(one.id, one.assessed)) for one in check_ins]
    return [(one, item.value if item is not None else None) for one, item in found]


def activity_names(check_ins: Sequence[CheckIn]) -> dict[str, str]:
    """Activity id → name."""
    wanted = {one.activity_id for one in check_ins}
    return {activity_id: activity_store.read(activity_id).value.name for activity_id in wanted}
