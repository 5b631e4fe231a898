"""What the books must show about service and points, and what this folder must hold by itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import entry_id
from chalicelib.ledger.store import journal
from chalicelib.ledger.verify import Fact
from chalicelib.points.model import scoring
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.service import rule_sheets
from chalicelib.points.service.assessments import reversal_key
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import assessments as store
from chalicelib.points.store import checkins as checkin_store

GRACE_MS: Final = 60 * 60_000
"""The schedule that closes forgotten check-outs may be this late before it is a finding."""


def kinds() -> frozenset[str]:
    """The kinds of entries of which every one has an assessment behind it."""
    return frozenset({"award", "award_reversal"})


def facts() -> Iterator[Fact]:
    """Every assessment that gave points has one award entry, and one reversal if it was replaced."""
    for one in store.all_assessments():
        if one.entry_key:
            yield Fact(one.entry_key, "award", f"assessment {one.number} of check-in {one.check_in_id}")
            if one.replaced_at:
                key = reversal_key(one.entry_key)
                yield Fact(key, "award_reversal", f"replaced assessment {one.number} of check-in {one.check_in_id}")


def problems(now_ms: int = 0) -> Iterator[str]:
    """Broken rules in plain words, none when all is well; ids only. ``now_ms`` 0 leaves out what
    depends on the time."""
    check_ins = {one.id: one for one in checkin_store.all_check_ins()}
    by_check_in: dict[str, list[Assessment]] = defaultdict(list)
    for one in store.all_assessments():
        by_check_in[one.check_in_id].append(one)
    yield from _open_check_ins(check_ins, now_ms)
    yield from _assessments_in_order(check_ins, by_check_in)
    yield from _caps(check_ins, by_check_in)
    yield from _hours(check_ins, by_check_in)
    yield from _seats(check_ins)
    yield from _todos(check_ins)
    yield from _points_recompute(by_check_in)


def _open_check_ins(check_ins: dict[str, CheckIn], now_ms: int) -> Iterator[str]:
    opened = dict(checkin_store.all_open())
    for one in check_ins.values():
        if (one.state == "in") != (opened.get(one.member_id) == one.id):
            yield f"check-in {one.id}: {one.state}, but open for its member is {opened.get(one.member_id)}"
        if one.state == "in" and now_ms and now_ms > one.last_out_at + GRACE_MS:
            yield f"check-in {one.id}: still open after its activity's end"
        if one.state == "forgotten" and (one.minutes or one.assessed):
            yield f"check-in {one.id}: forgotten, not confirmed, and yet it counts"


def _assessments_in_order(check_ins: dict[str, CheckIn], by_check_in: dict[str, list[Assessment]]) -> Iterator[str]:
    for check_in_id, found in by_check_in.items():
        of = check_ins.get(check_in_id)
        if of is None:
            yield f"assessment of check-in {check_in_id}: there is no such check-in"
            continue
        if sorted(one.number for one in found) != list(range(1, of.assessed + 1)):
            yield f"check-in {check_in_id}: its assessments are not numbered 1 to {of.assessed}"
        current = [one for one in found if not one.replaced_at]
        if [one.number for one in current] != [of.assessed]:
            yield f"check-in {check_in_id}: not exactly its last assessment counts"
        elif dict(current[0].points_centi) != dict(of.points_centi):
            yield f"check-in {check_in_id}: its points are not those of its assessment"
        for one in found:
            if one.assessor_id == one.member_id:
                yield f"check-in {check_in_id}: assessed by the volunteer"
            if one.minutes > of.minutes:
                yield f"check-in {check_in_id}: more minutes recognised than recorded"
    for of in check_ins.values():
        if of.assessed and of.id not in by_check_in:
            yield f"check-in {of.id}: counts as assessed, but there is no assessment"


def _caps(check_ins: dict[str, CheckIn], by_check_in: dict[str, list[Assessment]]) -> Iterator[str]:
    given: Counter[tuple[str, date, Asset]] = Counter()
    sheets = {}
    for found in by_check_in.values():
        for one in found:
            if not one.replaced_at and one.check_in_id in check_ins:
                for asset, points_centi in one.points_centi.items():
                    given[(one.member_id, check_ins[one.check_in_id].day, asset)] += points_centi
    for (member_id, day, asset), points_centi in given.items():
        if day not in sheets:
            sheets[day] = rule_sheets.on(day)
        cap = sheets[day].cap_centi_per_day(asset)
        if cap and points_centi > cap:
            yield f"member {member_id}: {points_centi} {asset} for {day}, the cap is {cap}"


def _hours(check_ins: dict[str, CheckIn], by_check_in: dict[str, list[Assessment]]) -> Iterator[str]:
    want: dict[tuple[str, int], tuple[int, int]] = {}
    for found in by_check_in.values():
        for one in found:
            of = check_ins.get(one.check_in_id)
            if of is not None and not one.replaced_at:
                minutes, services = want.get((one.member_id, of.day.year), (0, 0))
                want[(one.member_id, of.day.year)] = (minutes + one.minutes, services + 1)
    have = {(member, year): (minutes, services) for member, year, minutes, services in store.all_hours()}
    for name in have.keys() | want.keys():
        if have.get(name) != want.get(name):
            yield f"hours of member {name[0]} in {name[1]}: kept {have.get(name)}, assessed {want.get(name)}"


def _seats(check_ins: dict[str, CheckIn]) -> Iterator[str]:
    seats = Counter(activity_id for activity_id, _ in activity_store.all_seats())
    came: dict[str, set[str]] = defaultdict(set)
    for one in check_ins.values():
        came[one.activity_id].add(one.member_id)
    for activity in activity_store.all_activities():
        counted = (activity.joined, seats[activity.id], len(came[activity.id]))
        if len(set(counted)) > 1:
            yield f"activity {activity.id}: {counted} joined, have a seat, came"
        if activity.joined > activity.capacity:
            yield f"activity {activity.id}: {activity.joined} joined, its capacity is {activity.capacity}"


def _todos(check_ins: dict[str, CheckIn]) -> Iterator[str]:
    waiting = set(checkin_store.all_todos())
    want = {("confirm", one.id) for one in check_ins.values() if one.state == "forgotten"}
    want |= {("assess", one.id) for one in check_ins.values() if one.is_over and not one.assessed}
    for kind, check_in_id in sorted(waiting ^ want):
        yield f"check-in {check_in_id}: on the list to {kind} and should not be, or the other way round"


def _points_recompute(by_check_in: dict[str, list[Assessment]]) -> Iterator[str]:
    """Every award in the journal is what its own explanation gives."""
    awarded = {entry_id(one.entry_key): one for found in by_check_in.values() for one in found if one.entry_key}
    for booked in journal.scan_entries(lambda _pk, _what: None) if awarded else ():
        one = awarded.get(booked.id)
        if one is None:
            continue
        credited: dict[str, int] = {}
        for posting in booked.postings:
            if posting.account.startswith("equity:issued:"):
                credited[posting.asset] = credited.get(posting.asset, 0) + posting.amount
        if credited != scoring.recompute(booked.explanation) or credited != dict(one.points_centi):
            yield f"entry {booked.key}: its points are not what its explanation gives"
