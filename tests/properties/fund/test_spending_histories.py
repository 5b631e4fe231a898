"""Whatever is asked, approved, refused, paid and sent back in whatever order: never more than the pot had,
never more than the budget, and the books hold. Against a plain model in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib import table
from chalicelib.errors import DomainError
from chalicelib.fund.model.spending_faults import BudgetExceeded
from chalicelib.fund.service import disbursements, spending
from chalicelib.ledger.errors import PotCannotCover
from chalicelib.ledger.store import balances, totals
from tests.store.fund import books
from tests.store.fund.people import APPROVER, MANAGER, NOW
from tests.store.fund.spending import ELDERS, TODAY, approve, approved_plan, ask, bounce, bring_in, open_fund, pay

BUDGET_FEN = 60_000
amounts = st.integers(1, 40_000)


class Spending(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        table.delete_tables()
        table.create_tables()
        open_fund(in_fen=50_000)
        self.action = approved_plan(budget={ELDERS: BUDGET_FEN})
        self.in_fen = 50_000
        self.amount: dict[str, int] = {}
        self.state: dict[str, str] = {}
        self.order: dict[str, int] = {}
        self.planned: set[str] = set()
        self.attempts: dict[str, int] = {}
        self.number = 0

    def fresh(self) -> str:
        self.number += 1
        return f"N{self.number:05d}"

    def one(self, data: st.DataObject) -> disbursements.Disbursement:
        return disbursements.disbursement(MANAGER, data.draw(st.sampled_from(sorted(self.state))))

    def sum_of(self, *states: str) -> int:
        return sum(self.amount[one] for one, state in self.state.items() if state in states)

    @rule(amount=amounts)
    def more_comes_in(self, amount: int) -> None:
        bring_in("relief", amount, self.fresh())
        self.in_fen += amount

    @rule(amount=amounts, for_action=st.booleans())
    def ask(self, amount: int, for_action: bool) -> None:
        self.ask_for(amount, for_action)

    def ask_for(self, amount: int, for_action: bool) -> None:
        asked = sum(self.amount[one] for one in self.planned if self.state[one] not in ("rejected", "cancelled"))
        name = self.fresh()
        try:
            made = ask(amount, name, care_action_id=self.action.id if for_action else "")
        except BudgetExceeded as refused:
            assert for_action
            assert asked + amount > BUDGET_FEN
            assert refused.fields["left_fen"] == BUDGET_FEN - asked
            return
        assert not for_action or asked + amount <= BUDGET_FEN
        self.amount[made.id], self.state[made.id], self.attempts[made.id] = amount, "requested", 0
        self.order[made.id] = self.number
        if for_action:
            self.planned.add(made.id)

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        self._approve(self.one(data))

    @rule(amount=st.integers(1, 20_000))
    def ask_and_approve(self, amount: int) -> None:
        self.ask_for(amount, for_action=False)
        self._approve(disbursements.disbursement(MANAGER, max(self.state, key=lambda one: self.order[one])))

    def _approve(self, of: disbursements.Disbursement) -> None:
        try:
            approve(of)
        except PotCannotCover:
            assert self.sum_of("approved", "paid") + of.amount_fen > self.in_fen
        except DomainError as refused:
            assert refused.code == "disbursement_not_open"
            assert self.state[of.id] in ("rejected", "cancelled")
        else:
            if self.state[of.id] == "requested":
                self.state[of.id] = "approved"

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        of = self.one(data)
        if self._does(lambda: disbursements.reject(APPROVER, of.id, reason="x", now_ms=NOW)):
            assert self.state[of.id] in ("requested", "rejected")
            self.state[of.id] = "rejected"
        else:
            assert self.state[of.id] in ("approved", "paid", "cancelled")

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        of = self.one(data)
        if self._does(lambda: disbursements.cancel(MANAGER, of.id, reason="x", now_ms=NOW)):
            assert self.state[of.id] in ("requested", "approved", "cancelled")
            self.state[of.id] = "cancelled"
        else:
            assert self.state[of.id] in ("paid", "rejected")

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        of = self.one(data)
        serial = self.fresh()
        if self._does(lambda: pay(of, serial, attempt=of.next_attempt)):
            assert self.state[of.id] == "approved"
            self.state[of.id] = "paid"
            self.attempts[of.id] += 1
            assert self._does(lambda: pay(of, serial, attempt=of.next_attempt))
        else:
            assert self.state[of.id] != "approved"

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def comes_back(self, data: st.DataObject) -> None:
        of = self.one(data)
        attempt = max(len(of.payments), 1)
        if self._does(lambda: bounce(of, self.fresh(), attempt=attempt)):
            assert self.state[of.id] == "paid"
            self.state[of.id] = "approved"
        else:
            assert self.state[of.id] != "paid"

    @staticmethod
    def _does(act: Callable[[], object]) -> bool:
        try:
            act()
        except DomainError:
            return False
        return True

    @invariant()
    def never_more_than_there_is(self) -> None:
        pot = balances.pot("relief")
        committed = self.sum_of("approved", "paid")
        assert (pot.in_fen, pot.committed_fen) == (self.in_fen, committed)
        assert 0 <= committed <= self.in_fen
        spent = totals.read("pot:relief").of("expense:relief:elders")
        assert spent == self.sum_of("paid") == sum(one.amount_fen for one in spending.lines(TODAY, TODAY))

    @invariant()
    def everything_stands_where_it_should(self) -> None:
        for one, state in self.state.items():
            found = disbursements.disbursement(APPROVER, one)
            assert (found.state, len(found.payments)) == (state, self.attempts[one])

    def teardown(self) -> None:
        books.must_hold()


@pytest.mark.usefixtures("tables")
def test_spending_in_any_order_holds() -> None:
    run_state_machine_as_test(
        Spending,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
