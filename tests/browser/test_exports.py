"""The supervisor has the books checked and takes the journal home; what runs in the background is watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.reports.store import exports as store
from local.exports import ExportWorker
from tests.browser.office import MANAGER, SUPERVISOR, Office, opened
from tests.browser.phone import Phone
from tests.browser.system import System
from tests.store.reports.exporting import files_in

Phones = Callable[..., Phone]


@pytest.fixture(scope="module")
def office(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with files_in(tmp_path_factory.mktemp("files")):
        made = opened()
        made.received(100_000_00)
        yield made


def done_with(job_id: str) -> None:
    deadline = time.monotonic() + 60
    while (found := store.job(job_id)) is None or found.state != "done":
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def saved(phone: Phone, button: str, folder: Path) -> tuple[str, bytes]:
    with phone.page.expect_download() as waiting:
        phone.find(button, exact=False).click()
    waiting.value.save_as(folder / "file")
    return waiting.value.suggested_filename, (folder / "file").read_bytes()


def test_the_books_are_checked_while_one_watches_and_the_journal_is_taken_home(
    office: Office, phone: Phones, tmp_path: Path
) -> None:
    supervisor = phone(SUPERVISOR).open("/staff").press("账簿与核对").picture("47-books")
    supervisor.press("现在核对全部账目").reads("排队中", "取消任务").picture("48-check-waits")
    address = supervisor.page.url
    with ExportWorker():
        supervisor.reads("账目核对一致", "分录数")
    assert supervisor.page.url == address, "the page itself looked again"
    supervisor.look().picture("49-check-done")

    supervisor.open("/staff/books").press("导出某段时间的日记账").picture("50-journal-of-some-days")
    supervisor.press("在后台生成")
    with ExportWorker():
        supervisor.reads("文件已生成", "SHA-256")
    supervisor.look().picture("51-file")
    name, body = saved(supervisor, "下载文件", tmp_path)
    assert (name.startswith("账簿_"), name.endswith(".journal")) == (True, True)
    assert b"income:general:fixed:partner" in body
    supervisor.press("全部任务").reads("日记账", "核对全部账目", "已完成").picture("52-tasks")


def test_without_script_one_looks_again_by_a_link_and_a_task_is_cancelled(office: Office, phone: Phones) -> None:
    manager = phone(MANAGER, script=False)
    manager.open("/staff/exports/new?kind=report_xlsx").press("在后台生成").reads("排队中", "刷新进度")
    job_id = manager.page.url.rsplit("/", 1)[1]
    with ExportWorker():
        done_with(job_id)
    manager.press("刷新进度").reads("文件已生成").press("再做一次").reads("排队中")
    manager.press("取消任务").reads("任务已取消,没有生成文件。", "再做一次")
