"""Forms and JSON into typed values, and every mistake beside its field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import pytest
from msgspec import Meta

from chalicelib.errors import DomainError
from chalicelib.web.faults import Malformed, PayloadTooLarge, UnknownField, UnsupportedMedia
from chalicelib.web.forms import (
    Centi,
    Day,
    Fen,
    FormBody,
    FormErrors,
    FormView,
    Line,
    Name,
    Note,
    Ulid,
    read_form,
    read_json,
)
from chalicelib.web.request import Request

Post = Callable[..., Request]


class Gift(FormBody):
    amount_fen: Fen
    tier: Literal["individual", "monthly"] = "individual"
    donor: Line = ""
    publish: bool = False
    message: Note = ""
    on: Day | None = None
    pot: Ulid | None = None
    people: Annotated[int, Meta(ge=1, le=99)] | None = None
    marks: tuple[Line, ...] = ()


class Service(FormBody):
    name: Name
    points_centi: Centi


def wrong(post_form: Post, body: str) -> dict[str, str]:
    with pytest.raises(FormErrors) as caught:
        read_form(post_form(body), Gift)
    return {name: error.code for name, error in caught.value.errors.items()}


def test_a_form_as_a_person_fills_it_in(post_form: Post) -> None:
    typed = {
        "_form": "token",
        "_next": "/x",
        "amount_fen": "１，２００.50",
        "tier": "monthly",
        "donor": " 周  阿姨 ",
        "publish": "1",
        "message": "加油\r\n\r\n\r\n祝好",
        "on": "2026年3月5日",
        "pot": "01arz3ndektsv4rrffq69g5fav",
        "people": "３",
    }
    body = urlencode(typed)
    gift = read_form(post_form(body + "&marks=a&marks=b&marks="), Gift)
    assert gift == Gift(
        amount_fen=120050, tier="monthly", donor="周 阿姨", publish=True, message="加油\n\n祝好",
        on=date(2026, 3, 5), pot="01ARZ3NDEKTSV4RRFFQ69G5FAV", people=3, marks=("a", "b"),
    )  # fmt: skip


def test_what_is_left_empty_keeps_its_default(post_form: Post) -> None:
    assert read_form(post_form("amount_fen=1&donor=&on=+&people="), Gift) == Gift(amount_fen=100)


def test_every_wrong_field_is_told_at_once(post_form: Post) -> None:
    body = "amount_fen=12.345&tier=fixed&people=100&publish=maybe&on=soon&pot=7&donor=" + "x" * 101
    assert wrong(post_form, body) == {
        "amount_fen": "amount_fraction",
        "tier": "choice_unknown",
        "people": "number_too_large",
        "publish": "choice_unknown",
        "on": "date_not_read",
        "pot": "id_not_read",
        "donor": "text_too_long",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("amount_fen=", "field_required"),
        ("donor=x", "field_required"),
        ("amount_fen=-3", "amount_negative"),
        ("amount_fen=0", "amount_zero"),
        ("amount_fen=1&amount_fen=2", None),
    ],
)
def test_the_amount(post_form: Post, body: str, code: str | None) -> None:
    if code is None:
        assert read_form(post_form(body), Gift).amount_fen == 100
    else:
        assert wrong(post_form, body) == {"amount_fen": code}


@pytest.mark.parametrize(
    ("people", "code"), [("0", "number_too_small"), ("2.5", "number_not_whole"), ("x", "number_not_whole")]
)
def test_a_whole_number(post_form: Post, people: str, code: str) -> None:
    assert wrong(post_form, f"amount_fen=1&people={people}") == {"people": code}


def test_length_counts_characters_and_rare_ones_stay(post_form: Post) -> None:
    name = "㛃䶮𠮷👩‍👩‍👧é" + "周" * 31
    assert len(name) == 40
    assert read_form(post_form(f"name={quote(name)}&points_centi=2.25"), Service).name == name
    with pytest.raises(FormErrors) as caught:
        read_form(post_form(f"name={quote(name + '周')}&points_centi=2.25"), Service)
    assert caught.value.sentences("zh") == {"name": "太长了,最多 40 个字。"}


def test_what_cannot_be_seen_goes_and_html_stays_text(post_form: Post) -> None:
    name = "e\u0301\u202e<b>\u200b周\x00\x1b\u2028阿姨"
    assert read_form(post_form(f"name={quote(name)}&points_centi=1"), Service).name == "é<b>周 阿姨"


def test_unknown_fields_and_other_types_are_refused(post_form: Post, make_request: Callable[..., Request]) -> None:
    with pytest.raises(UnknownField) as caught:
        read_form(post_form("amount_fen=1&admin=1"), Gift)
    assert caught.value.fields == {"field": "admin"}
    with pytest.raises(UnsupportedMedia):
        read_form(make_request("POST", "/give", body=b"{}", headers={"content-type": "application/json"}), Gift)


def test_a_request_that_cannot_be_read_carries_its_fault(post_form: Post) -> None:
    assert isinstance(post_form(b"a=" + b"x" * 70_000).fault, PayloadTooLarge)
    assert post_form(b"a=" + b"x" * 70_000).body == b""
    assert isinstance(post_form(b"a=%ff").fault, Malformed)
    assert isinstance(post_form(b"a=\xff").fault, Malformed)
    assert isinstance(post_form("&".join(f"a{i}=1" for i in range(501))).fault, Malformed)
    many = post_form(b"--x", headers={"content-type": "multipart/form-data; boundary=x"})
    assert isinstance(many.fault, UnsupportedMedia)


def test_the_input_is_kept_with_the_error_beside_the_field(post_form: Post) -> None:
    request = post_form("_form=t&amount_fen=12.345&donor=" + quote("<周>"))
    with pytest.raises(FormErrors) as caught:
        read_form(request, Gift)
    form = FormView.of(request, caught.value)
    assert form.value("amount_fen") == "12.345"
    assert form.value("donor") == "<周>"
    assert form.error("amount_fen") == "最多两位小数。"
    assert form.error("donor") == ""
    assert "_form" not in form.values
    beside = FormView.of(request, Malformed(), beside="donor")
    assert beside.error("donor") == "发来的内容无法读取。请刷新页面重新填写。"
    assert FormView.of(request, Malformed()).problem == beside.error("donor")
    assert FormView.start(amount_fen="50").value("amount_fen") == "50"


def test_json_brings_the_values_themselves(post_json: Post) -> None:
    gift = read_json(
        post_json('{"amount_fen": 1250, "donor": " 周\\u200b阿姨 ", "on": "2026-03-05", "publish": true}'), Gift
    )
    assert gift == Gift(amount_fen=1250, donor="周阿姨", on=date(2026, 3, 5), publish=True)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ("{}", "amount_fen", "field_required"),
        ('{"amount_fen": 12.5}', "amount_fen", "wrong_type"),
        ('{"amount_fen": 12.0}', "amount_fen", "wrong_type"),
        ('{"amount_fen": "12"}', "amount_fen", "wrong_type"),
        ('{"amount_fen": true}', "amount_fen", "wrong_type"),
        ('{"amount_fen": null}', "amount_fen", "wrong_type"),
        ('{"amount_fen": 0}', "amount_fen", "number_too_small"),
        ('{"amount_fen": -1}', "amount_fen", "number_too_small"),
        ('{"amount_fen": 99999999999999999999999}', "amount_fen", "number_too_large"),
        ('{"amount_fen": 1, "tier": "x"}', "tier", "choice_unknown"),
        ('{"amount_fen": 1, "pot": "x"}', "pot", "text_pattern"),
        ('{"amount_fen": 1, "on": "2026-02-30"}', "on", "date_not_read"),
        ('{"amount_fen": 1, "marks": ["a", 1]}', "marks[1]", "wrong_type"),
        ("[]", "body", "wrong_type"),
        ("7", "body", "wrong_type"),
    ],
)
def test_json_of_the_wrong_kind_names_the_field(post_json: Post, body: str, field: str, code: str) -> None:
    with pytest.raises(FormErrors) as caught:
        read_json(post_json(body), Gift)
    assert {name: error.code for name, error in caught.value.errors.items()} == {field: code}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"amount_fen": NaN}', b'{"a": "\xff"}', b"[" * 5000, b'{"a":"\\ud800"}']
)
def test_json_that_cannot_be_read(post_json: Post, body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_json(post_json(body), Gift)
    assert caught.value.code == "malformed"


def test_json_with_an_unknown_field_or_another_type(post_json: Post) -> None:
    with pytest.raises(UnknownField) as caught:
        read_json(post_json('{"amount_fen": 1, "admin": true}'), Gift)
    assert caught.value.fields == {"field": "admin"}
    for content_type in ("text/plain", "", "application/x-www-form-urlencoded"):
        with pytest.raises(UnsupportedMedia):
            read_json(post_json('{"amount_fen": 1}', content_type), Gift)


def test_every_mistake_has_a_sentence_of_its_own(post_form: Post) -> None:
    with pytest.raises(FormErrors) as caught:
        read_form(post_form("amount_fen=x&tier=y&people=0"), Gift)
    error: DomainError = caught.value
    assert error.fields == {
        "errors": {"amount_fen": "amount_not_number", "tier": "choice_unknown", "people": "number_too_small"}
    }
    assert caught.value.details("en") == [
        {
            "field": "amount_fen",
            "code": "amount_not_number",
            "detail": "That is not a number we can read. Digits only, such as 12.50.",
        },
        {"field": "tier", "code": "choice_unknown", "detail": "Please choose one of the options."},
        {"field": "people", "code": "number_too_small", "detail": "Too small: at least 1."},
    ]
