"""A street whose staff may export, a folder for the files, and ways to be interrupted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib import clock, config
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Role
from chalicelib.reports.model.exports import Job
from chalicelib.reports.routes import exporting
from chalicelib.reports.service import exports
from tests.store.fund import spending as fund
from tests.store.fund.people import NOW, YEAR_MS

DAY_MS = 24 * 3_600_000
WHOLE = {"first": "2026-01-01", "last": "2026-12-31"}


def granted(actor: Actor, role: Role, scope: str) -> Actor:
    """The same person as the register knows them: the grants that count when a job runs."""
    admin = identity.actor_for(identity.administrators(NOW)[0].id, NOW)
    identity.grant_role(
        admin, actor.member_id, role, scope, ends_at=NOW + YEAR_MS // 2, reason="岗位需要",
        submission=fund.submission("grant", actor.member_id, role), now_ms=NOW,
    )  # fmt: skip
    return identity.actor_for(actor.member_id, NOW)


@contextmanager
def files_in(folder: Path) -> Iterator[Path]:
    before = os.environ.get("LINLI_FILES")
    os.environ["LINLI_FILES"] = f"file://{folder}"
    config.settings.cache_clear()
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["LINLI_FILES"]
        else:
            os.environ["LINLI_FILES"] = before
        config.settings.cache_clear()


def asked(actor: Actor, kind: str, name: str = "x", now_ms: int = NOW, **chosen: str) -> Job:
    return exports.ask(
        actor, exports.kind_of(kind), chosen, submission=fund.submission("export", kind, name), now_ms=now_ms
    )


def run(job: Job, now_ms: int = NOW + 1000, **how: object) -> str:
    with clock.at(now_ms):
        return exporting.run_one(job.id, **how)  # type: ignore[arg-type]


def fetched(actor: Actor, job_id: str, now_ms: int = NOW + 2000) -> bytes:
    """The file, by the link of one machine."""
    _, address, _ = exports.link(actor, job_id, "attachment", now_ms)
    return exports.local_file(address.removeprefix("/files/"), now_ms).path.read_bytes()


def written(folder: Path) -> list[Path]:
    """Every file in the folder, finished or not."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def time_left(*answers: float) -> Callable[[], float]:
    """Each answer once, the last for ever."""
    waiting = list(answers)
    return lambda: waiting.pop(0) if len(waiting) > 1 else waiting[0]
