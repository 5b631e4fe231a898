"""Entries on the real engine: once, exact, cheap."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from chalicelib import clock, table
from chalicelib.ledger import events, verify, wallet
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.errors import IdempotencyMismatch, InsufficientPoints, PotCannotCover, WalletMissing
from chalicelib.ledger.store import balances, journal, totals
from tests.store.ledger import books

pytestmark = pytest.mark.usefixtures("tables")
ULID_1, ULID_2 = "01KA0000000000000000000001", "01KA0000000000000000000002"


def test_a_gift_stands_in_the_books_and_only_its_fee_makes_it_spendable() -> None:
    books.open_books()
    assert books.give("pi_1", 5000)
    assert balances.pot("general").spendable_fen == 0
    books.fee("pi_1", 5000, 370)
    assert balances.pot("general").spendable_fen == 4630
    assert totals.trial_balance() == {
        ("CNY", "asset:stripe"): 4630,
        ("CNY", "expense:general:fees"): 370,
        ("CNY", "income:general:individual:online"): -5000,
    }
    assert verify.verify(tries=1) == []


def test_a_repeat_changes_nothing_and_another_amount_is_refused() -> None:
    books.open_books()
    assert books.give("pi_1", 5000)
    assert not books.give("pi_1", 5000)
    with pytest.raises(IdempotencyMismatch):
        books.give("pi_1", 5001)
    assert totals.read("pot:general").count == 1


def test_a_repeat_learns_that_it_was_done_even_when_its_other_conditions_fail_too() -> None:
    books.open_books(ULID_1)
    books.award(ULID_1, "C1", 100)
    stale = balances.wallet(ULID_1)
    books.award(ULID_1, "C2", 100)
    entry = Entry("award:C1:1", "award", events.award("c1", ULID_1, "TIME", 0, 1), books.DAY, "community:c1", {})
    with pytest.raises(table.Stale) as caught:
        table.commit(balances.wallet_writes(stale, stale) + journal.entry_writes(entry))
    assert caught.value.code == "already_booked"


def test_units_per_operation() -> None:
    """DESIGN §3: gift 5, award 8, capture 11, family gift 9, one more for a late entry."""
    books.open_books(ULID_1, ULID_2)
    with table.counting() as gift:
        books.give("pi_1", 5000)
    with table.counting() as late:
        books.give("pi_2", 5000, date(2026, 1, 5))
    with table.counting() as award:
        books.award(ULID_1, "C1", 270, 50)
    books.hold(ULID_1, ULID_2, 100)
    with table.counting() as capture:
        books.capture(ULID_1, ULID_2)
    giver, taker = balances.wallet(ULID_1), balances.wallet(ULID_2)
    out, lots, gone = wallet.take_out(giver, "TIME", 50, books.DAY)
    into, come = wallet.put_in(taker, "TIME", lots)
    entry = Entry(
        key="family:1",
        kind="family-gift",
        postings=events.given_to_family(ULID_1, ULID_2, "TIME", 50),
        value_date=books.DAY,
        owner="community:c1",
        inputs={},
        lots=gone + come,
    )
    writes = balances.wallet_writes(giver, out.booked(entry.id)) + balances.wallet_writes(taker, into.booked(entry.id))
    with table.counting() as family:
        table.commit(journal.entry_writes(entry) + writes)
    with table.counting() as paid:
        pay = Entry(
            "pay:D1:1",
            "disbursement",
            events.disbursement_paid("general", "elders", "icbc", 10),
            books.DAY,
            "pot:general",
            {},
        )
        table.commit(journal.entry_writes(pay))
    assert {
        "gift": gift.write,
        "late gift": late.write,
        "award": award.write,
        "capture": capture.write,
        "family gift": family.write,
        "disbursement paid": paid.write,
    } == {"gift": 5, "late gift": 6, "award": 8, "capture": 11, "family gift": 9, "disbursement paid": 5}
    assert verify.verify(tries=1) == []


def test_twenty_deliveries_on_eight_threads_post_once() -> None:
    books.open_books()
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: books.give("pi_1", 5000), range(20)))
    assert first.count(True) == 1
    assert totals.read("pot:general").sums[("CNY", "asset:stripe")] == 5000
    assert verify.verify(tries=1) == []


def test_ten_vouchers_on_one_wallet_hold_exactly_what_it_covers() -> None:
    books.open_books(ULID_1)
    books.award(ULID_1, "C1", 350)

    def try_hold(number: int) -> bool:
        try:
            books.hold(ULID_1, f"V{number}", 100)
        except InsufficientPoints:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(try_hold, range(10))).count(True) == 3
    stands = balances.wallet(ULID_1)
    assert (stands.available("TIME", books.DAY), stands.held("TIME"), stands.posted("TIME")) == (50, 300, 350)


def test_two_reservations_never_pass_what_the_pot_covers() -> None:
    books.open_books()
    books.give("pi_1", 10_000)
    books.fee("pi_1", 10_000, 100)

    @table.fresh_reads
    def reserve(amount_fen: int) -> bool:
        pot = balances.pot("general")
        try:
            pot.must_cover(amount_fen)
        except PotCannotCover:
            return False
        table.commit(balances.reserve_writes(pot, amount_fen))
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reserve, [3000] * 8)).count(True) == 3
    assert balances.pot("general").spendable_fen == 900


def test_what_comes_from_outside_may_make_a_pot_negative_and_then_nothing_is_covered() -> None:
    books.open_books()
    table.commit(balances.commit_writes("general", 500))
    pot = balances.pot("general")
    assert pot.spendable_fen == -500
    with pytest.raises(PotCannotCover):
        pot.must_cover(1)
    table.commit(balances.release_writes("general", 500))
    assert balances.pot("general").spendable_fen == 0


def test_a_wallet_that_nobody_opened_is_missing() -> None:
    with pytest.raises(WalletMissing):
        balances.wallet("nobody")


def test_statements_page_without_gap_or_repeat_newest_first() -> None:
    books.open_books(ULID_1)
    for number in range(7):
        books.award(ULID_1, f"C{number}", 100)
    books.hold(ULID_1, "V1", 10)
    books.capture(ULID_1, "V1")
    shown: list[str] = []
    cursor = ""
    while True:
        found, cursor = journal.statement(f"liability:wallet:{ULID_1}", limit=3, cursor=cursor)
        shown += [entry.key for entry in found]
        if not cursor:
            break
    assert shown == ["capture:V1", *[f"award:C{n}:1" for n in range(6, -1, -1)]]
    merchant, _ = journal.statement("liability:merchant:S1")
    assert [entry.key for entry in merchant] == ["capture:V1"], "a capture shows for both"


@pytest.mark.parametrize("cursor", ["x", "1" * 46, "1700000000000#" + "0" * 31, "<script>"])
def test_a_forged_statement_position_is_refused(cursor: str) -> None:
    with pytest.raises(table.BadCursor):
        journal.statement(f"liability:wallet:{ULID_1}", cursor=cursor)


def test_entries_are_found_by_booking_day_and_by_value_date() -> None:
    books.open_books()
    october = clock.day_start_ms(date(2026, 10, 20))
    with clock.at(october):
        books.give("pi_oct", 100, date(2026, 10, 20))
    with clock.at(books.NOON):
        books.give("pi_nov", 200, books.DAY)
    with clock.at(books.NOON + 1):
        books.give("pi_late", 300, date(2026, 10, 31))

    def keys(found: object) -> list[str]:
        return [entry.key for entry in found]  # type: ignore[attr-defined]

    assert keys(journal.all_entries(books.NOON)) == ["gift:pi_oct", "gift:pi_nov", "gift:pi_late"]
    assert keys(journal.booked_between(books.DAY, books.DAY)) == ["gift:pi_nov", "gift:pi_late"]
    in_october = journal.valued_between(date(2026, 10, 1), date(2026, 10, 31), books.DAY)
    assert sorted(keys(in_october)) == ["gift:pi_late", "gift:pi_oct"]
    assert keys(journal.valued_between(date(2026, 11, 1), date(2026, 11, 30), books.DAY)) == ["gift:pi_nov"]


def test_the_number_of_shards_may_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    books.open_books()
    for number in range(4):
        books.give(f"pi_{number}", 100)
    monkeypatch.setenv("LINLI_TOTALS_SHARDS", "9")
    importlib.import_module("chalicelib.config").settings.cache_clear()
    for number in range(4, 12):
        books.give(f"pi_{number}", 100)
    assert totals.read("pot:general").sums[("CNY", "asset:stripe")] == 1200
    assert verify.verify(tries=1) == []


def test_finished_months_are_carried_into_one_row_and_read_through_it() -> None:
    books.open_books()
    for month in (8, 9, 10, 11):
        with clock.at(clock.day_start_ms(date(2026, month, 3))):
            books.give(f"pi_{month}", 100 * month)
    november_3 = clock.day_start_ms(date(2026, 11, 3))
    assert totals.carry(november_3).done > 0
    assert totals.carry(november_3).done == 0
    assert totals.read("pot:general").sums[("CNY", "asset:stripe")] == 3800
    with table.counting() as units:
        totals.read("pot:general")
    assert units.requests == 5, "the carried row and one query a shard"
    assert list(totals.by_month("pot:general")) == ["202608", "202609", "202610", "202611"]
    assert verify.verify(tries=1) == []


def test_a_month_is_not_carried_until_a_quarter_of_an_hour_after_its_end() -> None:
    books.open_books()
    end = clock.month_end_ms(2026, 10)
    with clock.at(end - 1000):
        books.give("pi_1", 100)
    totals.carry(end + 60_000)
    assert totals.carried_through("pot:general") == "202609"
    totals.carry(end + totals.MONTH_GRACE_MS)
    assert totals.carried_through("pot:general") == "202610"


def test_a_pool_pays_only_what_its_lot_covers() -> None:
    books.open_books()
    table.commit(balances.pool_writes("c1", "TIME", {"never": 30}))
    with pytest.raises(table.Stale):
        table.commit(balances.pool_writes("c1", "TIME", {"never": -31}))
    table.commit(balances.pool_writes("c1", "TIME", {"never": -30}))
    assert balances.pool("c1") == {}
