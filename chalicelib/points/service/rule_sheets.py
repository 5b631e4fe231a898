"""Rule sheets 积分细则: published in versions, never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chalicelib import clock
from chalicelib.identity.service import STREET, Actor, Role
from chalicelib.points.model import rule_sheets as model
from chalicelib.points.model.faults import SheetInvalid
from chalicelib.points.model.rule_sheets import RuleSheet
from chalicelib.points.store import assessments as store
from chalicelib.table import commit


def on(day: date) -> RuleSheet:
    """The version in force on a Shanghai day. Raises SheetMissing."""
    return store.sheet_on(day)


def version(number: int) -> RuleSheet:
    """Raises SheetUnknown."""
    return store.sheet(number)


def versions(*, limit: int = 20, cursor: str = "") -> tuple[list[RuleSheet], str]:
    """Newest first. Raises BadCursor."""
    return store.sheets(limit=limit, cursor=cursor)


def next_version() -> int:
    latest = store.latest_sheet()
    return latest.version + 1 if latest else 1


def publish(actor: Actor | None, sheet: RuleSheet, *, now_ms: int) -> RuleSheet:
    """Put a version in force. The very same version again is no error; ``actor`` None is a command on
    the machine itself. Only the first version may begin in the past; a later one begins tomorrow at
    the soonest, so that no day of service ever changes its rules.

    Raises NotAllowed, SheetInvalid(what), SheetExists(version).
    """
    if actor is not None:
        actor.require(Role.ADMIN, STREET)
    by = actor.member_id if actor is not None else "command"
    latest = store.latest_sheet()
    if latest is not None and latest.version == sheet.version:
        if replace(latest, published_by="", published_at=0) == replace(sheet, published_by="", published_at=0):
            return latest
    elif sheet.version != (latest.version + 1 if latest else 1):
        raise SheetInvalid(what="version")
    if latest is not None:
        too_soon = sheet.effective_from <= clock.shanghai_day(now_ms)
        if too_soon or sheet.effective_from < latest.effective_from:
            raise SheetInvalid(what="effective_from")
    published = model.check(replace(sheet, published_by=by, published_at=now_ms))
    commit(store.sheet_writes(published))
    return published


def first_sheet(effective_from: date) -> RuleSheet:
    """A sheet to begin with, not yet published."""
    return model.first_sheet(effective_from)
