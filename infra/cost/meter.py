"""What an operation uses: counted from what the engine, the wire and the log say, not from what we believe."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

ITEM_OVERHEAD_BYTES = 100
"""What DynamoDB adds to each item, and to its copy in each index, for billing storage."""
GZIP_FROM_BYTES = 1024
"""``minimum_compression_size`` of .chalice/config.json."""
_INDEXES = {
    "journal": (("d", "s"), ("a1", "s"), ("a2", "s"), ("l", "s")),
    "balances": (),
    "app": (("pk_1", "sk_1"), ("pk_2", "sk_2")),
}


@dataclass(slots=True)
class Used:
    """One operation. ``pages`` are requests at the API, ``files`` those of them for static files, ``events`` those
    by which Stripe tells something."""

    pages: int = 0
    files: int = 0
    events: int = 0
    bytes_out: int = 0
    write_units: float = 0
    read_units: float = 0
    database_requests: int = 0
    transactions: int = 0
    stripe_requests: int = 0
    sms_parts: int = 0
    log_lines: int = 0
    log_bytes: int = 0
    kept_bytes: int = 0
    kept_index_bytes: int = 0
    entries: int = 0
    cpu_ms: float = 0.0


@dataclass
class Meter:
    """Counts what happens within ``with meter.counting() as used``. One at a time, one process for itself."""

    ports: dict[str, int] = field(default_factory=dict)
    """Which port of this machine stands for which service: ``stripe``, ``sns``."""
    _sent: Counter[int] = field(default_factory=Counter)
    _now: Used | None = None

    def __post_init__(self) -> None:
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "http.client.send":
            connection, data = args
            # A request begins with its method; its body may follow in a send of its own
            if isinstance(data, bytes) and data[:4] in (b"GET ", b"POST", b"DELE", b"PUT "):
                self._sent[connection.port] += 1

    def answered(self, path: str, headers: dict[str, str], body: bytes, *, compressed: bool) -> None:
        """An answer of the API, as a phone receives it."""
        if self._now is None:
            return
        self._now.pages += 1
        self._now.files += path.startswith("/static/")
        self._now.events += path.startswith("/webhooks/")
        if compressed and len(body) >= GZIP_FROM_BYTES:
            body = gzip.compress(body, mtime=0)
        self._now.bytes_out += len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())

    def texted(self, text: str) -> None:
        if self._now is not None:
            self._now.sms_parts += 1 if len(text) <= 70 else -(-len(text) // 67)

    @contextmanager
    def working(self, *, threads: bool = False) -> Iterator[None]:
        """Around what a function does: the processor's time of this thread is added up, or of all of the process
        where the work has threads of its own and no stand-in answers it."""
        clock = time.process_time_ns if threads else time.thread_time_ns
        started = clock()
        yield
        if self._now is not None:
            self._now.cpu_ms += (clock() - started) / 1e6

    @contextmanager
    def counting(self) -> Iterator[Used]:
        from chalicelib import table

        used, before, sent = Used(), stored(), Counter(self._sent)
        self._now = used
        transactions: list[str] = []

        def note(operation: str, _arguments: Mapping[str, Any], _answer: Mapping[str, Any]) -> None:
            transactions.extend([operation] * (operation == "TransactWriteItems"))

        with heard() as log, table.counting() as units, table.watching(note):
            try:
                yield used
            finally:
                self._now = None
        after = stored()
        used.write_units, used.read_units, used.database_requests = units.write, units.read, units.requests
        used.transactions = len(transactions)
        used.stripe_requests = self._sent[self.ports["stripe"]] - sent[self.ports["stripe"]]
        used.log_lines, used.log_bytes = len(log), sum(map(len, log))
        used.kept_bytes = after.table_bytes - before.table_bytes
        used.kept_index_bytes = after.index_bytes - before.index_bytes
        used.entries = after.entries - before.entries


@dataclass(frozen=True, slots=True)
class Stored:
    """What lasts: items without a time to live."""

    table_bytes: int
    index_bytes: int
    entries: int


def stored() -> Stored:
    """Read the three tables whole and add up what DynamoDB bills for storage."""
    from chalicelib import table
    from chalicelib.config import settings

    client = table.connection().client
    config = settings()
    names = {"journal": config.table_journal, "balances": config.table_balances, "app": config.table_app}
    in_table = in_indexes = entries = 0
    for name, table_name in names.items():
        for page in client.get_paginator("scan").paginate(TableName=table_name):
            for item in page["Items"]:
                if "expires_at" in item:
                    continue
                size = item_bytes(item) + ITEM_OVERHEAD_BYTES
                in_table += size
                in_indexes += size * sum(1 for keys in _INDEXES[name] if all(key in item for key in keys))
                entries += name == "journal"
    return Stored(in_table, in_indexes, entries)


def item_bytes(item: dict[str, dict[str, Any]]) -> int:
    """The size by DynamoDB's rule: names and values in UTF-8, numbers by their digits."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "B":
        return len(inner)
    if kind == "N":
        return -(-len(inner.lstrip("-").replace(".", "").strip("0")) // 2) + 1 + inner.startswith("-")
    if kind == "M":
        return 3 + sum(len(name.encode()) + _value_bytes(one) + 1 for name, one in inner.items())
    if kind == "L":
        return 3 + sum(_value_bytes(one) + 1 for one in inner)
    if kind in ("SS", "NS", "BS"):
        return sum(_value_bytes({kind[0]: one}) for one in inner)
    return 1


@contextmanager
def heard() -> Iterator[list[bytes]]:
    """Every line that goes to standard output or error: that is what Lambda sends to the log."""
    lines: list[bytes] = []
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield lines
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for one in kept:
                os.close(one)
            file.seek(0)
            lines.extend(file.read().splitlines())
