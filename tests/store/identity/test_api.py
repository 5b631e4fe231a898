"""Signing in and oneself as JSON, and what the guard asks of every JSON operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import clock
from chalicelib.identity import guard, service
from chalicelib.identity.service import Actor, Role, faults
from chalicelib.web.http import Request

from .conftest import NOW, Phones


@pytest.fixture(autouse=True)
def at_now() -> Iterator[None]:
    with clock.at(NOW + 1000):
        yield


def ask(method: str, path: str, body: object = None, token: str = "", **headers: str) -> tuple[int, Any]:
    sent = {"accept": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if token:
        sent["authorization"] = f"Bearer {token}"
    raw = b""
    if body is not None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent.setdefault("content-type", "application/json")
    with Client(app) as client:
        answer = client.http.request(method, "/api/v1" + path, headers=sent, body=raw)
    return answer.status_code, json.loads(answer.body) if answer.body else None


def signed_up(phones: Phones, phone: str = "13800000009") -> str:
    status, sent = ask("POST", "/sign-in/codes", {"phone": phone})
    assert status == 201
    opened = ask("POST", "/sessions", {"code_id": sent["code_id"], "code": phones.code("+86" + phone)})[1]
    assert opened["status"] == "sign_up_needed"
    assert opened["token"] == ""
    claim = {"claim": opened["claim"], "name": "周阿姨", "community_id": "longjing", "agrees": True}
    status, done = ask("POST", "/sign-up", claim)
    assert status == 201
    assert done["status"] == "signed_in"
    return str(done["token"])


def test_from_the_phone_to_oneself_and_out(admin: Actor, phones: Phones) -> None:
    status, street = ask("GET", "/street")
    assert status == 200
    assert [one["id"] for one in street["communities"]] == ["hehua", "longjing"]
    token = signed_up(phones)
    status, me = ask("GET", "/me", token=token)
    assert status == 200
    assert (me["name"], me["phone"], me["grants"]) == ("周阿姨", "138****0009", [])
    assert ask("DELETE", "/session", token=token) == (200, None)
    status, problem = ask("GET", "/me", token=token)
    assert (status, problem["code"]) == (401, "sign_in_needed")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/sign-in/codes", {"phone": "0813 1234567"}, 422, "phone_is_landline"),
        ("/sign-in/codes", {"phone": "+1 212 555 0100"}, 422, "phone_foreign"),
        ("/sign-in/codes", {"phone": ""}, 422, "phone_missing"),
        ("/sign-in/codes", {"phone": 13800000009}, 422, "form_errors"),
        ("/sign-in/codes", {}, 422, "form_errors"),
        ("/sign-in/codes", {"phone": "13800000009", "admin": True}, 400, "unknown_field"),
        ("/sign-in/codes", {"phone": "13800000009", "lang": "fr"}, 422, "form_errors"),
        ("/sign-in/codes", b"{", 400, "malformed"),
        ("/sign-in/codes", b"\xff\xfe", 400, "malformed"),
        ("/sign-in/codes", b"[" * 60_000, 400, "malformed"),
        ("/sign-in/codes", b"x" * 100_000, 413, "payload_too_large"),
        ("/sessions", {"code_id": "nope", "code": "123456"}, 404, "code_unknown"),
        ("/sessions", {"code_id": "nope", "code": "abc"}, 422, "code_malformed"),
        ("/sign-up", {"claim": "x", "name": "周"}, 422, "token_malformed"),
        ("/sign-up", {"claim": "k1.uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, 409, "token_forged"),
    ],
)
def test_bad_input_has_its_code(admin: Actor, phones: Phones, path: str, body: object, status: int, code: str) -> None:
    got, problem = ask("POST", path, body)
    assert (got, problem["code"]) == (status, code)
    assert problem["detail"]
    assert phones.taken == {}


def test_the_same_key_gets_the_same_session(coordinator: Actor, phones: Phones) -> None:
    sent = ask("POST", "/sign-in/codes", {"phone": "13800000002"}, idempotency_key="first-code")[1]
    assert ask("POST", "/sign-in/codes", {"phone": "13800000002"}, idempotency_key="first-code")[1] == sent
    assert len(phones.taken["+8613800000002"]) == 1
    body = {"code_id": sent["code_id"], "code": phones.code("+8613800000002")}
    first = ask("POST", "/sessions", body, idempotency_key="session-1")
    assert first == ask("POST", "/sessions", body, idempotency_key="session-1")
    assert first[1]["member"]["grants"][0]["role"] == "coordinator"
    status, problem = ask("POST", "/sessions", body, idempotency_key="session-2")
    assert (status, problem["code"]) == (409, "code_used")
    status, problem = ask("POST", "/sessions", body, idempotency_key="short")
    assert (status, problem["code"]) == (422, "idempotency_key_invalid")


def test_neither_a_cookie_nor_a_made_up_token_signs_in(admin: Actor, phones: Phones) -> None:
    token = signed_up(phones)
    for headers in (
        {"cookie": f"linli_s={token}"},
        {"authorization": f"Basic {token}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer " + "A" * 43},
        {"authorization": "Bearer 周"},
    ):
        status, problem = ask("GET", "/me", **headers)
        assert (status, problem["code"]) == (401, "sign_in_needed")


def test_everything_stands_in_the_description() -> None:
    with Client(app) as client:
        document = json.loads(client.http.get("/openapi.json").body)
    for path, method in (
        ("/api/v1/sign-in/codes", "post"),
        ("/api/v1/sessions", "post"),
        ("/api/v1/sign-up", "post"),
        ("/api/v1/session", "delete"),
        ("/api/v1/me", "get"),
        ("/api/v1/street", "get"),
    ):
        assert method in document["paths"][path]


# --- what the guard makes of a key and of roles ---------------------------------------------------


def asked(method: str = "POST", **headers: str) -> Request:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, path="/api/v1/x", route="/api/v1/x", headers=sent, now_ms=NOW)


def test_what_moves_money_or_points_needs_a_key(tables: object) -> None:
    check = guard._api_guard(None, keyed=True)
    with pytest.raises(faults.KeyMissing):
        check(asked())
    one = check(asked(idempotency_key="key-number-1")).submission
    assert one == check(asked(idempotency_key="key-number-1")).submission
    assert one != check(asked(idempotency_key="key-number-2")).submission
    for wrong in ("short", "x" * 101, "with a space", "钥匙钥匙钥匙钥匙"):
        with pytest.raises(faults.KeyInvalid):
            check(asked(idempotency_key=wrong))


def test_the_same_key_of_two_people_is_two_submissions(coordinator: Actor, phones: Phones) -> None:
    tokens = [signed_up(phones, "13800000011"), signed_up(phones, "13800000012")]
    check = guard._api_guard("member", keyed=True)
    made = {
        check(asked(idempotency_key="the-same-key", authorization=f"Bearer {token}")).submission for token in tokens
    }
    assert len(made) == 2


def test_each_staff_link_is_seen_by_its_roles_and_the_supervisor() -> None:
    def seen(role: Role) -> set[str]:
        grant = service.Grant("G", role, "street", NOW + 1, NOW, "A", "why")
        return {link.path for link in guard.staff_links(Actor("M", "周", "S", (grant,)))}

    assert "/staff/grants" in seen(Role.ADMIN)
    assert "/staff/grants" not in seen(Role.COORDINATOR)
    assert seen(Role.COORDINATOR) < seen(Role.SUPERVISOR)
