"""The rotating code and the claim: what passes, and what each forgery is told."""

from __future__ import annotations

import os
import re

import pytest

from chalicelib import config, ids
from chalicelib.identity.service import sign_token
from chalicelib.points import codes
from chalicelib.points.model.faults import ClaimMissing, CodeExpired, CodeForged, CodeMalformed, DigitsMalformed

NOW = 1_772_672_400_000
ACTIVITY = ids.derived_ulid(NOW, "activity")
OTHER = ids.derived_ulid(NOW, "another")
NUMBER = "52841"


def judge(token: str, activity_id: str = ACTIVITY, now_ms: int = NOW) -> None:
    codes.judge(codes.read(token), activity_id, now_ms)


def test_a_code_is_short_and_safe_in_an_address() -> None:
    token = codes.show(ACTIVITY, NUMBER, NOW).token
    assert len(token) <= 40
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)


def test_a_code_holds_for_its_step_and_the_next() -> None:
    shown = codes.show(ACTIVITY, NUMBER, NOW)
    assert shown.left_ms == codes.STEP_MS - NOW % codes.STEP_MS
    judge(shown.token)
    judge(shown.token, now_ms=NOW + shown.left_ms + codes.STEP_MS - 1)
    with pytest.raises(CodeExpired):
        judge(shown.token, now_ms=NOW + shown.left_ms + codes.STEP_MS)
    with pytest.raises(CodeExpired):
        judge(shown.token, now_ms=NOW - codes.STEP_MS)


@pytest.mark.parametrize("place", range(4))
def test_a_code_with_any_part_altered_is_forged(place: int) -> None:
    parts = codes.show(ACTIVITY, NUMBER, NOW).token.split(".")
    parts[place] = ("52842", "zzzz", "k9", "A" * 16)[place]
    with pytest.raises(CodeForged):
        judge(".".join(parts))


def test_a_code_of_another_activity_street_or_purpose_is_forged() -> None:
    with pytest.raises(CodeForged):
        judge(codes.show(OTHER, NUMBER, NOW).token)
    before = os.environ["LINLI_SECRET_KEYS"]
    try:
        os.environ["LINLI_SECRET_KEYS"] = "k1:" + "9c" * 32
        config.settings.cache_clear()
        foreign = codes.show(ACTIVITY, NUMBER, NOW).token
    finally:
        os.environ["LINLI_SECRET_KEYS"] = before
        config.settings.cache_clear()
    with pytest.raises(CodeForged):
        judge(foreign)
    with pytest.raises(CodeMalformed):
        judge(sign_token("card", "C0000000"))
    claim = codes.make_claim(ACTIVITY, "code", "b" * 22, NOW)
    with pytest.raises(CodeMalformed):
        judge(claim)


@pytest.mark.parametrize(
    "text", ["", "52841", "👋", "<script>", "a" * 100_000, "52841.x.k1.short", "52841.x.k1." + "é" * 16]
)
def test_what_is_no_code_at_all(text: str) -> None:
    with pytest.raises(CodeMalformed):
        codes.read(text)


def test_a_key_that_was_replaced_still_verifies() -> None:
    old = codes.show(ACTIVITY, NUMBER, NOW)
    before = os.environ["LINLI_SECRET_KEYS"]
    try:
        os.environ["LINLI_SECRET_KEYS"] = "k2:" + "7d" * 32 + "," + before
        config.settings.cache_clear()
        judge(old.token)
        assert codes.digits_match(ACTIVITY, old.digits, NOW)
        assert codes.show(ACTIVITY, NUMBER, NOW).token.split(".")[2] == "k2"
    finally:
        os.environ["LINLI_SECRET_KEYS"] = before
        config.settings.cache_clear()


def test_digits_hold_for_three_steps() -> None:
    shown = codes.show(ACTIVITY, NUMBER, NOW)
    assert re.fullmatch(r"\d{6}", shown.digits)
    assert codes.digits_match(ACTIVITY, shown.digits, NOW + 2 * codes.STEP_MS)
    assert not codes.digits_match(ACTIVITY, shown.digits, NOW + 3 * codes.STEP_MS)
    assert not codes.digits_match(OTHER, shown.digits, NOW)


def test_digits_as_people_type_them() -> None:
    assert codes.read_typed(" 52841 ", "310 990") == ("52841", "310990")
    assert codes.read_typed("５２８４１", "３１０－９９０".replace("－", "-")) == ("52841", "310990")
    for number, digits in (("", ""), ("52841", "31099"), ("12", "310990"), ("52841", "31099o"), ("五二", "👋")):
        with pytest.raises(DigitsMalformed):
            codes.read_typed(number, digits)


def test_a_claim_is_one_browsers_for_ten_minutes() -> None:
    claim = codes.make_claim(ACTIVITY, "code", "b" * 22, NOW)
    assert codes.read_claim(claim, "b" * 22, NOW + codes.CLAIM_LIFE_MS - 1).activity_id == ACTIVITY
    for text, browser, now_ms in (
        (claim, "c" * 22, NOW),
        (claim, "b" * 22, NOW + codes.CLAIM_LIFE_MS),
        (claim.replace(ACTIVITY, OTHER), "b" * 22, NOW),
        (claim.replace(f"{NOW + codes.CLAIM_LIFE_MS}", f"{NOW + 9 * codes.CLAIM_LIFE_MS}"), "b" * 22, NOW),
        (claim.replace(".k1.", ".k7."), "b" * 22, NOW),
        ("", "b" * 22, NOW),
        ("💳" * 1000, "b" * 22, NOW),
    ):
        with pytest.raises(ClaimMissing):
            codes.read_claim(text, browser, now_ms)
