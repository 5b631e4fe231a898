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
    """Sums of all rows of a report, by id. ``person_times`` counts each care action once."""

    amount_fen: int = 0
    rows: int = 0
    by_category: dict[str, int] = field(default_factory=dict)
    by_pot: dict[str, int] = field(default_factory=dict)
    by_care_action: dict[str, int] = field(default_factory=dict)
    pot_names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)

    @property
    def person_times(self) -> int:
        return sum(self.served.values())

    def add(self, row: ReportRow) -> None:
        self.amount_fen += row.amount_fen
        self.rows += 1
        self.by_category[row.category] = self.by_category.get(row.category, 0) + row.amount_fen
        self.by_pot[row.pot_id] = self.by_pot.get(row.pot_id, 0) + row.amount_fen
        self.pot_names[row.pot_id] = row.pot_name
        # Spending outside of any care action has "", so that every block adds up to the whole.
        self.by_care_action[row.care_action_id] = self.by_care_action.get(row.care_action_id, 0) + row.amount_fen
        self.titles[row.care_action_id] = row.care_action
        if row.care_action_id:
            self.served[row.care_action_id] = row.person_times


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What stands above a report: it tells what it covers and by which dates. ``ledger_fen`` is what the
    journal's own expense legs come to for the same days and filter; ``other_fen`` what the books spent
    besides without any request, such as the fees of payments."""

    street: str
    period: Period
    chosen: Filter
    pot_name: str
    category_name: str
    care_action: str
    made_ms: int
    ledger_fen: int
    other_fen: int


def sums(rows: Iterable[ReportRow]) -> ReportSums:
    total = ReportSums()
    for row in rows:
        total.add(row)
    return total


@dataclass(slots=True)
class BookedSpending:
    """What expense accounts come to under a filter, apart for what people ask for and what the system
    books by itself (``system``: those categories)."""

    chosen: Filter
    system: frozenset[str]
    asked_fen: int = 0
    other_fen: int = 0

    def add(self, amounts: Iterable[tuple[str, int]], sign: int = 1) -> None:
        """Account and fen; what is no expense, or does not pass the filter, is left out."""
        for account, amount in amounts:
            if not account.startswith("expense:"):
                continue
            _, pot_id, category = account.split(":")
            if self.chosen.pot_id not in ("", pot_id) or self.chosen.category not in ("", category):
                continue
            if category in self.system:
                self.other_fen += sign * amount
            else:
                self.asked_fen += sign * amount


def of_care_action(dims: Mapping[str, str], chosen: Filter) -> bool:
    """Whether an entry of these dimensions passes the filter's care action."""
    return not chosen.care_action_id or dims.get("care_action") == chosen.care_action_id
