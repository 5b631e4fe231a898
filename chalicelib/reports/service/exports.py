"""Export jobs as people ask for them: one of a kind at a time, seen by nobody else, fetched by a link that expires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib import clock, table
from chalicelib.errors import NotAllowed
from chalicelib.fund.service import care_actions, setup
from chalicelib.identity.service import Actor, note_writes, sign_token, verify_token
from chalicelib.ledger.store import totals
from chalicelib.reports.gateway import files, queue
from chalicelib.reports.model import exports as model
from chalicelib.reports.model.exports import KINDS, Job, Kind, Slot, State
from chalicelib.reports.model.faults import ExportFileGone, ExportOpen, ExportSentDifferently, ExportUnknown
from chalicelib.reports.model.period import booked_days, period
from chalicelib.reports.service.books import may_read_books
from chalicelib.reports.store import exports as store

__all__ = [
    "ExportOpen",
    "Job",
    "Kind",
    "LocalFile",
    "State",
    "ask",
    "ask_again",
    "cancel",
    "clear_files",
    "job",
    "jobs",
    "journal_is_large",
    "kind_of",
    "kinds_for",
    "link",
    "local_file",
    "open_jobs",
]

_FILE_TOKEN = "file"
_REPORT_FIELDS = ("first", "last", "basis", "pot", "category", "care_action")
_JOURNAL_FIELDS = ("first", "last")
JOURNAL_ENTRIES_AT_ONCE = 4_000
"""Up to so many entries the journal is handed out at once: about 2 MB of text."""

kind_of = model.kind_of


def kinds_for(actor: Actor) -> list[Kind]:
    """What this person may have exported."""
    found: list[Kind] = []
    for kind in KINDS:
        try:
            _may(actor, kind)
        except NotAllowed:
            continue
        found.append(kind)
    return found


def ask(actor: Actor, kind: Kind, asked: Mapping[str, str], *, submission: str, now_ms: int) -> Job:
    """Begin an export; the same submission gets the same job. Who exported what is noted in the log.

    Raises NotAllowed, PeriodInvalid, PeriodTooLong, BasisUnknown, PotUnknown, CategoryUnknown, CareActionUnknown,
    ExportOpen(export), ExportsTooMany(most), ExportSentDifferently, SettingMissing, QueueUnavailable.
    """
    wanted = _checked(actor, kind, asked, now_ms)
    queue.require()
    made = _begin(actor, kind, wanted, submission, now_ms)
    if made.state == "queued":
        queue.tell(made.id)
    return made


@table.fresh_reads
def _begin(actor: Actor, kind: Kind, asked: Mapping[str, str], submission: str, now_ms: int) -> Job:
    before = store.job(submission)
    if before is not None:
        if (before.by, before.kind, before.asked) != (actor.member_id, kind, asked):
            raise ExportSentDifferently()
        return before
    new = Job(id=submission, kind=kind, by=actor.member_id, asked=asked, asked_at=now_ms)
    slot = store.slot(actor.member_id, kind)
    last = store.job(slot.job_id) if slot and slot.job_id else None
    after = model.ask(slot or Slot(), last, new, f"{clock.shanghai_day(now_ms):%Y%m%d}", now_ms)
    what = " ".join(f"{name}={value}" for name, value in sorted(asked.items()) if value)
    table.commit(
        store.new_job_writes(new)
        + store.slot_writes(actor.member_id, kind, slot, after, now_ms)
        + note_writes(actor.member_id, f"export_{kind}", submission, "", now_ms, detail=what)
    )
    return new


def ask_again(actor: Actor, job_id: str, *, submission: str, now_ms: int) -> Job:
    """The same once more, for one that failed, was cancelled or whose file is gone; one that waits is told to the queue
    again. Raises what ``ask`` raises, ExportUnknown."""
    found = job(actor, job_id)
    if found.state_at(now_ms) == "queued":
        queue.tell(found.id)
        return found
    return ask(actor, found.kind, found.asked, submission=submission, now_ms=now_ms)


def job(actor: Actor, job_id: str) -> Job:
    """Raises ExportUnknown, also for somebody else's; NotAllowed when the right to it has ended."""
    found = store.job(job_id)
    if found is None or found.by != actor.member_id:
        raise ExportUnknown()
    _may(actor, found.kind)
    return found


