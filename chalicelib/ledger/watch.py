"""What the journal's stream tells of an entry: put once, put right, and left alone ever after? Reads nothing else.

A put can replace an item whatever the code says, and who holds the keys to the table can do anything; the stream
shows both.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from chalicelib import ids
from chalicelib.errors import DomainError
from chalicelib.ledger import entry as e
from chalicelib.ledger.store import journal
from chalicelib.table import ItemUnreadable

What = Literal["changed", "removed", "wrong"]
_ID: Final = re.compile(r"E#([0-9a-f]{32})")


class RecordUnreadable(DomainError):
    """A record of the stream that does not say what happened to what."""

    code = "stream_record_unreadable"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that never happens by itself. ``entry_id``: 32 hex digits, or of a key that is no entry's, what
    that hashes to; ``detail``: names of attributes or checks, never what stands in them."""

    what: What
    entry_id: str
    detail: str


def suspicion(record: Mapping[str, Any]) -> Suspicion | None:
    """What is wrong with one record, as Lambda hands it over; None when an entry was only put, and put right.

    Raises RecordUnreadable.
    """
    try:
        happened, told = str(record["eventName"]), record["dynamodb"]
        pk = str(told["Keys"]["pk"]["S"])
        new, old = told.get("NewImage"), told.get("OldImage")
        if happened == "REMOVE":
            return Suspicion("removed", _entry_id(pk), "removed")
        if happened == "MODIFY":
            names = sorted(name for name in {*new, *old} if new.get(name) != old.get(name))
            # What replaces an entry by the very same leaves no trace in the images, and is no entry of ours either
            return Suspicion("changed", _entry_id(pk), ",".join(map(_attribute, names)) or "replaced")
        if happened != "INSERT":
            raise RecordUnreadable()
        wrong = _wrong(pk, {name: _plain(value) for name, value in new.items()})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordUnreadable() from error
    return Suspicion("wrong", _entry_id(pk), wrong) if wrong else None


def _wrong(pk: str, image: dict[str, Any]) -> str:
    """Names of the checks that an entry does not pass, as it was put."""
    try:
        item = journal.EntryItem.from_raw_data(image)
        booked = journal.entry_of(item)
        checks = {
            "canonical": ids.canonical(json.loads(item.body)).decode() == item.body,
            "id": pk == f"E#{booked.id}",
            "leaf_hash": e.leaf_hash(booked.body, booked.nonce) == booked.leaf,
            "balanced": _balances(booked),
            "indexes": journal.indexed_right(item, booked),
        }
    except (ItemUnreadable, ValueError, TypeError, KeyError, AttributeError):
        return "body"
    return ",".join(name for name, holds in checks.items() if not holds)


def _balances(booked: e.BookedEntry) -> bool:
    try:
        e.balanced(booked.postings)
    except (DomainError, AttributeError, TypeError):
        return False
    return True


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute as the table gives it: in an event of Lambda's bytes are Base64."""
    ((kind, inner),) = value.items()
    return {kind: base64.b64decode(inner, validate=True) if kind == "B" and isinstance(inner, str) else inner}


def _entry_id(pk: str) -> str:
    found = _ID.fullmatch(pk)
    return found[1] if found else e.entry_id(pk)


def _attribute(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 10 else "?"
