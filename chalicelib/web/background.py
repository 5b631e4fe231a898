"""What the functions share that run without a browser: how much time is left, and what a round came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from chalicelib.web import logs

RESERVE_MS: Final = 20_000
"""A round begins nothing new this long before Lambda ends it: an item may wait for a slow answer that long."""


class Went(Protocol):
    """What a round over many items came to."""

    @property
    def done(self) -> int: ...
    @property
    def failed(self) -> Mapping[str, Exception]: ...
    @property
    def cut_short(self) -> bool: ...


def time_left(event: Any, reserve_ms: int = RESERVE_MS) -> Callable[[], bool]:
    """Whether there is time for one thing more, to be asked before each. On one machine there always is."""
    remaining = getattr(event.context, "get_remaining_time_in_millis", None)
    return lambda: remaining is None or remaining() > reserve_ms


def went(schedule: str, made: Went) -> None:
    """One line for each item that failed, which an alarm counts, and one that says what was done."""
    for about, error in made.failed.items():
        item_failed(schedule, about, error)
    logs.ran(schedule, done=made.done, failed=len(made.failed), cut_short=made.cut_short)


def item_failed(schedule: str, about: str, error: Exception) -> None:
    """One item of a schedule could not be dealt with; the next round tries again. ``about`` is an id."""
    logs.failed("item", error, schedule=schedule, about=about)
    logs.count("ScheduleItemFailed")
