"""Making and removing the tables, and counting what operations cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.table.items import AppItem, BalanceItem, Item, JournalItem, Watcher, watchers

_TABLES: tuple[type[Item], ...] = (JournalItem, BalanceItem, AppItem)


def create_tables() -> None:
    """Create what is missing of the three tables: on one machine and in tests. In the cloud they
    are made by CloudFormation."""
    for item_class in _TABLES:
        item_class.create_table(wait=False, ignore_update_ttl_errors=True)


def delete_tables() -> None:
    for item_class in _TABLES:
        if item_class.exists():
            item_class.delete_table()


@dataclass(slots=True)
class Units:
    """Capacity units and requests counted from what DynamoDB itself reports."""

    write: float = 0
    read: float = 0
    requests: int = 0
    by_table: dict[str, float] = field(default_factory=dict)


_WRITES: Final = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` every operation, its arguments and its answer, of all threads of this process."""
    watchers.append(watcher)
    try:
        yield
    finally:
        watchers.remove(watcher)


@contextmanager
def counting() -> Iterator[Units]:
    """Count the units that everything within the block consumes, of all threads of this process."""
    units = Units()

    def note(operation: str, _arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        units.requests += 1
        consumed = answer.get("ConsumedCapacity") or []
        for part in consumed if isinstance(consumed, list) else [consumed]:
            amount = float(part.get("CapacityUnits", 0))
            if operation in _WRITES:
                units.write += amount
                units.by_table[part["TableName"]] = units.by_table.get(part["TableName"], 0) + amount
            else:
                units.read += amount

    with watching(note):
        yield units
