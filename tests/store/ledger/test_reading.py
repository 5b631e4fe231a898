"""Reading the journal in order of booking: complete, cheap, flat in memory, whatever the days and shards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib import clock, table, trace
from chalicelib.ledger.store import journal, side_by_side, totals
from tests.store.ledger import books

FIRST = books.DAY - timedelta(days=40)
DAYS = (0, 1, 2, 30, 31, 40)
A_DAY = 60


@pytest.fixture
def forty_days(tables: object) -> int:
    """Entries on six of forty-one days, in whatever shards; how many."""
    books.open_books()
    for days in DAYS:
        start = clock.day_start_ms(FIRST + timedelta(days=days))
        for minute in range(A_DAY):
            with clock.at(start + (minute * 7 % A_DAY) * 60_000):
                books.give(f"pi_{days}_{minute}", 100 + minute)
    return len(DAYS) * A_DAY


def order(found: Iterator[object]) -> list[tuple[int, str]]:
    return [(one.booked_ms, one.id) for one in found]  # type: ignore[attr-defined]


def test_every_entry_is_read_once_in_order_by_day_and_as_a_whole(forty_days: int) -> None:
    now_ms = clock.day_start_ms(books.DAY) + 1
    last = books.DAY
    truth = sorted(order(journal.scan_entries()))
    assert len(truth) == forty_days
    assert order(journal.booked_between(FIRST, last)) == truth
    assert order(journal.all_entries(now_ms)) == truth, "a small journal is read whole"
    assert order(journal.all_entries(now_ms, sorted_max=0)) == truth, "a large one day by day"
    some = [one for one in truth if clock.shanghai_day(one[0]) in (FIRST + timedelta(days=1), FIRST)]
    assert order(journal.booked_between(FIRST, FIRST + timedelta(days=29)))[: len(some)] == some


def test_a_long_period_is_read_the_cheaper_way_and_says_the_same(forty_days: int) -> None:
    first, last = FIRST + timedelta(days=1), FIRST + timedelta(days=31)
    by_day = order(journal.booked_between(first, last))
    assert len(by_day) == 4 * A_DAY
    with table.counting() as cheap:
        assert order(journal.long_period(first, last)) == by_day
    with table.counting() as dear:
        assert order(journal.long_period(first, last, sorted_max=0)) == by_day
    assert cheap.read < dear.read * 0.7


def test_nothing_booked_after_today_is_in_it(forty_days: int) -> None:
    yesterday = clock.day_start_ms(books.DAY) - 1
    whole = order(journal.all_entries(yesterday))
    assert order(journal.all_entries(yesterday, sorted_max=0)) == whole
    assert len(whole) == forty_days - A_DAY


def test_an_entry_costs_at_most_seven_hundredths_of_a_read_unit(forty_days: int) -> None:
    with table.counting() as once:
        totals.extent()
    with table.counting() as units:
        number = sum(1 for _ in journal.all_entries(clock.day_start_ms(books.DAY) + 1))
    assert units.read - once.read <= 0.07 * number
    with table.counting() as one_day:
        number = sum(1 for _ in journal.booked_between(FIRST, FIRST))
    # four shards, each rounded up to half a unit
    assert one_day.read <= 0.07 * number + 4 * 0.5


def test_whoever_stops_reading_ends_the_threads(forty_days: int) -> None:
    reading = journal.booked_between(FIRST, books.DAY)
    next(reading)
    reading.close()
    deadline = time.monotonic() + 10
    while any(thread.name == "read-ahead" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_fails_in_one_reading_is_raised_and_no_more_is_read_than_a_little_ahead() -> None:
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the line is down")

    with pytest.raises(OSError, match="the line is down"):
        for _ in side_by_side.merged([endless(), broken()], key=lambda n: n):
            pass
    assert read <= side_by_side.PIECE * (side_by_side.PIECES_AHEAD + 3)


def test_an_empty_journal_has_no_entries(tables: object) -> None:
    books.open_books()
    assert list(journal.all_entries(books.NOON)) == []
    assert totals.extent() == (None, 0)


def test_the_extent_counts_what_was_booked(tables: object) -> None:
    books.open_books()
    with clock.at(books.NOON):
        for name in ("a", "b"):
            books.give(name, 100)
    assert totals.extent() == (books.DAY.replace(day=1), 2)


def test_what_is_read_ahead_belongs_to_the_request_that_reads() -> None:
    """A permission that lacks is told in the log under the id of the request, also from a thread."""

    def ids() -> Iterator[str]:
        yield trace.correlation_id()

    with trace.following("r-1"):
        assert list(side_by_side.merged([ids(), ids()], key=str)) == ["r-1", "r-1"]
