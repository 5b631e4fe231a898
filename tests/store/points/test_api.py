"""Service and points as JSON: the same day, told by a mini-program."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from chalice.test import Client

from app import app
from chalicelib import clock, table
from chalicelib.identity import service as identity
from chalicelib.identity.model.sessions import Session
from chalicelib.identity.service.sessions import token_id
from chalicelib.identity.store import access
from chalicelib.points.service import activities
from tests.store.points.street import DAY, HOUR, NINE, Street, form

Call = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def call(street: Street) -> Call:
    """``call(who, method, path, body, at, key)`` → status and JSON."""
    tokens: dict[str, str] = {}

    def ask(
        who: str, method: str, path: str, body: object = None, *, at: int = NINE, key: str = "", raw: bytes = b""
    ) -> tuple[int, dict[str, object]]:
        headers = {"content-type": "application/json", "host": "127.0.0.1:8000"}
        if who:
            if who not in tokens:
                tokens[who] = who + "x" * 17
                table.commit([access.session_write(Session(token_id(tokens[who]), who, NINE - 60_000, "微信"))])
            headers["authorization"] = f"Bearer {tokens[who]}"
        if key:
            headers["idempotency-key"] = key
        sent = raw or (json.dumps(body).encode() if body is not None else b"")
        with clock.at(at), Client(app) as client:
            answer = client.http.request(method, "/api/v1" + path, headers=headers, body=sent)
        return answer.status_code, json.loads(answer.body)

    return ask


def test_a_day_in_json(street: Street, call: Call) -> None:
    draft = {
        "community_id": "longjing", "category": "elderly", "name": "送餐", "place": "食堂", "content": "送餐上门",
        "organisation": "居委会", "starts_at": NINE, "ends_at": NINE + 3 * HOUR, "capacity": 5,
    }  # fmt: skip
    boss, zhou, judge = street.coordinator.member_id, street.zhou.id, street.assessor.member_id
    status, made = call(boss, "POST", "/activities", draft, key="new-activity-1")
    assert status == 201
    assert call(boss, "POST", "/activities", draft, key="new-activity-1")[1] == made
    listed = call("", "GET", "/activities")[1]["activities"]
    assert [one["id"] for one in listed] == [made["id"]]  # type: ignore[attr-defined]

    def shown(at: int) -> str:
        return activities.shown_code(street.coordinator, str(made["id"]), at)[1].token

    status, came = call(zhou, "POST", "/check-ins", {"did": "in", "token": shown(NINE)}, key="scan-in-1")
    assert (status, came["state"], came["in_at"]) == (200, "in", NINE)
    # sent again an hour later, since no answer came: the code has long expired, the answer is the first one
    status, repeat = call(
        zhou, "POST", "/check-ins", {"did": "in", "token": shown(NINE)}, key="scan-in-1", at=NINE + HOUR
    )
    assert (status, repeat) == (200, came)
    again = {"did": "out", "token": shown(NINE)}
    status, asked = call(zhou, "POST", "/check-ins", again, key="scan-out-0")
    assert (status, asked["code"]) == (409, "check_out_soon")
    status, mine = call(zhou, "GET", "/me/points")
    assert mine["open_check_in"]["id"] == came["id"]  # type: ignore[index]
    end = NINE + 2 * HOUR
    status, left = call(zhou, "POST", "/check-ins", {"did": "out", "token": shown(end)}, at=end, key="scan-out-1")
    assert (status, left["minutes"]) == (200, 120)

    card = identity.print_card(street.coordinator, street.volunteer("吴大爷").id, now_ms=NINE)
    path = f"/activities/{made['id']}/cards"
    status, carded = call(boss, "POST", path, {"card": card.number}, key="card-1-in")
    assert (status, carded["did"]) == (200, "in")
    assert call(boss, "POST", path, {"card": card.number}, key="card-1-in", at=NINE + HOUR)[1] == carded

    path = f"/check-ins/{came['id']}/assessments"
    status, given = call(judge, "POST", path, {"number": 1, "grade": "good"}, at=NINE + DAY // 3, key="assess-1")
    assert (status, given["points_centi"]) == (200, {"TIME": 240, "MEDAL": 120})
    assert call(judge, "POST", path, {"number": 1, "grade": "good"}, at=NINE + DAY // 3, key="assess-2")[1] == given
    status, told = call(judge, "POST", path, {"number": 1, "grade": "failed"}, at=NINE + DAY // 3, key="assess-3")
    assert (status, told["code"]) == (409, "already_assessed")
    status, mine = call(zhou, "GET", "/me/points")
    assert [one["available_centi"] for one in mine["balances"]] == [240, 120]  # type: ignore[attr-defined]
    assert (mine["minutes"], mine["services"]) == (120, 1)
    lines = call(zhou, "GET", "/me/statement")[1]["lines"]
    assert [line["points_centi"] for line in lines] == [{"TIME": 240, "MEDAL": 120}]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"did": "in", "token": "52841.x.k1.AAAAAAAAAAAAAAAA"}, 409, "check_in_code_forged"),
        ({"did": "in", "token": "👋"}, 422, "check_in_code_malformed"),
        ({"did": "in"}, 422, "check_in_digits_malformed"),
        ({"did": "in", "number": "99999", "digits": "123456"}, 409, "check_in_digits_wrong"),
        ({"did": "sideways", "token": "x"}, 422, "form_errors"),
        ({"did": "in", "token": 5}, 422, "form_errors"),
        ({"did": "in", "token": "x", "member_id": "other"}, 400, "unknown_field"),
        ({"did": "in", "token": "x" * 101}, 422, "form_errors"),
        ([], 422, "form_errors"),
    ],
)
def test_bad_check_ins(street: Street, call: Call, body: object, status: int, code: str) -> None:
    answer = call(street.zhou.id, "POST", "/check-ins", body, key="a-key-of-mine")
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert answer[1]["detail"]


def test_who_is_nobody_and_what_is_no_json(street: Street, call: Call) -> None:
    assert call("", "POST", "/check-ins", {"did": "in"}, key="a-key-of-mine")[0] == 401
    assert call(street.zhou.id, "POST", "/check-ins", {"did": "in"})[1]["code"] == "idempotency_key_missing"
    assert call(street.zhou.id, "POST", "/check-ins", raw=b"{", key="a-key-of-mine")[0] == 400
    assert call(street.zhou.id, "POST", "/check-ins", raw=b'"' + b"x" * 100_000 + b'"', key="a-key-of-mine")[0] == 413
    path = f"/check-ins/{form()}/assessments"
    assert call(street.zhou.id, "POST", path, {"number": 1, "grade": "good"}, key="a-key-of-mine")[0] == 403
    found = call(street.assessor.member_id, "POST", path, {"number": 1, "grade": "good"}, key="a-key-of-mine")
    assert (found[0], found[1]["code"]) == (404, "check_in_unknown")
    path = "/check-ins/%F0%9F%91%8B/assessments"
    found = call(street.assessor.member_id, "POST", path, {"number": 1, "grade": "good"}, key="a-key-of-mine")
    assert (found[0], found[1]["code"]) == (404, "check_in_unknown")
    assert call(street.zhou.id, "GET", "/me/statement?cursor=zzz")[1]["code"] == "bad_cursor"
