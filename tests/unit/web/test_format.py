"""Values are written as people read them."""

from __future__ import annotations

import pytest

from chalicelib.web import format as fmt

NOW_MS = 1_772_672_520_000  # 2026-03-05 09:02 in Shanghai
DAY_MS = 86_400_000

WRITTEN = {
    "money": [((123450,), "¥1,234.50"), ((-5,), "-¥0.05"), ((0,), "¥0.00"), ((10**12,), "¥10,000,000,000.00")],
    "yuan_text": [((123450,), "1234.50"), ((5000,), "50"), ((-5,), "-0.05")],
    "points": [((270,), "2.70"), ((5000,), "50"), ((-50,), "-0.50"), ((123456700,), "1,234,567")],
    "milli": [((1200,), "1.20"), ((1000,), "1.00"), ((1125,), "1.125"), ((850,), "0.85")],
    "hours": [((135,), "2.25"), ((100,), "1.67"), ((1,), "0.02"), ((0,), "0.00")],
    "duration": [
        ((135,), "2小时15分"),
        ((120,), "2小时"),
        ((5,), "5分"),
        ((0,), "0分"),
        ((135, "en"), "2 h 15 min"),
        ((60, "en"), "1 h"),
    ],
    "percent": [((1, 3), "33.3%"), ((2, 3), "66.7%"), ((1, 0), "0%"), ((1, 4), "25%"), ((0, 9), "0%")],
    "clock_time": [((NOW_MS,), "09:02")],
    "moment": [((NOW_MS,), "2026年3月5日 09:02"), ((NOW_MS, "en"), "5 Mar 2026 09:02")],
    "iso": [((NOW_MS,), "2026-03-05T09:02:00+08:00")],
    "day": [(("20260305", "en"), "5 Mar 2026"), (("2026-03-05",), "2026年3月5日")],
    "month": [(("202603",), "2026年3月"), (("2026-12", "en"), "Dec 2026")],
    "since": [((NOW_MS, NOW_MS + 1000), "09:02"), ((NOW_MS, NOW_MS + DAY_MS), "2026年3月5日 09:02")],
    "masked_name": [(("周秀英",), "周**"), (("周",), "周"), (("",), ""), (("㛃䶮",), "㛃*")],
    "masked_phone": [(("+8613800001234",), "138****1234"), (("13800001234",), "138****1234"), (("123",), "****")],
    "short_id": [(("01ARZ3NDEKTSV4RRFFQ69G5FAV",), "Q69G-5FAV"), (("abc",), "abc")],
}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [(name, given, expected) for name, rows in WRITTEN.items() for given, expected in rows],
)
def test_a_value_as_people_read_it(name: str, given: tuple[int | str, ...], expected: str) -> None:
    assert getattr(fmt, name)(*given) == expected
