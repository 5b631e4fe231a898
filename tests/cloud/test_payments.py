"""Stripe's post through the queue: each event on its own, what cannot be booked laid aside, replayed once."""

from __future__ import annotations

import pytest

from tests.cloud.deployed import Deployed
from tests.cloud.deploying import command
from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street


@pytest.fixture(autouse=True)
def _impatient(deployed: Deployed) -> None:
    """A message that failed is seen again at once, where AWS waits for two minutes."""
    deployed.cloud.client("sqs").set_queue_attributes(
        QueueUrl=deployed.outputs["PaymentsQueueUrl"], Attributes={"VisibilityTimeout": "1"}
    )


def test_a_poison_message_is_laid_aside_and_holds_up_nothing(street: Street) -> None:
    deployed = street.deployed
    dead = deployed.outputs["PaymentsDeadLettersUrl"]
    ear = deployed.listen(deployed.outputs["AlarmTopicArn"])
    before = deployed.waiting(dead)
    deployed.cloud.client("sqs").send_message(QueueUrl=deployed.outputs["PaymentsQueueUrl"], MessageBody="{poison")
    assert "捐赠已到账" in street.booked(10).words
    eventually(lambda: deployed.waiting(dead) == before + 1, "the poison among the dead letters", 60)
    assert deployed.waiting(deployed.outputs["PaymentsQueueUrl"]) == 0
    ear.hears("payments-dead-letters", "ALARM")
    # its words are in no log
    assert deployed.cloud.logs(deployed.function("receive_payments"), "poison") == []
    deployed.empty(dead)


def test_what_stripe_s_silence_laid_aside_is_replayed_and_booked_once(street: Street) -> None:
    deployed = street.deployed
    dead = deployed.outputs["PaymentsDeadLettersUrl"]
    donor = street.give(70)
    thanks = donor.to
    street.stripe.fail_next(1_000_000, status=503)
    try:
        assert {answer.status for answer in street.post_events()} == {200}
        eventually(lambda: deployed.waiting(dead) > 0, "Stripe's events among the dead letters", 120)
    finally:
        street.stripe.fail_next(0)
    assert "捐赠已到账" not in donor.go(thanks).words
    eventually(lambda: deployed.waiting(deployed.outputs["PaymentsQueueUrl"]) == 0, "an empty queue", 120)
    for _ in range(2):
        told = command(deployed.cloud, "replay", "--queue", "payments", "--send", "--yes")
        assert told.returncode == 0, told.stdout + told.stderr
    eventually(lambda: "捐赠已到账" in donor.go(thanks).words, "the gift in the books", 60)
    eventually(lambda: deployed.waiting(deployed.outputs["PaymentsQueueUrl"]) == 0, "an empty queue")
    booked = [item for item in deployed.items("Journal", "E#") if "-7000" in item["j"]["S"]]
    assert len(booked) == 1, "the gift, once; its fee is another sum"
    assert street.nightly_findings() == []
