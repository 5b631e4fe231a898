"""Amounts in Chinese capitals, by the examples of the rule and read back by an independent reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fund.model.capital_amounts import FEN_MAX, capital


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        # 支付结算办法, annex 1, point 5
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (168_032, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        # the ends, and where places are empty
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角整"),
        (11, "人民币壹角壹分"),
        (100, "人民币壹元整"),
        (1_000, "人民币壹拾元整"),
        (1_001, "人民币壹拾元零壹分"),
        (20_000, "人民币贰佰元整"),
        (1_000_000, "人民币壹万元整"),
        (1_000_100, "人民币壹万零壹元整"),
        (1_010_000, "人民币壹万零壹佰元整"),
        (10_000_000, "人民币壹拾万元整"),
        (64_800_000, "人民币陆拾肆万捌仟元整"),
        (10_000_000_000, "人民币壹亿元整"),
        (10_000_000_100, "人民币壹亿零壹元整"),
        (10_010_000_000, "人民币壹亿零壹拾万元整"),
        (FEN_MAX, "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_the_rules_examples(fen: int, words: str) -> None:
    assert capital(fen) == words


@pytest.mark.parametrize("wrong", [-1, FEN_MAX + 1, 1.0, True, "1"])
def test_what_is_no_amount_in_fen_has_no_words(wrong: object) -> None:
    with pytest.raises(ValueError, match="fen"):
        capital(wrong)  # type: ignore[arg-type]


@given(st.integers(0, FEN_MAX))
def test_every_amount_reads_back_as_itself(fen: int) -> None:
    words = capital(fen)
    assert read_back(words) == fen
    assert "零零" not in words
    assert words.endswith("分") != words.endswith("整")


def read_back(words: str) -> int:
    """Fen from capitals, as a person reads them: digit, place, group; zeros only keep places apart."""
    digits, places = "零壹贰叁肆伍陆柒捌玖", {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = fen = 0
    for word in words.removeprefix("人民币"):
        if word in digits:
            digit = digits.index(word)
        elif word in places:
            group, digit = group + digit * places[word], 0
        elif word in "万亿":
            total, group, digit = total + (group + digit) * {"万": 10**4, "亿": 10**8}[word], 0, 0
        elif word == "元":
            fen, group, digit = (total + group + digit) * 100, 0, 0
        elif word == "角":
            fen, digit = fen + digit * 10, 0
        elif word == "分":
            fen, digit = fen + digit, 0
    return fen
