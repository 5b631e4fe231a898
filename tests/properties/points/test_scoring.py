"""Laws of scoring: integers agree with exact fractions, caps hold, and every point recomputes itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ledger.accounts import POINTS
from chalicelib.points.model import rule_text, scoring
from chalicelib.points.model.rule_sheets import Grade, Level, RuleLine, RuleSheet, check, first_sheet

MINUTES = st.integers(0, 24 * 60 + 60)
RATE = st.integers(0, 1000_00)
MILLI = st.integers(0, 10_000)
CAP = st.one_of(st.just(0), st.integers(1, 50_00))


@given(MINUTES, RATE, MILLI, MILLI)
def test_points_are_the_exact_product_rounded_half_up_once(
    minutes: int, rate: int, coefficient: int, grade: int
) -> None:
    exact = Fraction(minutes, 60) * rate * Fraction(coefficient, 1000) * Fraction(grade, 1000)
    assert scoring.points_centi(minutes, rate, coefficient, grade) == floor(exact + Fraction(1, 2))


@given(MINUTES, RATE, MILLI, MILLI, CAP, st.integers(0, 100_00))
def test_a_day_never_gives_more_than_its_cap(
    minutes: int, rate: int, coefficient: int, grade: int, cap: int, used: int
) -> None:
    score = scoring.Score("TIME", minutes, rate, coefficient, grade, cap, used)
    assert 0 <= score.awarded_centi <= score.full_centi
    if cap:
        assert score.awarded_centi <= max(cap - used, 0)
        assert score.awarded_centi == score.full_centi or score.awarded_centi == max(cap - used, 0)
    else:
        assert score.awarded_centi == score.full_centi


@given(st.lists(st.tuples(MINUTES, st.sampled_from(("excellent", "good", "passed", "failed"))), max_size=8), CAP, CAP)
def test_services_of_one_day_fill_the_cap_in_any_number(
    services: list[tuple[int, str]], time_cap: int, medal_cap: int
) -> None:
    sheet = replace(first_sheet(date(2026, 1, 1)), time_cap_centi_per_day=time_cap, medal_cap_centi_per_day=medal_cap)
    used = {"TIME": 0, "MEDAL": 0}
    full = {"TIME": 0, "MEDAL": 0}
    for minutes, grade in services:
        scores = scoring.score(sheet, "elderly", grade, minutes, used)
        for score in scores:
            used[score.asset] += score.awarded_centi
            full[score.asset] += score.full_centi
    for asset in POINTS:
        cap = sheet.cap_centi_per_day(asset)
        assert used[asset] == (min(full[asset], cap) if cap else full[asset])


@given(MINUTES, st.sampled_from(("excellent", "good", "passed", "failed")), st.integers(0, 10_00), st.integers(0, 6_00))
def test_what_the_entry_keeps_gives_its_points_again(minutes: int, grade: str, time: int, medal: int) -> None:
    sheet = first_sheet(date(2026, 1, 1))
    scores = scoring.score(sheet, "patrol", grade, minutes, {"TIME": time, "MEDAL": medal})
    kept = json.loads(json.dumps(scoring.explanation(scores, sheet.version, grade)))
    assert scoring.recompute(kept) == scoring.awarded(scores)


NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=20)
CODES = st.from_regex(r"[a-z][a-z0-9-]{0,23}", fullmatch=True)


def distinct(pairs: list[tuple[str, str]]) -> bool:
    return len({code for code, _ in pairs}) == len(pairs) == len({name for _, name in pairs})


@given(
    st.lists(st.tuples(CODES, NAMES), min_size=1, max_size=6).filter(distinct),
    st.lists(st.tuples(CODES, NAMES), min_size=1, max_size=4).filter(distinct),
    st.lists(st.integers(1, 500_00), max_size=5, unique=True),
    RATE,
    RATE,
    MILLI,
    CAP,
)
def test_a_sheet_typed_as_it_is_shown_is_the_same_sheet(
    lines: list[tuple[str, str]],
    grades: list[tuple[str, str]],
    marks: list[int],
    time: int,
    medal: int,
    milli: int,
    cap: int,
) -> None:
    sheet = check(
        RuleSheet(
            version=1,
            effective_from=date(2026, 1, 1),
            lines=tuple(RuleLine(code, name, time, medal, milli) for code, name in lines),
            grades=tuple(Grade(code, name, milli) for code, name in grades),
            time_cap_centi_per_day=cap,
            medal_cap_centi_per_day=0,
            levels=tuple(Level(f"第{n}级", mark) for n, mark in enumerate(sorted(marks))),
        )
    )
    assert rule_text.read_lines(rule_text.lines_text(sheet)) == sheet.lines
    assert rule_text.read_grades(rule_text.grades_text(sheet)) == sheet.grades
    assert rule_text.read_levels(rule_text.levels_text(sheet)) == sheet.levels
    assert rule_text.read_cap(rule_text.cap_text(cap)) == cap
