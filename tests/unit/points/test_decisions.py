"""Pure decisions: activities, check-ins, rule sheets, medals, expiry, and the sentences about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.ledger.wallet import Hold, Wallet
from chalicelib.points.model import activities, checkins, my_points
from chalicelib.points.model.activities import Activity, Draft
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.faults import (
    ActivityCancelled,
    ActivityTextMissing,
    ActivityTextTooLong,
    ActivityTimesWrong,
    CapacityWrong,
    CheckOutSoon,
    SheetExists,
    SheetInvalid,
    SheetLineUnread,
)
from chalicelib.points.model.medals import medal_state
from chalicelib.points.model.rule_sheets import Grade, Level, RuleLine, check, check_version, first_sheet
from chalicelib.points.model.rule_text import read_cap, read_grades, read_levels, read_lines
from chalicelib.points.model.scoring import Score
from chalicelib.points.views.explanations import explain, factor

NINE = 1_772_672_400_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
DRAFT = Draft("longjing", "elderly", "送餐", "食堂", "送餐上门", "居委会", NINE, NINE + 3 * HOUR, 30)
SHEET = first_sheet(date(2026, 1, 1))


def plan(**other: object) -> Activity:
    return activities.plan(replace(DRAFT, **other), "01KJXR4EM02XW562HBJPFKBK7T", "52841", "M1", NINE - DAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "times",
    [
        {"ends_at": NINE},
        {"ends_at": NINE - 1},
        {"ends_at": NINE + 24 * HOUR + 1},
        {"starts_at": NINE - 3 * DAY, "ends_at": NINE - DAY},
        {"starts_at": NINE + 500 * DAY, "ends_at": NINE + 500 * DAY + HOUR},
    ],
)
def test_times_that_make_no_activity(times: dict[str, int]) -> None:
    with pytest.raises(ActivityTimesWrong):
        plan(**times)


def test_texts_and_capacity_of_an_activity() -> None:
    for field, limit in activities.CHARACTERS_MAX.items():
        with pytest.raises(ActivityTextMissing):
            plan(**{field: ""})
        with pytest.raises(ActivityTextTooLong):
            plan(**{field: "长" * (limit + 1)})
        assert plan(**{field: "👵<b>"})
    for people in (0, -1, 5001):
        with pytest.raises(CapacityWrong):
            plan(capacity=people)


def test_numbers_are_short_and_the_same_for_the_same_activity() -> None:
    first = list(activities.numbers("01KJXR4EM02XW562HBJPFKBK7T"))
    assert first == list(activities.numbers("01KJXR4EM02XW562HBJPFKBK7T"))
    assert all(len(number) == 5 for number in first[:16])
    assert all(len(number) == 6 for number in first[16:])
    assert len(set(first)) == len(first)


def test_cancelled_is_final() -> None:
    closed = activities.turned(plan(), "closed", "M1", NINE)
    assert activities.turned(closed, "open", "M1", NINE).state == "open"
    cancelled = activities.turned(closed, "cancelled", "M1", NINE)
    assert activities.turned(cancelled, "cancelled", "M2", NINE + 1) == cancelled
    with pytest.raises(ActivityCancelled):
        activities.turned(cancelled, "open", "M1", NINE)


def test_minutes_are_whole_and_a_clock_that_runs_back_gives_none() -> None:
    came = checkins.check_in(plan(), "C1", "M2", "code", "", "R1", NINE)
    assert checkins.check_out(came, "code", "", "R2", NINE + 6 * MINUTE - 1, sure=False).minutes == 5
    with pytest.raises(CheckOutSoon):
        checkins.check_out(came, "code", "", "R2", NINE - MINUTE, sure=False)
    assert checkins.check_out(came, "code", "", "R2", NINE - MINUTE, sure=True).minutes == 0


def test_what_a_sheet_cannot_say() -> None:
    assert check(SHEET) == SHEET
    line, grade = SHEET.lines[0], SHEET.grades[0]
    for wrong in (
        replace(SHEET, lines=()),
        replace(SHEET, grades=()),
        replace(SHEET, lines=(line, line)),
        replace(SHEET, lines=(replace(line, category="助老"),)),
        replace(SHEET, lines=(replace(line, name=""),)),
        replace(SHEET, lines=(replace(line, time_centi_per_hour=-1),)),
        replace(SHEET, lines=(replace(line, coefficient_milli=10_001),)),
        replace(SHEET, grades=(replace(grade, milli=-1),)),
        replace(SHEET, time_cap_centi_per_day=-1),
        replace(SHEET, levels=(Level("高", 200), Level("低", 100))),
        replace(SHEET, levels=(Level("零", 0),)),
        replace(SHEET, objection_days=0),
    ):
        with pytest.raises(SheetInvalid):
            check(wrong)


def test_versions_follow_each_other_and_never_reach_back() -> None:
    today = date(2026, 3, 5)
    check_version(SHEET, None, today)
    check_version(replace(SHEET, version=2, effective_from=date(2026, 3, 6)), SHEET, today)
    with pytest.raises(SheetInvalid):
        check_version(replace(SHEET, version=2), None, today)
    with pytest.raises(SheetExists):
        check_version(SHEET, SHEET, today)
    with pytest.raises(SheetInvalid):
        check_version(replace(SHEET, version=3, effective_from=date(2026, 4, 1)), SHEET, today)
    with pytest.raises(SheetInvalid):
        check_version(replace(SHEET, version=2, effective_from=today), SHEET, today)


def test_a_sheet_as_it_is_typed() -> None:
    assert read_lines("elderly 助老服务 1.00 0.5 1.2\n\n") == (RuleLine("elderly", "助老服务", 100, 50, 1200),)
    assert read_lines("elderly　助老 １．００ ０ １") == (RuleLine("elderly", "助老", 100, 0, 1000),)
    assert read_grades("good 良好 1") == (Grade("good", "良好", 1000),)
    assert read_levels("暖心 20") == (Level("暖心", 2000),)
    assert (read_cap(""), read_cap("0"), read_cap("10.5")) == (0, 0, 1050)
    for text in ("elderly 助老 1 1", "elderly 助老 1.001 1 1", "elderly 助老 -1 1 1", "elderly 助老 一 1 1", "👋"):
        with pytest.raises(SheetLineUnread) as told:
            read_lines("elderly 助老服务 1.00 0.5 1.2\n" + text)
        assert told.value.fields == {"line": 2}


def test_points_go_to_the_lot_of_their_rule() -> None:
    assert SHEET.expiry("TIME", date(2026, 12, 31)) == "never"
    assert SHEET.expiry("MEDAL", date(2026, 12, 31)) == "2027-12"


def test_a_medal_rises_with_what_was_ever_earned() -> None:
    state = medal_state(SHEET.levels, 20_00)
    assert (state.level, state.next_level, state.missing_centi) == (Level("暖心", 2000), Level("同心", 6000), 4000)
    assert medal_state(SHEET.levels, 0).level is None
    assert medal_state(SHEET.levels, 999_00).next_level is None
    assert medal_state((), 5).level is None


def test_a_balance_shows_what_can_be_spent_today() -> None:
    purse = Wallet(
        "M1",
        lots={"MEDAL": {"2026-02": 100, "2026-08": 200, "2027-12": 300}, "TIME": {"never": 50}},
        holds={"V1": Hold("MEDAL", {"2026-08": 70})},
        clawback={"TIME": 30},
    )
    time, medal = my_points.balances(purse, date(2026, 3, 5))
    assert (medal.available_centi, medal.held_centi, medal.expiring) == (500, 70, (("2026-08", 200),))
    assert (time.available_centi, time.owing_centi, time.expiring) == (50, 30, ())
    november = my_points.balances(replace(purse, lots={"MEDAL": {"2027-05": 1, "2027-06": 2}}), date(2026, 11, 30))
    assert november[1].expiring == (("2027-05", 1),)


def assessed(score: Score) -> Assessment:
    return Assessment(
        check_in_id="C1", number=1, member_id="M2", community_id="longjing", assessor_id="M3",
        organisation="龙井社区", at=NINE, grade="good", grade_name="良好", minutes=score.minutes,
        sheet_version=3, reason="", scores=(score,), objection_days=15,
    )  # fmt: skip


def test_the_sentence_is_the_one_that_was_agreed() -> None:
    said = explain(assessed(Score("TIME", 135, 100, 1200, 1000, 0, 0)), "zh")
    assert said == ["2.25小时×1.20×“良好”1.00=2.70时间积分(细则第3版,龙井社区评价)。有异议请于15日内提出。"]


def test_what_the_sentence_cannot_hold_stands_behind_it() -> None:
    (said,) = explain(assessed(Score("TIME", 137, 100, 1200, 1000, 300, 100)), "zh")
    assert said.startswith("2.28小时×1.20×“良好”1.00=2.74时间积分(细则第3版,龙井社区评价)。")
    assert "按实际 137 分钟计算,结果四舍五入一次。" in said
    assert said.endswith("当日上限 3,此前已计 1,本次计入 2。")
    assert explain(assessed(Score("MEDAL", 135, 0, 1200, 1000, 0, 0)), "zh") == []
    (english,) = explain(assessed(Score("TIME", 135, 100, 1200, 1000, 0, 0)), "en")
    said, objections = english.split(" (rule sheet 3, ")
    assert said == "2.25 h × 1.20 × “良好” 1.00 = 2.70 TIME points"
    assert objections == "assessed by 龙井社区). Objections within 15 days."


def test_a_factor_is_written_exactly() -> None:
    assert [factor(100, 1200), factor(50, 1100), factor(33, 1001), factor(0, 1000)] == [
        "1.20",
        "0.55",
        "0.33033",
        "0.00",
    ]
