"""Working days of the Chinese calendar. Pure.

2025 and 2026 after the State Council General Office's notices of 12 November 2024 and 4 November 2025
on holiday arrangements. For 2027 no notice was known when this was written: only the days of
全国年节及纪念日放假办法 (revised 2024) stand here, without shifted weekends, to be replaced when the
notice appears. Any other year counts weekends and the holidays that have a fixed date.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)


def _days(year: int, *spans: tuple[int, int, int]) -> frozenset[date]:
    """Spans of (month, first day, number of days)."""
    return frozenset(date(year, month, day) + _DAY * n for month, day, count in spans for n in range(count))


HOLIDAYS: Final = (
    _days(2025, (1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8))
    | _days(2026, (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7))
    | _days(2027, (1, 1, 1), (2, 5, 4), (4, 5, 1), (5, 1, 2), (6, 9, 1), (9, 15, 1), (10, 1, 3))
)
WORKED_WEEKENDS: Final = _days(2025, (1, 26, 1), (2, 8, 1), (4, 27, 1), (9, 28, 1), (10, 11, 1)) | _days(
    2026, (1, 4, 1), (2, 14, 1), (2, 28, 1), (5, 9, 1), (9, 20, 1), (10, 10, 1)
)
_FIXED: Final = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_KNOWN_YEARS: Final = frozenset(day.year for day in HOLIDAYS)


def is_working_day(day: date) -> bool:
    if day in WORKED_WEEKENDS:
        return True
    if day.weekday() >= 5 or day in HOLIDAYS:
        return False
    return day.year in _KNOWN_YEARS or (day.month, day.day) not in _FIXED


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    while count:
        day += _DAY
        if is_working_day(day):
            count -= 1
    return day
