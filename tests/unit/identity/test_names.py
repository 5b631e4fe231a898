from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity.model.faults import NameInvalid, NameMissing, NameTooLong, ReasonMissing, ReasonTooLong
from chalicelib.identity.model.member import clean_name, clean_reason, read_crockford
from chalicelib.identity.model.roles import masked_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("周秀英", "周秀英"),
        ("  周　秀英 ", "周 秀英"),
        ("㛃䶮", "㛃䶮"),
        ("𠮷田", "𠮷田"),
        ("\U000323b0三", "\U000323b0三"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("O’Neil-Smith, Jr.", "O’Neil-Smith, Jr."),
        ("e\u0301", "é"),
        ("བསྟན་འཛིན", "བསྟན་འཛིན"),
        ("<b>周</b>", "<b>周</b>"),
    ],
)
def test_a_name_of_any_script_is_kept(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["周😀", "😀", "❤️", "周\n英", "周\x00", "周\u202e英", "周\u200b英", "123", "···", "1️⃣王"]
)
def test_emoji_line_breaks_and_what_cannot_be_seen_are_refused(typed: str) -> None:
    with pytest.raises(NameInvalid):
        clean_name(typed)


def test_none_and_too_long() -> None:
    with pytest.raises(NameMissing):
        clean_name(" \u3000 ")
    assert clean_name("周" * 40) == "周" * 40
    for long in ("周" * 41, "周" * 100_000):
        with pytest.raises(NameTooLong):
            clean_name(long)


@given(st.text(max_size=50))
def test_cleaning_twice_changes_nothing(typed: str) -> None:
    try:
        name = clean_name(typed)
    except (NameInvalid, NameMissing, NameTooLong):
        return
    assert clean_name(name) == name


def test_masked() -> None:
    assert [masked_name(n) for n in ("周秀英", "王五", "𠮷", "")] == ["周**", "王*", "𠮷", ""]


def test_a_reason_is_said_in_words() -> None:
    assert clean_reason(" 本人\n要求 ") == "本人 要求"
    for none in ("", " ", "x"):
        with pytest.raises(ReasonMissing):
            clean_reason(none)
    with pytest.raises(ReasonTooLong):
        clean_reason("因" * 201)


@pytest.mark.parametrize("typed", ["V7N6AASGA", "v7n6aasga", "V 7N6A ASGA", "7N6A-ASGA", "Ｖ７Ｎ６ＡＡＳＧＡ"])
def test_a_number_as_people_write_it(typed: str) -> None:
    assert read_crockford(typed, "V", 8) == "V7N6AASGA"


def test_a_number_with_letters_that_look_like_digits() -> None:
    assert read_crockford("VOIL12345", "V", 8) == "V01112345"
    for none in ("", "V7N6AASGAA", "C7N6AASGA", "13812345678", "V7N6AASGU"):
        assert read_crockford(none, "V", 8) == ""
