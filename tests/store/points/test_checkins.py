"""In and out on the engine: one open check-in per member, whatever happens at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity import service as identity
from chalicelib.points.model.faults import (
    ActivityCancelled,
    ActivityClosed,
    ActivityFull,
    ActivityNotYet,
    ActivityOver,
    ActivityUnknown,
    AlreadyCheckedIn,
    AlreadyCheckedOut,
    CheckInSoon,
    CheckOutSoon,
    CheckOutTooLate,
    NotCheckedIn,
    OwnService,
)
from chalicelib.points.service import CheckIn, activities, checkins
from chalicelib.points.store import checkins as store
from tests.store.points.street import HOUR, MINUTE, NINE, Street, form


def arrive(street: Street, activity_id: str, at: int, submission: str = "") -> CheckIn:
    return checkins.check_in(street.zhou.id, activity_id, how="code", submission=submission or form(at), now_ms=at)


def leave(street: Street, activity_id: str, at: int, submission: str = "", sure: bool = False) -> CheckIn:
    return checkins.check_out(
        street.zhou.id, activity_id, how="code", submission=submission or form(at), now_ms=at, sure=sure
    )


def test_in_and_out_records_the_minutes(street: Street) -> None:
    meal = street.activity()
    came = arrive(street, meal.id, NINE + 2 * MINUTE)
    assert (came.state, came.in_at) == ("in", NINE + 2 * MINUTE)
    left = leave(street, meal.id, NINE + 137 * MINUTE)
    assert (left.state, left.minutes, left.id) == ("out", 135, came.id)
    assert activities.get(meal.id).joined == 1


def test_a_double_click_checks_in_once_and_says_the_same(street: Street) -> None:
    meal, sent = street.activity(), form()
    first = arrive(street, meal.id, NINE, sent)
    assert arrive(street, meal.id, NINE + 4000, sent) == first
    out = form()
    left = leave(street, meal.id, NINE + HOUR, out)
    assert leave(street, meal.id, NINE + HOUR + 5000, out) == left
    # the first form once more, after having left: still its first answer, and nobody is in again
    assert arrive(street, meal.id, NINE + 2 * HOUR, sent).id == first.id
    assert store.open_of(street.zhou.id) is None


def test_two_tabs_give_the_one_check_in_that_is_open(street: Street) -> None:
    meal = street.activity()
    first = arrive(street, meal.id, NINE)
    assert arrive(street, meal.id, NINE + 9000).id == first.id


def test_who_is_in_elsewhere_is_told_where_and_since_when(street: Street) -> None:
    meal = street.activity("为独居老人送餐")
    sweep = street.activity("楼道清扫", category="environment")
    arrive(street, meal.id, NINE + 2 * MINUTE)
    with pytest.raises(AlreadyCheckedIn) as told:
        arrive(street, sweep.id, NINE + 10 * MINUTE)
    assert told.value.fields == {"since": NINE + 2 * MINUTE, "activity": "为独居老人送餐"}


def test_out_within_five_minutes_asks_first(street: Street) -> None:
    meal = street.activity()
    arrive(street, meal.id, NINE)
    with pytest.raises(CheckOutSoon) as told:
        leave(street, meal.id, NINE + 5 * MINUTE - 1)
    assert told.value.fields == {"since": NINE}
    assert leave(street, meal.id, NINE + 4 * MINUTE, sure=True).minutes == 4


def test_out_without_in_and_out_twice(street: Street) -> None:
    meal = street.activity()
    with pytest.raises(NotCheckedIn):
        leave(street, meal.id, NINE)
    arrive(street, meal.id, NINE)
    leave(street, meal.id, NINE + 30 * MINUTE)
    with pytest.raises(AlreadyCheckedOut) as told:
        leave(street, meal.id, NINE + 40 * MINUTE)
    assert told.value.fields == {"since": NINE + 30 * MINUTE, "minutes": 30}


def test_coming_back_after_lunch_is_a_second_check_in_on_the_same_seat(street: Street) -> None:
    meal = street.activity(capacity=1)
    arrive(street, meal.id, NINE)
    leave(street, meal.id, NINE + HOUR)
    arrive(street, meal.id, NINE + 2 * HOUR)
    leave(street, meal.id, NINE + 3 * HOUR)
    assert activities.get(meal.id).joined == 1


def test_when_an_activity_takes_nobody(street: Street) -> None:
    meal = street.activity(capacity=1)
    with pytest.raises(ActivityNotYet):
        arrive(street, meal.id, NINE - 31 * MINUTE)
    with pytest.raises(ActivityOver):
        arrive(street, meal.id, meal.ends_at)
    with pytest.raises(ActivityUnknown):
        arrive(street, form(), NINE)
    other = street.volunteer("吴大爷")
    checkins.check_in(other.id, meal.id, how="code", submission=form(), now_ms=NINE)
    with pytest.raises(ActivityFull) as told:
        arrive(street, meal.id, NINE)
    assert told.value.fields == {"capacity": 1}
    activities.turn(street.coordinator, meal.id, "closed", now_ms=NINE)
    with pytest.raises(ActivityClosed):
        arrive(street, meal.id, NINE)
    activities.turn(street.coordinator, meal.id, "cancelled", now_ms=NINE)
    with pytest.raises(ActivityCancelled):
        arrive(street, meal.id, NINE)
    # whoever is in can always leave
    assert checkins.check_out(other.id, meal.id, how="code", submission=form(), now_ms=NINE + HOUR).minutes == 60


def test_long_after_the_end_nobody_checks_out_by_scan(street: Street) -> None:
    meal = street.activity()
    arrive(street, meal.id, NINE)
    with pytest.raises(CheckOutTooLate) as told:
        leave(street, meal.id, meal.last_out_at)
    assert told.value.fields == {"ended_at": meal.ends_at}


def test_yesterdays_forgotten_check_out_stands_in_nobodys_way(street: Street) -> None:
    """The schedule has not run yet; she comes to another activity and is let in, the old one is flagged."""
    meal = street.activity()
    old = arrive(street, meal.id, NINE)
    sweep = street.activity("楼道清扫", starts_at=meal.last_out_at, category="environment")
    now = meal.last_out_at + MINUTE
    assert checkins.standing(street.zhou.id, sweep, now_ms=now - 2 * MINUTE).kind == "elsewhere"
    assert checkins.standing(street.zhou.id, sweep, now_ms=now).kind == "in"
    assert arrive(street, sweep.id, now).state == "in"
    assert store.read(old.id).value.state == "forgotten"


def test_eight_at_once_check_the_same_member_in_once(street: Street) -> None:
    meal, sweep = street.activity(), street.activity("楼道清扫", category="environment")

    def go(number: int) -> str:
        try:
            return arrive(street, (meal, sweep)[number % 2].id, NINE + number).id
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(go, range(8)))
    opened = store.open_of(street.zhou.id)
    assert opened is not None
    assert sorted(set(answers)) == sorted({opened.value.id, "already_checked_in"})
    assert answers.count(opened.value.id) == 4
    assert len(list(store.all_check_ins())) == 1


def test_eight_people_for_three_seats(street: Street) -> None:
    meal = street.activity(capacity=3)
    people = [street.volunteer(f"志愿者{'甲乙丙丁戊己庚辛'[n]}") for n in range(8)]

    def go(member_id: str) -> str:
        try:
            return checkins.check_in(member_id, meal.id, how="code", submission=form(), now_ms=NINE).state
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(go, [one.id for one in people]))
    assert sorted(answers) == ["activity_full"] * 5 + ["in"] * 3


def test_eight_at_once_check_the_same_member_out_once(street: Street) -> None:
    meal = street.activity()
    arrive(street, meal.id, NINE)

    def go(number: int) -> str:
        try:
            return leave(street, meal.id, NINE + HOUR).state
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(go, range(8)))
    assert sorted(answers) == ["already_checked_out"] * 7 + ["out"]


def test_a_paper_card_goes_in_and_out(street: Street) -> None:
    meal = street.activity()
    card = identity.print_card(street.coordinator, street.zhou.id, now_ms=NINE)
    token, sent = identity.card_token(card.number), form()
    came = checkins.scan_card(street.coordinator, meal.id, token, submission=sent, now_ms=NINE)
    assert (came.did, came.member.id, came.check_in.in_by) == ("in", street.zhou.id, street.coordinator.member_id)
    # the same form again, and the card held before the camera a moment too long
    again = checkins.scan_card(street.coordinator, meal.id, token, submission=sent, now_ms=NINE + 1000)
    assert again.did == "in"
    with pytest.raises(CheckOutSoon):
        checkins.scan_card(street.coordinator, meal.id, token, submission=form(), now_ms=NINE + 2000)
    # typed with a slip of the case
    out, end = form(), NINE + 2 * HOUR
    typed = f" {card.number.lower()[:5]} {card.number.lower()[5:]} "
    left = checkins.scan_card(street.coordinator, meal.id, typed, submission=out, now_ms=end)
    assert (left.did, left.check_in.minutes) == ("out", 120)
    repeat = checkins.scan_card(street.coordinator, meal.id, typed, submission=out, now_ms=end + 900)
    assert repeat.check_in == left.check_in
    # still held before the camera: asked, not let in again
    with pytest.raises(CheckInSoon):
        checkins.scan_card(street.coordinator, meal.id, token, submission=form(), now_ms=end + 5000)
    back = checkins.scan_card(street.coordinator, meal.id, token, submission=form(), now_ms=end + 5000, sure=True)
    assert (back.did, back.check_in.in_at) == ("in", end + 5000)


def test_cards_that_are_no_good(street: Street) -> None:
    meal = street.activity()
    card = identity.print_card(street.coordinator, street.zhou.id, now_ms=NINE)
    token = identity.card_token(card.number)
    identity.revoke_card(street.coordinator, street.zhou.id, number=card.number, reason="丢失", now_ms=NINE)
    voucher = identity.sign_token("voucher", street.zhou.id)
    codes = {}
    for text in (token, voucher, "k1.tC0000000AAAAAAAAAAAAAA", "C0000000", "你好👋", "<script>", ""):
        with pytest.raises(DomainError) as told:
            checkins.scan_card(street.coordinator, meal.id, text, submission=form(), now_ms=NINE)
        codes[text] = told.value.code
    assert codes[token] == "card_revoked"
    assert codes[voucher] == "token_forged"
    assert codes["k1.tC0000000AAAAAAAAAAAAAA"] == "token_forged"
    assert codes["你好👋"] == codes["<script>"] == codes[""] == "token_malformed"


def test_only_a_coordinator_of_the_community_scans_cards_and_never_their_own(street: Street) -> None:
    meal = street.activity()
    card = identity.print_card(street.coordinator, street.coordinator.member_id, now_ms=NINE)
    with pytest.raises(OwnService):
        checkins.scan_card(street.coordinator, meal.id, card.number, submission=form(), now_ms=NINE)
    other = street.staff("何他社", identity.Role.COORDINATOR, "community:hehua")
    with pytest.raises(NotAllowed):
        checkins.scan_card(other, meal.id, card.number, submission=form(), now_ms=NINE)
