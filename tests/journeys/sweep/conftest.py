"""One street for all tests of a file: what they try must not change it, or only as they say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.engine import Engine
from tests.journeys.sweep.trying import COUNTS
from tests.journeys.sweep.world import World, a_street


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[World]:
    with a_street() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was tried and how often, for docs/INPUTS.md (``pytest tests/journeys/sweep``, one process)."""
    for what, count in COUNTS.items():
        terminalreporter.write_line(f"{count:6} {what}")
