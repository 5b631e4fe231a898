"""Which days a report covers, and which months of them the totals can answer for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.reports.model.faults import BasisUnknown, PeriodInvalid, PeriodTooLong
from chalicelib.reports.model.period import DAYS_MAX, Period, months_from, period, whole_months

TODAY = date(2026, 11, 22)


def test_nothing_asked_is_this_year_so_far() -> None:
    assert period("", "", "", TODAY) == Period(date(2026, 1, 1), TODAY, "value")


def test_a_period_that_begins_in_the_future_is_one_day() -> None:
    assert period("2026-12-05", "", "booked", TODAY) == Period(date(2026, 12, 5), date(2026, 12, 5), "booked")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-06-30", "2026-01-01"),
        ("2026-02-30", ""),
        ("昨天", ""),
        ("", "2026-13-01"),
        ("1999-12-31", "2000-01-05"),
        ("2026-01-01", "2101-01-01"),
        ("2026-01-01\x00", ""),
        ("9" * 5000, ""),
    ],
)
def test_no_period(first: str, last: str) -> None:
    with pytest.raises(PeriodInvalid):
        period(first, last, "", TODAY)


def test_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(PeriodTooLong) as refused:
        period("2020-01-01", "2026-01-01", "", TODAY)
    assert refused.value.fields == {"days_max": DAYS_MAX}


def test_an_unknown_basis() -> None:
    with pytest.raises(BasisUnknown):
        period("", "", "paid", TODAY)


def test_the_month_that_runs_is_whole_when_the_period_reaches_today() -> None:
    assert whole_months(Period(date(2026, 10, 5), TODAY), TODAY) == (
        ["202611"],
        [(date(2026, 10, 5), date(2026, 10, 31))],
    )
    assert whole_months(Period(date(2026, 10, 1), date(2026, 11, 21)), TODAY) == (
        ["202610"],
        [(date(2026, 11, 1), date(2026, 11, 21))],
    )


@given(st.dates(date(2023, 1, 1), date(2026, 12, 31)), st.integers(0, 1000))
def test_months_and_ends_cover_every_day_once(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    months, ends = whole_months(Period(first, last), TODAY)
    covered = [f"{day:%Y%m%d}" for day in _days(first, min(last, TODAY))]
    in_ends = [f"{day:%Y%m%d}" for begin, end in ends for day in _days(begin, end)]
    assert len(in_ends) == len(set(in_ends))
    assert not {day[:6] for day in in_ends} & set(months)
    assert set(in_ends) == {day for day in covered if day[:6] not in months}
    assert set(months) == {day[:6] for day in covered} - {day[:6] for day in in_ends}
    assert len(ends) <= 2


def test_months_from() -> None:
    assert months_from(date(2026, 2, 14), 3, date(2026, 3, 1)) == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1),
    ]  # fmt: skip


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
