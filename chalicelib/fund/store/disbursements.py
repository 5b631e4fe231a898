"""Disbursements, and the lines of what was spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.fund.model.disbursements import Disbursement
from chalicelib.fund.model.spending import SpendingLine, months
from chalicelib.table import AppItem, ModelAttribute, Write


class DisbursementItem(AppItem):
    """``DISBURSEMENT#<id>`` / ``-``. ``by_1``: those of a care action, ``DISBOF#<care action>`` /
    ``<requested ms>#<id>``. ``by_2``: those of a state, ``DISBS#<fund>#<state>`` / the same."""

    disbursement = ModelAttribute(Disbursement)


class SpendingItem(AppItem):
    """``DISBURSEMENT#<id>`` / ``PAID#<attempt>`` or ``BOUNCED#<attempt>``: put once, never changed.
    ``by_2``: ``SPENT#<fund>#<yyyymm>`` / ``<yyyymmdd>#<id>#<attempt>#<what>`` by the bank's day."""

    line = ModelAttribute(SpendingLine)


def disbursement(disbursement_id: str) -> Disbursement | None:
    item = table.get(DisbursementItem, f"DISBURSEMENT#{disbursement_id}", "-")
    return item.disbursement if item else None


def new_disbursement_writes(new: Disbursement) -> list[Write]:
    return [table.create(_item(new), Stale())]


def disbursement_writes(read: Disbursement, after: Disbursement) -> list[Write]:
    """Replace a disbursement as it was read; Stale when it changed meanwhile."""
    return [table.replace_version(_item(after, read.version + 1), read.version)]


def by_state(fund_id: str, state: str, cursor: str = "", limit: int = 20) -> tuple[list[Disbursement], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(DisbursementItem, f"DISBS#{fund_id}#{state}", index="by_2", limit=limit, cursor=cursor)
    return [item.disbursement for item in items], after


def of_care_action(care_action_id: str, cursor: str = "", limit: int = 50) -> tuple[list[Disbursement], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(DisbursementItem, f"DISBOF#{care_action_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.disbursement for item in items], after


def spending_writes(line: SpendingLine) -> list[Write]:
    item = SpendingItem(
        pk=f"DISBURSEMENT#{line.disbursement_id}",
        sk=f"{line.what.upper()}#{line.attempt:03d}",
        line=line,
        pk_2=f"SPENT#{line.fund_id}#{line.day:%Y%m}",
        sk_2=f"{line.day:%Y%m%d}#{line.disbursement_id}#{line.attempt:03d}#{line.what}",
    )
    return [table.create(item, Stale())]


def spending(fund_id: str, first: date, last: date) -> Iterator[SpendingLine]:
    """Every line from one day to another, both included, in order of day."""
    for month in months(first, last):
        for item in table.query(SpendingItem, f"SPENT#{fund_id}#{month}", index="by_2"):
            if first <= item.line.day <= last:
                yield item.line


def all_disbursements(skip: table.Skip | None = None) -> Iterator[Disbursement]:
    """For verification and a change of keys."""
    here = DisbursementItem.pk.startswith("DISBURSEMENT#") & (DisbursementItem.sk == "-")
    for item in table.scan(DisbursementItem, here, skip=skip):
        yield item.disbursement


def all_spending() -> Iterator[SpendingLine]:
    """For verification."""
    here = SpendingItem.pk.startswith("DISBURSEMENT#") & (SpendingItem.sk != "-")
    for item in table.scan(SpendingItem, here):
        yield item.line


def _item(of: Disbursement, version: int = 0) -> DisbursementItem:
    position = f"{of.requested_at:013d}#{of.id}"
    return DisbursementItem(
        pk=f"DISBURSEMENT#{of.id}",
        sk="-",
        disbursement=replace(of, version=version),
        version=version,
        pk_1=f"DISBOF#{of.care_action_id}" if of.care_action_id else None,
        sk_1=position if of.care_action_id else None,
        pk_2=f"DISBS#{of.fund_id}#{of.state}",
        sk_2=position,
    )
