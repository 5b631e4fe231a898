"""What every test stands on: settings of a test stage, one engine per worker, empty tables, honest skips.

A test that touches the database asks for `tables`; one that needs Chromium, ffmpeg, zbar or hledger carries
the marker of that name. `LINLI_TEST_ENDPOINT` names an engine to use instead of starting one;
`LINLI_REQUIRE_ALL=1` makes every skip a failure; `LINLI_SCREENSHOTS` is a folder for pictures of the pages.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from ctypes.util import find_library
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadFileScheduling

from local import engine as local_engine
from tests import permitted

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

SETTINGS = {
    "LINLI_STAGE": "test",
    "LINLI_SECRET_KEYS": "k1:" + "1a" * 32,
    "LINLI_DATA_KEYS": "d1:" + "2b" * 32,
    "LINLI_STRIPE_SECRET_KEY": "sk_test_x",
    "LINLI_STRIPE_WEBHOOK_SECRETS": "whsec_x",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    # nothing listens there: what did not ask for `engine` reaches no database at all
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
}

# marker → (the Debian package that brings it, is it there)
NEEDS = {
    "browser": ("chromium", lambda: shutil.which("chromium") is not None),
    "ffmpeg": ("ffmpeg", lambda: shutil.which("ffmpeg") is not None),
    "zbar": ("libzbar0", lambda: find_library("zbar") is not None),
    "hledger": ("hledger", lambda: shutil.which("hledger") is not None),
}

hypothesis_settings.register_profile("linli", deadline=None, print_blob=True)
hypothesis_settings.load_profile("linli")


def pytest_configure() -> None:
    # A developer's own settings must not decide whether a test passes
    for name in [n for n in os.environ if n.startswith(("AWS_", "LINLI_", "STRIPE_"))]:
        if name not in ("LINLI_TEST_ENDPOINT", "LINLI_REQUIRE_ALL", "LINLI_SCREENSHOTS"):
            del os.environ[name]
    os.environ.update(SETTINGS)


class Scheduling(LoadFileScheduling):
    """A file at a time to each worker; all tests of the cloud to one, which deploys once for them all."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/cloud" if nodeid.startswith("tests/cloud/") else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling | None:
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (package, is_there) in NEEDS.items():
        if item.get_closest_marker(marker) and not is_there():
            pytest.skip(f"needs the Debian package {package}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _require_all():
        report.outcome = "failed"
        report.longrepr = f"skipped, but LINLI_REQUIRE_ALL is set: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _require_all():
        report.outcome = "failed"
        report.longrepr = f"skipped, but LINLI_REQUIRE_ALL is set: {report.longrepr}"
    return report


def _require_all() -> bool:
    return os.environ.get("LINLI_REQUIRE_ALL") == "1"


@pytest.fixture(scope="session")
def engine(worker_id: str) -> Iterator[local_engine.Engine]:
    """A database engine in memory, this worker's own, with the environment pointing at it."""
    given = os.environ.get("LINLI_TEST_ENDPOINT")
    if given:
        os.environ[local_engine.ENDPOINT_SETTING] = given
        # workers share a given engine, so each has tables of its own
        for name in ("journal", "balances", "app"):
            os.environ[f"LINLI_TABLE_{name.upper()}"] = f"linli-test-{name}-{worker_id}"
    from chalicelib import table

    with local_engine.running() as started, permitted.watching():
        os.environ.update(started.settings())
        table.forget_connections()
        yield started


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """This worker's one Playwright: a second one in the same thread would be refused."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture
def tables(engine: local_engine.Engine) -> local_engine.Engine:
    """All tables, new and empty; gives the engine that holds them.

    A test that lets the endpoint or a table name change calls `table.forget_connections()` when it has put them back.
    """
    from chalicelib import config, table

    config.settings.cache_clear()
    table.delete_tables()
    table.create_tables()
    return engine


@pytest.fixture(autouse=True)
def _permitted() -> Iterator[None]:
    """What a page or a function asks of the tables and its policy in the cloud would refuse fails the test."""
    permitted.refusals.clear()
    yield
    assert permitted.refusals == [], "infra/policies.yaml does not allow it"
