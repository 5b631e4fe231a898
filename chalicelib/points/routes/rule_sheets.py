"""The rule sheet: open to everybody; a new version by an administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib import clock
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.points.service import RuleSheet, faults, rule_sheets
from chalicelib.points.service.rule_sheets import Typed
from chalicelib.web.forms import Day, FormBody, FormErrors, FormView, Line, LongNote, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/rules/new", N_("积分细则"), Role.ADMIN, order=70)


class SheetForm(FormBody, frozen=True, kw_only=True):
    version: Annotated[int, Meta(ge=1, le=999_999)]
    effective_from: Day
    lines: LongNote
    grades: LongNote
    levels: LongNote = ""
    time_cap: Line = ""
    medal_cap: Line = ""
    time_expiry: Literal["never", "next_year_end"]
    medal_expiry: Literal["never", "next_year_end"]
    objection_days: Annotated[int, Meta(ge=1, le=365)]


@guard.page(bp, "/rules")
def current(request: Request) -> Result:
    return _shown(rule_sheets.on(clock.shanghai_day(request.now_ms)))


@guard.page(bp, "/rules/{version}")
def version(request: Request) -> Result:
    text = request.params["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise faults.SheetUnknown()
    return _shown(rule_sheets.version(int(text)))


@guard.page(bp, "/staff/rules/new", needs=Role.ADMIN)
def new(request: Request) -> Result:
    today = clock.shanghai_day(request.now_ms)
    before = rule_sheets.latest() or rule_sheets.first_sheet(today)
    start = rule_sheets.as_typed(before)
    tomorrow = f"{today + timedelta(days=1)}"
    number = f"{rule_sheets.next_version()}"
    return _form_page(FormView.start(**{**start, "version": number, "effective_from": tomorrow}))


@guard.page(bp, "/staff/rules/new", methods=("POST",), needs=Role.ADMIN)
def publish(request: Request) -> Result:
    try:
        form = read_form(request, SheetForm)
        typed = Typed(**{name: getattr(form, name) for name in form.__struct_fields__})
        made = rule_sheets.publish_typed(guard.actor(request), typed, now_ms=request.now_ms)
    except rule_sheets.FieldWrong as error:
        return _form_page(FormView.of(request, error.why, error.field), status_of(error.why))
    except (FormErrors, faults.SheetInvalid) as error:
        return _form_page(FormView.of(request, error), status_of(error))
    return Redirect(f"/rules/{made.version}")


def _form_page(form: FormView, status: int = 200) -> Page:
    return Page("points/rules_form.html", {"form": form}, status=status)


def _shown(sheet: RuleSheet) -> Page:
    return Page("points/rules.html", {"sheet": sheet})
