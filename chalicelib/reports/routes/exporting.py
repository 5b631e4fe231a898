"""What an export consists of, by its kind; and the function that the queue of exports calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from chalice.app import Blueprint, SQSEvent

from chalicelib import clock, ids
from chalicelib.fund.service import setup
from chalicelib.identity.service import actor_for
from chalicelib.reports.service import books, disbursements, export_runs
from chalicelib.reports.service.disbursements import Filter, ReportRow
from chalicelib.reports.service.export_runs import Content, Progress
from chalicelib.reports.service.exports import Job, Kind
from chalicelib.reports.views import export_words as words
from chalicelib.reports.views.csv_file import csv_report
from chalicelib.reports.views.workbook import xlsx_pieces
from chalicelib.web import logs

bp = Blueprint(__name__)


class MessageUnreadable(Exception):
    """What came from the queue is no export: it goes to the dead letters after its tries."""


@bp.on_sqs_message(queue="exports", batch_size=1)
@logs.function
def run_exports(event: SQSEvent) -> None:
    """One message, one export. What fails for a while comes again; what is over already is done with."""
    left_ms = getattr(event.context, "get_remaining_time_in_millis", endless)
    for record in event:
        with logs.record(record):
            run_one(_job_id(record.body), left_ms)


def endless() -> float:
    return float("inf")


def run_one(job_id: str, left_ms: Callable[[], float] = endless, *, alone: bool = False) -> str:
    """Run one export; the state in which it is left. Raises what ``export_runs.run`` raises."""
    state = export_runs.run(job_id, make, now=clock.now_ms, left_ms=left_ms, alone=alone)
    logs.ran("run_exports", job=job_id, state=state)
    return state


def make(job: Job, progress: Progress) -> Content:
    """The rights of whoever asked are those of this moment. Raises NotAllowed and what the parts raise."""
    return _MAKERS[job.kind](job, progress)


def _job_id(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    job_id = told.get("job") if isinstance(told, dict) else None
    if not isinstance(job_id, str) or not ids.is_ulid(job_id):
        raise MessageUnreadable()
    return job_id


# --- the kinds ---------------------------------------------------------------------------------


def _report(job: Job, progress: Progress) -> tuple[disbursements.Report, Iterator[ReportRow], dict[str, str], str]:
    now_ms, asked = clock.now_ms(), job.asked
    of = disbursements.period(asked["first"], asked["last"], asked["basis"], clock.shanghai_day(now_ms))
    chosen = Filter(asked["pot"], asked["category"], asked["care_action"])
    found = disbursements.report(actor_for(job.by, now_ms), of, chosen, now_ms)
    progress.total = (of.last - of.first).days + 1
    names = {one.slug: one.name_zh for one in setup.categories.CATEGORIES}
    return found, _followed(found.rows(), of.first, progress), names, words.report_name(of)


def _followed(rows: Iterable[ReportRow], first: date, progress: Progress) -> Iterator[ReportRow]:
    for row in rows:
        yield row
        # By booked date a row's own day may lie outside of the period.
        progress.row(min(max((row.day - first).days, 0), progress.total))


def _csv(job: Job, progress: Progress) -> Content:
    found, rows, names, name = _report(job, progress)
    return Content(f"{name}.csv", words.CSV, csv_report(found.head, rows, names))


def _xlsx(job: Job, progress: Progress) -> Content:
    found, rows, names, name = _report(job, progress)
    return Content(f"{name}.xlsx", words.XLSX, xlsx_pieces(found.head, rows, names))


def _journal(job: Job, progress: Progress) -> Content:
    now_ms = clock.now_ms()
    actor = actor_for(job.by, now_ms)
    first, last = (date.fromisoformat(job.asked[end]) if job.asked.get(end) else None for end in ("first", "last"))
    begin, end = books.days_of(first, last, now_ms)
    progress.total = max((end - begin).days + 1, 1)
    pieces = books.export(
        actor, now_ms, first, last,
        lambda entry: progress.row((clock.shanghai_day(entry.booked_ms) - begin).days),
    )  # fmt: skip
    return Content(words.journal_name(first, last, clock.shanghai_day(now_ms)), words.TEXT, pieces)


def _verification(job: Job, progress: Progress) -> Content:
    now_ms = clock.now_ms()
    progress.total = books.entries_booked()
    findings = books.verify_for(
        actor_for(job.by, now_ms), now_ms, lambda number: progress.row(min(number, progress.total))
    )
    lines = tuple(f"{one.check}  {one.about}  {one.detail}" for one in findings)
    pieces = words.verification_lines(lines, now_ms)
    return Content(words.verification_name(clock.shanghai_day(now_ms)), words.TEXT, pieces, lines)


_MAKERS: Final[dict[Kind, Callable[[Job, Progress], Content]]] = {
    "report_csv": _csv,
    "report_xlsx": _xlsx,
    "journal": _journal,
    "verification": _verification,
}
