"""A gift by poster, from the form to the books, over real HTTP to Stripe's stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.fund.model import gift_faults as faults
from chalicelib.fund.model.stripe_objects import PaymentsUnavailable
from chalicelib.fund.service import gifts, sweep
from tests.store.fund.giving import MINUTE_MS, Giving, balance, books_hold, gift_now, open_for_gifts, pot, receive
from tests.store.fund.people import NOW, submission

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def test_a_gift_stands_in_the_books_gross_and_its_fee_apart(giving: Giving) -> None:
    gift = giving.given(50, "周阿姨", publish_name=True)

    assert gift.is_paid
    assert gift.entry_key == f"gift:{gift.intent_id}"
    assert balance("income:relief:individual:event") == -5000
    assert balance("expense:relief:fees") == gift.fee_fen == 370
    assert pot().in_fen == 4630
    books_hold()


def test_until_the_money_is_there_the_gift_is_open(giving: Giving) -> None:
    gift = giving.start()
    giving.session_of(gift.id)
    giving.deliver()

    assert gift_now(gift.id).state == "open"
    assert balance("asset:stripe") == 0


def test_events_again_shuffled_and_reversed_change_nothing(giving: Giving) -> None:
    gift = giving.given()
    before = pot()

    outcomes = [receive(one.body, one.signature) for one in reversed(giving.stripe.signed_events())]

    assert set(outcomes) <= {"repeated", "ignored"}
    assert pot() == before
    assert gift_now(gift.id) == gift
    books_hold()


def test_one_webhook_delivered_twenty_times_at_once_books_once(giving: Giving) -> None:
    gift = giving.start(80)
    giving.stripe.pay(giving.session_of(gift.id))
    [event] = giving.stripe.signed_events(["checkout.session.completed"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: receive(event.body, event.signature), range(20)))

    assert set(outcomes) <= {"done", "repeated"}
    assert balance("income:relief:individual:event") == -8000
    assert pot().in_fen == 8000 - gift_now(gift.id).fee_fen
    books_hold()


def test_a_double_click_makes_one_gift_and_one_session(giving: Giving) -> None:
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: giving.start(20).id, range(8)))
        sessions = set(pool.map(giving.session_of, started))

    assert len(set(started)) == len(sessions) == 1
    assert len(giving.find("checkout.session")) == 1


def test_the_same_form_with_another_amount_is_refused(giving: Giving) -> None:
    giving.start(20)
    with pytest.raises(faults.SubmittedDifferently):
        giving.start(30)


def test_coming_back_leads_to_the_same_open_session(giving: Giving) -> None:
    gift = giving.start()
    assert giving.session_of(gift.id) == giving.session_of(gift.id, NOW + 40 * MINUTE_MS)


def test_after_the_session_ran_out_there_is_a_new_one(giving: Giving) -> None:
    gift = giving.start()
    first = giving.session_of(gift.id)
    giving.stripe.expire(first)
    giving.deliver()
    assert gift_now(gift.id).state == "expired"

    second = giving.session_of(gift.id)

    assert second != first
    giving.stripe.pay(second)
    giving.deliver()
    assert gift_now(gift.id).is_paid
    books_hold()


def test_a_paid_gift_is_not_paid_again(giving: Giving) -> None:
    gift = giving.given()
    with pytest.raises(faults.GiftPaid):
        giving.session_of(gift.id)


def test_the_page_learns_of_a_payment_before_its_webhook(giving: Giving) -> None:
    """The donor presses pay once more while the webhook is late: no second charge, and the gift is booked."""
    gift = giving.start()
    giving.stripe.pay(giving.session_of(gift.id))

    with pytest.raises(faults.GiftPaid):
        giving.session_of(gift.id)

    assert gift_now(gift.id).is_paid
    giving.deliver()
    books_hold()


def test_money_on_its_way_blocks_paying_again_until_it_arrives_or_fails(giving: Giving) -> None:
    gift = giving.start()
    session = giving.session_of(gift.id)
    giving.stripe.pay_later(session)
    giving.deliver()
    assert gift_now(gift.id).state == "processing"
    with pytest.raises(faults.GiftConfirming):
        giving.session_of(gift.id)

    giving.stripe.settle_async(session, succeeded=False)
    giving.deliver()
    assert gift_now(gift.id).state == "failed"

    again = giving.session_of(gift.id)
    giving.stripe.pay_later(again)
    giving.stripe.settle_async(again, succeeded=True)
    giving.deliver()
    assert gift_now(gift.id).is_paid
    assert balance("income:relief:individual:event") == -5000
    books_hold()


def test_two_payments_for_one_gift_are_both_in_the_books(giving: Giving) -> None:
    """An asynchronous payment fails for us, is tried again, and both arrive after all."""
    gift = giving.start()
    first = giving.session_of(gift.id)
    giving.stripe.expire(first)
    second = giving.session_of(gift.id, NOW)
    # The gift moves on to a third session while the second is still open in another tab.
    gifts._next_try(gift.id, gift_now(gift.id).attempt, NOW)
    third = giving.session_of(gift.id, NOW)
    giving.stripe.pay(second)
    giving.stripe.pay(third)
    giving.deliver()

    assert balance("income:relief:individual:event") == -10000
    paid = [one for one in gifts.published_gifts()[0] if one.is_paid]
    assert sorted(one.note for one in paid) == ["", "second_payment"]
    books_hold()


def test_the_fee_may_be_known_later(giving: Giving) -> None:
    giving.stripe.configure(fees_at_once=False)
    gift = giving.given()
    assert (pot().in_fen, gift.fee_known) == (0, False)

    giving.stripe.release_fees()
    giving.deliver()

    assert pot().in_fen == 5000 - gift_now(gift.id).fee_fen
    books_hold()


def test_the_sweep_finds_payments_and_fees_that_no_webhook_told(giving: Giving) -> None:
    giving.stripe.configure(fees_at_once=False)
    gift = giving.start()
    giving.stripe.pay(giving.session_of(gift.id))
    giving.stripe.pending_events()

    assert sweep.sweep(NOW + MINUTE_MS).gifts == 0, "too early"
    swept = sweep.sweep(NOW + 6 * MINUTE_MS)
    assert (swept.gifts, swept.problems) == (1, {})
    assert gift_now(gift.id).is_paid

    giving.stripe.release_fees()
    giving.stripe.pending_events()
    assert sweep.sweep(NOW + 20 * MINUTE_MS).fees == 1
    assert gift_now(gift.id).fee_known
    books_hold()


def test_a_gift_that_nobody_came_to_pay_is_given_up_after_a_day(giving: Giving) -> None:
    gift = giving.start()
    sweep.sweep(NOW + 25 * 60 * MINUTE_MS)
    assert gift_now(gift.id).state == "abandoned"


@pytest.mark.parametrize("status", [500, 429, 409])
def test_when_stripe_fails_the_donor_is_told_and_a_retry_converges(giving: Giving, status: int) -> None:
    gift = giving.start()
    giving.stripe.fail_next(1 if status == 429 else 3, status=status)
    with pytest.raises(PaymentsUnavailable):
        giving.session_of(gift.id)

    giving.stripe.pay(giving.session_of(gift.id))
    giving.deliver()

    assert gift_now(gift.id).is_paid
    assert balance("income:relief:individual:event") == -5000
    books_hold()


@pytest.mark.parametrize(
    ("fen", "fault"),
    [
        (0, faults.GiftAmountTooSmall),
        (-1, faults.GiftAmountTooSmall),
        (99, faults.GiftAmountTooSmall),
        (50_000_01, faults.GiftAmountTooLarge),
    ],
)
def test_amounts_out_of_bounds(giving: Giving, fen: int, fault: type[Exception]) -> None:
    form = gifts.GiftForm(fen)
    with pytest.raises(fault):
        gifts.start_gift(giving.poster, form, submission=submission("x"), now_ms=NOW)


def test_only_the_gifts_own_link_opens_it(giving: Giving) -> None:
    gift, other = giving.given(key="one"), giving.given(key="two")
    assert gifts.gift_by_link(gift.id, gifts.link_token(gift.id), NOW) == gift
    for token in ("", "k1.uAAAA", gifts.link_token(other.id), gifts.link_token(gift.id)[:-1] + "A"):
        with pytest.raises(faults.NotTheGiver):
            gifts.gift_by_link(gift.id, token, NOW)


def test_a_closed_fund_takes_nothing(giving: Giving) -> None:
    from chalicelib.fund.model.setup_faults import PosterUnknown

    with pytest.raises(PosterUnknown):
        gifts.start_gift("ZZZZZZZ", gifts.GiftForm(100), submission=submission("x"), now_ms=NOW)
