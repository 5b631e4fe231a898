from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import settings
from chalicelib.identity import phones
from chalicelib.identity.model.faults import PhoneForeign, PhoneInvalid, PhoneIsLandline, PhoneMissing
from chalicelib.identity.model.phone import masked, normalise

USUAL = [
    "13812345678",
    " 138 1234 5678 ",
    "138-1234-5678",
    "138–1234—5678",
    "+86 138 1234 5678",
    "+8613812345678",
    "0086 13812345678",
    "0086-138-1234-5678",
    "86 13812345678",
    "(+86) 138 1234 5678",
    "(86)13812345678",
    "+86(0)13812345678",
    "013812345678",
    "138.1234.5678",
    "１３８１２３４５６７８",
    "＋８６　１３８１２３４５６７８",
    "（86）138－1234－5678",
    "tel:+86-138-1234-5678",
    "\u202d138 1234 5678\u202c",
    "\u200b13812345678",
]


@pytest.mark.parametrize("typed", USUAL)
def test_every_usual_spelling_is_the_same_number(typed: str) -> None:
    assert normalise(typed) == "+8613812345678"


@pytest.mark.parametrize(
    "typed",
    [
        "010-62345678",
        "0813 1234567",
        "(0755) 8234 5678",
        "+86 813 123 4567",
        "62345678",
        "400-820-8820",
        "8008208820",
        "10086",
        "12345",
        "110",
    ],
)
def test_a_landline_gets_its_own_answer(typed: str) -> None:
    with pytest.raises(PhoneIsLandline):
        normalise(typed)


@pytest.mark.parametrize("typed", ["+1 212 555 0100", "+852 9123 4567", "00886 912 345 678"])
def test_a_number_from_elsewhere_gets_its_own_answer(typed: str) -> None:
    with pytest.raises(PhoneForeign):
        normalise(typed)


@pytest.mark.parametrize("typed", ["", "   ", "\u3000"])
def test_no_number_at_all(typed: str) -> None:
    with pytest.raises(PhoneMissing):
        normalise(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "1381234567",
        "138123456789",
        "12812345678",
        "1381234567a",
        "周阿姨",
        "1️⃣38",
        "٠١٢٣٤٥٦٧٨",
        "+",
        "00",
        "-",
        "<script>",
        "1" * 100_000,
        "138 1234 5678 转 3",
        "\x0013812345678",
    ],
)
def test_what_is_no_number(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        normalise(typed)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_a_fact(typed: str) -> None:
    try:
        number = normalise(typed)
    except (PhoneForeign, PhoneInvalid, PhoneIsLandline, PhoneMissing):
        return
    assert number.startswith("+861")
    assert len(number) == 14
    assert normalise(number) == number


def test_shown_with_three_digits_before_and_four_behind() -> None:
    assert masked("+8613812345678") == "138****5678"


def test_kept_unreadable_and_bound_to_its_owner() -> None:
    kept = phones.stored("+8613812345678", "A")
    assert "13812345678" not in repr(kept)
    assert phones.revealed(kept, "A") == "+8613812345678"
    with pytest.raises(phones.PhoneUnreadable):
        phones.revealed(kept, "B")
    assert kept.ciphertext != phones.stored("+8613812345678", "A").ciphertext


@pytest.fixture
def rotate() -> Iterator[Callable[[], None]]:
    before = os.environ["LINLI_DATA_KEYS"]

    def put_a_key_in_front() -> None:
        os.environ["LINLI_DATA_KEYS"] = "d2:" + "3c" * 32 + "," + before
        settings.cache_clear()

    yield put_a_key_in_front
    os.environ["LINLI_DATA_KEYS"] = before
    settings.cache_clear()


def test_after_a_new_key_the_old_numbers_are_still_found_and_read(rotate: Callable[[], None]) -> None:
    old = phones.stored("+8613812345678", "A")
    rotate()
    new = phones.stored("+8613812345678", "A")
    assert (old.data_key, new.data_key) == ("d1", "d2")
    assert phones.revealed(old, "A") == phones.revealed(new, "A")
    found = phones.lookups("+8613812345678")
    assert found == [("d2", new.lookup_hash), ("d1", old.lookup_hash)]
    assert old.lookup_hash != new.lookup_hash
