"""What all functions have printed by now: lines of JSON under the ids of requests, and nothing of anybody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.template import functions
from tests.cloud.deployed import Deployed
from tests.cloud.deploying import ADMIN_NAME, ADMIN_PHONE, STRIPE_KEY
from tests.cloud.local_cloud import eventually
from tests.cloud.street import PEOPLE, Street
from tests.journeys.fund.test_spending_day import PAYEE

DONOR = "顾念慈"
AGENT = "Mozilla/5.0 (HUAWEI Pura-80; canary)"
PLATFORM = re.compile(r"(INIT_START|START|END|REPORT|EXTENSION|TELEMETRY|XRAY)\b")
# how the platform tells that a function failed: places and a code of ours
FAILURE = re.compile(r"(Traceback \(most recent call last\):|\s|chalicelib\.web\.logs\.FunctionFailed: \w+: \w+$)")
_CHINESE = re.compile(r"[一-鿿]")


def lines(deployed: Deployed, name: str) -> list[dict[str, Any]]:
    """What a function itself has told."""
    made = []
    for one in printed(deployed, name):
        if not PLATFORM.match(one) and not FAILURE.match(one):
            assert one.startswith("{"), f"{name} printed {one!r}"
            made.append(json.loads(one))
    return made


def printed(deployed: Deployed, name: str) -> list[str]:
    try:
        told = deployed.cloud.logs(deployed.function(name))
    except deployed.cloud.client("logs").exceptions.ResourceNotFoundException:
        return []
    return [line for one in told for line in one.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def busy(street: Street) -> Street:
    """A gift with a name, somebody who signs in, a refused request, a failed one, every schedule."""
    deployed = street.deployed
    donor = street.stranger()
    donor.get(f"/g/{street.poster}", user_agent=AGENT)
    street.booked(33, name=DONOR, publish_name="1")
    street["zhou"].go("/me")
    assert street["zhou"].go("/staff/books").status == 403
    for name, one in functions.read().items():
        if one.started_by == "clock":
            deployed.invoke(name)
    deployed.invoke("make_first_administrator", {"phone": ADMIN_PHONE, "name": ADMIN_NAME})
    return street


def test_every_line_is_json_and_tells_nothing_of_anybody(busy: Street) -> None:
    deployed = busy.deployed
    secrets = deployed.cloud.client("secretsmanager")
    kept = [
        value
        for name in ("SigningKeysSecretArn", "DataKeysSecretArn", "StripeSecretArn")
        for value in re.findall(r"\w{24,}", secrets.get_secret_value(SecretId=deployed.outputs[name])["SecretString"])
    ]
    people = [part for name, phone, *_ in PEOPLE.values() for part in (name, phone)]
    sessions = [value for one in busy.people.values() for value in one.cookies.values() if len(value) > 12]
    canaries = {ADMIN_PHONE, ADMIN_NAME, STRIPE_KEY, DONOR, AGENT, "canary", *PAYEE.values(), *people, *kept, *sessions}
    canaries = {one for one in canaries if len(one) > 4 or _CHINESE.search(one)}
    assert len(canaries) > 25
    told = 0
    for name in functions.read():
        text = "\n".join(printed(deployed, name))
        found = [one for one in canaries if one in text]
        assert found == [], f"{name} tells of somebody"
        assert not _CHINESE.search(text), f"{name}: {_CHINESE.search(text)}"
        for line in lines(deployed, name):
            told += 1
            assert {"timestamp", "service", "level"} <= set(line) or "_aws" in line, line
            assert line["service"] == "linli-dev", line
    assert told > 50


def test_each_request_has_its_line_and_what_it_set_going_has_its_id(busy: Street) -> None:
    deployed = busy.deployed
    answered = [one for one in lines(deployed, "payments_handler") if one.get("message") == "answered"]
    posted = [one for one in answered if one["route"] == "/webhooks/stripe" and one["status"] == 200]
    assert posted
    assert answered[0]["cold_start"] is True
    assert {one["route"] for one in answered} <= {"/webhooks/stripe"} | {
        one["route"] for one in answered if "/" in one["route"]
    }
    assert not [one for one in answered if re.search(r"[0-9A-Z]{20,}", one["route"])], "an id in a template"

    def carried_on() -> set[str]:
        done = lines(deployed, "receive_payments")
        return {one["correlation_id"] for one in done if "correlation_id" in one}

    wanted = {one["correlation_id"] for one in posted}
    eventually(lambda: wanted <= carried_on(), f"lines of the queue's function under {wanted}, not only {carried_on()}")


def test_a_person_s_number_finds_what_went_wrong(busy: Street) -> None:
    """A donor's page whose gift cannot be read: the number on it leads to the place in the program."""
    deployed = busy.deployed
    tables = deployed.cloud.client("dynamodb")
    gifts = [one for one in deployed.items("App", "GIFT#") if any(len(v.get("S", "")) > 60 for v in one.values())]
    donor = busy.booked(12)
    page = donor.to
    spoiled = [one for one in deployed.items("App", "GIFT#") if one not in gifts]
    assert spoiled
    for one in spoiled:
        cut = {
            name: {"S": value["S"][: len(value["S"]) // 2]} if len(value.get("S", "")) > 60 else value
            for name, value in one.items()
        }
        tables.put_item(TableName=deployed.outputs["AppTable"], Item=cut)
    try:
        donor.get(page)
    finally:
        for one in spoiled:
            tables.put_item(TableName=deployed.outputs["AppTable"], Item=one)
    assert donor.status == 500, donor.words
    number = re.search(r"编号:([0-9a-zA-Z-]{8,})", donor.words)
    assert number, donor.words
    where = ("api_handler", "payments_handler")
    found = [one for name in where for one in lines(deployed, name) if one.get("correlation_id") == number[1]]
    assert [one["message"] for one in found if "_aws" not in one] == ["incident", "answered"]
    assert found[0]["error"][0]["at"][-1].startswith("chalicelib/")
    assert donor.go(page).status == 200
