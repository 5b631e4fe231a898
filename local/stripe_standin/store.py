"""What the stand-in remembers, in SQLite: objects, deliveries, idempotent answers, settings.

One connection and one lock: a request is one transaction, so kill -9 leaves whole requests.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS objects_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_status ON objects (kind, json_extract(body, '$.status'));
CREATE INDEX IF NOT EXISTS objects_payout ON objects (kind, json_extract(body, '$._payout'));
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at_ms INTEGER NOT NULL,
    answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at_ms);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Store:
    def __init__(self, path: str | Path | None) -> None:
        if path is not None and str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A fault whose `keeps_changes` is set commits on its way out."""
        with self.lock:
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException as error:
                keeps = getattr(error, "keeps_changes", False)
                self._db.execute("COMMIT" if keeps else "ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth = 0

    # objects

    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Inserts or replaces by id; the place in the order is that of the first insert."""
        created = body.get("created") or body.get("date") or 0
        with self.lock:
            self._db.execute(
                "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (body["id"], body["object"], created, _dump(body)),
            )
        return body

    def get(self, id: str) -> dict[str, Any] | None:
        with self.lock:
            row = self._db.execute("SELECT body FROM objects WHERE id = ?", (id,)).fetchone()
        return None if row is None else json.loads(row[0])

    def delete(self, id: str) -> None:
        with self.lock:
            self._db.execute("DELETE FROM objects WHERE id = ?", (id,))

    def find(self, kind: str, **equal: Any) -> list[dict[str, Any]]:
        """Every object of `kind` whose top-level fields equal these, oldest first."""
        return self._select(kind, equal, "", (), "ASC", None)

    def page(
        self,
        kind: str,
        equal: dict[str, Any],
        *,
        limit: int,
        created: dict[str, int] | int | None = None,
        after: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
    ) -> tuple[list[dict[str, Any]], bool]:
        """One page, newest first, and whether there is more; `after`/`before` are objects."""
        where, values = "", []
        bounds = created if isinstance(created, dict) else {"eq": created} if created else {}
        for name, bound in bounds.items():
            operator = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}[name]
            where += f" AND created {operator} ?"
            values.append(bound)
        for cursor, operator in ((after, "<"), (before, ">")):
            if cursor is not None:
                where += f" AND (created, seq) {operator} (SELECT created, seq FROM objects WHERE id = ?)"
                values.append(cursor["id"])
        direction = "ASC" if before is not None else "DESC"
        rows = self._select(kind, equal, where, tuple(values), direction, limit + 1)
        kept = rows[:limit]
        return (kept[::-1] if before is not None else kept), len(rows) > limit

    def _select(
        self,
        kind: str,
        equal: dict[str, Any],
        where: str,
        values: tuple[Any, ...],
        direction: str,
        limit: int | None,
    ) -> list[dict[str, Any]]:
        for name, value in equal.items():
            if not name.replace(".", "").replace("_", "").isalnum():
                raise ValueError(name)
            where += f" AND json_extract(body, '$.{name}') = ?"
            values += (int(value) if isinstance(value, bool) else value,)
        order = f"ORDER BY created {direction}, seq {direction}"
        sql = f"SELECT body FROM objects WHERE kind = ?{where} {order}"
        if limit is not None:
            sql += f" LIMIT {limit:d}"
        with self.lock:
            return [json.loads(row[0]) for row in self._db.execute(sql, (kind, *values))]

    def kinds(self) -> dict[str, int]:
        with self.lock:
            return dict(self._db.execute("SELECT kind, COUNT(*) FROM objects GROUP BY kind"))

    # idempotent answers

    def answer(self, key: str) -> tuple[str, int, dict[str, Any]] | None:
        """(the request's fingerprint, status, body) first answered under this key."""
        with self.lock:
            row = self._db.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else (row[0], row[1], json.loads(row[2]))

    def remember_answer(self, key: str, request: str, status: int, body: dict[str, Any]) -> None:
        with self.lock:
            self._db.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)",
                (key, request, status, _dump(body)),
            )

    def forget_answers(self) -> None:
        with self.lock:
            self._db.execute("DELETE FROM answers")

    # settings

    def setting(self, name: str, default: Any) -> Any:
        with self.lock:
            row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, name: str, value: Any) -> None:
        with self.lock:
            self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, _dump(value)))

    # deliveries

    def add_delivery(self, event: str, endpoint: str, due_at_ms: int) -> None:
        with self.lock:
            self._db.execute(
                "INSERT INTO deliveries (event, endpoint, state, next_at_ms) VALUES (?, ?, 'pending', ?)",
                (event, endpoint, due_at_ms),
            )

    def deliveries(self, where: str = "1", *values: Any) -> list[dict[str, Any]]:
        """Rows of deliveries in the order of their events; `where` is the stand-in's own SQL."""
        names = ("seq", "event", "endpoint", "state", "attempts", "next_at_ms", "answer")
        with self.lock:
            rows = self._db.execute(
                f"SELECT {', '.join(names)} FROM deliveries WHERE {where} ORDER BY seq", values
            ).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def settle_delivery(self, seq: int, state: str, next_at_ms: int, answer: str) -> None:
        with self.lock:
            self._db.execute(
                "UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at_ms = ?, answer = ? WHERE seq = ?",
                (state, next_at_ms, answer, seq),
            )

    def drop_deliveries(self, endpoint: str) -> None:
        with self.lock:
            self._db.execute("DELETE FROM deliveries WHERE endpoint = ?", (endpoint,))

    def requeue(self, where: str, *values: Any) -> int:
        with self.lock:
            return self._db.execute(
                f"UPDATE deliveries SET state = 'pending', attempts = 0, next_at_ms = 0 WHERE {where}",
                values,
            ).rowcount


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
