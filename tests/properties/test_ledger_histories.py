"""Laws of the books: whatever happens in whatever order, they hold. Against a plain model in memory."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chalicelib import table
from chalicelib.ledger import events, verify, wallet
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.errors import HoldMissing, InsufficientPoints
from chalicelib.ledger.store import balances, journal
from tests.store.ledger import books

MEMBERS = ("01KA0000000000000000000001", "01KA0000000000000000000002")
amounts = st.integers(1, 500)
members = st.sampled_from(MEMBERS)


class Histories(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        table.delete_tables()
        table.create_tables()
        books.open_books(*MEMBERS)
        self.points = dict.fromkeys(MEMBERS, 0)
        self.holds: dict[str, tuple[str, int]] = {}
        self.received = 0
        self.owed_to_shop = 0
        self.awards: list[tuple[str, str, int]] = []
        self.intents: list[tuple[str, int]] = []
        self.number = 0

    def fresh(self) -> str:
        self.number += 1
        return f"N{self.number}"

    @rule(amount=amounts)
    def give(self, amount: int) -> None:
        intent = self.fresh()
        assert books.give(intent, amount)
        self.intents.append((intent, amount))
        self.received += amount

    @rule(data=st.data())
    def give_again(self, data: st.DataObject) -> None:
        if self.intents:
            intent, amount = data.draw(st.sampled_from(self.intents))
            assert not books.give(intent, amount)

    @rule(member=members, amount=amounts)
    def award(self, member: str, amount: int) -> None:
        check_in = self.fresh()
        owed = balances.wallet(member).clawback.get("TIME", 0)
        books.award(member, check_in, amount)
        books.award(member, check_in, amount)
        self.awards.append((check_in, member, amount))
        self.points[member] += amount - min(owed, amount)

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        if not self.awards:
            return
        check_in, member, amount = self.awards.pop(data.draw(st.integers(0, len(self.awards) - 1)))
        read = balances.wallet(member)
        done = wallet.reverse_award(read, {"TIME": amount}, {"TIME": "never"}, books.DAY)
        legs = events.award_reversed(
            "c1", member, "TIME", done.from_wallet.get("TIME", 0), 0, done.to_clawback.get("TIME", 0)
        )
        entry = Entry(f"reversal:{check_in}", "reversal", legs, books.DAY, "community:c1", {}, lots=done.lots)
        table.commit(journal.entry_writes(entry) + balances.wallet_writes(read, done.wallet.booked(entry.id)))
        self.points[member] -= done.from_wallet.get("TIME", 0)

    @rule(member=members, amount=amounts)
    def hold(self, member: str, amount: int) -> None:
        voucher = self.fresh()
        held = sum(n for m, n in self.holds.values() if m == member)
        if amount > self.points[member] - held:
            with pytest.raises(InsufficientPoints):
                books.hold(member, voucher, amount)
        else:
            books.hold(member, voucher, amount)
            self.holds[voucher] = (member, amount)

    @rule(data=st.data())
    def capture(self, data: st.DataObject) -> None:
        if self.holds:
            voucher = data.draw(st.sampled_from(sorted(self.holds)))
            member, amount = self.holds.pop(voucher)
            books.capture(member, voucher)
            books.capture(member, voucher)
            self.points[member] -= amount
            self.owed_to_shop += amount

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.holds:
            voucher = data.draw(st.sampled_from(sorted(self.holds)))
            member, _ = self.holds.pop(voucher)
            read = balances.wallet(member)
            after, _, nothing = wallet.release(read, voucher, books.DAY)
            assert nothing == ()
            table.commit(balances.wallet_writes(read, after))
            with pytest.raises(HoldMissing):
                books.capture(member, voucher)

    @invariant()
    def the_books_hold(self) -> None:
        open_holds = [verify.OpenHold(m, v, "TIME", n) for v, (m, n) in self.holds.items()]
        assert verify.verify(lambda: verify.Claims(holds=open_holds), tries=1) == []

    @invariant()
    def the_model_agrees(self) -> None:
        for member in MEMBERS:
            stands = balances.wallet(member)
            assert stands.posted("TIME") == self.points[member]
            held = sum(n for m, n in self.holds.values() if m == member)
            assert stands.available("TIME", date(2026, 11, 22)) == self.points[member] - held


@pytest.mark.usefixtures("tables")
def test_histories() -> None:
    few = settings(max_examples=5, stateful_step_count=14, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(Histories, settings=few)
