"""The one clock, and the calendar of Shanghai (fixed UTC+8, no daylight saving).

Only routes, scheduled handlers and ``table.commit`` ask it; services receive ``now_ms``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_set_ms: ContextVar[int | None] = ContextVar("clock", default=None)


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    fixed = _set_ms.get()
    return time.time_ns() // 1_000_000 if fixed is None else fixed


@contextmanager
def at(ms: int) -> Iterator[None]:
    """Within the block the clock stands at ``ms``: for tests and for a demo's simulated history."""
    token = _set_ms.set(ms)
    try:
        yield
    finally:
        _set_ms.reset(token)


def shanghai(ms: int) -> datetime:
    """The wall clock in Shanghai at ``ms``."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(SHANGHAI)


def shanghai_day(ms: int) -> date:
    return shanghai(ms).date()


def shanghai_month(ms: int) -> str:
    """``yyyymm`` of the Shanghai month."""
    return f"{shanghai(ms):%Y%m}"


def day_start_ms(day: date) -> int:
    """The first millisecond of a Shanghai day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return int(midnight.timestamp()) * 1000


def month_end_ms(year: int, month: int) -> int:
    """The first millisecond after a Shanghai month."""
    nxt = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return day_start_ms(nxt)
