"""Gifts that repeat every month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib import table
from chalicelib.fund.model.gift_faults import MonthlyUnknown
from chalicelib.fund.model.monthly import Monthly
from chalicelib.table import AppItem, ModelAttribute, Write


class MonthlyItem(AppItem):
    """``MONTHLY#<id>`` / ``-``. ``by_1``: ``MONTHLIES#<fund>`` / ``<created ms>#<id>``. ``by_2``, sparse:
    ``MONTHLYWAIT`` / ``<created ms>#<id>`` until the first payment."""

    monthly = ModelAttribute(Monthly)


@dataclass(frozen=True, slots=True)
class Read:
    monthly: Monthly
    version: int


def find(monthly_id: str) -> Read | None:
    item = table.get(MonthlyItem, _pk(monthly_id), "-")
    return Read(item.monthly, int(item.version)) if item else None


def read(monthly_id: str) -> Read:
    """Raises MonthlyUnknown."""
    found = find(monthly_id)
    if found is None:
        raise MonthlyUnknown()
    return found


def create_writes(monthly: Monthly) -> list[Write]:
    return [table.create(_item(monthly))]


def writes(after: Monthly, before: Read) -> list[Write]:
    return [table.replace_version(_item(after), before.version)]


def page(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Monthly], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(MonthlyItem, f"MONTHLIES#{fund_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.monthly for item in items], after


def waiting(before_ms: int, limit: int, skip: table.Skip | None = None) -> list[Monthly]:
    until = MonthlyItem.sk_2 < f"{before_ms:013d}"
    found = table.query(MonthlyItem, "MONTHLYWAIT", index="by_2", condition=until, limit=limit, skip=skip)
    return [item.monthly for item in found]


def all_monthlies(skip: table.Skip | None = None) -> Iterator[Monthly]:
    for item in table.scan(MonthlyItem, MonthlyItem.pk.startswith("MONTHLY#"), skip=skip):
        yield item.monthly


def _item(monthly: Monthly) -> MonthlyItem:
    at = f"{monthly.created_ms:013d}#{monthly.id}"
    item = MonthlyItem(pk=_pk(monthly.id), sk="-", monthly=monthly, pk_1=f"MONTHLIES#{monthly.fund_id}", sk_1=at)
    if monthly.state == "open":
        item.pk_2, item.sk_2 = "MONTHLYWAIT", at
    return item


def _pk(monthly_id: str) -> str:
    return f"MONTHLY#{monthly_id}"
