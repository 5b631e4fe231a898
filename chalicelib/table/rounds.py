"""One round over many items, as a schedule makes it: what fails is written down and holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from chalicelib.errors import Unavailable
from chalicelib.table.faults import ItemUnreadable

T = TypeVar("T")
SILENT_MAX: Final = 3
"""So many items in a row for which something outside did not answer: then it is not about the items."""
Skip = Callable[[ItemUnreadable], None]


def always() -> bool:
    """There is no end to the time: on one machine."""
    return True


@dataclass(slots=True)
class Round:
    """What a round did. ``failed``: what went wrong, by the id of what it is about.
    ``cut_short``: the time was up; what was not reached is found again by the next round."""

    done: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)
    cut_short: bool = False

    def unreadable(self, error: ItemUnreadable) -> None:
        """Note an item that cannot be read: the ``skip`` of a query or scan."""
        self.failed[str(error.fields["pk"])] = error


def each(
    found: Callable[[Skip], Iterable[T]],
    about: Callable[[T], str],
    do: Callable[[T], int],
    go_on: Callable[[], bool] = always,
) -> Round:
    """Do one thing to each item found, as long as ``go_on()`` says that there is time.

    ``found`` is given what to call for an item that cannot be read; ``about`` names one by an id that is safe
    to log; ``do`` says how many it changed. Raises Unavailable when something outside does not answer for
    several items in a row: the next round begins again.
    """
    made = Round()
    silent = 0
    for one in found(made.unreadable):
        if not go_on():
            made.cut_short = True
            break
        try:
            made.done += do(one)
            silent = 0
        except Unavailable as error:
            made.failed[about(one)] = error
            silent += 1
            if silent == SILENT_MAX:
                raise
        except Exception as error:
            made.failed[about(one)] = error
            silent = 0
    return made
