"""Which fact of ours a Stripe object belongs to, read consistently; and what came before its fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import table
from chalicelib.table import AppItem, Write

Kind = Literal["gift", "monthly", "pledge", "refund"]


class StripeIdItem(AppItem):
    """``STRIPE#<object id>`` / ``-``: put once, in the transaction that ties the two together."""

    kind = UnicodeAttribute()
    fact_id = UnicodeAttribute()


class EarlyItem(AppItem):
    """``EARLY#<payment intent>`` / ``<object id>``: a refund or dispute whose gift is not known yet,
    applied when the gift is posted. ``by_1``: ``EARLY`` / ``<seen ms>#<object id>``."""

    seen_ms = NumberAttribute()


def tie_writes(object_id: str, kind: Kind, fact_id: str) -> list[Write]:
    """Raises Stale (at commit) when the object is tied already: the use case reads again."""
    return [table.create(StripeIdItem(pk=_pk(object_id), sk="-", kind=kind, fact_id=fact_id))]


def fact_of(object_id: str, kind: Kind) -> str:
    """The id of our fact, or ""."""
    item = table.get(StripeIdItem, _pk(object_id), "-") if object_id else None
    return item.fact_id if item is not None and item.kind == kind else ""


def remember_early(intent_id: str, object_id: str, seen_ms: int) -> None:
    at = f"{seen_ms:013d}#{object_id}"
    table.commit([table.put(EarlyItem(pk=f"EARLY#{intent_id}", sk=object_id, seen_ms=seen_ms, pk_1="EARLY", sk_1=at))])


def early(intent_id: str) -> list[str]:
    """Ids of refunds and disputes that came before their gift."""
    return [item.sk for item in table.query(EarlyItem, f"EARLY#{intent_id}", consistent=True)]


def forget_early(intent_id: str, object_id: str) -> None:
    table.commit([table.delete(EarlyItem(pk=f"EARLY#{intent_id}", sk=object_id))])


def all_early(limit: int, skip: table.Skip | None = None) -> Iterator[tuple[str, str]]:
    """``(payment intent, object id)`` of what still waits, oldest first; the index may lag a little."""
    for item in table.query(EarlyItem, "EARLY", index="by_1", limit=limit, skip=skip):
        yield item.pk.removeprefix("EARLY#"), item.sk


def _pk(object_id: str) -> str:
    return f"STRIPE#{object_id}"
