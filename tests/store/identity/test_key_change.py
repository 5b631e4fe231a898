"""While keys are changed nobody is locked out, nobody exists twice, and what was under the old key gets the new one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.config import settings
from chalicelib.identity import service, tokens
from chalicelib.identity.model import faults
from chalicelib.identity.service import Actor, SignedIn, rekeying
from chalicelib.identity.store import people
from local.engine import Engine
from tests.store.identity.conftest import NOW, Phones, form

ROOT = Path(__file__).resolve().parents[3]
OLD_DATA, NEW_DATA = "d1:" + "2b" * 32, "d2:" + "3c" * 32
OLD_SIGNING, NEW_SIGNING = "k1:" + "1a" * 32, "k2:" + "4d" * 32
Turn = Callable[..., None]


@pytest.fixture
def turn() -> Iterator[Turn]:
    """Set the keys of this process, the present one first."""
    before = {name: os.environ[name] for name in ("LINLI_DATA_KEYS", "LINLI_SECRET_KEYS")}

    def to(data: str = OLD_DATA, signing: str = OLD_SIGNING) -> None:
        os.environ.update({"LINLI_DATA_KEYS": data, "LINLI_SECRET_KEYS": signing})
        settings.cache_clear()

    yield to
    os.environ.update(before)
    settings.cache_clear()


def register(by: Actor, phone: str) -> str:
    made = service.register_member(
        by, name="周秀英", community_id="longjing", consent_on_paper=True, submission=form(), now_ms=NOW, phone=phone
    )
    return made.id


def signed_in(phones: Phones, phone: str, now_ms: int) -> SignedIn:
    sent = service.send_code(phone, submission=form(now_ms), now_ms=now_ms)
    opened = service.try_code(sent.id, phones.code("+86" + phone), submission=form(now_ms), now_ms=now_ms)
    assert isinstance(opened, SignedIn)
    return opened


def test_people_are_found_under_both_keys_and_then_all_under_the_new_one(
    admin: Actor, phones: Phones, turn: Turn
) -> None:
    early = [register(admin, f"1380000010{n}") for n in range(5)]
    turn(f"{NEW_DATA},{OLD_DATA}")
    late = [register(admin, f"1380000020{n}") for n in range(2)]
    assert [service.member_by_phone(f"1380000010{n}").id for n in range(5)] == early
    assert [service.member_by_phone(f"1380000020{n}").id for n in range(2)] == late
    with pytest.raises(faults.PhoneTaken):
        register(admin, "13800000100")
    assert rekeying.phone_keys() == {"d1": 6, "d2": 2}  # with the administrator

    assert rekeying.rekey_phones().done == 6
    assert rekeying.phone_keys() == {"d2": 8}
    assert rekeying.rekey_phones().done == 0

    turn(NEW_DATA)  # the old key is withdrawn
    assert [service.member_by_phone(f"1380000010{n}").id for n in range(5)] == early
    assert service.reveal_phone(admin, early[0], reason="回访", now_ms=NOW) == "13800000100"
    assert list(service.verify_facts()) == []
    assert people.member_id_by_phone([("d1", "0")]) == ""
    turn(OLD_DATA)
    with pytest.raises(faults.MemberUnknown):
        service.member_by_phone("13800000100")  # nothing is left that the old key could find


def test_whoever_asked_for_a_code_before_the_data_key_changed_gets_in_after(
    admin: Actor, phones: Phones, turn: Turn
) -> None:
    _agree(admin, phones)
    now_ms = NOW + 120_000
    sent = service.send_code("13800000001", submission=form(now_ms), now_ms=now_ms)
    turn(f"{NEW_DATA},{OLD_DATA}")
    assert rekeying.rekey_phones().done == 1
    opened = service.try_code(sent.id, phones.code("+8613800000001"), submission=form(now_ms), now_ms=now_ms)
    assert isinstance(opened, SignedIn)
    assert opened.member.id == admin.member_id
    turn(NEW_DATA)
    assert signed_in(phones, "13800000001", now_ms + 120_000).member.id == admin.member_id


def test_a_code_sent_before_the_signing_key_changed_is_right_after(admin: Actor, phones: Phones, turn: Turn) -> None:
    _agree(admin, phones)
    now_ms = NOW + 120_000
    sent = service.send_code("13800000001", submission=form(now_ms), now_ms=now_ms)
    code, typed = phones.code("+8613800000001"), form(now_ms)
    turn(signing=f"{NEW_SIGNING},{OLD_SIGNING}")
    opened = service.try_code(sent.id, code, submission=typed, now_ms=now_ms)
    assert isinstance(opened, SignedIn)
    again = service.try_code(sent.id, code, submission=typed, now_ms=now_ms)
    assert isinstance(again, SignedIn)
    assert again.token == opened.token


def test_the_second_click_after_the_signing_key_changed_holds_the_first_ones_session(
    admin: Actor, phones: Phones, turn: Turn
) -> None:
    _agree(admin, phones)
    now_ms = NOW + 120_000
    sent = service.send_code("13800000001", submission=form(now_ms), now_ms=now_ms)
    code, typed = phones.code("+8613800000001"), form(now_ms)
    first = service.try_code(sent.id, code, submission=typed, now_ms=now_ms)
    turn(signing=f"{NEW_SIGNING},{OLD_SIGNING}")
    second = service.try_code(sent.id, code, submission=typed, now_ms=now_ms)
    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    assert second.token == first.token
    assert service.actor_of(first.token, now_ms) is not None


def test_cards_and_sign_ups_of_the_old_signing_key_pass(admin: Actor, phones: Phones, turn: Turn) -> None:
    member = register(admin, "13800000100")
    card = service.card_token(service.print_card(admin, member, now_ms=NOW).number)
    sent = service.send_code("13800000300", submission=form(), now_ms=NOW)
    proven = service.try_code(sent.id, phones.code("+8613800000300"), submission=form(), now_ms=NOW)
    assert isinstance(proven, service.SignUpNeeded)
    turn(signing=f"{NEW_SIGNING},{OLD_SIGNING}")
    assert service.member_by_card(card, NOW).id == member
    joined = service.sign_up(proven.claim, name="李梅", community_id="longjing", agrees=True, now_ms=NOW)
    repeated = service.sign_up(proven.claim, name="李梅", community_id="longjing", agrees=True, now_ms=NOW)
    assert repeated.token == joined.token
    turn(signing=NEW_SIGNING)
    with pytest.raises(faults.TokenForged):
        service.member_by_card(card, NOW)
    assert service.actor_of(joined.token, NOW) is not None, "sessions do not hang on the key"
    assert tokens.sign("card", member).startswith("k2.")


_REGISTER = """
import sys, time
from chalicelib.errors import DomainError
from chalicelib.identity import service
from tests.store.identity.test_key_change import NOW, register
admin = service.actor_for(sys.argv[1], NOW)
print("ready", flush=True)
sys.stdin.readline()
for n in range(12):
    try:
        register(admin, f"139000004{n:02d}")
        print("made", n, flush=True)
    except DomainError as error:
        print(error.code, n, flush=True)
