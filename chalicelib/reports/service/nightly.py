"""The verification by night: it reads everything, and writes nothing but what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chalicelib import clock
from chalicelib.errors import DomainError
from chalicelib.identity.service import Actor
from chalicelib.reports.model import verification as model
from chalicelib.reports.model.faults import VerificationOutOfTime
from chalicelib.reports.model.verification import VerificationReport
from chalicelib.reports.service import books
from chalicelib.reports.store import verification as store
from chalicelib.table import always, commit

LONGEST_MS: Final = 20 * 60 * 1000
"""A function ends after 15 minutes at most; what has not said more by then never will."""
_LOOK_EVERY: Final = 500


def verify_by_night(
    now: Callable[[], int], go_on: Callable[[], bool] = always
) -> tuple[VerificationReport, list[books.Finding]]:
    """Verify the books and keep the report: once when it begins, so that a run that was ended by force shows, and
    once at the end. ``now`` tells the time in ms.

    Raises VerificationOutOfTime when ``go_on()`` says that the time is up, and what reading raises; the report then
    says so too.
    """
    began = VerificationReport(started_ms=now())
    day = f"{clock.shanghai_day(began.started_ms):%Y%m%d}"
    entries = 0

    def seen(number: int) -> None:
        nonlocal entries
        entries = number
        if number % _LOOK_EVERY == 1 and not go_on():
            raise VerificationOutOfTime(entries=number)

    commit(store.writes(day, began))
    try:
        findings = books.verify_books(began.started_ms, seen=seen)
    except Exception as error:
        code = error.code if isinstance(error, DomainError) else type(error).__name__
        commit(store.writes(day, replace(began, finished_ms=now(), entries=entries, broken=code)))
        raise
    made = replace(
        began,
        finished_ms=now(),
        entries=entries,
        findings=len(findings),
        found=tuple(model.kept(one.check, one.about, one.detail) for one in findings[: model.FOUND_MAX]),
    )
    commit(store.writes(day, made))
    return made, findings


def last_night(actor: Actor, now_ms: int) -> tuple[VerificationReport, model.State] | None:
    """The last run and how it stands; None when there was none yet. Raises NotAllowed."""
    books.may_read_books(actor)
    found = store.latest(1)
    return (found[0], found[0].state(now_ms, LONGEST_MS)) if found else None
