"""The report equals the journal to the fen, whatever is asked, by value date and by day of booking."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from chalicelib import clock, table
from chalicelib.errors import NotAllowed
from chalicelib.fund.service.setup import setup_faults
from chalicelib.ledger.store import journal, totals
from tests.journeys.verified import verified
from tests.store.fund.people import NOW, RESIDENT, SUPERVISOR
from tests.store.fund.spending import TODAY
from tests.store.reports.spent import report, story

pytestmark = pytest.mark.usefixtures("tables")

WHOLE_MONTHS = [
    (date(2026, 9, 1), date(2026, 9, 30)),
    (date(2026, 10, 1), TODAY),
    (date(2026, 1, 1), TODAY),
]
WITH_ENDS = [
    (date(2026, 9, 29), date(2026, 10, 15)),
    (date(2026, 10, 16), date(2026, 11, 2)),
    (date(2026, 9, 30), date(2026, 9, 30)),
    (date(2026, 11, 6), date(2027, 1, 31)),
]
FILTERS = [
    {"pot_id": "relief"},
    {"pot_id": "sponsor"},
    {"category": "hardship"},
    {"pot_id": "relief", "category": "hardship"},
]


def in_journal(
    first: date, last: date, basis: str, pot_id: str = "", category: str = "", care_action_id: str = ""
) -> tuple[int, int]:
    """By hand: number of entries and fen of the expense legs, from every entry there is."""
    legs = []
    for entry in journal.scan_entries():
        day = entry.value_date if basis == "value" else clock.shanghai_day(entry.booked_ms)
        if not first <= day <= last or (care_action_id and entry.dims.get("care_action") != care_action_id):
            continue
        for leg in entry.postings:
            if leg.account.startswith("expense:"):
                _, in_pot, of = leg.account.split(":")
                if pot_id in ("", in_pot) and category in ("", of):
                    legs.append(leg.amount)
    return len(legs), sum(legs)


def test_every_period_and_filter_equals_the_journal() -> None:
    manager, _, action = story()
    of_action = [{"care_action_id": action}, {"care_action_id": action, "pot_id": "sponsor"}]
    asked = [(days, chosen) for days in WHOLE_MONTHS for chosen in ({}, *FILTERS, *of_action)]
    asked += [(days, chosen) for days in WITH_ENDS for chosen in ({}, *of_action)]
    asked.append((WITH_ENDS[0], FILTERS[3]))
    seen = 0
    for ((first, last), chosen), basis in product(asked, ("value", "booked")):
        found = report(manager, first, last, basis, **chosen)
        rows = list(found.rows())
        number, fen = in_journal(first, last, basis, **chosen)
        assert (len(rows), sum(row.amount_fen for row in rows)) == (number, fen), (first, last, basis, chosen)
        assert (found.head.ledger_fen, found.head.other_fen) == (fen, 0), (first, last, basis, chosen)
        assert [row.day for row in rows] == sorted(row.day for row in rows)
        seen += number
    assert seen > 60
    verified(NOW)


def test_the_whole_equals_the_trial_balance_also_after_months_are_carried() -> None:
    manager, *_ = story()
    spent = {account: fen for (asset, account), fen in totals.trial_balance().items() if account.startswith("expense:")}
    assert spent == {
        "expense:relief:elders": 153_343,
        "expense:relief:hardship": 70_000,
        "expense:sponsor:management": 5,
        "expense:sponsor:hardship": 9_999,
    }
    with clock.at(NOW):
        assert totals.carry(NOW).done > 0
    for basis in ("value", "booked"):
        found = report(manager, date(2026, 1, 1), TODAY, basis)
        assert found.head.ledger_fen == sum(row.amount_fen for row in found.rows()) == sum(spent.values())


def test_a_year_costs_a_few_reads() -> None:
    manager, *_ = story()
    for basis in ("value", "booked"):
        with table.counting() as units:
            found = report(manager, date(2026, 1, 1), TODAY, basis)
            rows = sum(1 for _ in found.rows())
        assert rows == 7
        assert units.requests < 130, basis


def test_a_row_says_who_asked_and_who_approved_and_masks_a_person() -> None:
    manager, _, action = story()
    rows = {row.serial: row for row in report(manager, date(2026, 9, 1), TODAY).rows()}
    one = rows["B00B"]
    assert (one.requested_by, one.approved_by, one.payee) == ("李会计", "王主任", "吴**")
    assert (one.day, one.amount_fen, one.care_action_id, one.care_action) == (
        date(2026, 9, 29),
        33_333,
        action,
        "重阳敬老",
    )
    assert (one.pot_name, one.bank_account) == ("relief池", "基本户 尾号6688")
    assert rows["B00A"].payee == "惠民超市"
    back = rows["R00F"]
    assert (back.amount_fen, back.came_back, back.day) == (-44_400, True, date(2026, 11, 6))
    head = report(manager, date(2026, 9, 1), TODAY, pot_id="relief", care_action_id=action).head
    assert (head.street, head.pot_name, head.care_action) == ("示范街道", "relief池", "重阳敬老")


def test_who_may_read_it() -> None:
    story()
    assert report(SUPERVISOR, date(2026, 9, 1), TODAY).head.ledger_fen == 233_347
    with pytest.raises(NotAllowed):
        report(RESIDENT, date(2026, 9, 1), TODAY)


def test_what_is_not_there() -> None:
    manager, *_ = story()
    with pytest.raises(setup_faults.PotUnknown):
        report(manager, date(2026, 9, 1), TODAY, pot_id="relie")
    with pytest.raises(setup_faults.CategoryUnknown):
        report(manager, date(2026, 9, 1), TODAY, category="<b>")
