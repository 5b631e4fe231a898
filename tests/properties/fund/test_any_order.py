"""A law of the webhooks: whatever the order, the repetition and the number of workers, the books say what
Stripe's own balance says, and hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from chalicelib.fund.service import early, monthly, pledges
from chalicelib.table import Busy
from local.stripe_standin import SignedEvent
from tests.store.fund.giving import RETURNS, Giving, balance, books_hold, open_for_gifts, pot, receive
from tests.store.fund.people import MANAGER, NOW, submission
from tests.store.fund.test_pledges import FORM

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def a_busy_week(giving: Giving) -> list[SignedEvent]:
    """Everything that can happen at Stripe, none of it told to us yet."""
    at_stripe = giving.stripe
    intents = []
    for n, yuan in enumerate((50, 80, 120, 300)):
        session = giving.session_of(giving.start(yuan, key=f"gift{n}").id)
        at_stripe.pay(session)
        intents.append(at_stripe.get(session)["payment_intent"])
    slow = giving.session_of(giving.start(66, key="slow").id)
    at_stripe.pay_later(slow)
    at_stripe.settle_async(slow, succeeded=True)
    gone = giving.session_of(giving.start(77, key="gone").id)
    at_stripe.expire(gone)
    at_stripe.refund_in_dashboard(intents[0], 1500)
    failed = at_stripe.refund_in_dashboard(intents[0], 500)
    at_stripe.settle_refund(failed["id"], succeeded=False)
    at_stripe.close_dispute(at_stripe.open_dispute(intents[1])["id"], won=True)
    at_stripe.close_dispute(at_stripe.open_dispute(intents[2])["id"], won=False)
    form = monthly.MonthlyForm(10_000, "巷口面馆")
    shop = monthly.start_monthly(giving.poster, form, submission=submission("shop"), now_ms=NOW)
    at_stripe.pay(monthly.pay_url(shop.id, RETURNS, NOW).rsplit("/", 1)[1])
    at_stripe.advance_month()
    pledge = pledges.sign_pledge(MANAGER, FORM, submission=submission("pledge"), now_ms=NOW)
    sent = pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW)
    at_stripe.pay_invoice(sent.instalment(1).invoice_id)
    at_stripe.fail_payout(at_stripe.pay_out()["id"])
    at_stripe.pay_out()
    return at_stripe.pending_events()


def stripes_own_balance(giving: Giving) -> int:
    found = stripe.StripeClient("sk_test_giving", base_addresses={"api": giving.stripe.url}).v1.balance.retrieve()
    return sum(part.amount for part in (*found.available, *found.pending))


def as_stripe_retries(event: SignedEvent) -> None:
    """A delivery that is not answered is made again."""
    for _ in range(5):
        try:
            receive(event.body, event.signature)
            return
        except Busy:
            continue
    raise AssertionError(f"{event.type} never got through")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_and_any_repetition(giving: Giving, seed: int) -> None:
    events = a_busy_week(giving) * 2
    random.Random(seed).shuffle(events)

    with ThreadPoolExecutor(8 if seed == 3 else 1) as pool:
        list(pool.map(as_stripe_retries, events))
    for intent_id in early.waiting(100):  # as the sweep does
        early.apply(intent_id, NOW)

    assert balance("asset:stripe") == stripes_own_balance(giving)
    assert balance("asset:disputed") == balance("asset:transit") == 0
    assert balance("liability:refunds") == -500
    kept = (50 + 80 + 300 + 66) * 100 - 1500 - 500
    assert balance("income:relief:individual:event") == -kept
    assert balance("income:relief:monthly:event") == -20_000
    assert balance("income:relief:fixed:partner") == -300_000
    assert pot().committed_fen == 1500 + 500 + 12_000 + 2 * 10_000
    books_hold()
