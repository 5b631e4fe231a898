"""A street on the engine, and the books checked after every test that has one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.points.street import Street, books_hold


@pytest.fixture
def street(tables: object) -> Iterator[Street]:
    made = Street()
    yield made
    books_hold()
