"""The function that the deployment starts to make the first administrator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import clock
from chalicelib.identity import service
from tests.store.identity.conftest import NOW

FUNCTION = "make_first_administrator"
LIN = {"phone": "139 0000 0001", "name": "林晓岚"}


def invoked(**event: Any) -> dict[str, Any]:
    with clock.at(NOW), Client(app) as client:
        payload: dict[str, Any] = client.lambda_.invoke(FUNCTION, event).payload
    return payload


@pytest.fixture(autouse=True)
def _empty(tables: object) -> None:
    """Every test begins without anybody."""


def test_it_works_once_and_whoever_was_made_administers() -> None:
    assert invoked() == {"outcome": "needed", "code": "", "says": ""}
    assert invoked(**LIN) == {"outcome": "made", "code": "", "says": ""}
    made = service.member_by_phone("13900000001")
    assert made.name == "林晓岚"
    assert service.actor_for(made.id, NOW).is_admin

    assert invoked()["outcome"] == "exists"
    assert invoked(**LIN)["outcome"] == "exists"
    assert invoked(phone="13900000002", name="别人") == {
        "outcome": "exists",
        "code": "administrator_exists",
        "says": "",
    }
    assert [one.id for one in service.administrators(NOW)] == [made.id]
    assert list(service.verify_facts()) == []


def test_two_deployments_at_once_make_one() -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: invoked(phone=f"1390000000{n}", name="管理员")["outcome"], range(4)))
    assert sorted(told) == ["exists", "exists", "exists", "made"]
    assert len(service.administrators(NOW)) == 1


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"phone": "0813-8100000", "name": "林晓岚"}, "phone_is_landline"),
        ({"phone": "13900000001", "name": ""}, "name_missing"),
        ({"phone": "", "name": "林晓岚"}, "phone_missing"),
        ({"phone": {"a": 1}, "name": ["b"]}, "phone_invalid"),
    ],
)
def test_what_cannot_be_an_administrator_is_told_in_words_and_makes_nobody(event: dict[str, Any], code: str) -> None:
    told = invoked(**event)
    assert (told["outcome"], told["code"]) == ("refused", code)
    assert told["says"]
    assert invoked()["outcome"] == "needed"


def test_nothing_of_the_person_is_in_the_answer_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "linli"):
        told = [invoked(**LIN), invoked(**LIN), invoked(phone="13900000001x", name="林晓岚" * 30)]
    assert [one["outcome"] for one in told] == ["made", "exists", "refused"]
    for kept in (str(told), caplog.text):
        assert "13900000001" not in kept.replace(" ", "")
        assert "林晓岚" not in kept
