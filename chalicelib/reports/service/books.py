"""The books as an auditor reads them: do they hold, what does each account say, all of it to take away."""

from __future__ import annotations

from collections.abc import Iterator

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

__all__ = [
    "BookedEntry",
    "Finding",
    "carry_finished_months",
    "export",
    "statement",
    "trial_balance",
    "verify_books",
]


def verify_books(now_ms: int, *, tries: int = 3) -> list[Finding]:
    """Everything that does not hold in the ledger and in what the domains say of it; empty when all does.

    Reads only. For schedules, commands and tests; pages go through ``verify_for``.
    """

    def claims() -> Claims:
        return Claims(
            facts=(*fund.facts(), *points.facts(), *merchants.facts()),
            kinds=fund.kinds() | points.kinds() | merchants.kinds(),
            holds=tuple(merchants.open_holds()),
            commitments=tuple(fund.commitments()),
            problems=(*fund.problems(), *points.problems(now_ms), *merchants.problems(), *verify_facts()),
        )

    return verify(claims, tries=tries)


def verify_for(actor: Actor, now_ms: int) -> list[Finding]:
    """The same for a person who may read the books. Raises NotAllowed."""
    may_read_books(actor)
    return verify_books(now_ms)


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


def export(actor: Actor, now_ms: int) -> Iterator[bytes]:
    """The whole journal as plain-text accounting, piece by piece. Raises NotAllowed."""
    may_read_books(actor)
    return (piece.encode() for piece in hledger_journal(journal.all_entries(now_ms)))


def carry_finished_months(now_ms: int) -> int:
    """Add up the months that are over, so that reading the sums does not grow with the years; how many
    owners got a new sum. For the schedule; running it again changes nothing."""
    return totals.carry(now_ms)


def may_read_books(actor: Actor) -> None:
    """The supervisor, the administrator, and whoever manages a fund. Raises NotAllowed."""
    if not actor.has(Role.SUPERVISOR, Role.ADMIN, Role.FUND_MANAGER):
        raise NotAllowed(role=Role.SUPERVISOR.value, scope=STREET)
