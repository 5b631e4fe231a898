"""Gifts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chalicelib import table
from chalicelib.errors import DomainError
from chalicelib.fund.model.gift_faults import GiftUnknown
from chalicelib.fund.model.gifts import Gift
from chalicelib.table import AppItem, ModelAttribute, Write

Wait = Literal["pay", "fee"]


class GiftItem(AppItem):
    """``GIFT#<gift>`` / ``-``. ``by_1``: ``GIFTS#<fund>`` / ``<created ms>#<gift>``, the list by date.
    ``by_2``, sparse: ``GIFTWAIT#pay`` while a payment is open, ``GIFTWAIT#fee`` while its fee is not
    known / ``<created ms>#<gift>``: what the sweep looks at."""

    gift = ModelAttribute(Gift)


@dataclass(frozen=True, slots=True)
class Read:
    """A gift as it was read, with the version that its replacement must meet."""

    gift: Gift
    version: int


def find(gift_id: str) -> Read | None:
    item = table.get(GiftItem, _pk(gift_id), "-")
    return Read(item.gift, int(item.version)) if item else None


def read(gift_id: str) -> Read:
    """Raises GiftUnknown."""
    found = find(gift_id)
    if found is None:
        raise GiftUnknown()
    return found


def create_writes(gift: Gift, error: DomainError | None = None) -> list[Write]:
    return [table.create(_item(gift), error)]


def writes(after: Gift, before: Read) -> list[Write]:
    """Stale (at commit) when the gift has changed since it was read."""
    return [table.replace_version(_item(after), before.version)]


def page(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Gift], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(GiftItem, f"GIFTS#{fund_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.gift for item in items], after


def waiting(wait: Wait, before_ms: int, limit: int, skip: table.Skip | None = None) -> list[Gift]:
    """Gifts made before a moment that still wait, oldest first; the index may lag a little."""
    until = GiftItem.sk_2 < f"{before_ms:013d}"
    found = table.query(GiftItem, f"GIFTWAIT#{wait}", index="by_2", condition=until, limit=limit, skip=skip)
    return [item.gift for item in found]


def all_gifts() -> Iterator[Gift]:
    """Every gift, in no order: for verification."""
    for item in table.scan(GiftItem, GiftItem.pk.startswith("GIFT#")):
        yield item.gift


def _item(gift: Gift) -> GiftItem:
    at = f"{gift.created_ms:013d}#{gift.id}"
    item = GiftItem(pk=_pk(gift.id), sk="-", gift=gift, pk_1=f"GIFTS#{gift.fund_id}", sk_1=at)
    wait = _wait(gift)
    if wait:
        item.pk_2, item.sk_2 = f"GIFTWAIT#{wait}", at
    return item


def _wait(gift: Gift) -> Wait | None:
    if gift.method != "stripe":
        return None
    if gift.state in ("open", "processing"):
        return "pay"
    return "fee" if gift.is_paid and not gift.fee_known else None


def _pk(gift_id: str) -> str:
    return f"GIFT#{gift_id}"
