"""The same as JSON: a mini-program exchanges points, a shop's own till redeems."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import ids
from tests.store.identity.conftest import Phones
from tests.store.merchants.scene import NOW, Scene, award, held

Ask = Callable[..., tuple[int, Any]]


def ask(method: str, path: str, body: object = None, token: str = "", key: str = "") -> tuple[int, Any]:
    sent = {"accept": "application/json", "content-type": "application/json"}
    if token:
        sent["authorization"] = f"Bearer {token}"
    if key:
        sent["idempotency-key"] = key
    raw = json.dumps(body).encode() if body is not None else b""
    with Client(app) as client:
        answer = client.http.request(method, "/api/v1" + path, headers=sent, body=raw)
    return answer.status_code, json.loads(answer.body)


@pytest.fixture
def token(scene: Scene, phones: Phones) -> Callable[[str], str]:
    def of(phone: str) -> str:
        _, sent = ask("POST", "/sign-in/codes", {"phone": phone})
        _, opened = ask("POST", "/sessions", {"code_id": sent["code_id"], "code": phones.code("+86" + phone)})
        return str(opened["token"])

    return of


def test_exchange_and_redeem(scene: Scene, token: Callable[[str], str]) -> None:
    award(scene.zhou, 80_00)
    offer = scene.offer()
    status, found = ask("GET", "/offers")
    assert status == 200
    assert found["offers"][0]["left"] == 10
    assert "reimbursement_fen" not in found["offers"][0]

    zhou, clerk, barber = token("13800000007"), token("13800000004"), token("13800000006")
    wanted = {"offer_id": offer.id, "price_centi": 50_00}
    status, refused = ask("POST", "/vouchers", wanted, zhou)
    assert (status, refused["code"]) == (422, "idempotency_key_missing")
    status, made = ask("POST", "/vouchers", wanted, zhou, "order-00001")
    assert (status, made["state"], made["points_centi"]) == (201, "open", 50_00)
    assert ask("POST", "/vouchers", wanted, zhou, "order-00001")[1] == made
    status, short = ask("POST", "/vouchers", wanted, zhou, "order-00002")
    assert (status, short["code"], short["fields"]["missing_centi"]) == (409, "voucher_points_short", 20_00)
    assert held(scene.zhou) == 50_00
    assert [one["id"] for one in ask("GET", "/vouchers", None, zhou)[1]["vouchers"]] == [made["id"]]
    assert ask("GET", f"/vouchers/{made['id']}", None, clerk)[0] == 404

    status, foreign = ask("POST", "/till/find", {"scan": made["token"]}, barber)
    assert (status, foreign["code"]) == (409, "voucher_foreign")
    status, seen = ask("POST", "/till/find", {"scan": made["code"]}, clerk)
    assert (status, seen["holder_masked"], seen["refusal"]) == (200, "周**", "")
    capture = {"voucher_id": made["id"]}
    status, done = ask("POST", "/till/captures", capture, clerk, "till-00001")
    assert (status, done["state"], done["captured_at"], done["refusal"]) == (200, "captured", NOW, "")
    assert ask("POST", "/till/captures", capture, clerk, "till-00001")[1] == done
    status, again = ask("POST", "/till/captures", capture, clerk, "till-00002")
    assert (status, again["code"], again["fields"]["captured_at"]) == (409, "voucher_captured", NOW)
    status, used = ask("POST", f"/vouchers/{made['id']}/cancel", None, zhou, "cancel-0001")
    assert (status, used["code"]) == (409, "voucher_used")

    status, day = ask("GET", f"/till/today?merchant={scene.shop.id}", None, clerk)
    assert (status, day["tally"]["time_centi"], day["lines"][0]["goods"]) == (200, 50_00, "大米5公斤×1")
    assert ask("GET", f"/till/today?merchant={scene.shop.id}", None, barber)[0] == 403
    assert ask("GET", f"/till/owed?merchant={scene.shop.id}", None, clerk)[1]["time_centi"] == 50_00


def test_cancelling(scene: Scene, token: Callable[[str], str]) -> None:
    award(scene.zhou, 50_00)
    offer, zhou = scene.offer(), token("13800000007")
    made = ask("POST", "/vouchers", {"offer_id": offer.id, "price_centi": 50_00}, zhou, "order-00001")[1]
    for key in ("cancel-0001", "cancel-0002"):
        status, done = ask("POST", f"/vouchers/{made['id']}/cancel", None, zhou, key)
        assert (status, done["state"], done["token"]) == (200, "cancelled", "")
    assert held(scene.zhou) == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"offer_id": "X", "price_centi": 1}, 422, "form_errors"),
        ({"offer_id": ids.ulid(NOW), "price_centi": 1}, 404, "offer_unknown"),
        ({"offer_id": ids.ulid(NOW), "price_centi": 1.5}, 422, "form_errors"),
        ({"offer_id": ids.ulid(NOW), "price_centi": "1"}, 422, "form_errors"),
        ({"offer_id": ids.ulid(NOW), "price_centi": -1}, 422, "form_errors"),
        ({"offer_id": ids.ulid(NOW), "price_centi": 1, "free": True}, 400, "unknown_field"),
        ([], 422, "form_errors"),
        ({"offer_id": ids.ulid(NOW), "price_centi": 1, "member_id": ids.ulid(NOW)}, 404, "member_unknown"),
    ],
)
def test_wrong_bodies(token: Callable[[str], str], body: object, status: int, code: str) -> None:
    answer = ask("POST", "/vouchers", body, token("13800000007"), "order-00001")
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_who_may_ask(scene: Scene, token: Callable[[str], str]) -> None:
    assert ask("POST", "/vouchers", {}, "", "order-00001")[1]["code"] == "sign_in_needed"
    zhou = token("13800000007")
    assert ask("POST", "/till/find", {"scan": "x"}, zhou)[1]["code"] == "not_allowed"
    other = scene.member()
    asked = {"offer_id": scene.offer().id, "price_centi": 50_00, "member_id": other.id}
    assert ask("POST", "/vouchers", asked, zhou, "order-00001")[1]["code"] == "not_allowed"
