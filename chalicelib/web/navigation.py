"""Where one can go: each folder puts its doors here when its routes are imported.

``home_link`` puts a tile on the first page, for everybody (templates: ``home_doors()``); ``my_link`` a
line on "/me", for who is signed in. Titles and notes are Chinese message ids: wrap them in ``N_()``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    path: str
    title: str
    note: str
    order: int


_home: dict[str, Door] = {}
_mine: dict[str, Door] = {}


def home_link(path: str, title: str, note: str = "", *, order: int = 50) -> None:
    """A tile on the first page."""
    _home[path] = Door(path, title, note, order)


def my_link(path: str, title: str, note: str = "", *, order: int = 50) -> None:
    """A line on "/me"."""
    _mine[path] = Door(path, title, note, order)


def home_links() -> list[Door]:
    return sorted(_home.values(), key=lambda door: (door.order, door.path))


def my_links() -> list[Door]:
    return sorted(_mine.values(), key=lambda door: (door.order, door.path))
