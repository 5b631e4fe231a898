"""Export jobs 导出任务: what is asked for, how far it is, what became of it. Pure; times in ms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from chalicelib.reports.model.faults import (
    ExportFileGone,
    ExportKindUnknown,
    ExportNotDone,
    ExportOpen,
    ExportOver,
    ExportsTooMany,
)

Kind = Literal["report_csv", "report_xlsx", "journal", "verification"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
KINDS: Final[tuple[Kind, ...]] = ("report_csv", "report_xlsx", "journal", "verification")
OPEN: Final = ("queued", "running")

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
A_DAY_MAX: Final = 20
"""How many of one kind a person may ask for on one Shanghai day."""
ATTEMPTS_MAX: Final = 3
"""How often a run may begin: as often as the queue hands a message out before it sets it aside."""
LEASE_MS: Final = 5 * _MINUTE_MS
"""How long a run may be silent before another one takes over."""
STALLED_MS: Final = 3 * 60 * _MINUTE_MS
"""After so long without a sign of life nobody works on a job any more: longer than all attempts take."""
LINK_MS: Final = 5 * _MINUTE_MS
FILE_KEPT_MS: Final = 7 * _DAY_MS
JOB_KEPT_MS: Final = 30 * _DAY_MS
NOTES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Job:
    """One export. ``by`` is the member who asked and who alone sees it; ``asked`` the filter and period as they
    were asked for.

    ``done`` of ``total`` is for the bar (days of a period, or entries looked at); ``rows`` what was written.
    ``file`` is the key in the store of files, of the present attempt while it runs. ``why`` is the code of the
    error that ended it, ``fields`` what its sentence says. ``findings`` is what a verification found, with the
    first of them in ``notes``.
    """

    id: str
    kind: Kind
    by: str
    asked: Mapping[str, str]
    asked_at: int
    state: State = "queued"
    attempt: int = 0
    beat_at: int = 0
    lease_until: int = 0
    upload: str = ""
    done: int = 0
    total: int = 0
    rows: int = 0
    file: str = ""
    name: str = ""
    content_type: str = ""
    bytes: int = 0
    sha256: str = ""
    finished_at: int = 0
    why: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    findings: int = 0
    notes: tuple[str, ...] = ()
    version: int = 0

    def state_at(self, now_ms: int) -> State:
        """``failed`` also when nobody has worked on it for so long that nobody will."""
        stalled = self.state in OPEN and now_ms - max(self.asked_at, self.beat_at) > STALLED_MS
        return "failed" if stalled else self.state

    def is_open(self, now_ms: int) -> bool:
        return self.state_at(now_ms) in OPEN

    def percent(self) -> int:
        """0 to 99 while it runs; a job that is done is 100."""
        if self.state == "done":
            return 100
        return min(self.done * 100 // self.total, 99) if self.total > 0 else 0

    def file_until(self) -> int:
        """Until when its file may be fetched."""
        return self.finished_at + FILE_KEPT_MS if self.file else 0

    def require_file(self, now_ms: int) -> None:
        """Raises ExportNotDone, ExportFileGone."""
        if self.state != "done":
            raise ExportNotDone()
        if now_ms >= self.file_until():
            raise ExportFileGone()


@dataclass(frozen=True, slots=True)
class Slot:
    """What one person has asked for of one kind: the last job, and how many on its day (``yyyymmdd``)."""

    job_id: str = ""
    day: str = ""
    times: int = 0
    version: int = 0


def kind_of(text: str) -> Kind:
    """Raises ExportKindUnknown."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise ExportKindUnknown()


def ask(slot: Slot, last: Job | None, new: Job, day: str, now_ms: int) -> Slot:
    """The slot after a new job. Raises ExportOpen(export), ExportsTooMany(most)."""
    if last is not None and last.is_open(now_ms):
        raise ExportOpen(export=last.id)
    times = slot.times if slot.day == day else 0
    if times >= A_DAY_MAX:
        raise ExportsTooMany(most=A_DAY_MAX)
    return replace(slot, job_id=new.id, day=day, times=times + 1)


def begun(job: Job, file: str, now_ms: int) -> Job:
    """The next attempt, from the beginning."""
    return replace(
        job, state="running", attempt=job.attempt + 1, beat_at=now_ms, lease_until=now_ms + LEASE_MS,
        upload="", done=0, total=0, rows=0, file=file,
    )  # fmt: skip


def put_back(job: Job, now_ms: int) -> Job:
    """It was stopped, not broken: another run begins anew."""
    return replace(job, state="queued", beat_at=now_ms, lease_until=0, upload="", file="")


def cancelled(job: Job, now_ms: int) -> Job:
    """Raises ExportOver when there is nothing left to cancel."""
    if job.state == "cancelled":
        return job
    if not job.is_open(now_ms):
        raise ExportOver()
    return replace(job, state="cancelled", finished_at=now_ms, lease_until=0, file="")


def failed(job: Job, why: str, fields: Mapping[str, str], now_ms: int) -> Job:
    return replace(
        job, state="failed", why=why, fields=dict(fields), finished_at=now_ms, lease_until=0, upload="", file=""
    )
