"""The books as an auditor reads them: do they hold, what does each account say, all of it to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from chalicelib import clock
from chalicelib.errors import NotAllowed
from chalicelib.fund.service import verification as fund
from chalicelib.identity.service import STREET, Actor, Role, verify_facts
from chalicelib.ledger import accounts
from chalicelib.ledger.entry import BookedEntry
from chalicelib.ledger.errors import BadAccount
from chalicelib.ledger.export import hledger_journal
from chalicelib.ledger.store import journal, totals
from chalicelib.ledger.verify import Claims, Finding, verify
from chalicelib.merchants.service import verification as merchants
from chalicelib.points.service import verification as points
from chalicelib.reports.model.faults import OwnerUnknown
from chalicelib.table import Round, always, snapshot

__all__ = [
    "BookedEntry",
    "Finding",
    "carry_finished_months",
    "export",
    "statement",
    "trial_balance",
    "verify_books",
]


def verify_books(now_ms: int, *, tries: int = 3, seen: Callable[[int], None] | None = None) -> list[Finding]:
    """Everything that does not hold in the ledger and in what the domains say of it; empty when all does.

    Reads only. For schedules, commands and tests; people go through ``verify_for``. ``seen`` is told after each
    entry how many were read.
    """

    def claims() -> Claims:
        with snapshot():  # every fact is looked at from many sides
            return Claims(
                facts=(*fund.facts(), *points.facts(), *merchants.facts()),
                kinds=fund.kinds() | points.kinds() | merchants.kinds(),
                holds=tuple(merchants.open_holds()),
                commitments=tuple(fund.commitments()),
                problems=(*fund.problems(), *points.problems(now_ms), *merchants.problems(), *verify_facts()),
            )

    return verify(claims, tries=tries, seen=seen)


def verify_for(actor: Actor, now_ms: int, seen: Callable[[int], None] | None = None) -> list[Finding]:
    """The same for a person who may read the books. Raises NotAllowed."""
    may_read_books(actor)
    return verify_books(now_ms, seen=seen)


def entries_booked() -> int:
    """About how many entries there are: for whoever shows how far a reading is."""
    return totals.extent()[1]


def trial_balance(actor: Actor) -> dict[tuple[str, str], int]:
    """``{(asset, account): sum}``; each asset sums to zero. Raises NotAllowed."""
    may_read_books(actor)
    return {(asset, account): amount for (asset, account), amount in totals.trial_balance().items()}


def statement(actor: Actor, account: str, cursor: str = "", limit: int = 20) -> tuple[list[BookedEntry], str]:
    """The entries on one wallet's or merchant's account, newest first. A wallet is somebody's own affair:
    whoever manages money has no need to see it.

    Raises NotAllowed, OwnerUnknown, BadCursor.
    """
    may_read_books(actor)
    if account.startswith("liability:wallet:") and not actor.has(Role.ADMIN):
        actor.require_read(Role.SUPERVISOR, STREET)
    try:
        known = accounts.has_statement(accounts.check(account))
    except BadAccount:
        known = False
    if not known:
        raise OwnerUnknown(account=account[:80])
    return journal.statement(account, limit=limit, cursor=cursor)


def export(
    actor: Actor,
    now_ms: int,
    first: date | None = None,
    last: date | None = None,
    seen: Callable[[BookedEntry], None] | None = None,
) -> Iterator[bytes]:
    """The journal as plain-text accounting, piece by piece: the whole of it, or what was booked on some days.
    ``seen`` is told each entry. Raises NotAllowed."""
    may_read_books(actor)
    if first is None and last is None:
        entries = journal.all_entries(now_ms)
    else:
        entries = journal.long_period(*days_of(first, last, now_ms))
    return (piece.encode() for piece in hledger_journal(_seen(entries, seen) if seen else entries))


def days_of(first: date | None, last: date | None, now_ms: int) -> tuple[date, date]:
    """The days that a journal covers, both included: by itself from the first month in which anything was booked
    until today."""
    today = clock.shanghai_day(now_ms)
    begin = first or totals.extent()[0] or today
    return begin, min(last or today, today)


def _seen(entries: Iterator[BookedEntry], seen: Callable[[BookedEntry], None]) -> Iterator[BookedEntry]:
    for entry in entries:
        yield entry
        seen(entry)


def carry_finished_months(now_ms: int, go_on: Callable[[], bool] = always) -> Round:
    """Add up the months that are over, so that reading the sums does not grow with the years; how many
    owners got a new sum. For the schedule; running it again changes nothing."""
    return totals.carry(now_ms, go_on)


def may_read_books(actor: Actor) -> None:
    """The supervisor, the administrator, and whoever manages a fund. Raises NotAllowed."""
    if not actor.has(Role.SUPERVISOR, Role.ADMIN, Role.FUND_MANAGER):
        raise NotAllowed(role=Role.SUPERVISOR.value, scope=STREET)
