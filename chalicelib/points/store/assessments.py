"""Rule sheets, assessments, and the hours that they recognise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pynamodb.attributes import NumberAttribute

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.faults import SheetExists, SheetMissing, SheetUnknown
from chalicelib.points.model.rule_sheets import RuleSheet
from chalicelib.table import AppItem, ModelAttribute, Write


class SheetItem(AppItem):
    """``SHEETS`` / ``<version, six digits>``: put once, never changed."""

    value = ModelAttribute(RuleSheet)


class AssessmentItem(AppItem):
    """``ASSESSMENT#<check-in>`` / ``<number, four digits>``."""

    value = ModelAttribute(Assessment)


class HoursItem(AppItem):
    """``HOURS#<member>`` / ``<yyyy>``: what assessments have recognised, in minutes and in services.
    Spending points never touches it."""

    minutes = NumberAttribute(default=0)
    services = NumberAttribute(default=0)


# --- rule sheets -----------------------------------------------------------------------------


def sheet_writes(new: RuleSheet) -> list[Write]:
    return [table.create(SheetItem(pk="SHEETS", sk=f"{new.version:06d}", value=new), SheetExists(version=new.version))]


def sheet(version: int) -> RuleSheet:
    """Raises SheetUnknown."""
    item = table.get(SheetItem, "SHEETS", f"{version:06d}")
    if item is None:
        raise SheetUnknown()
    return item.value


def latest_sheet() -> RuleSheet | None:
    items = table.query(SheetItem, "SHEETS", newest_first=True, limit=1, consistent=True)
    return next((item.value for item in items), None)


def sheet_on(day: date) -> RuleSheet:
    """The newest version in force on a day. Raises SheetMissing."""
    for item in table.query(SheetItem, "SHEETS", newest_first=True, consistent=True):
        if item.value.effective_from <= day:
            return item.value
    raise SheetMissing()


def sheets(*, limit: int = 20, cursor: str = "") -> tuple[list[RuleSheet], str]:
    items, more = table.page(SheetItem, "SHEETS", limit=limit, cursor=cursor)
    return [item.value for item in items], more


# --- assessments -----------------------------------------------------------------------------


def find(check_in_id: str, number: int) -> AssessmentItem | None:
    return table.get(AssessmentItem, f"ASSESSMENT#{check_in_id}", f"{number:04d}") if number else None


def history(check_in_id: str) -> list[Assessment]:
    """All assessments of a check-in, the newest first; there are never many."""
    found = table.query(AssessmentItem, f"ASSESSMENT#{check_in_id}", newest_first=True, limit=50, consistent=True)
    return [item.value for item in found]


def create_writes(new: Assessment) -> list[Write]:
    return [table.create(_item(new), Stale(), rank=2)]


def replace_writes(after: Assessment, before: AssessmentItem) -> list[Write]:
    return [table.replace_version(_item(after), int(before.version))]


def all_assessments() -> Iterator[Assessment]:
    """For verification only."""
    for item in table.scan(AssessmentItem, AssessmentItem.pk.startswith("ASSESSMENT#")):
        yield item.value


# --- hours -----------------------------------------------------------------------------------


def hours_writes(member_id: str, year: int, minutes: int, services: int) -> list[Write]:
    """Add to a member's hours of a year of service."""
    item = HoursItem(pk=f"HOURS#{member_id}", sk=f"{year:04d}")
    # No condition: the first service of a year makes the item.
    return [Write("update", item, actions=(HoursItem.minutes.add(minutes), HoursItem.services.add(services)))]


def hours(member_id: str) -> dict[int, tuple[int, int]]:
    """Year of service → (minutes, services)."""
    found = table.query(HoursItem, f"HOURS#{member_id}", consistent=True)
    return {int(item.sk): (int(item.minutes), int(item.services)) for item in found}


def all_hours() -> Iterator[tuple[str, int, int, int]]:
    """(member, year, minutes, services): for verification only."""
    for item in table.scan(HoursItem, HoursItem.pk.startswith("HOURS#")):
        yield item.pk.partition("#")[2], int(item.sk), int(item.minutes), int(item.services)


def _item(value: Assessment) -> AssessmentItem:
    return AssessmentItem(pk=f"ASSESSMENT#{value.check_in_id}", sk=f"{value.number:04d}", value=value)
