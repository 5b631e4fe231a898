"""Trying many combinations in one test: every failure is told, and how many were tried is counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.sweep.world import everything

COUNTS: dict[str, int] = {}
"""What was tried → how often, of this run."""
_SHOWN = 25


@dataclass
class Tally:
    what: str
    count: int = 0
    wrong: list[str] = field(default_factory=list)

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        self.count += 1
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f"{name}: {str(error)[:1500]}")


@contextmanager
def tried(what: str) -> Iterator[Tally]:
    tally = Tally(what)
    quiet = logging.getLogger("linli.request")
    before, quiet.propagate = quiet.propagate, False
    try:
        yield tally
    finally:
        quiet.propagate = before
    COUNTS[what] = tally.count
    assert tally.count > 0
    told = "\n".join(tally.wrong[:_SHOWN])
    assert not tally.wrong, f"{what}: {len(tally.wrong)} of {tally.count} wrong\n{told}"


@contextmanager
def unchanged(*but: str) -> Iterator[None]:
    """Nothing in any table is other than before, except keys that hold one of ``but``."""
    before = everything()
    yield
    assert changes(before, everything(), *but) == []


def changes(before: dict[str, Any], after: dict[str, Any], *but: str) -> list[str]:
    keys = sorted({*before, *after})
    return [key for key in keys if before.get(key) != after.get(key) and not any(part in key for part in but)]
