"""Webhook events as they were received: each once, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import table
from chalicelib.fund.model.stripe_objects import Event
from chalicelib.table import AppItem

KEPT_MS: Final = 90 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """``outcome`` is ``done`` or, for what was noted and not booked, a code that says why."""

    event_id: str
    kind: str
    object_id: str
    received_ms: int
    outcome: str
    detail: str


class NoticeItem(AppItem):
    """``STRIPEEVENT#<event>`` / ``-``, kept 90 days. ``by_1``, sparse, only what was noted as a problem:
    ``STRIPEPROBLEMS`` / ``<received ms>#<event>``."""

    kind = UnicodeAttribute()
    object_id = UnicodeAttribute()
    received_ms = NumberAttribute()
    outcome = UnicodeAttribute()
    detail = UnicodeAttribute(default="")


def done(event_id: str) -> bool:
    """Whether this event was dealt with; what was only noted is looked at again when it is repeated."""
    item = table.get(NoticeItem, _pk(event_id), "-")
    return item is not None and item.outcome == "done"


def keep(event: Event, outcome: str, detail: str, now_ms: int) -> None:
    """The last outcome stands: an event that was noted may be done later."""
    item = NoticeItem(
        pk=_pk(event.event_id),
        sk="-",
        kind=event.kind,
        object_id=event.object_id,
        received_ms=now_ms,
        outcome=outcome,
        detail=detail[:300],
        expires_at=(now_ms + KEPT_MS) // 1000,
    )
    if outcome != "done":
        item.pk_1, item.sk_1 = "STRIPEPROBLEMS", f"{now_ms:013d}#{event.event_id}"
    table.commit([table.put(item)])


def problems(cursor: str = "", limit: int = 20) -> tuple[list[Notice], str]:
    """What was noted and not booked, newest first. Raises BadCursor."""
    items, after = table.page(NoticeItem, "STRIPEPROBLEMS", index="by_1", limit=limit, cursor=cursor)
    return [_notice(item) for item in items], after


def _notice(item: NoticeItem) -> Notice:
    return Notice(
        event_id=item.pk.removeprefix("STRIPEEVENT#"),
        kind=item.kind,
        object_id=item.object_id,
        received_ms=int(item.received_ms),
        outcome=item.outcome,
        detail=item.detail,
    )


def _pk(event_id: str) -> str:
    return f"STRIPEEVENT#{event_id}"
