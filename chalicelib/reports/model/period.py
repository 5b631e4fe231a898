"""The days that a report covers. Pure; Shanghai days, both included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from chalicelib.reports.model.faults import BasisUnknown, PeriodInvalid, PeriodTooLong

DAYS_MAX: Final = 366 * 3
Basis = Literal["value", "booked"]
"""By the day that the bank shows, or by the day that it was entered in the books."""


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date
    basis: Basis = "value"

    def __post_init__(self) -> None:
        if self.first > self.last or self.first.year < 2000 or self.last.year > 2100:
            raise PeriodInvalid()
        if (self.last - self.first).days >= DAYS_MAX:
            raise PeriodTooLong(days_max=DAYS_MAX)


def period(first: str, last: str, basis: str, today: date) -> Period:
    """A period as asked for; empty days mean this year so far.

    Raises PeriodInvalid, PeriodTooLong(days_max), BasisUnknown.
    """
    if basis not in ("", "value", "booked"):
        raise BasisUnknown()
    try:
        begin = date.fromisoformat(first) if first else date(today.year, 1, 1)
        end = date.fromisoformat(last) if last else max(today, begin)
    except ValueError as error:
        raise PeriodInvalid() from error
    return Period(begin, end, "booked" if basis == "booked" else "value")


def booked_days(first: str, last: str) -> tuple[date | None, date | None]:
    """The days of a journal as asked for; "" is open at that end, and a journal may be as long as it likes.

    Raises PeriodInvalid.
    """
    try:
        begin, end = (date.fromisoformat(day) if day else None for day in (first, last))
    except ValueError as error:
        raise PeriodInvalid() from error
    for day in (begin, end):
        if day is not None and not 2000 <= day.year <= 2100:
            raise PeriodInvalid()
    if begin is not None and end is not None and begin > end:
        raise PeriodInvalid()
    return begin, end


def whole_months(of: Period, today: date) -> tuple[list[str], list[tuple[date, date]]]:
    """The months (``yyyymm``) that lie wholly in the period, and the days that are left at its ends.

    The present month is whole when the period reaches today: nothing lies in the future.
    """
    months: list[str] = []
    ends: list[tuple[date, date]] = []
    start = of.first
    while start <= min(of.last, today):
        month_end = _month_end(start)
        end = min(of.last, month_end)
        if start.day == 1 and (end == month_end or end >= today):
            months.append(f"{start:%Y%m}")
        else:
            ends.append((start, min(end, today)))
        start = month_end + timedelta(days=1)
    return months, ends


def months_from(day: date, before: int, last: date) -> list[date]:
    """The first day of each month, from ``before`` months before that of ``day`` until that of ``last``."""
    start = day.year * 12 + day.month - 1 - before
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, last.year * 12 + last.month)]


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
