"""Working days of the Chinese calendar."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.points.model.calendar import add_working_days, is_working_day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 5), True),
        (date(2026, 3, 7), False),
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 10, 10), True),
        (date(2025, 9, 28), True),
        (date(2025, 10, 8), False),
        (date(2027, 2, 8), False),
        (date(2030, 10, 1), False),
        (date(2030, 10, 8), True),
    ],
)
def test_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_ten_working_days_over_the_spring_festival() -> None:
    # Thursday 12 February: 13, 14 (worked), then 24–28, 2–4 March
    assert add_working_days(date(2026, 2, 12), 10) == date(2026, 3, 4)
    assert add_working_days(date(2026, 3, 5), 0) == date(2026, 3, 5)
