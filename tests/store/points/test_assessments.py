"""Assessment on the engine: one award per service, however often it is asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib import table
from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity.service import Role
from chalicelib.ledger import accounts, wallet
from chalicelib.ledger.entry import entry_id
from chalicelib.ledger.store import balances, journal
from chalicelib.points.model import scoring
from chalicelib.points.model.faults import (
    AlreadyAssessed,
    GradeUnknown,
    MinutesWrong,
    NotConfirmed,
    NothingToConfirm,
    OwnService,
    ReasonNeeded,
    StillCheckedIn,
)
from chalicelib.points.service import assessments, attendance, checkins, my_points
from chalicelib.points.store import assessments as store
from tests.store.points.street import DAY, HOUR, MINUTE, NINE, Street, books_hold, form


def test_one_entry_for_both_assets_that_explains_itself(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 135)
    with table.counting() as units:
        given = assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
    # 2.25 h × 1.00 × 1.20 × 1.00 and 2.25 h × 0.50 × 1.20 × 1.00
    assert given.points_centi == {"TIME": 270, "MEDAL": 135}
    assert (given.organisation, given.sheet_version, given.grade_name) == ("龙井社区", 1, "良好")
    entry = journal.by_id(entry_id(f"award:{done.id}:1"))
    assert entry is not None
    assert (entry.kind, entry.owner, entry.value_date) == ("award", "community:longjing", done.day)
    purse = accounts.wallet(street.zhou.id)
    assert (entry.amount(purse, "TIME"), entry.amount(purse, "MEDAL")) == (-270, -135)
    assert scoring.recompute(entry.explanation) == {"TIME": 270, "MEDAL": 135}
    assert {change.expiry for change in entry.lots} == {"never", "2027-12"}
    assert "周" not in entry.body
    # entry 2, day and statement index, late index, totals 2, wallet 2
    assert (units.by_table["linli-journal"], units.by_table["linli-balances"]) == (5, 4)


def test_the_same_request_again_gets_its_first_answer(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 60)
    first = assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
    assert assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + 2 * DAY) == first
    with pytest.raises(AlreadyAssessed):
        assessments.assess(street.assessor, done.id, number=1, grade="failed", now_ms=NINE + 2 * DAY)
    with pytest.raises(AlreadyAssessed):
        assessments.assess(street.assessor, done.id, number=3, grade="good", now_ms=NINE, reason="更正")


def test_two_assessors_at_once_give_one_award(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 120)
    second = street.staff("孙评价", Role.ASSESSOR)

    def go(number: int) -> str:
        who, grade = ((street.assessor, "good"), (second, "excellent"))[number % 2]
        try:
            return assessments.assess(who, done.id, number=1, grade=grade, now_ms=NINE + DAY).grade
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(go, range(8)))
    assert answers[:4] == ["already_assessed"] * 4
    assert len(set(answers[4:])) == 1
    assert len(list(journal.scan_entries())) == 1


def test_nobody_assesses_or_confirms_themselves(street: Street) -> None:
    both = street.grant(street.zhou, Role.ASSESSOR)
    both = street.grant(street.zhou, Role.COORDINATOR)
    meal = street.activity()
    done = street.served(street.zhou, meal, 60)
    with pytest.raises(OwnService):
        assessments.assess(both, done.id, number=1, grade="good", now_ms=NINE + DAY)
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE + 2 * HOUR)
    with pytest.raises(OwnService):
        attendance.flag_not_here(both, came.id, now_ms=NINE + 2 * HOUR)
    attendance.close_forgotten(now_ms=meal.last_out_at)
    forgotten = attendance.to_confirm(street.coordinator, "longjing")[0][0].check_in
    with pytest.raises(OwnService):
        attendance.confirm(both, forgotten.id, 30, now_ms=NINE + DAY)


def test_only_an_assessor_of_the_community_assesses(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 60)
    elsewhere = street.staff("何他社", Role.ASSESSOR, "community:hehua")
    for who in (street.coordinator, elsewhere, street.admin):
        with pytest.raises(NotAllowed):
            assessments.assess(who, done.id, number=1, grade="good", now_ms=NINE + DAY)


def test_what_cannot_be_assessed(street: Street) -> None:
    meal = street.activity()
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE)

    def assess(**asked: object) -> None:
        assessments.assess(street.assessor, came.id, number=1, now_ms=NINE + DAY, **{"grade": "good", **asked})

    with pytest.raises(StillCheckedIn):
        assess()
    attendance.close_forgotten(now_ms=meal.last_out_at)
    with pytest.raises(NotConfirmed):
        assess()
    attendance.confirm(street.coordinator, came.id, 90, now_ms=NINE + DAY)
    with pytest.raises(MinutesWrong):
        assess(minutes=91, reason="实际更长")
    with pytest.raises(ReasonNeeded):
        assess(minutes=60)
    with pytest.raises(GradeUnknown):
        assess(grade="🏅")
    assess(minutes=60, reason="中途离开半小时")


def test_a_forgotten_check_out_earns_nothing_until_confirmed(street: Street) -> None:
    meal = street.activity()
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE)
    assert attendance.close_forgotten(now_ms=meal.last_out_at - 1).done == 0
    assert attendance.close_forgotten(now_ms=meal.last_out_at).done == 1
    assert attendance.close_forgotten(now_ms=meal.last_out_at).done == 0
    books_hold(NINE + DAY)
    closed = my_points.records(street.actor(street.zhou))[0][0].check_in
    assert (closed.state, closed.minutes, closed.out_at) == ("forgotten", 0, meal.ends_at)
    waiting, _ = attendance.to_confirm(street.coordinator, "longjing")
    assert [(one.check_in.id, one.name) for one in waiting] == [(came.id, "周**")]
    with pytest.raises(MinutesWrong) as told:
        attendance.confirm(street.coordinator, came.id, 211, now_ms=NINE + DAY)
    assert told.value.fields == {"limit_minutes": 210}
    with pytest.raises(MinutesWrong):
        attendance.confirm(street.coordinator, came.id, -1, now_ms=NINE + DAY)
    attendance.confirm(street.coordinator, came.id, 100, now_ms=NINE + DAY)
    attendance.confirm(street.coordinator, came.id, 100, now_ms=NINE + DAY)
    with pytest.raises(NothingToConfirm):
        attendance.confirm(street.coordinator, came.id, 99, now_ms=NINE + DAY)
    given = assessments.assess(street.assessor, came.id, number=1, grade="good", now_ms=NINE + DAY)
    assert given.points_centi == {"TIME": 200, "MEDAL": 100}


def test_the_day_is_capped_and_the_rest_is_said(street: Street) -> None:
    first = street.served(street.zhou, street.activity(hours=8), 480)
    full = assessments.assess(street.assessor, first.id, number=1, grade="excellent", now_ms=NINE + DAY)
    assert full.points_centi == {"TIME": 1000, "MEDAL": 576}
    evening = street.activity("平安夜巡", starts_at=NINE + 10 * HOUR, category="patrol")
    second = street.served(street.zhou, evening, 60)
    given = assessments.assess(street.assessor, second.id, number=1, grade="good", now_ms=NINE + DAY)
    assert given.points_centi == {"MEDAL": 24}
    assert [(s.full_centi, s.awarded_centi, s.used_centi) for s in given.scores] == [(110, 0, 1000), (55, 24, 576)]
    assert my_points.my_points(street.actor(street.zhou), now_ms=NINE + DAY).minutes == 540


def test_a_cap_holds_on_a_day_too_old_for_the_wallet(street: Street) -> None:
    old = street.served(street.zhou, street.activity(hours=9), 540)
    late = street.served(street.zhou, street.activity("夜巡", starts_at=NINE + 10 * HOUR), 60)
    assessments.assess(street.assessor, old.id, number=1, grade="good", now_ms=NINE + DAY)
    for n in range(1, 16):
        done = street.served(street.zhou, street.activity(f"第{n}天", starts_at=NINE + n * DAY, hours=1), 60)
        assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + 20 * DAY)
    assert balances.wallet(street.zhou.id).cap_used(old.day, "TIME") is None
    given = assessments.assess(street.assessor, late.id, number=1, grade="good", now_ms=NINE + 20 * DAY)
    assert given.points_centi == {"MEDAL": 60}


def test_no_points_is_an_assessment_without_an_entry(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 60)
    given = assessments.assess(street.assessor, done.id, number=1, grade="failed", now_ms=NINE + DAY)
    assert (given.points_centi, given.entry_key) == ({}, "")
    assert list(journal.scan_entries()) == []
    seen = my_points.my_points(street.actor(street.zhou), now_ms=NINE + DAY)
    assert (seen.minutes, seen.services) == (60, 1)


def test_reassessing_reverses_and_awards_anew(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 120)
    assessments.assess(street.assessor, done.id, number=1, grade="excellent", now_ms=NINE + DAY)
    with pytest.raises(ReasonNeeded):
        assessments.assess(street.assessor, done.id, number=2, grade="good", now_ms=NINE + 2 * DAY)
    again = assessments.assess(
        street.assessor, done.id, number=2, grade="good", minutes=60, reason="核对签到表", now_ms=NINE + 2 * DAY
    )
    assert again.points_centi == {"TIME": 120, "MEDAL": 60}
    purse = balances.wallet(street.zhou.id)
    assert (purse.posted("TIME"), purse.posted("MEDAL"), purse.lifetime_medal_centi) == (120, 60, 60)
    assert purse.cap_used(done.day, "TIME") == 120
    kinds = sorted(entry.kind for entry in journal.scan_entries())
    assert kinds == ["award", "award", "award_reversal"]
    seen = my_points.my_points(street.actor(street.zhou), now_ms=NINE + 2 * DAY)
    assert (seen.minutes, seen.services) == (60, 1)
    # to nothing, and back up
    assessments.assess(street.assessor, done.id, number=3, grade="failed", reason="未到岗", now_ms=NINE + 3 * DAY)
    assert balances.wallet(street.zhou.id).posted("TIME") == 0
    assessments.assess(street.assessor, done.id, number=4, grade="good", reason="查明到岗", now_ms=NINE + 4 * DAY)
    assert balances.wallet(street.zhou.id).posted("TIME") == 240


def test_what_was_spent_is_owed_and_settled_by_the_next_award(street: Street) -> None:
    meal = street.activity()
    done = street.served(street.zhou, meal, 120)
    assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
    read = balances.wallet(street.zhou.id)
    today = done.day
    held = wallet.hold(read, form(), "TIME", 200, today)
    table.commit(balances.wallet_writes(read, held))
    assessments.assess(street.assessor, done.id, number=2, grade="failed", reason="未到岗", now_ms=NINE + 2 * DAY)
    owing = my_points.my_points(street.actor(street.zhou), now_ms=NINE + DAY).balances[0]
    assert (owing.available_centi, owing.held_centi, owing.owing_centi) == (0, 200, 200)
    second = street.served(street.zhou, street.activity("次日送餐", starts_at=NINE + 3 * DAY), 150)
    assessments.assess(street.assessor, second.id, number=1, grade="good", now_ms=NINE + 4 * DAY)
    after = my_points.my_points(street.actor(street.zhou), now_ms=NINE + 4 * DAY).balances[0]
    assert (after.available_centi, after.held_centi, after.owing_centi) == (100, 200, 0)


def test_a_flag_voids_nothing_but_the_assessor_sees_it(street: Street) -> None:
    meal = street.activity()
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE)
    attendance.flag_not_here(street.coordinator, came.id, now_ms=NINE + MINUTE)
    attendance.flag_not_here(street.coordinator, came.id, now_ms=NINE + 2 * MINUTE)
    checkins.check_out(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE + HOUR)
    seen = assessments.case(street.assessor, came.id)
    assert [flag.kind for flag in seen.waiting.check_in.flags] == ["not_here"]
    assert assessments.assess(street.assessor, came.id, number=1, grade="good", now_ms=NINE + DAY).points_centi


def test_the_coordinator_closes_for_somebody_who_has_left(street: Street) -> None:
    meal = street.activity()
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=NINE)
    sent = form()
    closed = attendance.close_for(street.coordinator, came.id, submission=sent, now_ms=NINE + 50 * MINUTE)
    assert (closed.minutes, closed.out_by) == (50, street.coordinator.member_id)
    assert attendance.close_for(street.coordinator, came.id, submission=sent, now_ms=NINE + HOUR) == closed


def test_what_is_late_is_counted(street: Street) -> None:
    street.served(street.zhou, street.activity(), 60)
    waiting, _ = assessments.to_assess(street.assessor, "longjing")
    # ten working days after Thursday 5 March 2026
    assert [one.due for one in waiting] == ["20260319"]
    assert assessments.overdue(street.assessor, "longjing", now_ms=NINE + 14 * DAY) == 0
    assert assessments.overdue(street.assessor, "longjing", now_ms=NINE + 15 * DAY) == 1
    assert store.latest_sheet() is not None
