"""One browser a worker, one system a file, one phone for each person of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import system as whole
from tests.browser.phone import Phone
from tests.browser.system import System

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
CAMERA_FLAGS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def launched(playwright: Playwright, *more: str) -> Browser:
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *more])


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launched(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def system(engine: object) -> Iterator[System]:
    """Its books are checked at the end of every file."""
    with whole.running() as started:
        yield started
        started.books_hold()


@pytest.fixture
def phone(chromium: Browser, system: System) -> Iterator[Callable[..., Phone]]:
    """Phones for as many people as a test needs; at its end none may have seen a fault."""
    taken: list[Phone] = []

    def take(**settings: Any) -> Phone:
        taken.append(Phone(chromium, system, **settings))
        return taken[-1]

    yield take
    for one in taken:
        one.context.close()
    assert [fault for one in taken for fault in one.faults] == []