"""


def test_two_processes_with_different_present_keys_make_no_phone_twice(
    admin: Actor, tables: Engine, turn: Turn
) -> None:
    rings = (f"{OLD_DATA},{NEW_DATA}", f"{NEW_DATA},{OLD_DATA}")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _REGISTER, admin.member_id],
            cwd=ROOT,
            env={**os.environ, "LINLI_DATA_KEYS": ring},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for ring in rings
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = [one.communicate(timeout=60)[0].split("\n") for one in running]
    made = [line for lines in told for line in lines if line.startswith("made")]
    refused = [line for lines in told for line in lines if line.startswith("phone_taken")]
    assert sorted(made) == sorted(f"made {n}" for n in range(12))
    assert len(refused) == 12
    turn(rings[1])
    assert rekeying.rekey_phones().failed == {}
    turn(NEW_DATA)
    assert list(service.verify_facts()) == []


def _agree(admin: Actor, phones: Phones) -> None:
    """The administrator, made by command, agrees to the privacy notice."""
    sent = service.send_code("13800000001", submission=form(), now_ms=NOW)
    proven = service.try_code(sent.id, phones.code("+8613800000001"), submission=form(), now_ms=NOW)
    assert isinstance(proven, service.SignUpNeeded)
    service.sign_up(proven.claim, name="", community_id="", agrees=True, now_ms=NOW)
