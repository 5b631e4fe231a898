"""Exports on one machine: worked on by the run itself, handed out by its own links, not lost by kill -9."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import app
from chalicelib import clock
from chalicelib.identity.service import Actor, Role
from chalicelib.reports.service import exports
from chalicelib.reports.store import exports as store
from chalicelib.web.render import content_disposition
from local.app_server import AppServer
from local.engine import Engine
from local.exports import ExportWorker
from tests.store.fund import spending as fund
from tests.store.reports.exporting import files_in, granted, written
from tests.store.reports.spent import street

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with files_in(tmp_path / "files") as made:
        yield made


@pytest.fixture
def manager(tables: Engine, folder: Path) -> Actor:
    who, _ = street()
    fund.open_fund()
    return granted(who, Role.FUND_MANAGER, "fund:main")


def asked(actor: Actor, name: str) -> str:
    now_ms = clock.now_ms()
    return exports.ask(actor, "journal", {}, submission=fund.submission("export", name), now_ms=now_ms).id


def wait_for(job_id: str, state: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while (found := store.job(job_id)) is None or found.state != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_the_worker_of_the_machine_does_what_is_asked_and_the_link_hands_it_out(manager: Actor, folder: Path) -> None:
    with ExportWorker(), AppServer(app) as server:
        job_id = asked(manager, "a")
        wait_for(job_id, "done")
        now_ms = clock.now_ms()
        done, address, _ = exports.link(manager, job_id, "attachment", now_ms)
        with urllib.request.urlopen(server.url + address) as answer:
            body = answer.read()
        assert hashlib.sha256(body).hexdigest() == done.sha256
        assert answer.headers["content-disposition"] == content_disposition(done.name)
        assert answer.headers["content-length"] == str(done.bytes)
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
        head = urllib.request.Request(server.url + address, method="HEAD")
        with urllib.request.urlopen(head) as answer:
            assert (answer.headers["content-length"], answer.read()) == (str(done.bytes), b"")
        _, old, _ = exports.link(manager, job_id, "attachment", now_ms - 301_000)
        for wrong in (address[:-3] + "AAA", old, "/files/", "/files/../../etc/passwd", "/files/%2e%2e%2fpasswd"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(server.url + wrong)
            assert refused.value.code in (403, 404, 409, 422), wrong
            page = refused.value.read().decode()
            assert 'class="problem"' in page, wrong
            assert "Traceback" not in page


HANGS = """
import sys, time
from chalicelib import clock
from chalicelib.reports.service import export_runs
from chalicelib.reports.service.export_runs import Content

def make(job, progress):
    def pieces():
        for number in range(1000):
            yield b"half a file" * 1000
            progress.row(number)
        progress.beat()
        print("in the middle", flush=True)
        time.sleep(600)
    return Content("a.txt", "text/plain", pieces())

export_runs.run(sys.argv[1], make, now=clock.now_ms, left_ms=lambda: 1e9, alone=True)
"""


def test_a_run_ended_by_kill_9_is_finished_after_the_restart(manager: Actor, folder: Path) -> None:
    job_id = asked(manager, "a")
    process = subprocess.Popen(
        [sys.executable, "-c", HANGS, job_id], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "in the middle"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    found = store.job(job_id)
    assert found is not None
    assert (found.state, found.attempt) == ("running", 1)
    assert [path.suffix for path in written(folder)] == [".part"], "half a file, under a name that nobody is told"
    with ExportWorker():
        wait_for(job_id, "done")
    found = store.job(job_id)
    assert found is not None
    assert found.attempt == 2
    assert [path.name for path in written(folder)] == ["2"], "and nothing is left of the first"
    assert hashlib.sha256(written(folder)[0].read_bytes()).hexdigest() == found.sha256


def test_a_run_that_is_told_to_end_puts_its_work_back(manager: Actor, folder: Path) -> None:
    """Ctrl-C in the middle of a job: the next start begins it anew, and a stop is no failure."""
    from chalicelib.reports.service import export_runs
    from chalicelib.reports.service.export_runs import Content, Progress, Stopped

    job_id = asked(manager, "a")

    def make(of: object, progress: Progress) -> Content:
        def pieces() -> Iterator[bytes]:
            for number in range(1000):
                yield b"x"
                progress.row(number)

        return Content("a.txt", "text/plain", pieces())

    def told_to_end() -> float:
        raise Stopped()

    with pytest.raises(Stopped):
        export_runs.run(job_id, make, now=clock.now_ms, left_ms=told_to_end, alone=True)
    found = store.job(job_id)
    assert found is not None
    assert (found.state, found.why) == ("queued", "")
    assert written(folder) == []
    with ExportWorker():
        wait_for(job_id, "done")
