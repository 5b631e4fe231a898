"""Small rules of spending that need no storage."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.errors import DomainError
from chalicelib.fund.model import bank_lines, categories, wording
from chalicelib.fund.model import disbursements as model
from chalicelib.fund.model.care_actions import read_aliases
from chalicelib.fund.model.setup import POSTER_ALPHABET, poster_code, read_poster_code
from chalicelib.fund.model.setup_faults import BankSerialInvalid, CategoryUnknown, TextMissing, TextTooLong
from chalicelib.fund.model.spending import SpendingLine, last_quarter, months, quarter_figures
from chalicelib.fund.model.spending_faults import AliasInvalid, PayeeAccountInvalid, TooManyAliases


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 11, 22), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 3, 31), date(2025, 10, 1), date(2025, 12, 31)),
        (date(2028, 4, 1), date(2028, 1, 1), date(2028, 3, 31)),
    ],
)
def test_the_quarter_before(today: date, first: date, last: date) -> None:
    assert last_quarter(today) == (first, last)


def test_months_that_days_touch() -> None:
    assert months(date(2025, 11, 30), date(2026, 2, 1)) == ["202511", "202512", "202601", "202602"]
    assert months(date(2026, 2, 1), date(2026, 1, 1)) == []


def _line(category: str, amount_fen: int) -> SpendingLine:
    return SpendingLine(
        "d", 1, "paid", date(2026, 8, 1), amount_fen, "main", "relief", category, "", "", "", "", "", "", "", "k"
    )


def test_management_is_told_per_mille_of_the_spending_rounded_half_up() -> None:
    first, last = date(2026, 7, 1), date(2026, 9, 30)
    lines = [_line("elders", 980_500), _line(categories.MANAGEMENT, 19_500)]
    assert quarter_figures(first, last, lines, 12).management_milli == 20
    assert (
        quarter_figures(first, last, [_line(categories.MANAGEMENT, 5), _line("elders", 9_995)], 0).management_milli == 1
    )
    assert quarter_figures(first, last, [], 0).management_milli == 0
    bounced_later = [_line("elders", -100)]
    assert quarter_figures(first, last, bounced_later, 0).management_milli == 0


def test_the_public_reads_no_diagnosis() -> None:
    shown = {one.public_zh for one in categories.CATEGORIES}
    assert "困难群众" in shown
    assert not {text for text in shown for word in ("病", "障", "残", "精神") if word in text}
    assert not {one.slug for one in categories.CATEGORIES for word in ("mental", "ill") if word in one.slug}
    with pytest.raises(CategoryUnknown):
        categories.purpose("fees")


@pytest.mark.parametrize("typed", ["B20261122001", " b2026 1122 001 ", "Ｂ２０２６１１２２００１"])
def test_a_serial_is_the_same_however_it_is_typed(typed: str) -> None:
    assert bank_lines.read_serial(typed) == "B20261122001"


@pytest.mark.parametrize("typed", ["", "123", "1" * 41, "12:34", "流水123456", "<b>1234", "😀😀😀😀", "1" * 100_000])
def test_what_is_no_serial(typed: str) -> None:
    with pytest.raises(BankSerialInvalid):
        bank_lines.read_serial(typed)


def test_an_account_number_and_what_is_shown_of_it() -> None:
    assert model.read_account(" 6222-0212 3456 ６６８８ ") == "6222021234566688"
    assert model.masked_account("6222021234566688") == "****6688"
    for wrong in ("", "1234567", "1" * 33, "6222x21234566688"):
        with pytest.raises(PayeeAccountInvalid):
            model.read_account(wrong)


@pytest.mark.parametrize(
    "alias", ["13800000001", "138 0000 0001", "张 510302195401011234", "电话1-3-8-0-0-0-0", "松" * 21]
)
def test_an_alias_that_tells_who_it_is(alias: str) -> None:
    with pytest.raises(AliasInvalid):
        read_aliases((alias,))


def test_aliases_stand_once_and_are_not_too_many() -> None:
    assert read_aliases((" 松树 ", "", "松树", "6号楼梅花")) == ("松树", "6号楼梅花")
    with pytest.raises(TooManyAliases):
        read_aliases(tuple(f"树{n}" for n in range(201)))


def test_texts_keep_rare_letters_and_lose_what_cannot_be_seen() -> None:
    assert wording.line(" 㛃\u202e䶮\t送\x00温暖\n🧓🏻 ", "x") == "㛃䶮 送温暖 🧓🏻"
    assert wording.note("一\r\n\x07二 \n", "x") == "一\n二"
    failures: list[tuple[str, type[DomainError]]] = [("\u200b", TextMissing), ("长" * 121, TextTooLong)]
    for text, error in failures:
        with pytest.raises(error):
            wording.line(text, "x")


def test_poster_codes_hold_no_letters_that_look_alike_and_are_read_in_any_case() -> None:
    code = poster_code("01M80FPM80Q1QS2J0K7JK26Z0B", 0)
    assert code == poster_code("01M80FPM80Q1QS2J0K7JK26Z0B", 0) != poster_code("01M80FPM80Q1QS2J0K7JK26Z0B", 1)
    assert not set("01OILUV") & set(POSTER_ALPHABET)
    assert read_poster_code(f" {code.lower()[:4]} {code[4:]}") == code
