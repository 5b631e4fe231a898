"""Rule sheets 积分细则: published in versions, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from chalicelib import clock
from chalicelib.identity.service import STREET, Actor, Role
from chalicelib.points.model import rule_sheets as model
from chalicelib.points.model import rule_text
from chalicelib.points.model.faults import SheetInvalid, SheetLineUnread
from chalicelib.points.model.rule_sheets import Expiry, RuleSheet
from chalicelib.points.store import assessments as store
from chalicelib.table import commit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Typed:
    """A version as an administrator types it; see ``model.rule_text`` for the lines."""

    version: int
    effective_from: date
    lines: str
    grades: str
    levels: str
    time_cap: str
    medal_cap: str
    time_expiry: Expiry
    medal_expiry: Expiry
    objection_days: int


class FieldWrong(SheetInvalid):
    """A field as typed that cannot be read: which, and why."""

    def __init__(self, field: str, why: SheetLineUnread) -> None:
        super().__init__(what=field)
        self.field = field
        self.why = why


def on(day: date) -> RuleSheet:
    """The version in force on a Shanghai day. Raises SheetMissing."""
    return store.sheet_on(day)


def version(number: int) -> RuleSheet:
    """Raises SheetUnknown."""
    return store.sheet(number)


def latest() -> RuleSheet | None:
    """The last version, in force or to come."""
    return store.latest_sheet()


def versions(*, limit: int = 20, cursor: str = "") -> tuple[list[RuleSheet], str]:
    """Newest first. Raises BadCursor."""
    return store.sheets(limit=limit, cursor=cursor)


def next_version() -> int:
    found = latest()
    return found.version + 1 if found else 1


def publish(actor: Actor | None, sheet: RuleSheet, *, now_ms: int) -> RuleSheet:
    """Put a version in force. The very same version again is no error; ``actor`` None is a command on
    the machine itself. Only the first version may begin in the past; a later one begins tomorrow at
    the soonest, so that no day of service ever changes its rules.

    Raises NotAllowed, SheetInvalid(what), SheetExists(version).
    """
    if actor is not None:
        actor.require(Role.ADMIN, STREET)
    by = actor.member_id if actor is not None else "command"
    before = latest()
    if before is not None and _unpublished(before) == _unpublished(sheet):
        return before
    model.check_version(sheet, before, clock.shanghai_day(now_ms))
    published = model.check(replace(sheet, published_by=by, published_at=now_ms))
    commit(store.sheet_writes(published))
    return published


def publish_typed(actor: Actor, typed: Typed, *, now_ms: int) -> RuleSheet:
    """Raises FieldWrong(field, why), and what ``publish`` raises."""
    sheet = RuleSheet(
        version=typed.version,
        effective_from=typed.effective_from,
        lines=_read("lines", typed.lines, rule_text.read_lines),
        grades=_read("grades", typed.grades, rule_text.read_grades),
        time_cap_centi_per_day=_read("time_cap", typed.time_cap, rule_text.read_cap),
        medal_cap_centi_per_day=_read("medal_cap", typed.medal_cap, rule_text.read_cap),
        levels=_read("levels", typed.levels, rule_text.read_levels),
        time_expiry=typed.time_expiry,
        medal_expiry=typed.medal_expiry,
        objection_days=typed.objection_days,
    )
    return publish(actor, sheet, now_ms=now_ms)


def as_typed(sheet: RuleSheet) -> dict[str, str]:
    """A version as texts to begin the next one from."""
    return {
        "lines": rule_text.lines_text(sheet),
        "grades": rule_text.grades_text(sheet),
        "levels": rule_text.levels_text(sheet),
        "time_cap": rule_text.cap_text(sheet.time_cap_centi_per_day),
        "medal_cap": rule_text.cap_text(sheet.medal_cap_centi_per_day),
        "time_expiry": sheet.time_expiry,
        "medal_expiry": sheet.medal_expiry,
        "objection_days": str(sheet.objection_days),
    }


def first_sheet(effective_from: date) -> RuleSheet:
    """A sheet to begin with, not yet published."""
    return model.first_sheet(effective_from)


def _unpublished(sheet: RuleSheet) -> RuleSheet:
    return replace(sheet, published_by="", published_at=0)


def _read(field: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except SheetLineUnread as why:
        raise FieldWrong(field, why) from why
