"""Entries: booked once under their idempotency key, read by key, by account and by day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib import clock, ids, table
from chalicelib.config import settings
from chalicelib.ledger import entry as e
from chalicelib.ledger.errors import AlreadyBooked, IdempotencyMismatch
from chalicelib.ledger.store import side_by_side, totals
from chalicelib.table import Attempt, JournalItem, Timed, Write

SORTED_MAX: Final = 25_000
"""Up to so many entries the whole journal is read without an index and sorted in memory (about 40 MB)."""
DAY_UNITS: Final = 0.5
"""What asking for one shard of one day costs at least, in read units, also when there is nothing."""
ENTRY_UNITS: Final = 0.06
"""What an entry costs among many, in read units."""


class EntryItem(JournalItem):
    """PK ``E#<entry id>``. ``body`` is the canonical JSON whose leaf hash is kept beside it; the other
    attributes are only there to be indexed and are not hashed."""

    body = UnicodeAttribute(attr_name="j")
    nonce = BinaryAttribute(attr_name="n", legacy_encoding=False)
    leaf = BinaryAttribute(attr_name="h", legacy_encoding=False)


def entry_writes(entry: e.Entry) -> list[Write | Timed]:
    """Book an entry with what it adds to the totals.

    The entry's own condition outranks every other of the transaction: a repeated request learns
    that it was done (AlreadyBooked, which makes the use case read it), not that points are missing.
    """

    def at_commit(attempt: Attempt) -> list[Write]:
        body = entry.body(attempt.now_ms)
        nonce = secrets.token_bytes(16)
        shard = attempt.random_bits % settings().totals_shards
        account_1, account_2 = _account_keys(entry.statements)
        booked_month = clock.shanghai_month(attempt.now_ms)
        item = EntryItem(
            pk=_pk(entry.id),
            body=body,
            nonce=nonce,
            leaf=e.leaf_hash(body, nonce),
            day=_day_key(clock.shanghai_day(attempt.now_ms), shard),
            at=_at(attempt.now_ms, entry.id),
            account_1=account_1,
            account_2=account_2,
            late_month=_late_month(booked_month, entry.value_date),
        )
        return [
            table.create(item, AlreadyBooked(entry=entry.id), rank=10),
            *totals.add_writes(entry, booked_month, shard),
        ]

    return [at_commit]


def indexed_right(item: EntryItem, entry: e.BookedEntry) -> bool:
    """Whether what an entry is found by, which is not hashed, is what its body says."""
    return (
        str(item.day).rpartition("#")[0] == _day_key(clock.shanghai_day(entry.booked_ms), 0).rpartition("#")[0]
        and item.at == _at(entry.booked_ms, entry.id)
        and (item.account_1, item.account_2) == _account_keys(e.statements_of(entry.postings))
        and item.late_month == _late_month(clock.shanghai_month(entry.booked_ms), entry.value_date)
    )


def find(key: str, kind: str, inputs: Mapping[str, Any]) -> e.BookedEntry | None:
    """The entry booked under this key, if any, read consistently. Every use case asks before it
    refuses anything, so that a repeated request gets its first answer.

    Raises IdempotencyMismatch(key) when the key was used with other inputs.
    """
    found = by_id(e.entry_id(key))
    if found is not None and found.input_hash != ids.input_hash(kind, dict(inputs)):
        raise IdempotencyMismatch(key=key)
    return found


def by_id(entry_id: str) -> e.BookedEntry | None:
    item = table.get(EntryItem, _pk(entry_id))
    return entry_of(item) if item else None


def statement(account: str, *, limit: int = 20, cursor: str = "") -> tuple[list[e.BookedEntry], str]:
    """Entries on one account, newest first, and the cursor of the next page ('' at the end).

    Both statement indexes are read and merged; the cursor is the position of the last entry shown,
    so a page never repeats or skips one.

    Raises BadCursor.
    """
    if cursor and (len(cursor) != 46 or cursor[13] != "#" or not cursor[:13].isdigit()):
        raise table.BadCursor()
    key = _account_key(account)
    found: list[EntryItem] = []
    for index in ("by_account", "by_account_2"):
        before = EntryItem.at < cursor if cursor else None
        found.extend(table.query(EntryItem, key, index=index, condition=before, newest_first=True, limit=limit + 1))
    found.sort(key=lambda item: item.at, reverse=True)
    more = len(found) > limit
    return [entry_of(item) for item in found[:limit]], found[limit - 1].at if more else ""


def booked_between(first: date, last: date) -> Iterator[e.BookedEntry]:
    """All entries booked on the Shanghai days from ``first`` to ``last``, in order of booking.

    The shards are read side by side, each through all its days, and merged: memory does not grow with the
    number of entries, nor with those of one day.
    """
    shards = [_of_shard(shard, first, last) for shard in range(settings().totals_shards)]
    for item in side_by_side.merged(shards, key=lambda item: item.at):
        yield entry_of(item)


def valued_between(first: date, last: date, today: date) -> Iterator[e.BookedEntry]:
    """All entries whose value date lies from ``first`` to ``last``: those booked within the months
    that the range touches, and from the late index those booked in another month."""
    month_start = first.replace(day=1)
    month_end = min((last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1), today)
    for booked in booked_between(month_start, month_end):
        if first <= booked.value_date <= last and f"{booked.value_date:%Y%m}" == clock.shanghai_month(booked.booked_ms):
            yield booked
    month = month_start
    while month <= last:
        for booked in booked_elsewhere(month):
            if first <= booked.value_date <= last:
                yield booked
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def booked_elsewhere(month: date) -> Iterator[e.BookedEntry]:
    """Entries whose value date lies in the month of this day, and that were booked in another one."""
    for item in table.query(EntryItem, f"L#{month:%Y%m}", index="late"):
        yield entry_of(item)


def all_entries(now_ms: int, sorted_max: int = SORTED_MAX) -> Iterator[e.BookedEntry]:
    """The whole journal in order of booking, the cheaper way."""
    first, entries = totals.extent()
    if first is not None:
        yield from _cheaper(first, clock.shanghai_day(now_ms), entries, sorted_max)


def long_period(first: date, last: date, sorted_max: int = SORTED_MAX) -> Iterator[e.BookedEntry]:
    """As ``booked_between``, the cheaper way where there may be many quiet days."""
    return _cheaper(first, last, totals.extent()[1], sorted_max)


def _cheaper(first: date, last: date, entries: int, sorted_max: int) -> Iterator[e.BookedEntry]:
    """A small journal is read whole and sorted, for asking for every shard of every quiet day costs more than what
    is found there; a large one day by day."""
    by_day = ((last - first).days + 1) * settings().totals_shards * DAY_UNITS
    if entries > sorted_max or entries * ENTRY_UNITS > by_day:
        yield from booked_between(first, last)
        return
    found = ((item.at, item.body, bytes(item.nonce), bytes(item.leaf)) for item in table.scan(EntryItem))
    begin, end = (f"{clock.day_start_ms(day):013d}" for day in (first, last + timedelta(days=1)))
    for at, body, nonce, leaf in sorted(found):
        if begin <= at < end:
            yield e.read_body(body, nonce, leaf)


def scan_entries(wrong: Callable[[str, str], None] | None = None) -> Iterator[e.BookedEntry]:
    """The whole journal in no order, without trusting any index: for verification. ``wrong`` is told the key of
    what cannot be read or found by what its body says, and which of these; without it the former raises."""
    skip = (lambda error: wrong(str(error.fields["pk"]), "entry_readable")) if wrong else None
    for item in table.scan(EntryItem, skip=skip):
        try:
            entry = entry_of(item)
            if wrong is not None and item.pk != _pk(entry.id):
                wrong(item.pk, "entry_id")
            if wrong is not None and not indexed_right(item, entry):
                wrong(item.pk, "entry_indexes")
        except (ValueError, TypeError, KeyError, AttributeError):
            if wrong is None:
                raise
            wrong(item.pk, "entry_readable")
        else:
            yield entry


def _of_shard(shard: int, first: date, last: date) -> Iterator[EntryItem]:
    day = first
    while day <= last:
        yield from table.query(EntryItem, _day_key(day, shard), index="by_day")
        day += timedelta(days=1)


def entry_of(item: EntryItem) -> e.BookedEntry:
    return e.read_body(item.body, bytes(item.nonce), bytes(item.leaf))


def _pk(entry_id: str) -> str:
    return f"E#{entry_id}"


def _day_key(day: date, shard: int) -> str:
    return f"D#{day:%Y%m%d}#{shard}"


def _at(booked_ms: int, entry_id: str) -> str:
    return f"{booked_ms:013d}#{entry_id}"


def _late_month(booked_month: str, value_date: date) -> str | None:
    value_month = f"{value_date:%Y%m}"
    return f"L#{value_month}" if value_month != booked_month else None


def _account_keys(statements: Sequence[str]) -> tuple[str | None, str | None]:
    first, second, *_ = (*map(_account_key, statements), None, None)
    return first, second


def _account_key(account: str) -> str:
    return f"A#{account}"
