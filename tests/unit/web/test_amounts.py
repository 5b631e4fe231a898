"""Amounts, points, dates and ids as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import DomainError
from chalicelib.web import amounts
from chalicelib.web import format as fmt


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12.50", 1250),
        ("12", 1200),
        ("12.5", 1250),
        ("12.", 1200),
        ("0.01", 1),
        ("1,200.00", 120000),
        ("1,200,300", 120030000),
        ("１２．５０", 1250),
        ("１，２００", 120000),
        ("12。5", 1250),
        (" ¥ 12.50 元 ", 1250),
        ("￥12", 1200),
        ("+12", 1200),
        ("0012", 1200),
        ("10000000", 1_000_000_000),
    ],
)
def test_an_amount_is_read_to_the_fen(typed: str, fen: int) -> None:
    assert amounts.fen_from_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abc", "amount_not_number"),
        ("五十", "amount_not_number"),
        ("", "amount_not_number"),
        ("1e5", "amount_not_number"),
        ("0x10", "amount_not_number"),
        ("1,20", "amount_not_number"),
        ("12,000.0.0", "amount_not_number"),
        ("NaN", "amount_not_number"),
        ("Infinity", "amount_not_number"),
        ("١٢", "amount_not_number"),
        ("12$", "amount_not_number"),
        ("--5", "amount_not_number"),
        ("12.345", "amount_fraction"),
        ("0.001", "amount_fraction"),
        ("-5", "amount_negative"),
        ("−5.00", "amount_negative"),
        ("－５", "amount_negative"),
        ("0", "amount_zero"),
        ("0.00", "amount_zero"),
        ("10000000.01", "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
    ],
)
def test_what_is_no_amount_says_why(typed: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        amounts.fen_from_yuan(typed)
    assert caught.value.code == code


def test_a_limit_of_the_place_is_told_in_yuan() -> None:
    with pytest.raises(amounts.AmountTooLarge) as caught:
        amounts.fen_from_yuan("50001", limit_fen=5_000_000)
    assert caught.value.fields == {"limit": "50,000"}


@given(st.integers(min_value=1, max_value=amounts.FEN_MAX))
def test_what_is_written_is_read_back(fen: int) -> None:
    assert amounts.fen_from_yuan(fmt.money(fen)) == fen
    assert amounts.fen_from_yuan(fmt.yuan_text(fen)) == fen


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_known_mistake(typed: str) -> None:
    known = (amounts.NotANumber, amounts.FractionTooFine, amounts.NegativeAmount, amounts.ZeroAmount)
    try:
        fen = amounts.fen_from_yuan(typed)
    except (*known, amounts.AmountTooLarge):
        return
    assert 0 < fen <= amounts.FEN_MAX


def test_points_and_hours_are_hundredths() -> None:
    assert amounts.centi_from_text("2.25") == 225
    assert amounts.centi_from_text("50积分") == 5000
    assert amounts.centi_from_text("２小时") == 200


@pytest.mark.parametrize(
    "typed", ["2026-03-05", "2026/3/5", "2026年3月5日", "20260305", "２０２６-０３-０５", "2026.3.5"]
)
def test_a_date_in_any_usual_spelling(typed: str) -> None:
    assert amounts.day_from_text(typed) == date(2026, 3, 5)


@pytest.mark.parametrize("typed", ["", "3月5日", "2026-02-30", "2026-13-01", "tomorrow", "0000-01-01", "2026-3"])
def test_what_is_no_date_says_so(typed: str) -> None:
    with pytest.raises(amounts.NotADate):
        amounts.day_from_text(typed)


def test_an_id_is_read_in_any_case() -> None:
    assert amounts.id_from_text(" 01arz3ndektsv4rrffq69g5fav ") == "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for wrong in ("", "01ARZ3NDEKTSV4RRFFQ69G5FA", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "<script>"):
        with pytest.raises(amounts.NotAnId):
            amounts.id_from_text(wrong)
