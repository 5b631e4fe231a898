"""A shop gives every month by card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.errors import NotAllowed
from chalicelib.fund.model import gift_faults as faults
from chalicelib.fund.service import gifts, monthly, sweep
from tests.store.fund.giving import MINUTE_MS, RETURNS, Giving, balance, books_hold, open_for_gifts, pot, receive
from tests.store.fund.people import APPROVER, MANAGER, NOW, submission

pytestmark = pytest.mark.usefixtures("tables")
FORM = monthly.MonthlyForm(10_000, "巷口面馆", phone="138 0000 1234", publish_name=True)


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def start(giving: Giving) -> monthly.Monthly:
    return monthly.start_monthly(giving.poster, FORM, submission=submission("shop"), now_ms=NOW)


def begun(giving: Giving) -> monthly.Monthly:
    """A monthly gift whose first month is paid."""
    one = start(giving)
    giving.stripe.pay(monthly.pay_url(one.id, RETURNS, NOW).rsplit("/", 1)[1])
    giving.deliver()
    return now(one.id)


def now(monthly_id: str) -> monthly.Monthly:
    return monthly.monthly_for_staff(MANAGER, monthly_id)


def months() -> list[gifts.Gift]:
    return gifts.gifts_page(MANAGER, gifts.Filter(tier="monthly"))[0]


def test_each_paid_month_is_a_gift_of_its_own(giving: Giving) -> None:
    one = begun(giving)
    assert (one.state, one.months_paid) == ("active", 1)
    assert one.phone_masked == "138****1234"
    assert "1380000" not in one.phone_sealed

    giving.stripe.advance_month(one.subscription_id)
    giving.deliver()
    giving.again()

    assert now(one.id).months_paid == 2
    assert balance("income:relief:monthly:event") == -20_000
    assert pot().in_fen == 20_000 - sum(gift.fee_fen for gift in months())
    assert {gift.ref for gift in months()} == {one.id}
    books_hold()


def test_the_same_whatever_comes_first(giving: Giving) -> None:
    one = start(giving)
    giving.stripe.pay(monthly.pay_url(one.id, RETURNS, NOW).rsplit("/", 1)[1])
    for event in reversed(giving.stripe.pending_events()):
        receive(event.body, event.signature)

    assert (now(one.id).state, now(one.id).months_paid) == ("active", 1)
    books_hold()


def test_a_renewal_without_our_metadata_finds_its_gift(giving: Giving) -> None:
    one = begun(giving)
    [invoice] = giving.stripe.advance_month(one.subscription_id)
    assert not invoice["metadata"]
    giving.deliver()
    assert now(one.id).months_paid == 2
    books_hold()


def test_a_month_that_cannot_be_charged_shows_and_may_be_paid_later(giving: Giving) -> None:
    one = begun(giving)
    [invoice] = giving.stripe.advance_month(one.subscription_id, paid=False)
    giving.deliver()
    assert (now(one.id).state, now(one.id).failed_invoice) == ("past_due", invoice["id"])
    assert len(months()) == 1

    giving.stripe.pay_invoice(invoice["id"])
    giving.deliver()
    assert (now(one.id).state, now(one.id).failed_invoice) == ("active", "")
    assert len(months()) == 2
    books_hold()


def test_the_donor_ends_it_after_this_month(giving: Giving) -> None:
    one = begun(giving)
    ending = monthly.cancel_by_donor(
        one.id, monthly.link_token(one.id), at_period_end=True, submission=submission("end"), now_ms=NOW
    )
    assert (ending.state, ending.ends_ms, ending.cancelled_by) == ("ending", one.period_end_ms, "donor")
    again = monthly.cancel_by_donor(
        one.id, monthly.link_token(one.id), at_period_end=True, submission=submission("end"), now_ms=NOW
    )
    assert again == ending

    giving.stripe.advance_month(one.subscription_id)
    giving.deliver()
    assert now(one.id).state == "ended"
    assert len(months()) == 1
    books_hold()


def test_staff_end_it_at_once_and_twice_is_no_harm(giving: Giving) -> None:
    one = begun(giving)
    with pytest.raises(NotAllowed):
        monthly.cancel_by_staff(APPROVER, one.id, at_period_end=False, submission=submission("end"), now_ms=NOW)
    for _ in range(2):
        ended = monthly.cancel_by_staff(MANAGER, one.id, at_period_end=False, submission=submission("end"), now_ms=NOW)
        assert (ended.state, ended.cancelled_by) == ("ended", MANAGER.member_id)
    with pytest.raises(faults.MonthlyEnded):
        monthly.pay_url(one.id, RETURNS, NOW)
    books_hold()


def test_what_was_never_begun_cannot_be_ended(giving: Giving) -> None:
    one = start(giving)
    with pytest.raises(faults.MonthlyNotStarted):
        monthly.cancel_by_staff(MANAGER, one.id, at_period_end=True, submission=submission("end"), now_ms=NOW)
    with pytest.raises(faults.NotTheGiver):
        monthly.cancel_by_donor(one.id, "", at_period_end=True, submission=submission("end"), now_ms=NOW)


def test_the_sweep_finds_one_that_no_webhook_told(giving: Giving) -> None:
    one = start(giving)
    giving.stripe.pay(monthly.pay_url(one.id, RETURNS, NOW).rsplit("/", 1)[1])
    giving.stripe.pending_events()
    sweep.sweep(NOW + 6 * MINUTE_MS)
    assert now(one.id).state == "active"


def test_a_refund_of_one_month(giving: Giving) -> None:
    from chalicelib.fund.service import refunds

    begun(giving)
    [month] = months()
    done = refunds.request_refund(MANAGER, month.id, None, "重复", submission=submission("r"), now_ms=NOW)
    assert done.state == "sent"
    giving.deliver()
    books_hold()


def test_an_invoice_of_somebody_elses_subscription_is_noted(giving: Giving) -> None:
    import stripe

    begun(giving)
    client = stripe.StripeClient("sk_test_giving", base_addresses={"api": giving.stripe.url})
    params: Any = {
        "mode": "subscription",
        "success_url": "https://x.example",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "cny",
                    "unit_amount": 100,
                    "product_data": {"name": "x"},
                    "recurring": {"interval": "month"},
                },
            }
        ],
    }
    giving.stripe.pay(client.v1.checkout.sessions.create(params).id)
    assert "monthly_unknown" in giving.deliver()
    books_hold()
