"""Pledges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib import table
from chalicelib.fund.model.pledges import Pledge, PledgeUnknown
from chalicelib.table import AppItem, ModelAttribute, Write


class PledgeItem(AppItem):
    """``PLEDGE#<pledge>`` / ``-``. ``by_1``: ``PLEDGES#<fund>`` / ``<created ms>#<pledge>``."""

    pledge = ModelAttribute(Pledge)


@dataclass(frozen=True, slots=True)
class Read:
    pledge: Pledge
    version: int


def find(pledge_id: str) -> Read | None:
    item = table.get(PledgeItem, f"PLEDGE#{pledge_id}", "-") if pledge_id else None
    return Read(item.pledge, int(item.version)) if item else None


def read(pledge_id: str) -> Read:
    """Raises PledgeUnknown."""
    found = find(pledge_id)
    if found is None:
        raise PledgeUnknown()
    return found


def create_writes(pledge: Pledge) -> list[Write]:
    return [table.create(_item(pledge))]


def writes(after: Pledge, before: Read) -> list[Write]:
    return [table.replace_version(_item(after), before.version)]


def page(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Pledge], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(PledgeItem, f"PLEDGES#{fund_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.pledge for item in items], after


def all_pledges() -> Iterator[Pledge]:
    for item in table.scan(PledgeItem, PledgeItem.pk.startswith("PLEDGE#")):
        yield item.pledge


def _item(pledge: Pledge) -> PledgeItem:
    at = f"{pledge.created_ms:013d}#{pledge.id}"
    return PledgeItem(pk=f"PLEDGE#{pledge.id}", sk="-", pledge=pledge, pk_1=f"PLEDGES#{pledge.fund_id}", sk_1=at)
