"""The app and balances tables read once, into a file of this machine, for whoever asks everything of everything.

Verification looks at each fact from many sides. Asked one by one over the network that is some milliseconds each, and
each kind of fact would be a scan of the whole table: a street of some years would not be done in a night. Read once it
is two scans, and every question is answered from here. What changes meanwhile shows as a difference that is not there
any more at the next try.
"""

from __future__ import annotations

import marshal
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path as AttributePath
from pynamodb.expressions.operand import Value

from chalicelib.table.faults import answers
from chalicelib.table.items import AppItem, BalanceItem, Item

Raw = dict[str, dict[str, Any]]
Test = Callable[[Raw], bool]

_LAST: Final = "\U0010ffff"


class Snapshot:
    """Raw items by table, ``pk`` and ``sk``, in a file that goes when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._file = sqlite3.connect(folder / "items", isolation_level=None)
        for line in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE item (tab TEXT, pk TEXT, sk TEXT, raw BLOB, PRIMARY KEY (tab, pk, sk)) WITHOUT ROWID",
        ):
            self._file.execute(line)
        self._tables: set[str] = set()

    def take(self, item_class: type[Item]) -> None:
        """Read the table of this class."""
        name = item_class._table_name()
        self._file.execute("BEGIN")
        for page in _pages(item_class):
            rows = ((name, raw["pk"]["S"], raw["sk"]["S"], zlib.compress(marshal.dumps(raw), 1)) for raw in page)
            # An item may move between two pages of a scan's shards; the later reading counts
            self._file.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?)", rows)
        self._file.execute("COMMIT")
        self._tables.add(name)

    def has(self, item_class: type[Item]) -> bool:
        return item_class._table_name() in self._tables

    def get(self, item_class: type[Item], pk: str, sk: str) -> Raw | None:
        asked = (item_class._table_name(), pk, sk)
        row = self._file.execute("SELECT raw FROM item WHERE tab = ? AND pk = ? AND sk = ?", asked).fetchone()
        return _unpacked(row[0]) if row else None

    def matching(self, item_class: type[Item], condition: Condition | None) -> Iterator[Raw] | None:
        """The raw items that fit; None where the condition is one that only the database understands."""
        test = _test(condition) if condition is not None else lambda _raw: True
        if test is None:
            return None
        prefix = _prefix(condition)
        asked = (item_class._table_name(), prefix, prefix + _LAST)
        found = self._file.execute("SELECT raw FROM item WHERE tab = ? AND pk >= ? AND pk < ? ORDER BY pk, sk", asked)
        return filter(test, (_unpacked(row[0]) for row in found))

    def close(self) -> None:
        self._file.close()


@contextmanager
def taken() -> Iterator[Snapshot]:
    """Both tables as they stand now; the file goes at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="linli-snapshot-") as folder, closing(Snapshot(Path(folder))) as made:
        for item_class in (AppItem, BalanceItem):
            made.take(item_class)
        yield made


def _pages(item_class: type[Item]) -> Iterator[Iterable[Raw]]:
    connection, start = item_class._get_connection(), None
    while True:
        with answers():
            found = connection.scan(exclusive_start_key=start)
        yield found["Items"]
        start = found.get("LastEvaluatedKey")
        if not start:
            return


def _unpacked(packed: bytes) -> Raw:
    raw: Raw = marshal.loads(zlib.decompress(packed))  # noqa: S302 - what we wrote a moment ago
    return raw


def _test(condition: Condition) -> Test | None:
    """The condition as a function; None for one that we do not need to understand."""
    if condition.operator == "AND":
        parts = [_test(part) for part in condition.values]
        return None if None in parts else lambda raw: all(part(raw) for part in parts if part is not None)
    if condition.operator not in ("=", "<>", "begins_with"):
        return None
    path, value = condition.values
    if not isinstance(path, AttributePath) or not isinstance(value, Value) or "S" not in value.values[0]:
        return None
    (name,), text, operator = path.path, value.values[0]["S"], condition.operator

    def test(raw: Raw) -> bool:
        have = raw.get(name, {}).get("S")
        if operator == "begins_with":
            return have is not None and have.startswith(text)
        return (have == text) is (operator == "=")

    return test


def _prefix(condition: Condition | None) -> str:
    """With what ``pk`` must begin."""
    if condition is None:
        return ""
    if condition.operator == "AND":
        return max((_prefix(part) for part in condition.values), key=len)
    path, value = condition.values[0], condition.values[-1]
    if condition.operator == "begins_with" and isinstance(path, AttributePath) and path.path == ["pk"]:
        return str(value.values[0]["S"])
    return ""
