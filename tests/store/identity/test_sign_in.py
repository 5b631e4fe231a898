"""One-time codes and sessions on the real engine: the usual way, and every way that is not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from chalicelib.config import settings
from chalicelib.errors import DomainError
from chalicelib.identity import service
from chalicelib.identity.model.codes import CODE_LIFE_MS, FROM_ONE_BROWSER_PER_HOUR_MAX
from chalicelib.identity.service import Actor, SignedIn, SignUpNeeded, faults
from chalicelib.identity.store import access
from chalicelib.table import scan

from .conftest import DAY, NOW, Phones, form

MINUTE = 60_000
NEW = "138 0000 0009"


def ask(phone: str = NEW, now_ms: int = NOW, **more: str) -> service.CodeSent:
    return service.send_code(phone, submission=form(now_ms), now_ms=now_ms, **more)


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def joined(phones: Phones, phone: str = NEW, name: str = "周阿姨", now_ms: int = NOW) -> SignedIn:
    sent = ask(phone, now_ms)
    proven = service.try_code(sent.id, phones.code("+86" + phone.replace(" ", "")), submission=form(), now_ms=now_ms)
    assert isinstance(proven, SignUpNeeded)
    return service.sign_up(proven.claim, name=name, community_id="longjing", agrees=True, now_ms=now_ms)


def test_a_new_volunteer_signs_up_and_comes_back(admin: Actor, phones: Phones) -> None:
    first = joined(phones)
    assert first.member.number.startswith("V")
    assert first.expires_at == NOW + 30 * DAY
    me = service.actor_of(first.token, NOW)
    assert me is not None
    assert (me.name, me.community_id, me.grants) == ("周阿姨", "longjing", ())

    later = NOW + 2 * DAY
    sent = ask("+86-138-0000-0009", later)
    again = service.try_code(sent.id, phones.code("+8613800000009"), submission=form(later), now_ms=later)
    assert isinstance(again, SignedIn)
    assert again.member.id == first.member.id
    assert list(service.verify_facts()) == []


def test_nothing_tells_whether_a_phone_is_known(admin: Actor, phones: Phones) -> None:
    known = ask("13800000001")
    unknown = ask("13800000008")
    assert known.phone_masked == "138****0001"
    assert (known.resend_at, known.expires_at) == (unknown.resend_at, unknown.expires_at)
    told = []
    for sent, number in ((known, "+8613800000001"), (unknown, "+8613800000008")):
        with pytest.raises(faults.CodeWrong) as error:
            service.try_code(sent.id, wrong_for(phones.code(number)), submission=form(), now_ms=NOW)
        told.append(error.value.fields)
    assert told[0] == told[1] == {"tries_left": 4}


def test_guessing_ends_after_five_tries(admin: Actor, phones: Phones) -> None:
    sent = ask()
    code = phones.code("+8613800000009")
    for _ in range(4):
        with pytest.raises(faults.CodeWrong):
            service.try_code(sent.id, wrong_for(code), submission=form(), now_ms=NOW)
    for attempt in (wrong_for(code), code, code):
        with pytest.raises(faults.CodeTriesUsedUp):
            service.try_code(sent.id, attempt, submission=form(), now_ms=NOW)


def test_guessing_from_eight_threads_ends_after_five_tries_too(admin: Actor, phones: Phones) -> None:
    sent = ask()
    wrong = wrong_for(phones.code("+8613800000009"))

    def guess(_: int) -> str:
        try:
            service.try_code(sent.id, wrong, submission=form(), now_ms=NOW)
        except DomainError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(12)))
    assert told.count("code_wrong") == 4
    assert told.count("code_tries_used_up") == 8


def test_two_tries_with_one_code_open_exactly_one_session(coordinator: Actor, phones: Phones) -> None:
    sent = ask("13800000002")
    code = phones.code("+8613800000002")

    def enter(_: int) -> str:
        try:
            opened = service.try_code(sent.id, code, submission=form(), now_ms=NOW)
        except faults.CodeUsed as error:
            return error.code
        assert isinstance(opened, SignedIn)
        return opened.token

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(enter, range(8)))
    assert told.count("code_used") == 7
    assert len(list(scan(access.SessionItem, access.SessionItem.pk.startswith("SESSION#")))) == 1


def test_a_double_click_gets_the_same_session(coordinator: Actor, phones: Phones) -> None:
    sent = ask("13800000002")
    code, click = phones.code("+8613800000002"), form()
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda _: service.try_code(sent.id, code, submission=click, now_ms=NOW), range(2)))
    assert opened[0] == opened[1]
    assert len(list(scan(access.SessionItem, access.SessionItem.pk.startswith("SESSION#")))) == 1
    # but not with other digits
    with pytest.raises(faults.CodeUsed):
        service.try_code(sent.id, wrong_for(code), submission=click, now_ms=NOW)


def test_a_double_click_on_sending_sends_one_message(admin: Actor, phones: Phones) -> None:
    click = form()
    first = service.send_code(NEW, submission=click, now_ms=NOW)
    second = service.send_code("+86 13800000009", submission=click, now_ms=NOW + 5)
    assert first == second
    assert len(phones.taken["+8613800000009"]) == 1


def test_expired_and_unknown(admin: Actor, phones: Phones) -> None:
    sent = ask()
    with pytest.raises(faults.CodeExpired):
        service.try_code(sent.id, phones.code("+8613800000009"), submission=form(), now_ms=NOW + CODE_LIFE_MS)
    for unknown in (form(), "", "x", "周", "0" * 10_000):
        with pytest.raises(faults.CodeUnknown):
            service.try_code(unknown, "123456", submission=form(), now_ms=NOW)
        with pytest.raises(faults.CodeUnknown):
            service.code_sent(unknown)


def test_five_an_hour_to_one_phone_and_a_minute_between(admin: Actor, phones: Phones) -> None:
    for number in range(5):
        ask(NEW, NOW + number * MINUTE)
        with pytest.raises(faults.CodeTooSoon):
            ask(NEW, NOW + number * MINUTE + 59_000)
    with pytest.raises(faults.CodesTooMany):
        ask(NEW, NOW + 5 * MINUTE)
    ask("13800000008", NOW + 5 * MINUTE)
    assert len(phones.taken["+8613800000009"]) == 5


def test_at_once_from_eight_threads_one_message_leaves(admin: Actor, phones: Phones) -> None:
    def try_to_send(_: int) -> str:
        try:
            ask()
        except DomainError as error:
            return error.code
        return "sent"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(try_to_send, range(8)))
    assert sorted(told) == ["code_too_soon"] * 7 + ["sent"]
    assert len(phones.taken["+8613800000009"]) == 1


def test_one_browser_cannot_bother_many_phones(admin: Actor, phones: Phones) -> None:
    for number in range(FROM_ONE_BROWSER_PER_HOUR_MAX):
        ask(f"138000010{number:02d}", browser_id="B" * 22)
    with pytest.raises(faults.CodesTooMany) as told:
        ask("13800001099", browser_id="B" * 22)
    wait = told.value.fields["retry_after_s"]
    assert isinstance(wait, int)
    assert 0 < wait <= 3600
    ask("13800001098", browser_id="C" * 22)
    ask("13800001097", NOW + 60 * MINUTE, browser_id="B" * 22)


def test_a_message_service_that_is_down_holds_up_nobody_afterwards(admin: Actor, phones: Phones) -> None:
    phones.down = True
    click = form()
    with pytest.raises(faults.SmsUnavailable):
        service.send_code(NEW, submission=click, now_ms=NOW)
    phones.down = False
    sent = service.send_code(NEW, submission=click, now_ms=NOW + 1)
    opened = service.try_code(sent.id, phones.code("+8613800000009"), submission=form(), now_ms=NOW + 2)
    assert isinstance(opened, SignUpNeeded)


def test_a_code_that_comes_late_is_good_where_another_was_asked_for(admin: Actor, phones: Phones) -> None:
    first = ask("13800000001", browser_id="B" * 22)
    late = phones.code("+8613800000001")
    second = service.send_again(first.id, submission=form(), now_ms=NOW + MINUTE, browser_id="B" * 22)
    opened = service.try_code(second.id, late, submission=form(), now_ms=NOW + MINUTE)
    # the administrator was made by command and has not agreed to the notice yet
    assert isinstance(opened, SignUpNeeded)
    assert opened.member is not None


def test_nobody_uses_up_the_tries_of_anothers_code(coordinator: Actor, phones: Phones) -> None:
    mine = ask("13800000002", browser_id="B" * 22)
    code = phones.code("+8613800000002")
    theirs = ask("13800000002", NOW + MINUTE, browser_id="X" * 22)
    guess = wrong_for(code)
    for _ in range(5):
        with pytest.raises((faults.CodeWrong, faults.CodeTriesUsedUp)):
            service.try_code(theirs.id, guess, submission=form(), now_ms=NOW + MINUTE)
    with pytest.raises(faults.CodeTriesUsedUp):
        service.try_code(theirs.id, code, submission=form(), now_ms=NOW + MINUTE)
    assert isinstance(service.try_code(mine.id, code, submission=form(), now_ms=NOW + MINUTE), SignedIn)


def test_neither_code_nor_phone_nor_token_is_stored_readable(admin: Actor, phones: Phones) -> None:
    opened = joined(phones)
    code = phones.code("+8613800000009")
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table_app)
    everything = "".join(str(page["Items"]) for page in pages)
    assert opened.member.number in everything
    for secret in ("13800000009", opened.token, f'"{code}"'):
        assert secret not in everything


# --- signing up --------------------------------------------------------------------------------


def claim(phones: Phones, phone: str = NEW) -> str:
    sent = ask(phone)
    proven = service.try_code(sent.id, phones.code("+86" + phone.replace(" ", "")), submission=form(), now_ms=NOW)
    assert isinstance(proven, SignUpNeeded)
    return proven.claim


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": ""}, faults.NameMissing),
        ({"name": "周" * 41}, faults.NameTooLong),
        ({"name": "周😀"}, faults.NameInvalid),
        ({"community_id": ""}, faults.CommunityUnknown),
        ({"community_id": "nowhere"}, faults.CommunityUnknown),
        ({"community_id": "x" * 100_000}, faults.CommunityUnknown),
        ({"agrees": False}, faults.ConsentMissing),
    ],
)
def test_what_is_missing_is_said_and_can_be_mended(
    admin: Actor, phones: Phones, changed: dict[str, object], error: type[DomainError]
) -> None:
    proof = claim(phones)
    given: dict[str, object] = {"name": "周阿姨", "community_id": "longjing", "agrees": True}
    with pytest.raises(error):
        service.sign_up(proof, **{**given, **changed}, now_ms=NOW)  # type: ignore[arg-type]
    assert service.sign_up(proof, **given, now_ms=NOW).member.name == "周阿姨"  # type: ignore[arg-type]


def test_signing_up_twice_makes_one_member(admin: Actor, phones: Phones) -> None:
    proof = claim(phones)

    def join(_: int) -> SignedIn:
        return service.sign_up(proof, name="周阿姨", community_id="longjing", agrees=True, now_ms=NOW)

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(join, range(8)))
    assert len({one.member.id for one in opened}) == 1
    assert len({one.token for one in opened}) == 1
    assert list(service.verify_facts()) == []


def test_a_proof_does_not_open_a_second_session_later(admin: Actor, phones: Phones) -> None:
    proof = claim(phones)
    opened = service.sign_up(proof, name="周阿姨", community_id="longjing", agrees=True, now_ms=NOW)
    me = service.actor_of(opened.token, NOW)
    assert me is not None
    service.sign_out(me)
    with pytest.raises(faults.SignUpExpired):
        service.sign_up(proof, name="别人", community_id="longjing", agrees=True, now_ms=NOW)


def test_a_proof_is_good_for_half_an_hour_and_cannot_be_made_up(admin: Actor, phones: Phones) -> None:
    proof = claim(phones)
    with pytest.raises(faults.SignUpExpired):
        service.claimed(proof, NOW + 30 * MINUTE)
    for forged, error in (
        (proof[:-1] + ("A" if proof[-1] != "A" else "B"), faults.TokenForged),
        ("zz" + proof[2:], faults.TokenForged),
        (service.sign_token("card", ask("13800000007").id), faults.TokenForged),
        ("nonsense", faults.TokenMalformed),
    ):
        with pytest.raises(error):
            service.claimed(forged, NOW)
    unproven = service.sign_token("sign-up", ask("13800000006").id)
    with pytest.raises(faults.SignUpExpired):
        service.sign_up(unproven, name="周", community_id="longjing", agrees=True, now_ms=NOW)


def test_html_in_a_name_is_kept_as_it_is(admin: Actor, phones: Phones) -> None:
    assert joined(phones, name="<b>周</b>").member.name == "<b>周</b>"


# --- sessions ----------------------------------------------------------------------------------


def test_signing_out_here_and_everywhere(admin: Actor, phones: Phones) -> None:
    here = joined(phones)
    later = NOW + DAY
    sent = ask(NEW, later)
    there = service.try_code(sent.id, phones.code("+8613800000009"), submission=form(later), now_ms=later)
    assert isinstance(there, SignedIn)
    me = service.actor_of(here.token, later)
    assert me is not None
    assert len(service.sessions_of(me, later)) == 2
    service.sign_out(me)
    assert service.actor_of(here.token, later) is None
    assert service.actor_of(there.token, later) is not None

    service.sign_out_everywhere(me, later)
    assert service.actor_of(there.token, later) is None
    # and signing in again works at once
    sent = ask(NEW, later + 2 * MINUTE)
    back = service.try_code(sent.id, phones.code("+8613800000009"), submission=form(later), now_ms=later + 2 * MINUTE)
    assert isinstance(back, SignedIn)
    assert service.actor_of(back.token, later + 2 * MINUTE) is not None


def test_nobody_ends_another_ones_session(admin: Actor, phones: Phones) -> None:
    zhou = joined(phones)
    wang = joined(phones, "138 0000 0010", "王五")
    me, other = service.actor_of(zhou.token, NOW), service.actor_of(wang.token, NOW)
    assert me is not None
    assert other is not None
    with pytest.raises(faults.SessionUnknown):
        service.sign_out_session(me, other.session_id)
    assert service.actor_of(wang.token, NOW) is not None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "周" * 43, "a" * 100_000, "' OR 1=1", "\x00" * 43])
def test_a_token_that_opens_nothing(admin: Actor, token: str) -> None:
    assert service.actor_of(token, NOW) is None


def test_sessions_end_by_themselves(admin: Actor, phones: Phones) -> None:
    opened = joined(phones)
    assert service.actor_of(opened.token, NOW + 30 * DAY - 1) is not None
    assert service.actor_of(opened.token, NOW + 30 * DAY) is None
    service.grant_role(
        admin, opened.member.id, service.Role.SUPERVISOR, "street",
        ends_at=NOW + 90 * DAY, reason="监督", submission=form(), now_ms=NOW,
    )  # fmt: skip
    assert service.actor_of(opened.token, NOW + DAY // 2 - 1) is not None
    assert service.actor_of(opened.token, NOW + DAY // 2) is None
