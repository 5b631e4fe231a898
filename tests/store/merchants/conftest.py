"""Every test of this folder happens in one street, and leaves books that hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.merchants import scene as made
from tests.store.merchants.scene import Scene


@pytest.fixture
def scene(tables: object) -> Iterator[Scene]:
    yield made.open_scene()
    assert made.findings() == []
