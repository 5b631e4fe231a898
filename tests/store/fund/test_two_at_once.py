"""Many hands at one moment: exactly what is right passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.errors import DomainError
from chalicelib.fund.service import disbursements
from chalicelib.ledger.store import balances, totals
from tests.store.fund import books
from tests.store.fund.people import APPROVER, MANAGER, NOW, SECOND_APPROVER
from tests.store.fund.spending import ELDERS, approve, approved_plan, ask, bounce, open_fund, pay

pytestmark = pytest.mark.usefixtures("tables")


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """How the acts ended, started together on a thread each: ``done`` or the code of the error."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        together.wait()
        try:
            act()
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(run, acts))


def test_one_pot_and_two_approvals_that_together_exceed_it() -> None:
    open_fund(in_fen=100_000)
    first, second = ask(60_000, "a"), ask(60_000, "b")
    ended = at_once(*[lambda one=one: approve(one) for one in (first, second) for _ in range(4)])  # type: ignore[misc]
    # the same form four times is one approval: the winner's four are done, the loser's four refused
    assert ended == {"done": 4, "pot_cannot_cover": 4}
    pot = balances.pot("relief")
    assert (pot.committed_fen, pot.spendable_fen) == (60_000, 40_000)
    books.must_hold()


def test_eight_approvals_take_what_the_pot_covers_and_no_fen_more() -> None:
    open_fund(in_fen=100_000)
    asked = [ask(30_000, str(number)) for number in range(8)]
    ended = at_once(*[lambda one=one: approve(one) for one in asked])  # type: ignore[misc]
    assert ended == {"done": 3, "pot_cannot_cover": 5}
    assert balances.pot("relief").spendable_fen == 10_000
    books.must_hold()


def test_two_approvers_of_two_needed_reserve_once() -> None:
    open_fund(approvals_needed=2)
    asked = ask(30_000)
    ended = at_once(*[lambda who=who: approve(asked, who) for who in (APPROVER, SECOND_APPROVER) for _ in range(4)])  # type: ignore[misc]
    assert ended == {"done": 8}
    assert balances.pot("relief").committed_fen == 30_000
    books.must_hold()


def test_eight_requests_share_one_budget() -> None:
    open_fund()
    action = approved_plan(budget={ELDERS: 50_000})
    ended = at_once(*[lambda n=n: ask(20_000, str(n), care_action_id=action.id) for n in range(8)])  # type: ignore[misc]
    assert ended == {"done": 2, "budget_exceeded": 6}
    books.must_hold()


def test_one_payment_from_eight_tabs() -> None:
    open_fund()
    asked = ask()
    approve(asked)
    assert at_once(*[lambda: pay(asked) for _ in range(8)]) == {"done": 8}
    other = ask(name="b")
    approve(other)
    ended = at_once(*[lambda n=n: pay(other, f"B00{n}") for n in range(8)])  # type: ignore[misc]
    assert ended == {"done": 1, "already_paid": 7}
    assert totals.read("pot:relief").of("expense:relief:elders") == 40_000
    books.must_hold()


def test_one_line_of_the_statement_wanted_by_eight_payments() -> None:
    open_fund()
    asked = [ask(10_000, str(number)) for number in range(8)]
    for one in asked:
        approve(one)
    ended = at_once(*[lambda one=one: pay(one, "B777") for one in asked])  # type: ignore[misc]
    assert ended == {"done": 1, "bank_serial_used": 7}
    books.must_hold()


def test_paid_and_cancelled_at_one_moment_is_one_of_the_two() -> None:
    open_fund()
    asked = ask()
    approve(asked)
    acts = [lambda: pay(asked), lambda: disbursements.cancel(MANAGER, asked.id, reason="撤", now_ms=NOW)]
    ended = at_once(*acts * 4)
    state = disbursements.disbursement(APPROVER, asked.id).state
    assert ended in (
        {"paid": {"done": 4, "already_paid": 4}, "cancelled": {"done": 4, "disbursement_not_open": 4}}[state],
    )
    assert balances.pot("relief").committed_fen == (20_000 if state == "paid" else 0)
    books.must_hold()


def test_bounced_from_eight_tabs_is_reversed_once() -> None:
    open_fund()
    asked = ask()
    approve(asked)
    pay(asked)
    assert at_once(*[lambda: bounce(asked) for _ in range(8)]) == {"done": 8}
    assert totals.read("pot:relief").of("expense:relief:elders") == 0
    books.must_hold()
