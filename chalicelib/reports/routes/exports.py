"""Export jobs on pages: ask, watch, fetch, cancel, ask again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.fund.service import setup
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.reports.service import exports as service
from chalicelib.reports.service.exports import Job
from chalicelib.reports.views import export_words as words
from chalicelib.web.errors import sentence_for
from chalicelib.web.forms import FormBody, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.render import content_disposition

bp = Blueprint(__name__)
READERS = (Role.SUPERVISOR, Role.ADMIN, Role.FUND_MANAGER, Role.APPROVER)
guard.staff_link("/staff/exports", N_("导出与核对任务"), *READERS, order=36)
ASKED = ("first", "last", "basis", "pot", "category", "care_action")


class ExportForm(FormBody, frozen=True):
    kind: Line
    first: Line = ""
    last: Line = ""
    basis: Line = ""
    pot: Line = ""
    category: Line = ""
    care_action: Line = ""

    def asked(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ASKED}


@guard.page(bp, "/staff/exports", needs=READERS)
def listed(request: Request) -> Result:
    found, more = service.jobs(guard.actor(request), request.query.get("cursor", ""))
    data = {"jobs": [_shown(one, request) for one in found], "more": more}
    return Page("reports/exports.html", {**data, "kinds": service.kinds_for(guard.actor(request))})


@guard.page(bp, "/staff/exports", methods=("POST",), needs=READERS)
def ask(request: Request) -> Result:
    form = read_form(request, ExportForm)
    return asked(request, form.kind, form.asked())


@guard.page(bp, "/staff/exports/new", needs=READERS)
def new(request: Request) -> Result:
    """Where a download leads that is too large to be handed out at once; also the way to a journal of some days."""
    kind = service.kind_of(request.query.get("kind", "journal"))
    chosen = {name: request.query.get(name, "")[:100] for name in ASKED}
    narrowed = {name: chosen[name] for name in ("pot", "category", "care_action")}
    data = {
        "kind": kind,
        "title": words.KINDS[kind],
        "asked": chosen,
        "chosen": words.covers(narrowed, _names(), request.lang),
        "large": request.query.get("large") == "1",
    }
    return Page("reports/export_new.html", data)


@guard.page(bp, "/staff/exports/{id}", needs=READERS)
def show(request: Request) -> Result:
    found = service.job(guard.actor(request), request.params["id"])
    data = {"job": found, "already": request.query.get("already") == "1", **_shown(found, request)}
    return Page("reports/export.html", data)


@guard.page(bp, "/staff/exports/{id}/file", needs=READERS)
def fetch(request: Request) -> Result:
    actor = guard.actor(request)
    name = service.job(actor, request.params["id"]).name
    _, address, _ = service.link(actor, request.params["id"], content_disposition(name), request.now_ms)
    return Redirect(address, external=not address.startswith("/"))


@guard.page(bp, "/staff/exports/{id}/cancel", methods=("POST",), needs=READERS)
def cancel(request: Request) -> Result:
    found = service.cancel(guard.actor(request), request.params["id"], request.now_ms)
    return Redirect(f"/staff/exports/{found.id}")


@guard.page(bp, "/staff/exports/{id}/again", methods=("POST",), needs=READERS)
def again(request: Request) -> Result:
    actor, job_id = guard.actor(request), request.params["id"]
    try:
        found = service.ask_again(actor, job_id, submission=request.submission, now_ms=request.now_ms)
    except service.ExportOpen as error:
        return _already(error)
    return Redirect(f"/staff/exports/{found.id}")


def asked(request: Request, kind: str, chosen: Mapping[str, str]) -> Result:
    """Begin a job and lead to its page; to that of the one that is on its way already."""
    actor, wanted = guard.actor(request), service.kind_of(kind)
    try:
        found = service.ask(actor, wanted, chosen, submission=request.submission, now_ms=request.now_ms)
    except service.ExportOpen as error:
        return _already(error)
    return Redirect(f"/staff/exports/{found.id}")


def instead(kind: str, chosen: Mapping[str, str]) -> Redirect:
    """From a download that is too large to the page where it is asked for as a job."""
    query = {name: chosen[name] for name in ASKED if chosen.get(name)}
    return Redirect("/staff/exports/new", query={"kind": kind, "large": "1", **query})


def _already(error: service.ExportOpen) -> Redirect:
    return Redirect(f"/staff/exports/{error.fields['export']}", query={"already": "1"})


def _shown(job: Job, request: Request) -> dict[str, Any]:
    state = job.state_at(request.now_ms)
    title, kind = words.STATES[state]
    code = job.why or "export_interrupted"
    return {
        "id": job.id,
        "kind": job.kind,
        "title": words.KINDS[job.kind],
        "state": state,
        "state_title": title,
        "state_kind": kind,
        "asked_at": job.asked_at,
        "covers": words.covers(job.asked, _names(), request.lang),
        "percent": job.percent(),
        "rows": job.rows,
        "findings": job.findings,
        "size": words.size(job.bytes) if job.file and state == "done" else "",
        "file_is_there": state == "done" and request.now_ms < job.file_until(),
        "why": sentence_for(code, job.fields, request.lang) if state == "failed" else None,
    }


def _names() -> dict[str, str]:
    pots = {pot.id: pot.name for pot in setup.pots()}
    return {one.slug: one.name_zh for one in setup.categories.CATEGORIES} | pots
