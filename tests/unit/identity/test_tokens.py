from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import ids
from chalicelib.config import settings
from chalicelib.identity import tokens
from chalicelib.identity.model.faults import TokenExpired, TokenForged, TokenMalformed

NOW = 1_794_000_000_000
ULID = ids.ulid(NOW)


@pytest.fixture
def keys() -> Iterator[Callable[[str], None]]:
    before = os.environ["LINLI_SECRET_KEYS"]

    def use(text: str) -> None:
        os.environ["LINLI_SECRET_KEYS"] = text
        settings.cache_clear()

    yield use
    use(before)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_ulid_comes_back_from_forty_characters(ms: int, random: bytes) -> None:
    ulid = ids.ulid(ms, random)
    token = tokens.sign("voucher", ulid)
    assert len(token) <= 40
    assert tokens.verify("voucher", token, NOW) == ulid


@given(st.from_regex(r"[A-Za-z0-9_.~-]{1,64}", fullmatch=True))
def test_a_short_text_comes_back(text: str) -> None:
    token = tokens.sign("activity", text, NOW + 30_000)
    assert token.isascii()
    assert len(token) <= tokens.TOKEN_CHARACTERS_MAX
    assert tokens.verify("activity", token, NOW) == text


@pytest.mark.parametrize("payload", ["", "a b", "中", "a/b", "x" * 65])
def test_other_payloads_are_a_bug_of_ours(payload: str) -> None:
    with pytest.raises(ValueError, match="token"):
        tokens.sign("activity", payload)


def test_a_token_for_one_thing_never_passes_for_another() -> None:
    with pytest.raises(TokenForged):
        tokens.verify("card", tokens.sign("voucher", ULID), NOW)


def test_expired_to_the_second() -> None:
    token = tokens.sign("activity", "A1", NOW + 30_000)
    assert tokens.verify("activity", token, NOW + 29_999) == "A1"
    with pytest.raises(TokenExpired) as told:
        tokens.verify("activity", token, NOW + 30_000)
    assert told.value.fields == {"expired_at": NOW + 30_000}


def test_every_single_changed_character_is_noticed() -> None:
    token = tokens.sign("card", ULID, NOW + 60_000)
    for place, char in enumerate(token):
        for other in "Az0-_.~":
            if other == char:
                continue
            with pytest.raises((TokenForged, TokenMalformed)):
                tokens.verify("card", token[:place] + other + token[place + 1 :], NOW)


def test_the_expiry_cannot_be_taken_off() -> None:
    token = tokens.sign("card", "A1", NOW)
    with pytest.raises(TokenForged):
        tokens.verify("card", token.replace(".T", ".t", 1), NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "k1",
        "k1.",
        "k1.u",
        "k1.x" + "a" * 40,
        "周阿姨",
        "k1.u" + "a" * 14,
        "a" * 100_000,
        "k1.u" + "é" * 36,
        "<script>alert(1)</script>",
        "\x00",
    ],
)
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(TokenMalformed):
        tokens.verify("card", text, NOW)


@given(st.text(max_size=150))
def test_any_text_is_refused_as_a_fact(text: str) -> None:
    with pytest.raises((TokenForged, TokenMalformed)):
        tokens.verify("card", text, NOW)


def test_unknown_key_id_and_foreign_key(keys: Callable[[str], None]) -> None:
    ours = os.environ["LINLI_SECRET_KEYS"]
    keys("zz:" + "5e" * 32)
    unknown = tokens.sign("card", ULID)
    keys("k1:" + "5e" * 32)
    foreign = tokens.sign("card", ULID)
    keys(ours)
    for token in (unknown, foreign):
        with pytest.raises(TokenForged):
            tokens.verify("card", token, NOW)


def test_a_card_printed_before_the_key_changed_still_holds(keys: Callable[[str], None]) -> None:
    printed = tokens.sign("card", ULID)
    keys("k2:" + "77" * 32 + "," + os.environ["LINLI_SECRET_KEYS"])
    assert tokens.verify("card", printed, NOW) == ULID
    assert tokens.sign("card", ULID).startswith("k2.")
    keys("k2:" + "77" * 32)
    with pytest.raises(TokenForged):
        tokens.verify("card", printed, NOW)


def test_the_mac_has_eighty_bits() -> None:
    mac = tokens.sign("card", ULID)[-14:]
    assert len(base64.urlsafe_b64decode(mac + "==")) == 10
