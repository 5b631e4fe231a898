"""What happens seldom and must be right all the same: odd fees, odd orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.fund.model.receipts import ReceiptAmountInvalid
from chalicelib.fund.service import pledges, receipts, refunds, sweep
from chalicelib.fund.store import stripe_ids
from tests.store.fund.giving import MINUTE_MS, Giving, books_hold, gift_now, open_for_gifts, pot, receive
from tests.store.fund.people import MANAGER, NOW, submission

pytestmark = pytest.mark.usefixtures("tables")
PLEDGE = pledges.PledgeForm(
    "relief",
    "邻里社会企业",
    "2027年度定捐",
    date(2026, 11, 20),
    [(date(2026, 12, 1), 5_000), (date(2027, 1, 1), 5_000)],
)
LINE = receipts.BankLineForm("main", "20261122001", date(2026, 11, 21), 5_000, "邻里社会企业有限公司")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


# --- money -------------------------------------------------------------------------------------


def test_a_fee_larger_than_its_gift_takes_from_the_pot_and_what_came_in_never_falls(giving: Giving) -> None:
    gift = giving.given(1)

    assert gift.fee_fen > gift.amount_fen
    assert pot().in_fen == 0
    assert pot().spendable_fen == gift.amount_fen - gift.fee_fen
    books_hold()

    refunds.request_refund(MANAGER, gift.id, None, "误捐", submission=submission("back"), now_ms=NOW)
    assert pot().spendable_fen == -gift.fee_fen
    books_hold()


def test_a_transfer_of_less_than_nothing_for_a_pledge_is_refused_as_a_wrong_amount(giving: Giving) -> None:
    pledge = pledges.sign_pledge(MANAGER, PLEDGE, submission=submission("pledge"), now_ms=NOW)
    for fen in (-5_000, 0):
        with pytest.raises(ReceiptAmountInvalid):
            receipts.enter_for_pledge(
                MANAGER, replace(LINE, amount_fen=fen), pledge.id, 1, submission=submission("line"), now_ms=NOW
            )


# --- order -------------------------------------------------------------------------------------


def test_one_thing_that_cannot_be_read_does_not_hold_up_the_gift_or_what_else_came_early(giving: Giving) -> None:
    gift = giving.start()
    giving.stripe.pay(giving.session_of(gift.id))
    [intent] = giving.find("payment_intent")
    stripe_ids.remember_early(intent["id"], "re_0_not_there", NOW)
    early = giving.stripe.refund_in_dashboard(intent["id"], 300)
    stripe_ids.remember_early(intent["id"], early["id"], NOW)

    told = [one for one in giving.stripe.pending_events() if one.type == "checkout.session.completed"]
    assert [receive(one.body, one.signature) for one in told] == ["done"]
    assert gift_now(gift.id).refunded_fen == 300
    assert stripe_ids.early(intent["id"]) == ["re_0_not_there"], "what could not be done is kept"
    assert sweep.sweep(NOW + 5 * MINUTE_MS).early == 1


def test_the_sweep_goes_on_where_stripe_does_not_let_it_read_events(giving: Giving) -> None:
    gift = giving.given(50)
    giving.stripe.fail_next(3, status=0, path="/v1/refunds")
    asked = refunds.request_refund(MANAGER, gift.id, 1_000, "误捐", submission=submission("back"), now_ms=NOW)
    assert asked.state == "reserved"
    giving.stripe.fail_next(1, status=403, path="/v1/events")

    swept = sweep.sweep(NOW + 5 * MINUTE_MS)

    assert swept.problems == {"events": "payments_misconfigured"}
    assert swept.refunds == 1
    assert gift_now(gift.id).refunded_fen == 1_000
    books_hold()


def test_gifts_that_never_reached_stripe_do_not_stand_before_those_that_were_paid(giving: Giving) -> None:
    for number in range(sweep.ROUND_MAX):
        giving.start(key=f"never{number}")
    paid = giving.start(key="paid")
    giving.stripe.pay(giving.session_of(paid.id))
    giving.stripe.pending_events()
    giving.stripe.fail_next(1, status=403, path="/v1/events")

    sweep.sweep(NOW + 6 * MINUTE_MS)

    assert gift_now(paid.id).is_paid
