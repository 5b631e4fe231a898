"""The disbursement report: on the page, as CSV, as XLSX, as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import msgspec
from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.fund.service import setup
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.reports.routes import exports
from chalicelib.reports.service import disbursements as service
from chalicelib.reports.service.disbursements import Filter, ReportRow
from chalicelib.reports.views import disbursements as views
from chalicelib.reports.views.csv_file import csv_report
from chalicelib.reports.views.export_words import CSV, XLSX, report_name
from chalicelib.reports.views.workbook import xlsx_pieces
from chalicelib.web.http import Download, Json, Page, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.render import DOWNLOAD_LIMIT_BYTES

bp = Blueprint(__name__)
READERS = (Role.FUND_MANAGER, Role.APPROVER, Role.SUPERVISOR)
AT_ONCE_ROWS_MAX = 10_000
"""More rows are exported as a job: nobody has to wait for them, and no limit of time or size is met."""
guard.staff_link("/staff/reports/disbursements", N_("支出明细报告"), *READERS, order=30)


class DisbursementLine(msgspec.Struct, frozen=True):
    """One payment (positive) or one that came back (negative), in fen."""

    day: str
    pot_id: str
    pot_name: str
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
    came_back: bool


class DisbursementReport(msgspec.Struct, frozen=True):
    """``ledger_fen`` is what the journal's expense legs come to for the same period and filter,
    ``other_fen`` what the books spent besides without a request (fees). A line's ``person_times`` is that
    of its whole care action; the report's counts each care action once."""

    first: str
    last: str
    basis: str
    total_fen: int
    ledger_fen: int
    other_fen: int
    person_times: int
    by_category_fen: dict[str, int]
    by_pot_fen: dict[str, int]
    by_care_action_fen: dict[str, int]
    rows: list[DisbursementLine]


@guard.page(bp, "/staff/reports/disbursements", needs=READERS)
def report(request: Request) -> Result:
    found = _asked(request)
    page = request.query.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1
    data = views.page_data(found.head, found.rows(), _names(), max(number, 1))
    choices = {
        "pots": [(pot.id, pot.name) for pot in setup.pots()],
        "categories": [(one.slug, one.name_zh) for one in setup.categories.CATEGORIES if one.is_purpose],
    }
    return Page("reports/disbursements.html", {**data, **choices, "large": data["sums"].rows > AT_ONCE_ROWS_MAX})


@guard.page(bp, "/staff/reports/disbursements.csv", needs=READERS)
def as_csv(request: Request) -> Result:
    found = _asked(request)
    return _at_once(request, found, "report_csv", CSV, csv_report(found.head, _few(found.rows()), _names()))


@guard.page(bp, "/staff/reports/disbursements.xlsx", needs=READERS)
def as_xlsx(request: Request) -> Result:
    found = _asked(request)
    return _at_once(request, found, "report_xlsx", XLSX, xlsx_pieces(found.head, _few(found.rows()), _names()))


@guard.api(
    bp,
    "GET",
    "/reports/disbursements",
    summary="The disbursement report of a period",
    response=DisbursementReport,
    needs=READERS,
    errors=(
        "period_invalid",
        "period_too_long",
        "basis_unknown",
        "fund_pot_unknown",
        "fund_category_unknown",
        "care_action_unknown",
    ),
)
def as_json(request: Request) -> Json:
    found = _asked(request)
    head, rows = found.head, list(found.rows())
    sums = service.sums_of(rows)
    return Json(
        DisbursementReport(
            first=head.period.first.isoformat(),
            last=head.period.last.isoformat(),
            basis=head.period.basis,
            total_fen=sums.amount_fen,
            ledger_fen=head.ledger_fen,
            other_fen=head.other_fen,
            person_times=sums.person_times,
            by_category_fen=sums.by_category,
            by_pot_fen=sums.by_pot,
            by_care_action_fen=sums.by_care_action,
            rows=[DisbursementLine(**{**dataclasses.asdict(row), "day": row.day.isoformat()}) for row in rows],
        )
    )


def _asked(request: Request) -> service.Report:
    query = request.query
    today = clock.shanghai_day(request.now_ms)
    of = service.period(query.get("first", ""), query.get("last", ""), query.get("basis", ""), today)
    chosen = Filter(query.get("pot", ""), query.get("category", ""), query.get("care_action", ""))
    return service.report(guard.actor(request), of, chosen, request.now_ms)


def _names() -> dict[str, str]:
    return {one.slug: one.name_zh for one in setup.categories.CATEGORIES}


class _TooMuch(Exception):
    """Too much to be handed out at once."""


def _few(rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
    for number, row in enumerate(rows):
        if number == AT_ONCE_ROWS_MAX:
            raise _TooMuch()
        yield row


def _at_once(request: Request, found: service.Report, kind: str, content_type: str, pieces: Iterable[bytes]) -> Result:
    """The file, or the way to it as a job where it is too large for one answer."""
    body = bytearray()
    try:
        for piece in pieces:
            body += piece
            if len(body) > DOWNLOAD_LIMIT_BYTES:
                raise _TooMuch()
    except _TooMuch:
        return exports.instead(kind, request.query)
    ending = kind.removeprefix("report_")
    return Download(f"{report_name(found.head.period)}.{ending}", content_type, bytes(body))
