"""What is missing or forbidden is named by the first call that needs it, and nothing is done by half."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.cloud.deployed import Deployed, Json
from tests.cloud.deploying import command
from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street


def test_a_setting_that_is_missing_is_named_on_the_page(street: Street) -> None:
    with street.deployed.settings("api_handler", LINLI_SIGNING_KEYS_SECRET=None):
        page = street.stranger().get("/sign-in")
        assert page.status == 503
        assert "LINLI_SIGNING_KEYS_SECRET" in page.text or "LINLI_SECRET_KEYS" in page.text
        told = command(street.deployed.cloud, "deploy", "--check")
        assert told.returncode == 1
        assert "LINLI_SIGNING_KEYS_SECRET" in told.stderr
    assert street.stranger().get("/sign-in").status == 200


def test_a_setting_that_is_malformed_is_named(street: Street) -> None:
    with street.deployed.settings("verify_books_nightly", LINLI_TABLE_JOURNAL="!"):
        told = street.deployed.invoke("verify_books_nightly")
        assert told.error
        assert "setting_missing" in json.dumps(told.answer)
        assert eventually(
            lambda: street.deployed.cloud.logs(street.deployed.function("verify_books_nightly"), "LINLI_TABLE_JOURNAL"),
            "a line that names the setting",
        )
    assert not street.deployed.invoke("verify_books_nightly").error


@contextmanager
def secret(deployed: Deployed, name: str, text: str) -> Iterator[None]:
    """Within the block the secret holds something else; functions that have read it start afresh."""
    manager, arn = deployed.cloud.client("secretsmanager"), deployed.outputs[name]
    before = manager.get_secret_value(SecretId=arn)["SecretString"]
    manager.put_secret_value(SecretId=arn, SecretString=text)
    try:
        with deployed.settings("payments_handler", LINLI_AFRESH="1"):
            yield
    finally:
        manager.put_secret_value(SecretId=arn, SecretString=before)


def test_a_secret_that_is_malformed_is_named_and_not_shown(street: Street) -> None:
    with secret(street.deployed, "StripeSecretArn", '{"secret_key": "sk_live_leaky'):
        told = street.deployed.address.ask(
            "POST", "/api/webhooks/stripe", b"{}", {"stripe-signature": "t=1,v1=x", "content-type": "application/json"}
        )
        assert told.status == 503, told.text
        assert "setting_missing" in told.text
        assert "leaky" not in told.text
        logs = street.deployed.cloud.logs(street.deployed.function("payments_handler"))
        assert any("LINLI_STRIPE_SECRET" in line for line in logs)
        assert not any("leaky" in line for line in logs)
        checked = command(street.deployed.cloud, "deploy", "--check")
        assert "LINLI_STRIPE_SECRET" in checked.stderr
        assert "leaky" not in checked.stdout + checked.stderr
    assert "捐赠已到账" in street.booked(15).words


def lacking(action: str, resource: str) -> Callable[[list[Json]], list[Json]]:
    """A policy without what allows this."""

    def change(statements: list[Json]) -> list[Json]:
        left = [one for one in statements if not (_has(one, "Action", action) and _has(one, "Resource", resource))]
        assert len(left) < len(statements)
        return left

    return change


def _has(statement: Json, part: str, wanted: str) -> bool:
    found = statement[part]
    return statement["Effect"] == "Allow" and wanted in (found if isinstance(found, list) else [found])


def test_a_permission_that_is_missing_is_named(street: Street) -> None:
    without_stripe = lacking("secretsmanager:GetSecretValue", street.deployed.outputs["StripeSecretArn"])
    with (
        street.deployed.policy("payments_handler", without_stripe),
        street.deployed.settings("payments_handler", LINLI_AFRESH="2"),
    ):
        told = street.deployed.address.ask(
            "POST", "/api/webhooks/stripe", b"{}", {"stripe-signature": "t=1,v1=x", "content-type": "application/json"}
        )
        assert told.status == 503, told.text
        assert eventually(
            lambda: street.deployed.cloud.logs(
                street.deployed.function("payments_handler"), "secretsmanager:GetSecretValue"
            ),
            "a line that names the permission",
        )


def test_a_permission_that_is_missing_halfway_leaves_nothing_half_done(street: Street) -> None:
    """A gift's entry may be inserted and its balances may not: neither is."""
    deployed = street.deployed
    without_balances = lacking("dynamodb:UpdateItem", deployed.outputs["BalancesTableArn"])
    sqs = deployed.cloud.client("sqs")
    sqs.set_queue_attributes(QueueUrl=deployed.outputs["PaymentsQueueUrl"], Attributes={"VisibilityTimeout": "2"})
    entries = sum(1 for _ in deployed.items("Journal"))
    with deployed.policy("receive_payments", without_balances):
        donor = street.give(44)
        thanks = donor.to
        assert {answer.status for answer in street.post_events()} == {200}
        eventually(
            lambda: deployed.cloud.logs(deployed.function("receive_payments"), "permission_missing"), "a refusal named"
        )
        assert sum(1 for _ in deployed.items("Journal")) == entries
    eventually(lambda: "捐赠已到账" in donor.go(thanks).words, "the gift, once it may be booked", 60)
    assert street.nightly_findings() == []