def jobs(actor: Actor, cursor: str = "") -> tuple[list[Job], str]:
    """One's own, newest first. Raises BadCursor."""
    return store.jobs_of(actor.member_id, cursor)


@table.fresh_reads
def cancel(actor: Actor, job_id: str, now_ms: int) -> Job:
    """A run notices at its next sign of life. Raises ExportUnknown, NotAllowed, ExportOver."""
    found = job(actor, job_id)
    after = model.cancelled(found, now_ms)
    if after is not found:
        table.commit(store.job_writes(found, after))
    return after


def link(actor: Actor, job_id: str, disposition: str, now_ms: int) -> tuple[Job, str, int]:
    """The job, an address that hands its file out to whoever has it, and until when (ms). The right is asked at each
    click; ``disposition`` is what the browser is told to call the file.

    Raises ExportUnknown, NotAllowed, ExportNotDone, ExportFileGone, FilesUnavailable, PermissionMissing.
    """
    found = job(actor, job_id)
    found.require_file(now_ms)
    until = now_ms + model.LINK_MS
    address = files.store().link(found.file, disposition, found.content_type, model.LINK_MS // 1000)
    return found, address or f"/files/{sign_token(_FILE_TOKEN, found.id, until)}", until


@dataclass(frozen=True, slots=True)
class LocalFile:
    path: Path
    name: str
    content_type: str


def local_file(token: str, now_ms: int) -> LocalFile:
    """What a link of one machine stands for. Raises TokenMalformed, TokenForged, TokenExpired, ExportUnknown,
    ExportNotDone, ExportFileGone."""
    found = store.job(verify_token(_FILE_TOKEN, token, now_ms))
    if found is None:
        raise ExportUnknown()
    found.require_file(now_ms)
    path = files.folder_path(found.file)
    if path is None:
        raise ExportFileGone()
    return LocalFile(path, found.name, found.content_type)


def open_jobs() -> Iterator[Job]:
    """What waits or runs: for the worker of one machine."""
    return store.open_jobs()


def clear_files() -> int:
    """Remove files whose time is over from the folder of one machine; how many."""
    return files.clear_folder(model.FILE_KEPT_MS / 1000)


def journal_is_large() -> bool:
    """Whether the journal is too long to be handed out at once."""
    return totals.extent()[1] > JOURNAL_ENTRIES_AT_ONCE


def _may(actor: Actor, kind: Kind) -> None:
    if kind in ("report_csv", "report_xlsx"):
        care_actions.require_read(actor)
    else:
        may_read_books(actor)


def _checked(actor: Actor, kind: Kind, asked: Mapping[str, str], now_ms: int) -> dict[str, str]:
    """What is asked for with its days filled in, so that a job that waits until after midnight means the same."""
    _may(actor, kind)
    today = clock.shanghai_day(now_ms)
    if kind == "verification":
        return {}
    if kind == "journal":
        days = booked_days(*(asked.get(name, "") for name in _JOURNAL_FIELDS))
        return {name: day.isoformat() for name, day in zip(_JOURNAL_FIELDS, days, strict=True) if day is not None}
    of = period(asked.get("first", ""), asked.get("last", ""), asked.get("basis", ""), today)
    chosen = {name: asked.get(name, "") for name in _REPORT_FIELDS}
    if chosen["pot"]:
        setup.pot(chosen["pot"])
    if chosen["category"]:
        setup.categories.category(chosen["category"])
    if chosen["care_action"]:
        care_actions.care_action(actor, chosen["care_action"])
    return chosen | {"first": of.first.isoformat(), "last": of.last.isoformat(), "basis": of.basis}
