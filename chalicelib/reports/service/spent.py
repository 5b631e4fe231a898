"""What the books themselves say was spent: beside a report, so that everybody sees that they agree.

Whole months come from the totals, so that a year costs no more than a few reads; the days at the ends of
a period, and a single care action, from the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chalicelib import clock
from chalicelib.ledger.entry import BookedEntry, entry_id
from chalicelib.ledger.store import journal, totals
from chalicelib.reports.model.disbursement_report import BookedSpending, Filter, of_care_action
from chalicelib.reports.model.period import Period, months_from, whole_months

LATE_MONTHS: Final = 12
"""How long before the month of its booking a value date may lie."""


def in_books(of: Period, chosen: Filter, pots: Iterable[str], system: frozenset[str], today: date) -> BookedSpending:
    """What the expense accounts of these pots come to in a period, by value date or by day of booking."""
    found = BookedSpending(chosen, system)
    months, ends = whole_months(of, today)
    for pot_id in pots:
        by_month = totals.by_month(totals.owner("pot", pot_id))
        for month in by_month.keys() & set(months):
            found.add((account, fen) for (asset, account), fen in by_month[month].sums.items() if asset == "CNY")
    if of.basis == "value" and months:
        for entry in late_entries(of, today):
            if clock.shanghai_month(entry.booked_ms) in months:
                found.add(_legs(entry), -1)
            if f"{entry.value_date:%Y%m}" in months:
                found.add(_legs(entry))
    for first, last in ends:
        by_booking = of.basis == "booked"
        entries = journal.booked_between(first, last) if by_booking else journal.valued_between(first, last, today)
        for entry in entries:
            found.add(_legs(entry))
    return found


def late_entries(of: Period, today: date) -> Iterator[BookedEntry]:
    """Every entry that could touch the period and was booked in another month than its value date."""
    for month in months_from(of.first, LATE_MONTHS, today):
        yield from journal.booked_elsewhere(month)


def booked_in(of: Period, today: date) -> Booked:
    """Which entries were booked in the period: those of whole months are told by their month."""
    months, ends = whole_months(of, today)
    late = {entry.key: entry for entry in late_entries(of, today)}
    by_day = {entry.key for first, last in ends for entry in journal.booked_between(first, last)}
    value_dates = [entry.value_date for entry in late.values()]
    return Booked(
        frozenset(months),
        frozenset(by_day),
        {key: clock.shanghai_month(entry.booked_ms) for key, entry in late.items()},
        min([of.first.replace(day=1), *value_dates]),
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """``first_day``: before it no entry of the period has its value date."""

    months: frozenset[str]
    keys: frozenset[str]
    late_months: Mapping[str, str]
    first_day: date

    def has(self, entry_key: str, value_date: date) -> bool:
        month = self.late_months.get(entry_key, f"{value_date:%Y%m}")
        return month in self.months or entry_key in self.keys


def for_care_action(keys: Iterable[str], chosen: Filter, system: frozenset[str]) -> BookedSpending:
    """What the entries of these keys come to, where they say that they belong to the care action."""
    found = BookedSpending(chosen, system)
    for key in keys:
        entry = journal.by_id(entry_id(key))
        if entry is not None and of_care_action(entry.dims, chosen):
            found.add(_legs(entry))
    return found


def _legs(entry: BookedEntry) -> list[tuple[str, int]]:
    return [(posting.account, posting.amount) for posting in entry.postings]
