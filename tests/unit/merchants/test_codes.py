"""Typed codes: read in any spelling, and a slip of the finger is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.merchants.model import codes
from chalicelib.merchants.model.faults import VoucherCodeMalformed, VoucherCodeMistyped

CODE = codes.code_of("01M745AQ804ARV789RV5QAQ21H")
made = st.integers(0, 10**6).map(lambda n: codes.code_of(f"01M745AQ804ARV789RV5Q{n:05d}"[:26]))


def test_a_code_is_nine_unambiguous_characters() -> None:
    assert len(CODE) == codes.CHARACTERS
    assert not set(CODE) & set("01OIL")
    assert codes.code_of("01M745AQ804ARV789RV5QAQ21H", 1) != CODE
    assert codes.grouped("ABCDEFGHJ") == "ABC-DEF-GHJ"


@pytest.mark.parametrize(
    "spelling",
    [
        codes.grouped(CODE),
        CODE.lower(),
        f"  {CODE[:3]} {CODE[3:6]}\u3000{CODE[6:]}\n".replace("\n", " "),
        "".join(chr(ord(c) + 0xFEE0) for c in CODE),
        "–".join((CODE[:4], CODE[4:])),
        "-".join(CODE),
    ],
)
def test_every_usual_spelling_is_read(spelling: str) -> None:
    assert codes.read_code(spelling) == CODE


@pytest.mark.parametrize(
    "wrong", ["", " ", CODE[:-1], CODE + "A", "0" + CODE[1:], "大米大米大米大米米", "😀" * 9, "A" * 5000]
)
def test_what_is_no_code_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(VoucherCodeMalformed) as malformed:
        codes.read_code(wrong)
    assert malformed.value.fields == {"characters": 9}


@given(made, st.integers(0, 8), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, other: str) -> None:
    typed = code[:place] + other + code[place + 1 :]
    if typed == code:
        assert codes.read_code(typed) == code
    else:
        with pytest.raises(VoucherCodeMistyped):
            codes.read_code(typed)


@given(made, st.integers(0, 8), st.integers(0, 8))
def test_two_swapped_characters_are_always_noticed(code: str, one: int, two: int) -> None:
    swapped = list(code)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    typed = "".join(swapped)
    if typed == code:
        assert codes.read_code(typed) == code
    else:
        with pytest.raises(VoucherCodeMistyped):
            codes.read_code(typed)
