"""Reading items: one, a partition, a page of it, or all for verification."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pynamodb.exceptions import DoesNotExist, QueryError
from pynamodb.expressions.condition import Condition

from chalicelib.table.faults import BadCursor, ItemUnreadable, answers
from chalicelib.table.items import Item

if TYPE_CHECKING:
    from chalicelib.table.snapshots import Snapshot

I = TypeVar("I", bound=Item)  # noqa: E741 - an item class

_taken: ContextVar[Snapshot | None] = ContextVar("snapshot", default=None)

PK_BYTES_MAX: Final = 2048
SK_BYTES_MAX: Final = 1024


def get(item_class: type[I], pk: str, sk: str | None = None, *, consistent: bool = True) -> I | None:
    """One item, or None. Consistent unless said otherwise: a page must see what was just written.

    A key longer than the database takes (2 KB, in a sort key 1 KB) is nobody's, not a failure of the database.
    """
    if len(pk.encode()) > PK_BYTES_MAX or len((sk or "").encode()) > SK_BYTES_MAX:
        return None
    taken = _answering(item_class)
    if taken is not None:
        raw = taken.get(item_class, pk, sk or "")
        return item_class.from_raw_data(raw) if raw is not None else None
    with answers():
        try:
            return item_class.get(pk, sk, consistent_read=consistent)
        except DoesNotExist:
            return None


def query(
    item_class: type[I],
    pk: str,
    *,
    index: str | None = None,
    condition: Condition | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    consistent: bool = False,
    skip: Callable[[ItemUnreadable], None] | None = None,
) -> Iterator[I]:
    """All items of one partition in key order, read page by page as they are consumed.

    ``skip`` is told of each item that cannot be read, and the rest go on; without it ItemUnreadable is raised.
    """
    with answers():
        found = item_class.query(
            pk,
            condition,
            index_name=index,
            scan_index_forward=not newest_first,
            limit=limit,
            consistent_read=consistent and index is None,
        )
        yield from _readable(found, skip) if skip else found


def page(
    item_class: type[I],
    pk: str,
    *,
    index: str | None = None,
    condition: Condition | None = None,
    newest_first: bool = True,
    limit: int = 20,
    cursor: str = "",
) -> tuple[list[I], str]:
    """Up to ``limit`` items and the cursor of the next page ('' at the end).

    Raises:
        BadCursor: the cursor was not given out for this list.
    """
    start = _cursor_key(cursor)
    with answers():
        results = item_class.query(
            pk,
            condition,
            index_name=index,
            scan_index_forward=not newest_first,
            limit=limit,
            last_evaluated_key=start,
        )
        try:
            items = list(results)
        except QueryError as error:
            if cursor and error.cause_response_code == "ValidationException":
                raise BadCursor() from error
            raise
        last = results.last_evaluated_key
    return items, base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else ""


def scan(
    item_class: type[I], condition: Condition | None = None, *, skip: Callable[[ItemUnreadable], None] | None = None
) -> Iterator[I]:
    """Every item of the table that fits: for verification and nothing that a page waits for. ``skip`` as in query."""
    taken = _answering(item_class)
    kept = taken.matching(item_class, condition) if taken is not None else None
    with answers():
        found = item_class.scan(condition) if kept is None else map(item_class.from_raw_data, kept)
        yield from _readable(found, skip) if skip else found


@contextmanager
def snapshot() -> Iterator[None]:
    """Within the block ``get`` and ``scan`` of the app and balances tables are answered as these stood at its
    beginning, from this machine: for verification, which looks at each fact from many sides."""
    from chalicelib.table import snapshots  # costs a cold start more than anybody but verification has of it

    with snapshots.taken() as kept:
        token = _taken.set(kept)
        try:
            yield
        finally:
            _taken.reset(token)


def _answering(item_class: type[Item]) -> Snapshot | None:
    kept = _taken.get()
    return kept if kept is not None and kept.has(item_class) else None


def _readable(found: Iterator[I], skip: Callable[[ItemUnreadable], None]) -> Iterator[I]:
    while True:
        try:
            item = next(found)
        except StopIteration:
            return
        except ItemUnreadable as error:
            skip(error)
        else:
            yield item


def _cursor_key(cursor: str) -> dict[str, dict[str, Any]] | None:
    if not cursor:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error) as error:
        raise BadCursor() from error
    well_formed = isinstance(key, dict) and all(
        isinstance(name, str) and isinstance(value, dict) and set(value) == {"S"} and isinstance(value["S"], str)
        for name, value in key.items()
    )
    if not key or not well_formed:
        raise BadCursor()
    return key  # type: ignore[no-any-return]
