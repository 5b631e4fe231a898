"""What a gift decides about itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Corrupt
from chalicelib.fund.model import gift_faults as faults
from chalicelib.fund.model import gifts as model
from chalicelib.fund.model.gifts import Donor, Gift
from chalicelib.fund.model.stripe_objects import Checkout, Fee, Payment

GIFT = Gift(
    id="01M80P5XV4CVP50QHWE4TDVEQQ",
    fund_id="main",
    pot_id="relief",
    tier="individual",
    channel="event",
    label="重阳义集",
    amount_fen=5_000,
    donor=Donor("周秀英"),
    created_ms=1,
    session_id="cs_1",
)
PAYMENT = Payment("pi_1", "ch_1", 5_000, 7)
PAID = model.paid(GIFT, PAYMENT, "gift:pi_1")


def checkout(state: str, session_id: str = "cs_1") -> Checkout:
    return Checkout(session_id, state, "")  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["processing", "failed", "expired"])
def test_an_unpaid_checkout_moves_only_its_own_unpaid_gift(state: str) -> None:
    assert model.followed(GIFT, checkout(state)).state == state
    assert model.followed(GIFT, checkout(state, "cs_old")) == GIFT
    assert model.followed(PAID, checkout(state)) == PAID


def test_what_arrived_counts() -> None:
    paid = model.paid(GIFT, replace(PAYMENT, amount_fen=4_900), "gift:pi_1")
    assert (paid.amount_fen, paid.state, paid.session_url) == (4_900, "paid", "")


def test_before_its_fee_a_gift_has_brought_in_nothing() -> None:
    assert (PAID.counted_fen, PAID.not_yet_in_fen, PAID.fee_known) == (0, 5_000, False)
    known = model.with_fee(PAID, Fee("txn_1", 5_000, 370))
    assert (known.counted_fen, known.not_yet_in_fen, known.fee_known) == (4_630, 370, True)


def test_a_second_payment_is_a_gift_of_its_own_and_always_the_same() -> None:
    other = replace(PAYMENT, intent_id="pi_2", charge_id="ch_2")
    second = model.second_payment(PAID, other)
    assert second == model.second_payment(PAID, other)
    assert second.id not in (GIFT.id, model.second_payment(PAID, PAYMENT).id)
    assert (second.note, second.ref, second.state) == ("second_payment", GIFT.id, "open")


@given(st.lists(st.integers(-10, 6_000), max_size=8))
def test_refunds_never_exceed_the_gift(amounts: list[int]) -> None:
    gift = PAID
    for amount in amounts:
        try:
            gift = model.reserving_refund(gift, amount)
        except (faults.RefundTooLarge, faults.GiftAmountTooSmall):
            continue
    assert 0 <= gift.refunded_fen <= gift.amount_fen
    assert gift.refundable_fen == gift.amount_fen - gift.refunded_fen


def test_nothing_of_a_disputed_unpaid_or_bank_gift_goes_back_through_stripe() -> None:
    with pytest.raises(faults.GiftNotPaid):
        model.reserving_refund(GIFT, 1)
    with pytest.raises(faults.GiftNotByStripe):
        model.reserving_refund(replace(PAID, method="bank"), 1)
    for outcome in ("open", "lost"):
        with pytest.raises(faults.GiftDisputed):
            model.reserving_refund(replace(PAID, dispute=outcome), 1)  # type: ignore[arg-type]
    assert model.reserving_refund(replace(PAID, dispute="won"), 1).refunded_fen == 1


def test_a_gift_that_cannot_be_is_noticed() -> None:
    for wrong in ({"amount_fen": -1}, {"refunded_fen": -1}, {"counted_fen": 5_001}):
        with pytest.raises(Corrupt):
            replace(PAID, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" 周秀英 ", "周秀英"), ("阿依古丽·买买提", "阿依古丽·买买提"), ("Anna  Smith", "Anna Smith"), ("䶮㛃", "䶮㛃")],
)
def test_names_of_people(typed: str, kept: str) -> None:
    assert model.donor_name(typed) == kept


@pytest.mark.parametrize("typed", ["😀", "周😀", "<b>周</b>", "12345", "周\u200b秀英", "周" * 41, "周" * 100_000])
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(faults.DonorNameInvalid):
        model.donor_name(typed)


def test_anonymous_wins_and_the_public_name_needs_both_name_and_consent() -> None:
    assert model.donor("周秀英", True, True, True) == Donor("", False, True)
    assert model.donor("周秀英", False, True, False).public_name == "周秀英"
    assert model.donor("周秀英", False, False, False).public_name == "爱心居民"
    with pytest.raises(faults.DonorNameMissing):
        model.donor(" ", False, True, False)
