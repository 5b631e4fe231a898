"""What was spent, line by line, and what it came to: for the report and the giving page. Pure; fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chalicelib.fund.model import categories


@dataclass(frozen=True, slots=True)
class SpendingLine:
    """One payment (positive) or one that came back (negative), on the day the bank shows. Written once.

    Summed by day they equal the ledger's disbursement and reversal entries of the same value dates.
    ``payee`` is masked where it is a person. ``care_action_id`` is "" for spending outside of any.
    """

    disbursement_id: str
    attempt: int
    what: Literal["paid", "bounced"]
    day: date
    amount_fen: int
    fund_id: str
    pot_id: str
    category: str
    care_action_id: str
    care_action_title: str
    purpose: str
    payee: str
    account_masked: str
    bank_account_id: str
    serial: str
    entry_key: str
    requested_by: str = ""
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """A line as a report shows it. ``person_times`` is the whole care action's, 0 before sign-off: never
    add it up over rows."""

    line: SpendingLine
    pot_name: str
    person_times: int


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """For the sentence before one gives (WORDING). ``management_milli``: management costs per mille of what
    was spent, rounded half up."""

    first_day: date
    last_day: date
    spent_fen: int
    person_times: int
    management_milli: int


def last_quarter(today: date) -> tuple[date, date]:
    """The first and last day of the calendar quarter before the one of ``today``."""
    first_of_this = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    last = date.fromordinal(first_of_this.toordinal() - 1)
    return date(last.year, last.month - 2, 1), last


def quarter_figures(first: date, last: date, lines: Iterable[SpendingLine], person_times: int) -> QuarterFigures:
    spent = management = 0
    for line in lines:
        spent += line.amount_fen
        if line.category == categories.MANAGEMENT:
            management += line.amount_fen
    milli = (management * 2000 + spent) // (spent * 2) if spent > 0 else 0
    return QuarterFigures(first, last, spent, person_times, max(milli, 0))


def months(first: date, last: date) -> list[str]:
    """``yyyymm`` of every month that the days touch, in order."""
    return [
        f"{number // 12:04d}{number % 12 + 1:02d}"
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
