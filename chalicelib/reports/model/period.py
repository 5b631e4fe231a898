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


def months_back(today: date, number: int) -> date:
    """The first day of the month ``number`` months before that of ``today``."""
    day = today.replace(day=1)
    for _ in range(number):
        day = (day - timedelta(days=1)).replace(day=1)
    return day
