"""Gifts given back, disputed, and paid out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.errors import NotAllowed
from chalicelib.fund.model import gift_faults as faults
from chalicelib.fund.service import refunds, sweep
from chalicelib.ledger.errors import PotCannotCover
from tests.store.fund.giving import MINUTE_MS, Giving, balance, books_hold, gift_now, open_for_gifts, pot
from tests.store.fund.people import APPROVER, FOREIGN_MANAGER, MANAGER, NOW, SUPERVISOR, submission

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def refund(gift_id: str, fen: int | None = None, *, key: str = "refund", now_ms: int = NOW) -> refunds.Refund:
    return refunds.request_refund(MANAGER, gift_id, fen, "误捐", submission=submission(key), now_ms=now_ms)


def test_a_gift_given_back_whole(giving: Giving) -> None:
    gift = giving.given(50)
    done = refund(gift.id)

    assert (done.state, done.amount_fen) == ("sent", 5000)
    assert balance("income:relief:individual:event") == 0
    assert pot().committed_fen == 5000
    giving.deliver()
    assert pot().committed_fen == 5000, "the webhook of our own refund commits nothing more"
    with pytest.raises(faults.RefundTooLarge):
        refund(gift.id, 1, key="more")
    books_hold()


def test_in_parts_until_nothing_is_left(giving: Giving) -> None:
    giving.given(500, key="other")
    gift = giving.given(50)
    refund(gift.id, 2000, key="first")
    refund(gift.id, 3000, key="second")
    giving.deliver()

    with pytest.raises(faults.RefundTooLarge) as left:
        refund(gift.id, 1, key="third")
    assert left.value.fields == {"left_fen": 0}
    assert balance("income:relief:individual:event") == -50000
    books_hold()


def test_a_double_click_refunds_once(giving: Giving) -> None:
    gift = giving.given(50)
    with ThreadPoolExecutor(8) as pool:
        done = set(pool.map(lambda _: refund(gift.id, 2000).stripe_id, range(8)))

    assert len(done - {""}) == 1
    assert len(giving.find("refund")) == 1
    giving.deliver()
    sweep.sweep(NOW + 5 * MINUTE_MS)
    assert gift_now(gift.id).refunded_fen == 2000
    books_hold()


def test_before_the_fee_is_known_its_own_money_can_go_back(giving: Giving) -> None:
    giving.stripe.configure(fees_at_once=False)
    gift = giving.given(50)
    assert pot().in_fen == 0

    refund(gift.id)
    giving.stripe.release_fees()
    giving.deliver()

    assert pot().spendable_fen == -gift_now(gift.id).fee_fen
    books_hold()


def test_the_pot_must_cover_it_once_its_money_is_spent(giving: Giving) -> None:
    from chalicelib import table
    from chalicelib.ledger.store import balances

    gift = giving.given(50)
    table.commit(balances.reserve_writes(pot(), 4000))
    with pytest.raises(PotCannotCover):
        refund(gift.id)
    table.commit(balances.release_writes("relief", 4000))
    refund(gift.id)
    books_hold()


def test_when_the_answer_is_lost_the_sweep_goes_on_and_refunds_once(giving: Giving) -> None:
    gift = giving.given(50)
    giving.stripe.fail_next(3, status=500, after_effect=True, path="/v1/refunds")
    waiting = refund(gift.id, 1000)
    assert waiting.state == "reserved"
    assert pot().committed_fen == 1000
    giving.stripe.pending_events()

    swept = sweep.sweep(NOW + 3 * MINUTE_MS)

    assert (swept.refunds, swept.problems) == (1, {})
    assert len(giving.find("refund")) == 1
    assert refund(gift.id, 1000).state == "sent", "the repeated request gets its first answer"
    giving.again()
    books_hold()


def test_when_stripe_never_got_it_the_sweep_asks_again(giving: Giving) -> None:
    gift = giving.given(50)
    giving.stripe.fail_next(3, status=0, path="/v1/refunds")
    assert refund(gift.id, 1000).state == "reserved"
    assert sweep.sweep(NOW + 3 * MINUTE_MS).refunds == 1
    assert len(giving.find("refund")) == 1
    assert gift_now(gift.id).refunded_fen == 1000
    books_hold()


def test_made_at_stripe_itself(giving: Giving) -> None:
    gift = giving.given(50)
    giving.stripe.refund_in_dashboard(gift.intent_id, 1200)
    giving.deliver()
    giving.again("refund.created")

    assert gift_now(gift.id).refunded_fen == 1200
    assert pot().committed_fen == 1200
    books_hold()


def test_made_at_stripe_before_ours_arrives(giving: Giving) -> None:
    """Ours is reserved, somebody refunds everything in the dashboard, then ours is asked."""
    gift = giving.given(50)
    giving.stripe.fail_next(3, status=0, path="/v1/refunds")
    refund(gift.id, 5000)
    giving.stripe.refund_in_dashboard(gift.intent_id)

    swept = sweep.sweep(NOW + 3 * MINUTE_MS)
    giving.deliver()

    assert list(swept.problems.values()) == ["refund_refused"]
    assert gift_now(gift.id).refunded_fen == 5000
    assert pot().committed_fen == 5000
    books_hold()


def test_a_refund_that_comes_before_its_gift_is_applied_later(giving: Giving) -> None:
    gift = giving.start()
    giving.stripe.pay(giving.session_of(gift.id))
    [intent] = giving.find("payment_intent")
    giving.stripe.refund_in_dashboard(intent["id"], 300)
    events = {one.type: one for one in giving.stripe.pending_events()}

    from tests.store.fund.giving import receive

    early = events["refund.created"]
    assert receive(early.body, early.signature) == "gift_not_yet_known"
    told = events["checkout.session.completed"]
    assert receive(told.body, told.signature) == "done"

    assert gift_now(gift.id).refunded_fen == 300
    assert receive(early.body, early.signature) == "done"
    books_hold()


def test_a_refund_that_fails_is_still_owed(giving: Giving) -> None:
    gift = giving.given(50)
    done = refund(gift.id)
    giving.stripe.settle_refund(done.stripe_id, succeeded=False)
    giving.deliver()
    giving.again("refund.updated", "refund.failed")

    assert balance("liability:refunds") == -5000
    assert pot().committed_fen == 5000
    books_hold()


def test_a_pending_refund_is_booked_and_seen_through(giving: Giving) -> None:
    giving.stripe.configure(refund_outcome="pending")
    gift = giving.given(50)
    done = refund(gift.id)
    assert (done.state, done.stripe_state) == ("sent", "pending")
    giving.stripe.settle_refund(done.stripe_id)
    giving.stripe.pending_events()
    sweep.sweep(NOW + 3 * MINUTE_MS)
    assert refund(gift.id).stripe_state == "succeeded"
    books_hold()


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute(giving: Giving, won: bool) -> None:
    giving.given(500, key="other")
    gift = giving.given(50)
    before = pot()
    case = giving.stripe.open_dispute(gift.intent_id)
    giving.deliver()
    assert balance("asset:disputed") == 5000
    assert pot().committed_fen == 5000 + 10000
    with pytest.raises(faults.GiftDisputed):
        refund(gift.id)

    giving.stripe.close_dispute(case["id"], won=won)
    for one in reversed(giving.stripe.pending_events()):
        from tests.store.fund.giving import receive

        receive(one.body, one.signature)

    assert balance("asset:disputed") == 0
    assert gift_now(gift.id).dispute == ("won" if won else "lost")
    assert pot().committed_fen == (10000 if won else 15000)
    assert pot().in_fen == before.in_fen
    books_hold()


@pytest.mark.parametrize("actor", [APPROVER, SUPERVISOR, FOREIGN_MANAGER])
def test_only_the_funds_manager_refunds(giving: Giving, actor: object) -> None:
    gift = giving.given(50)
    with pytest.raises(NotAllowed):
        refunds.request_refund(actor, gift.id, None, "误捐", submission=submission("r"), now_ms=NOW)  # type: ignore[arg-type]


def test_a_refund_says_why_and_keeps_to_bounds(giving: Giving) -> None:
    gift = giving.given(50)
    with pytest.raises(faults.RefundReasonMissing):
        refunds.request_refund(MANAGER, gift.id, None, " ", submission=submission("r"), now_ms=NOW)
    for fen, fault in ((0, faults.GiftAmountTooSmall), (-5, faults.GiftAmountTooSmall), (5001, faults.RefundTooLarge)):
        with pytest.raises(fault):
            refund(gift.id, fen)
    unpaid = giving.start(key="unpaid")
    with pytest.raises(faults.GiftNotPaid):
        refund(unpaid.id)
    assert pot().committed_fen == 0


def test_payouts_go_through_transit_to_the_bank_and_may_come_back(giving: Giving) -> None:
    giving.given(50)
    payout = giving.stripe.pay_out(arrives=False)
    giving.deliver()
    assert balance("asset:transit") == payout["amount"]

    giving.stripe.arrive_payout(payout["id"])
    giving.deliver()
    giving.again("payout.created", "payout.paid")
    assert balance("asset:transit") == 0
    assert balance("asset:bank:main") == payout["amount"]

    giving.stripe.fail_payout(payout["id"])
    giving.deliver()
    assert (balance("asset:bank:main"), balance("asset:transit")) == (0, 0)
    assert balance("asset:stripe") == payout["amount"]
    books_hold()
