"""The disbursement report: on the page, as CSV, as XLSX, as JSON."""

from __future__ import annotations

import msgspec
from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.fund.service import setup
from chalicelib.identity import guard
from chalicelib.identity.service import Actor, Role
from chalicelib.reports.service import disbursements as service
from chalicelib.reports.service.disbursements import Filter, Period
from chalicelib.reports.views import disbursements as views
from chalicelib.reports.views import spreadsheet
from chalicelib.web.http import Download, Json, Page, Request, Result
from chalicelib.web.i18n import N_

bp = Blueprint(__name__)
READERS = (Role.FUND_MANAGER, Role.APPROVER, Role.SUPERVISOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
guard.staff_link("/staff/reports/disbursements", N_("支出明细报告"), *READERS, order=30)


class DisbursementLine(msgspec.Struct, frozen=True):
    """One payment (positive) or one that came back (negative), in fen."""

    day: str
    pot_id: str
    category: str
    care_action_id: str
    care_action: str
    payee: str
    purpose: str
    amount_fen: int
    bank_account: str
    serial: str
    requested_by: str
    approved_by: str
    person_times: int


class DisbursementReport(msgspec.Struct, frozen=True):
    """``ledger_fen`` is what the journal's expense legs come to for the same period and filter."""

    first: str
    last: str
    basis: str
    total_fen: int
    ledger_fen: int
    by_category_fen: dict[str, int]
    rows: list[DisbursementLine]


@guard.page(bp, "/staff/reports/disbursements", needs=READERS)
def report(request: Request) -> Result:
    actor, of, chosen = _asked(request)
    rows = list(service.rows(actor, of, chosen, request.now_ms))
    page = request.query.get("page", "1")
    data = views.page_data(
        service.head(actor, of, chosen, request.now_ms),
        rows,
        service.sums_of(rows),
        _names(),
        int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )
    choices = {
        "pots": [(pot.id, pot.name) for pot in setup.pots()],
        "categories": [(one.slug, one.name_zh) for one in setup.categories.CATEGORIES if one.is_purpose],
    }
    return Page("reports/disbursements.html", {**data, **choices})


@guard.page(bp, "/staff/reports/disbursements.csv", needs=READERS)
def as_csv(request: Request) -> Result:
    actor, of, chosen = _asked(request)
    head = service.head(actor, of, chosen, request.now_ms)
    sums = service.sums_of(service.rows(actor, of, chosen, request.now_ms))
    rows = service.rows(actor, of, chosen, request.now_ms)
    return Download(f"{_name(of)}.csv", "text/csv; charset=utf-8", spreadsheet.csv_report(head, rows, sums, _names()))


@guard.page(bp, "/staff/reports/disbursements.xlsx", needs=READERS)
def as_xlsx(request: Request) -> Result:
    actor, of, chosen = _asked(request)
    head = service.head(actor, of, chosen, request.now_ms)
    sums = service.sums_of(service.rows(actor, of, chosen, request.now_ms))
    rows = service.rows(actor, of, chosen, request.now_ms)
    return Download(f"{_name(of)}.xlsx", XLSX, spreadsheet.xlsx_report(head, rows, sums, _names()))


@guard.api(
    bp,
    "GET",
    "/reports/disbursements",
    summary="The disbursement report of a period",
    response=DisbursementReport,
    needs=READERS,
    errors=("period_invalid", "period_too_long", "basis_unknown", "pot_unknown", "category_unknown"),
)
def as_json(request: Request) -> Json:
    actor, of, chosen = _asked(request)
    head = service.head(actor, of, chosen, request.now_ms)
    rows = list(service.rows(actor, of, chosen, request.now_ms))
    sums = service.sums_of(rows)
    lines = [
        DisbursementLine(
            day=row.day.isoformat(),
            **{name: getattr(row, name) for name in DisbursementLine.__struct_fields__ if name != "day"},
        )
        for row in rows
    ]
    return Json(
        DisbursementReport(
            of.first.isoformat(),
            of.last.isoformat(),
            of.basis,
            sums.amount_fen,
            head.ledger_fen,
            sums.by_category,
            lines,
        )
    )


def _asked(request: Request) -> tuple[Actor, Period, Filter]:
    query = request.query
    today = clock.shanghai_day(request.now_ms)
    of = service.period(query.get("first", ""), query.get("last", ""), query.get("basis", ""), today)
    chosen = Filter(query.get("pot", ""), query.get("category", ""), query.get("care_action", ""))
    return guard.actor(request), of, chosen


def _names() -> dict[str, str]:
    return {one.slug: one.name_zh for one in setup.categories.CATEGORIES}


def _name(of: Period) -> str:
    return f"支出明细报告_{of.first:%Y%m%d}-{of.last:%Y%m%d}"
