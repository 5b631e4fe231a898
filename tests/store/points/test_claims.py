"""Typed codes: tries are counted, however many come at once, and a right one is forgiven."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.errors import DomainError
from chalicelib.points import codes
from chalicelib.points.model.faults import (
    ActivityCancelled,
    ActivityNotYet,
    ActivityOver,
    ClaimMissing,
    DigitsTooMany,
    DigitsWrong,
)
from chalicelib.points.service import activities, claims
from tests.store.points.street import DAY, MINUTE, NINE, Street

BROWSER = "b" * 22


def test_what_is_scanned_becomes_a_claim_of_this_browser(street: Street) -> None:
    meal = street.activity()
    _, shown = activities.shown_code(street.coordinator, meal.id, NINE)
    claim = claims.scanned(shown.token, browser_id=BROWSER, now_ms=NINE + MINUTE // 2)
    assert claim.activity.id == meal.id
    assert claims.claimed(claim.text, browser_id=BROWSER, now_ms=NINE + 10 * MINUTE).activity.id == meal.id
    with pytest.raises(ClaimMissing):
        claims.claimed(claim.text, browser_id="c" * 22, now_ms=NINE + MINUTE)


def test_five_wrong_tries_and_then_none(street: Street) -> None:
    meal = street.activity()
    right = codes.show(meal.id, meal.number, NINE).digits
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    left = []
    for _ in range(4):
        with pytest.raises(DigitsWrong) as told:
            claims.typed(meal.number, wrong, browser_id=BROWSER, now_ms=NINE)
        left.append(told.value.fields["tries_left"])
    assert left == [4, 3, 2, 1]
    with pytest.raises(DigitsTooMany):
        claims.typed(meal.number, wrong, browser_id=BROWSER, now_ms=NINE)
    with pytest.raises(DigitsTooMany) as told:
        claims.typed(meal.number, right, browser_id=BROWSER, now_ms=NINE)
    assert 0 < told.value.fields["retry_after_s"] <= 601
    # another browser is not held up, and this one not for ever
    assert claims.typed(meal.number, right, browser_id="c" * 22, now_ms=NINE).activity.id == meal.id
    later = NINE + 10 * MINUTE
    again = codes.show(meal.id, meal.number, later).digits
    assert claims.typed(meal.number, again, browser_id=BROWSER, now_ms=later).activity.id == meal.id


def test_a_number_that_is_no_activity_counts_as_a_try(street: Street) -> None:
    with pytest.raises(DigitsWrong):
        claims.typed("99999", "123456", browser_id=BROWSER, now_ms=NINE)


def test_right_codes_are_never_used_up_on_a_shared_tablet(street: Street) -> None:
    meal = street.activity()
    for n in range(12):
        digits = codes.show(meal.id, meal.number, NINE + n).digits
        assert claims.typed(meal.number, digits, browser_id=BROWSER, now_ms=NINE + n).activity.id == meal.id


def test_guessing_with_eight_hands_gains_nothing(street: Street) -> None:
    meal = street.activity()
    right = int(codes.show(meal.id, meal.number, NINE).digits)

    def guess(n: int) -> str:
        try:
            claims.typed(meal.number, f"{(right + 1 + n) % 1_000_000:06d}", browser_id=BROWSER, now_ms=NINE)
        except DomainError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(24)))
    assert "in" not in answers
    assert answers.count("check_in_digits_wrong") <= 5
    assert answers.count("check_in_digits_too_many") >= 19


def test_the_screen_shows_a_code_only_while_it_serves(street: Street) -> None:
    meal = street.activity()
    with pytest.raises(ActivityNotYet):
        activities.shown_code(street.coordinator, meal.id, NINE - DAY)
    assert activities.shown_code(street.coordinator, meal.id, meal.ends_at + 29 * MINUTE)
    with pytest.raises(ActivityOver):
        activities.shown_code(street.coordinator, meal.id, meal.ends_at + 30 * MINUTE)
    activities.turn(street.coordinator, meal.id, "closed", now_ms=NINE)
    assert activities.shown_code(street.coordinator, meal.id, NINE)
    activities.turn(street.coordinator, meal.id, "cancelled", now_ms=NINE)
    with pytest.raises(ActivityCancelled):
        activities.shown_code(street.coordinator, meal.id, NINE)
