"""One browser a worker, one system a file, one phone for each person of a test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser import system as whole
from tests.browser.phone import Phone
from tests.browser.system import System

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def launched(playwright: Playwright, *more: str) -> Browser:
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *more])


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launched(playwright)
    yield browser
    browser.close()


@pytest.fixture
def camera(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[[bytes], Browser]]:
    """``camera(png)`` is a browser whose camera looks at that picture."""
    opened: list[Browser] = []

    def looking_at(picture: bytes) -> Browser:
        still, film = tmp_path / f"{len(opened)}.png", tmp_path / f"{len(opened)}.mjpeg"
        still.write_bytes(picture)
        shape = (
            "scale=360:360:force_original_aspect_ratio=decrease,"
            "pad=640:480:(ow-iw)/2:(oh-ih)/2:color=gray,format=yuv420p"
        )
        command = ["ffmpeg", "-loglevel", "error", "-loop", "1", "-i", str(still), "-vf", shape]
        subprocess.run([*command, "-t", "2", "-r", "15", "-c:v", "mjpeg", "-q:v", "2", str(film)], check=True)
        flags = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
        opened.append(launched(playwright, *flags, f"--use-file-for-fake-video-capture={film}"))
        return opened[-1]

    yield looking_at
    for browser in opened:
        browser.close()


@pytest.fixture(scope="module")
def system(engine: object) -> Iterator[System]:
    """Its books are checked at the end of every file."""
    with whole.running() as started:
        yield started
        started.books_hold()


@pytest.fixture(scope="module")
def signed_in() -> dict[str, Any]:
    """What the browsers of those who signed in have kept: nobody asks for a second code within a minute."""
    return {}


@pytest.fixture
def phone(chromium: Browser, system: System, signed_in: dict[str, Any]) -> Iterator[Callable[..., Phone]]:
    """``phone()`` is a new one, ``phone(number)`` that of somebody who is signed in.

    At the end none of them may have seen a fault.
    """
    taken: list[Phone] = []

    def take(number: str = "", **settings: Any) -> Phone:
        one = Phone(settings.pop("browser", chromium), system, kept=signed_in.get(number), **settings)
        taken.append(one)
        if number and number not in signed_in:
            one.sign_in(number)
            signed_in[number] = one.context.storage_state()
        return one

    yield take
    for one in taken:
        one.context.close()
    assert [fault for one in taken for fault in one.faults] == []
