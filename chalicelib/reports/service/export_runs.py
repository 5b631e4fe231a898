"""Running an export: begun once, taken up again when a run dies, flat in memory, ended cleanly when its time is up.

A run holds a lease on its job and gives a sign of life about once a second. Whoever finds the lease over, begins
anew: the new attempt writes a file of its own, so an old one that comes back to life cannot touch it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from chalicelib import table
from chalicelib.errors import DomainError, Stale, Unavailable
from chalicelib.reports.gateway import files
from chalicelib.reports.model import exports as model
from chalicelib.reports.model.exports import Job
from chalicelib.reports.model.faults import ExportBroken, ExportBusy, ExportInterrupted, ExportOutOfTime
from chalicelib.reports.store import exports as store

BEAT_S: Final = 1.0
LOOK_EVERY_ROWS: Final = 50
ROOM_MS: Final = 60_000
"""So much of its time a run leaves over: to close a workbook, send the last part and say what happened."""
_PIECE_BYTES: Final = 256 * 1024


class Stopped(Exception):
    """The process is told to end: nothing is wrong, another run begins anew."""


class Lost(Exception):
    """The job was cancelled, or another run has taken over: nothing more is said."""


class Progress:
    """Where a run stands: whatever makes the content says so here, and learns here that it has to end."""

    def __init__(self, job: Job, now: Callable[[], int], left_ms: Callable[[], float]) -> None:
        self.job = job
        self.upload: files.Upload | None = None
        self.done, self.total, self.rows = 0, 0, 0
        self._now, self._left_ms = now, left_ms
        self._looked_at_rows = 0
        self._beat_at_s = time.monotonic()

    def row(self, done: int) -> None:
        """One more; ``done`` of ``total``. Raises Lost, Stopped, ExportOutOfTime."""
        self.rows += 1
        self.done = done
        if self.rows - self._looked_at_rows >= LOOK_EVERY_ROWS:
            self._looked_at_rows = self.rows
            self.look()

    def look(self) -> None:
        """Raises Lost, Stopped, ExportOutOfTime."""
        if self._left_ms() < ROOM_MS:
            raise ExportOutOfTime()
        if time.monotonic() - self._beat_at_s >= BEAT_S:
            self.beat()

    def beat(self) -> None:
        """Write down how far it is and hold the lease. Raises Lost."""
        now_ms = self._now()
        after = replace(
            self.job, done=self.done, total=self.total, rows=self.rows, beat_at=now_ms,
            lease_until=now_ms + model.LEASE_MS, upload=self.upload.id if self.upload else "",
        )  # fmt: skip
        self.job = _mine(self.job, after)
        self._beat_at_s = time.monotonic()


@dataclass(slots=True)
class Content:
    """What an export consists of. ``pieces`` are made while they are written; ``findings`` of a verification."""

    name: str
    content_type: str
    pieces: Iterable[bytes]
    findings: tuple[str, ...] = ()


Make = Callable[[Job, Progress], Content]


def run(job_id: str, make: Make, *, now: Callable[[], int], left_ms: Callable[[], float], alone: bool = False) -> str:
    """Do what a job asks for; the state in which it is left, "" where there is no such job any more.

    ``now`` is the clock (ms), ``left_ms`` how long this process may still run; ``alone``: nobody else runs exports
    here, so that a lease is somebody's who died.

    Raises ExportBusy; Unavailable where another attempt may help; Stopped; and what nobody foresaw, after the job
    was told that it failed.
    """
    job = _take(job_id, now(), alone)
    if job is None:
        found = store.job(job_id)
        return found.state if found else ""
    progress = Progress(job, now, left_ms)
    try:
        return _write(progress, make)
    except Lost:
        found = store.job(job_id)
        return found.state if found else ""
    except (Unavailable, Stopped) as error:
        return _put_back(progress, error)
    except DomainError as error:
        return _fail(progress, error)
    except Exception:
        _fail(progress, ExportBroken())
        raise


@table.fresh_reads
def _take(job_id: str, now_ms: int, alone: bool) -> Job | None:
    """Begin the next attempt; None when there is nothing to do. Raises ExportBusy."""
    job = store.job(job_id)
    if job is None or job.state not in model.OPEN:
        return None
    if job.state == "running" and now_ms < job.lease_until and not alone:
        raise ExportBusy()
    if job.file:
        files.store().abandon(job.file, job.upload)
    if job.attempt >= model.ATTEMPTS_MAX:
        table.commit(store.job_writes(job, model.failed(job, ExportInterrupted.code, {}, now_ms)))
        return None
    after = model.begun(job, f"exports/{job.id}/{job.attempt + 1}", now_ms)
    table.commit(store.job_writes(job, after))
    return replace(after, version=job.version + 1)


def _write(progress: Progress, make: Make) -> str:
    digest, size = hashlib.sha256(), 0
    content = make(progress.job, progress)
    upload = progress.upload = files.store().begin(progress.job.file, content.content_type)
    try:
        for piece in _gathered(content.pieces):
            digest.update(piece)
            size += len(piece)
            upload.write(piece)
            progress.look()
        progress.beat()  # the last look at whether it is still ours, right before it becomes visible
        upload.finish()
    except BaseException:
        upload.abandon()
        raise
    done = replace(
        progress.job, state="done", done=progress.total, total=progress.total, rows=progress.rows,
        name=content.name, content_type=content.content_type, bytes=size, sha256=digest.hexdigest(),
        finished_at=progress._now(), lease_until=0, upload="",
        findings=len(content.findings), notes=content.findings[: model.NOTES_MAX],
    )  # fmt: skip
    _mine(progress.job, done)
    return "done"


def _put_back(progress: Progress, error: Unavailable | Stopped) -> str:
    """For another attempt; after the last one it failed."""
    if isinstance(error, Unavailable) and progress.job.attempt >= model.ATTEMPTS_MAX:
        return _fail(progress, error)
    try:
        _mine(progress.job, model.put_back(progress.job, progress._now()))
    except Lost:
        return "lost"
    raise error


def _fail(progress: Progress, error: DomainError) -> str:
    told = {name: str(value)[:200] for name, value in error.fields.items()}
    try:
        _mine(progress.job, model.failed(progress.job, error.code, told, progress._now()))
    except Lost:
        return "lost"
    return "failed"


def _mine(read: Job, after: Job) -> Job:
    """Write the job as long as nobody else has. Raises Lost."""
    try:
        table.commit(store.job_writes(read, after))
    except Stale as error:
        raise Lost() from error
    return replace(after, version=read.version + 1)


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines as pieces of a size worth hashing and writing."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
