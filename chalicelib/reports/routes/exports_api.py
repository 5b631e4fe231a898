"""Export jobs as JSON."""

from __future__ import annotations

import msgspec
from chalice.app import Blueprint

from chalicelib.identity import guard
from chalicelib.reports.routes.exports import READERS, ExportForm
from chalicelib.reports.service import exports as service
from chalicelib.reports.service.exports import Job
from chalicelib.web.forms import read_json
from chalicelib.web.http import Json, Request
from chalicelib.web.render import content_disposition

bp = Blueprint(__name__)
_ASKING = (
    "export_kind_unknown", "export_open", "exports_too_many", "export_sent_differently", "period_invalid",
    "period_too_long", "basis_unknown", "fund_pot_unknown", "fund_category_unknown", "care_action_unknown",
    "exports_queue_unavailable",
)  # fmt: skip


class ExportView(msgspec.Struct, frozen=True):
    """``state``: queued, running, done, failed, cancelled. ``why``: the code of what ended a failed one.
    Times in ms; ``file_until``: until when the file may be fetched, 0 without one. ``findings``: how many places a
    verification found that do not hold, with the first of them in ``notes``."""

    id: str
    kind: str
    state: str
    asked: dict[str, str]
    asked_at: int
    finished_at: int
    percent: int
    rows: int
    name: str
    bytes: int
    sha256: str
    file_until: int
    why: str
    findings: int
    notes: list[str]


class ExportsView(msgspec.Struct, frozen=True):
    items: list[ExportView]
    cursor: str


class FileLink(msgspec.Struct, frozen=True):
    """``address`` hands the file out to whoever has it, without signing in, until ``until`` (ms). On one machine it is
    a path of this server."""

    address: str
    until: int
    name: str
    bytes: int
    sha256: str


@guard.api(bp, "POST", "/exports", summary="Begin an export", request=ExportForm, response=ExportView, status=201,
           keyed=True, needs=READERS, errors=_ASKING)  # fmt: skip
def ask(request: Request) -> Json:
    body = read_json(request, ExportForm)
    actor, kind = guard.actor(request), service.kind_of(body.kind)
    made = service.ask(actor, kind, body.asked(), submission=request.submission, now_ms=request.now_ms)
    return Json(_view(made, request.now_ms), status=201)


@guard.api(bp, "GET", "/exports", summary="One's own exports, newest first; ?cursor=", response=ExportsView,
           needs=READERS, errors=("bad_cursor",))  # fmt: skip
def listed(request: Request) -> Json:
    found, cursor = service.jobs(guard.actor(request), request.query.get("cursor", ""))
    return Json(ExportsView([_view(one, request.now_ms) for one in found], cursor))


@guard.api(bp, "GET", "/exports/{id}", summary="How far an export is", response=ExportView, needs=READERS,
           errors=("export_unknown",))  # fmt: skip
def show(request: Request) -> Json:
    return Json(_view(service.job(guard.actor(request), request.params["id"]), request.now_ms))


@guard.api(
    bp,
    "GET",
    "/exports/{id}/file",
    summary="A link to the file, for five minutes",
    response=FileLink,
    needs=READERS,
    errors=("export_unknown", "export_not_done", "export_file_gone", "files_unavailable"),
)
def fetch(request: Request) -> Json:
    actor = guard.actor(request)
    name = service.job(actor, request.params["id"]).name
    found, address, until = service.link(actor, request.params["id"], content_disposition(name), request.now_ms)
    return Json(FileLink(address, until, found.name, found.bytes, found.sha256))


@guard.api(bp, "POST", "/exports/{id}/cancel", summary="Cancel an export", response=ExportView, needs=READERS,
           keyed=True, errors=("export_unknown", "export_over"))  # fmt: skip
def cancel(request: Request) -> Json:
    found = service.cancel(guard.actor(request), request.params["id"], request.now_ms)
    return Json(_view(found, request.now_ms))


def _view(job: Job, now_ms: int) -> ExportView:
    state = job.state_at(now_ms)
    return ExportView(
        id=job.id,
        kind=job.kind,
        state=state,
        asked=dict(job.asked),
        asked_at=job.asked_at,
        finished_at=job.finished_at,
        percent=job.percent(),
        rows=job.rows,
        name=job.name,
        bytes=job.bytes,
        sha256=job.sha256,
        file_until=job.file_until() if state == "done" else 0,
        why=(job.why or "export_interrupted") if state == "failed" else "",
        findings=job.findings,
        notes=list(job.notes),
    )
