"""The three tables, what an item is, and ``commit()``: the one place where a transaction is made.

A store describes its items as subclasses of ``AppItem`` (or, for the ledger, ``JournalItem`` and
``BalanceItem``) and returns lists of ``Write``; a service gathers them and calls ``commit`` once.
Key grammar: ``pk`` and ``sk`` are ``KIND#<id>`` texts; ``by_1`` and ``by_2`` are the app table's two
sparse indexes, whose meaning each item class states.
"""

from __future__ import annotations

from chalicelib.errors import Stale
from chalicelib.table.faults import BadCursor, Busy, ItemUnreadable, StoreUnavailable, TableMissing, answers
from chalicelib.table.items import (
    AppItem,
    BalanceItem,
    Item,
    JournalItem,
    ModelAttribute,
    connection,
    forget_connections,
)
from chalicelib.table.reads import get, page, query, scan, snapshot
from chalicelib.table.rounds import Round, Skip, always, each
from chalicelib.table.upkeep import Units, counting, create_tables, delete_tables, watching
from chalicelib.table.writes import (
    Attempt,
    Timed,
    Write,
    check,
    commit,
    create,
    delete,
    fresh_reads,
    put,
    replace_version,
    update,
)

__all__ = [
    "AppItem",
    "Attempt",
    "BadCursor",
    "BalanceItem",
    "Busy",
    "Item",
    "ItemUnreadable",
    "JournalItem",
    "ModelAttribute",
    "Round",
    "Skip",
    "Stale",
    "StoreUnavailable",
    "TableMissing",
    "Timed",
    "Units",
    "Write",
    "always",
    "answers",
    "check",
    "commit",
    "connection",
    "counting",
    "create",
    "create_tables",
    "delete",
    "delete_tables",
    "each",
    "forget_connections",
    "fresh_reads",
    "get",
    "page",
    "put",
    "query",
    "replace_version",
    "scan",
    "snapshot",
    "update",
    "watching",
]
