"""Care actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalicelib import clock, table
from chalicelib.errors import Stale
from chalicelib.fund.model.care_actions import CareAction
from chalicelib.table import AppItem, ModelAttribute, Write


class CareActionItem(AppItem):
    """``CAREACTION#<id>`` / ``-``. ``by_1``: ``CAREACTIONS#<fund>`` / ``<planned ms>#<id>``.
    ``by_2``: ``CAREACTIONS#<fund>#<state>`` / ``<planned ms>#<id>``; once signed off
    ``CAREDONE#<fund>#<yyyymm>`` / ``<signed-off ms>#<id>``, the Shanghai month of the sign-off."""

    action = ModelAttribute(CareAction)


def care_action(care_action_id: str) -> CareAction | None:
    item = table.get(CareActionItem, f"CAREACTION#{care_action_id}", "-")
    return item.action if item else None


def new_care_action_writes(action: CareAction) -> list[Write]:
    return [table.create(_item(action), Stale())]


def care_action_writes(read: CareAction, after: CareAction) -> list[Write]:
    """Replace a care action as it was read; Stale when it changed meanwhile."""
    return [table.replace_version(_item(after, read.version + 1), read.version)]


def care_actions(
    fund_id: str, state: str = "", month: str = "", cursor: str = "", limit: int = 20
) -> tuple[list[CareAction], str]:
    """Newest first: all, those of a state, or those signed off in a month ``yyyymm``. Raises BadCursor."""
    index, key = ("by_2", f"CAREDONE#{fund_id}#{month}") if month else ("by_1", f"CAREACTIONS#{fund_id}")
    if state:
        index, key = "by_2", f"CAREACTIONS#{fund_id}#{state}"
    items, after = table.page(CareActionItem, key, index=index, limit=limit, cursor=cursor)
    return [item.action for item in items], after


def signed_off_in(fund_id: str, month: str) -> Iterator[CareAction]:
    """All signed off in a Shanghai month ``yyyymm``, oldest first."""
    for item in table.query(CareActionItem, f"CAREDONE#{fund_id}#{month}", index="by_2"):
        yield item.action


def all_care_actions() -> Iterator[CareAction]:
    """For verification."""
    for item in table.scan(CareActionItem, CareActionItem.pk.startswith("CAREACTION#")):
        yield item.action


def _item(action: CareAction, version: int = 0) -> CareActionItem:
    done = action.state == "signed_off"
    month = clock.shanghai_month(action.signed_off_at) if done else ""
    return CareActionItem(
        pk=f"CAREACTION#{action.id}",
        sk="-",
        action=replace(action, version=version),
        version=version,
        pk_1=f"CAREACTIONS#{action.fund_id}",
        sk_1=f"{action.planned_at:013d}#{action.id}",
        pk_2=f"CAREDONE#{action.fund_id}#{month}" if done else f"CAREACTIONS#{action.fund_id}#{action.state}",
        sk_2=f"{action.signed_off_at if done else action.planned_at:013d}#{action.id}",
    )
