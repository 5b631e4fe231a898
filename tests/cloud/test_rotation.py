"""Every key and secret is changed while people go on; nobody notices, and nobody comes to be twice."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import Future, ThreadPoolExecutor

from local.stripe_standin import StripeStandIn
from tests.cloud.deploying import command
from tests.cloud.local_cloud import eventually
from tests.cloud.person import Person
from tests.cloud.street import Street

RINGS = ("SigningKeysSecretArn", "DataKeysSecretArn")


def secret_of(street: Street, name: str) -> dict[str, str]:
    manager = street.deployed.cloud.client("secretsmanager")
    found: dict[str, str] = json.loads(manager.get_secret_value(SecretId=street.deployed.outputs[name])["SecretString"])
    return found


def webhook_secrets(stripe: StripeStandIn) -> list[str]:
    """Of every endpoint that Stripe tells."""
    return [one["_secrets"][0] for one in stripe.account.store.find("webhook_endpoint")]


def phone_keys(street: Street) -> set[str]:
    """The ids of the keys that phones are found under."""
    return {item["pk"]["S"].split("#")[1] for item in street.deployed.items("App", "PHONE#")}


def newcomer(street: Street, number: int) -> Person:
    """Somebody whom the administrator registers and who signs in at once."""
    phone = f"13700000{number:03d}"
    street["admin"].go("/staff/members/new").press(
        "/staff/members/new", name="何新", community_id="longjing", consent_on_paper="1", phone=phone
    )
    assert street["admin"].status == 200, street["admin"].words
    return street.deployed.person(phone).sign_in()


def gift_is_booked(street: Street) -> None:
    """The old endpoint's message is let in; the new one's may be refused for some seconds, and would be sent again."""
    donor = street.give(3)
    thanks = donor.to
    answers = [answer.status for answer in street.post_events()]
    assert set(answers) <= {200, 400}, answers
    assert answers.count(200) >= answers.count(400)
    eventually(lambda: "捐赠已到账" in donor.go(thanks).words, "the gift in the books")


def rotated(street: Street, kind: str) -> Future[str]:
    """`make rotate KEY=…` in the background; what it printed."""

    def run() -> str:
        told = command(street.deployed.cloud, "rotate", "--at-once", "--yes", kind)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    return ThreadPoolExecutor(1).submit(run)


def test_all_keys_change_while_everybody_goes_on(street: Street, stripe: StripeStandIn) -> None:
    before = {name: secret_of(street, name) for name in RINGS}
    [old] = webhook_secrets(stripe)
    early = newcomer(street, 0)
    form = street.stranger()
    form.go(f"/g/{street.poster}")

    numbers, endpoints = iter(range(1, 400)), set()
    works = [rotated(street, kind) for kind in ("signing", "data", "stripe-webhook")]
    while not all(work.done() for work in works):
        one = newcomer(street, next(numbers))
        assert one.go("/me/points").status == 200, one.words
        assert early.go("/me/points").status == 200, early.words
        # whoever is registered already is found, and not made again
        street["admin"].go("/staff/members/new").press(
            "/staff/members/new", name="何新", community_id="longjing", consent_on_paper="1", phone=one.phone
        )
        assert "这个手机号码已经登记过了" in street["admin"].words
        gift_is_booked(street)
        endpoints.add(len(webhook_secrets(stripe)))
        time.sleep(1)  # codes are limited by address, and all of us stand behind one
    told = "".join(work.result() for work in works)
    assert not any(value in told for ring in before.values() for value in ring.values() if len(value) > 8)

    for name, ring in before.items():
        now = secret_of(street, name)
        assert now["current"] != ring["current"]
        assert now[ring["current"]] == ring[ring["current"]]
    assert phone_keys(street) == {secret_of(street, "DataKeysSecretArn")["current"]}
    assert 2 in endpoints, "both endpoints told us for a while"
    [new] = webhook_secrets(stripe)
    assert new != old
    assert secret_of(street, "StripeSecretArn")["webhook_secrets"] == [new]

    form.send(f"/g/{street.poster}", amount_fen="2")  # a page from before
    assert form.status == 303, form.words
    assert early.go("/me/points").status == 200
    assert street["zhou"].go("/me/points").status == 200
    told = command(street.deployed.cloud, "rotate", "--retire", "--yes", "data").stdout
    assert "retired" in told
    assert len(secret_of(street, "DataKeysSecretArn")) == 2
    newcomer(street, next(numbers))
    street.booked(4)
    assert street.nightly_findings() == []


def test_digits_of_secrets_are_nowhere_in_the_logs(street: Street) -> None:
    values = [key for name in RINGS for key in secret_of(street, name).values()]
    for function in ("api_handler", "payments_handler"):
        lines = "\n".join(street.deployed.cloud.logs(street.deployed.function(function)))
        assert not [value for value in values if len(value) > 8 and value in lines]
        assert not re.search(r"whsec_[A-Za-z0-9]{8}", lines)
