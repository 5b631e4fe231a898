"""Export jobs. Everything that a run writes stands under ``JOB#``: its function may write nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalicelib import table
from chalicelib.reports.model.exports import JOB_KEPT_MS, OPEN, Job, Slot
from chalicelib.table import AppItem, ModelAttribute, Write


class JobItem(AppItem):
    """``JOB#<id>`` / ``-``. ``by_1``: those of one person, ``JOBS#<member>`` / ``<asked ms>#<id>``. ``by_2``, only
    while it is open: ``JOBS_OPEN`` / the same, where one machine finds its work."""

    job = ModelAttribute(Job)


class SlotItem(AppItem):
    """``JOBSLOT#<member>`` / ``<kind>``: the last one asked for, so that there is one at a time."""

    slot = ModelAttribute(Slot)


def job(job_id: str) -> Job | None:
    item = table.get(JobItem, f"JOB#{job_id}", "-")
    return item.job if item else None


def new_job_writes(new: Job) -> list[Write]:
    return [table.create(_item(new))]


def job_writes(read: Job, after: Job) -> list[Write]:
    """Replace a job as it was read; Stale when it changed meanwhile."""
    return [table.replace_version(_item(replace(after, version=read.version + 1)), read.version)]


def slot(member_id: str, kind: str) -> Slot | None:
    item = table.get(SlotItem, f"JOBSLOT#{member_id}", kind)
    return item.slot if item else None


def slot_writes(member_id: str, kind: str, read: Slot | None, after: Slot, now_ms: int) -> list[Write]:
    version = read.version if read else 0
    item = SlotItem(
        pk=f"JOBSLOT#{member_id}",
        sk=kind,
        slot=replace(after, version=version + 1 if read else 0),
        expires_at=(now_ms + JOB_KEPT_MS) // 1000,
    )
    return [table.replace_version(item, version) if read else table.create(item)]


def jobs_of(member_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Job], str]:
    """Newest first; a moment behind the truth. Raises BadCursor."""
    items, after = table.page(JobItem, f"JOBS#{member_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.job for item in items], after


def open_jobs() -> Iterator[Job]:
    """Oldest first; a moment behind the truth."""
    for item in table.query(JobItem, "JOBS_OPEN", index="by_2"):
        yield item.job


def _item(of: Job) -> JobItem:
    position = f"{of.asked_at:013d}#{of.id}"
    is_open = of.state in OPEN
    return JobItem(
        pk=f"JOB#{of.id}",
        sk="-",
        job=of,
        version=of.version,
        pk_1=f"JOBS#{of.by}",
        sk_1=position,
        pk_2="JOBS_OPEN" if is_open else None,
        sk_2=position if is_open else None,
        expires_at=(of.asked_at + JOB_KEPT_MS) // 1000,
    )
