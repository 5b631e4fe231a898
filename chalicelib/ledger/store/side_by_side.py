"""Several ordered readings at once, merged into one in order. Each waits for the network in a thread of its own, a
little ahead of whoever reads on; how far ahead is limited, so that memory stays flat."""

from __future__ import annotations

import contextlib
import contextvars
import heapq
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

T = TypeVar("T")

PIECE: Final = 200
PIECES_AHEAD: Final = 3
_LOOK_S: Final = 0.2
"""How often a thread that has to wait looks whether anybody still reads."""


def merged(readings: Sequence[Iterator[T]], key: Callable[[T], Any]) -> Iterator[T]:
    """All items of readings that are each in order of ``key``. An error of one is raised where its items would
    have stood. Ending early ends the threads."""
    given_up = threading.Event()
    try:
        yield from heapq.merge(*[_ahead(reading, given_up) for reading in readings], key=key)
    finally:
        given_up.set()


def _ahead(reading: Iterator[T], given_up: threading.Event) -> Iterator[T]:
    pieces: queue.Queue[list[T] | BaseException] = queue.Queue(PIECES_AHEAD)

    def put(piece: list[T] | BaseException) -> None:
        while not given_up.is_set():
            with contextlib.suppress(queue.Full):
                pieces.put(piece, timeout=_LOOK_S)
                return

    def read() -> None:
        try:
            while piece := list(islice(reading, PIECE)):
                put(piece)
                if given_up.is_set():
                    return
            put([])
        except BaseException as error:
            put(error)

    # Started here and not at the first look, so that all readings begin at once; under the id of what reads.
    threading.Thread(target=contextvars.copy_context().run, args=(read,), name="read-ahead", daemon=True).start()
    return _handed_on(pieces)


def _handed_on(pieces: queue.Queue[list[T] | BaseException]) -> Iterator[T]:
    while piece := pieces.get():
        if isinstance(piece, BaseException):
            raise piece
        yield from piece
