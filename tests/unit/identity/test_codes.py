from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.identity.model.codes import CODE_LIFE_MS, HOUR_MS, PhoneCodes, SentCode, read_code
from chalicelib.identity.model.faults import (
    CodeExpired,
    CodeMalformed,
    CodesTooMany,
    CodeTooSoon,
    CodeTriesUsedUp,
    CodeUnknown,
    CodeUsed,
    CodeWrong,
)

NOW = 1_794_000_000_000
MINUTE = 60_000


def sent(name: str, at: int = NOW) -> SentCode:
    return SentCode(name, f"hash of {name}", "salt", at)


def typed(name: str) -> Callable[[SentCode], bool]:
    return lambda code: code.code_hash == f"hash of {name}"


def test_another_only_after_a_minute() -> None:
    codes = PhoneCodes().sending(sent("a"), NOW)
    with pytest.raises(CodeTooSoon) as told:
        codes.sending(sent("b"), NOW + 59_001)
    assert told.value.fields == {"retry_after_s": 1}
    assert len(codes.sending(sent("b"), NOW + MINUTE).sent) == 2


def test_five_in_any_hour() -> None:
    codes = PhoneCodes()
    for number in range(5):
        codes = codes.sending(sent(str(number), NOW + number * 2 * MINUTE), NOW + number * 2 * MINUTE)
    with pytest.raises(CodesTooMany) as told:
        codes.sending(sent("6"), NOW + 30 * MINUTE)
    assert told.value.fields == {"retry_after_s": 30 * 60}
    assert len(codes.sending(sent("6", NOW + HOUR_MS), NOW + HOUR_MS).sent) == 5


def test_a_message_that_never_left_does_not_hold_up_the_next() -> None:
    codes = PhoneCodes().sending(sent("a"), NOW).failing("a")
    after = codes.sending(sent("b", NOW + 1), NOW + 1)
    assert not after.sent[0].is_live(NOW + 1)
    # but it counts towards the five
    for number in range(3):
        after = after.failing("b").sending(sent(str(number), NOW + 2), NOW + 2).failing(str(number))
    with pytest.raises(CodesTooMany):
        after.sending(sent("last"), NOW + 3)


def test_right_once_only() -> None:
    codes = PhoneCodes((sent("a"),))
    after, used = codes.trying("a", typed("a"), "form 1", NOW + 1)
    assert used is not None
    assert after.repeat_of("form 1") == used
    with pytest.raises(CodeUsed):
        after.trying("a", typed("a"), "form 2", NOW + 2)


def test_five_wrong_tries_and_it_is_dead_even_for_the_right_one() -> None:
    codes = PhoneCodes((sent("a"),))
    for left in (4, 3, 2, 1):
        codes, used = codes.trying("a", typed("x"), "form", NOW + 1)
        assert used is None
        told = codes.wrong("a", NOW + 1)
        assert isinstance(told, CodeWrong)
        assert told.fields == {"tries_left": left}
    codes, _ = codes.trying("a", typed("x"), "form", NOW + 1)
    assert isinstance(codes.wrong("a", NOW + 1), CodeTriesUsedUp)
    with pytest.raises(CodeTriesUsedUp):
        codes.trying("a", typed("a"), "form", NOW + 2)


def test_five_minutes_and_no_longer() -> None:
    codes = PhoneCodes((sent("a"),))
    _, used = codes.trying("a", typed("a"), "form", NOW + CODE_LIFE_MS - 1)
    assert used is not None
    with pytest.raises(CodeExpired):
        codes.trying("a", typed("a"), "form", NOW + CODE_LIFE_MS)


def test_a_late_message_may_be_typed_where_a_second_was_asked_for() -> None:
    codes = PhoneCodes((sent("a"), sent("b", NOW + MINUTE)))
    after, used = codes.trying("b", typed("a"), "form", NOW + 2 * MINUTE)
    assert used is not None
    assert used.id == "a"
    with pytest.raises(CodeUsed):
        after.trying("b", typed("b"), "form 2", NOW + 2 * MINUTE)


def test_a_wrong_try_counts_against_every_code_that_it_could_have_been() -> None:
    codes = PhoneCodes((sent("a"), sent("b", NOW + MINUTE)))
    after, _ = codes.trying("b", typed("x"), "form", NOW + 2 * MINUTE)
    assert [code.tries for code in after.sent] == [1, 1]


def test_unknown() -> None:
    with pytest.raises(CodeUnknown):
        PhoneCodes((sent("a"),)).trying("z", typed("a"), "form", NOW)


@pytest.mark.parametrize("text", ["123456", " 123 456 ", "123-456", "１２３４５６"])
def test_six_digits_as_people_type_them(text: str) -> None:
    assert read_code(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "验证码123456", "١٢٣٤٥٦", "1" * 100_000, "😀"])
def test_what_is_not_six_digits_is_not_a_try(text: str) -> None:
    with pytest.raises(CodeMalformed):
        read_code(text)
