"""The disbursement report 支出明细报告: rows, filters and sums. Pure; fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from chalicelib.reports.model.period import Period


@dataclass(frozen=True, slots=True)
class Filter:
    """ "" lets everything pass."""

    pot_id: str = ""
    category: str = ""
    care_action_id: str = ""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One payment, or one that came back (negative). ``payee`` is masked where it is a person.
    ``person_times`` is the whole care action's after sign-off: it is not added up over rows."""

    day: date
    pot_id: str
    pot_name: str
    category: str
    care_action_id: str
    care_action: str
    payee: str
    purpose: str
    amount_fen: int
    bank_account: str
    serial: str
    requested_by: str
    approved_by: str
    person_times: int
    came_back: bool


@dataclass(slots=True)
class ReportSums:
    """Sums of all rows of a report. ``person_times`` counts each care action once."""

    amount_fen: int = 0
    rows: int = 0
    by_category: dict[str, int] = field(default_factory=dict)
    by_pot: dict[str, int] = field(default_factory=dict)
    by_care_action: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)

    @property
    def person_times(self) -> int:
        return sum(self.served.values())

    def add(self, row: ReportRow) -> None:
        self.amount_fen += row.amount_fen
        self.rows += 1
        for of, key in ((self.by_category, row.category), (self.by_pot, row.pot_name)):
            of[key] = of.get(key, 0) + row.amount_fen
        self.by_care_action[row.care_action_id] = self.by_care_action.get(row.care_action_id, 0) + row.amount_fen
        if row.care_action_id:
            self.titles[row.care_action_id] = row.care_action
            self.served[row.care_action_id] = row.person_times


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What stands above a report: it tells what it covers and by which dates."""

    street: str
    period: Period
    chosen: Filter
    made_ms: int
    ledger_fen: int
    """What the journal's own expense legs come to for the same period and filter."""


def sums(rows: Iterable[ReportRow]) -> ReportSums:
    total = ReportSums()
    for row in rows:
        total.add(row)
    return total


def journal_amount(legs: Iterable[tuple[str, int]], dims: Mapping[str, str], chosen: Filter) -> int:
    """What one entry's expense legs come to, if its dimensions pass the filter."""
    asked = ((chosen.pot_id, "pot"), (chosen.category, "category"), (chosen.care_action_id, "care_action"))
    if any(want and dims.get(name) != want for want, name in asked):
        return 0
    return sum(amount for account, amount in legs if account.startswith("expense:"))
