"""From Stripe's call over the queue into the books: SQS as moto plays it, Stripe's stand-in, the real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws

from app import app
from chalicelib import clock, cloud, config, table
from chalicelib.ledger.store import journal
from tests.journeys.sweep.world import signature
from tests.store.fund.giving import SECRET, Giving, balance, books_hold, gift_now, open_for_gifts

pytestmark = pytest.mark.usefixtures("tables")
TRIES = 5


@dataclass
class Queue:
    """The queue, its dead-letter queue, and Lambda between it and our function."""

    url: str
    dead: str
    bodies: list[str] = field(default_factory=list)

    @property
    def sqs(self) -> Any:
        return cloud.client("sqs")

    def put(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def poll(self, context: Any = None) -> list[str]:
        """One batch as Lambda hands it over: what the answer does not name is deleted. The bodies that failed."""
        got = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages", [])
        self.bodies += [one["Body"] for one in got]
        if not got:
            return []
        answer = app.handler_map["receive_payments"]({"Records": [as_record(one) for one in got]}, context)
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for one in got:
            if one["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
        return [one["Body"] for one in got if one["MessageId"] in failed]

    def laid_aside(self) -> list[str]:
        got = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [one["Body"] for one in got.get("Messages", [])]


def as_record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "eventSource": "aws:sqs",
    }


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world
    books_hold()


@pytest.fixture
def queue(giving: Giving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    with mock_aws():
        cloud.forget_clients()
        sqs = cloud.client("sqs")
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(TRIES)})
        url = sqs.create_queue(QueueName="payments", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        monkeypatch.setenv("LINLI_PAYMENTS_QUEUE", url)
        config.settings.cache_clear()
        yield Queue(url, dead)
    cloud.forget_clients()


def call(body: bytes, signed: str) -> dict[str, Any]:
    """Stripe's request as API Gateway hands it to the app."""
    headers = {"stripe-signature": signed, "content-type": "application/json", "host": "linli.example.org"}
    event = {
        "resource": "/webhooks/stripe", "path": "/webhooks/stripe", "httpMethod": "POST", "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None, "multiValueQueryStringParameters": None, "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/webhooks/stripe", "httpMethod": "POST", "path": "/webhooks/stripe", "stage": "api",
            "apiId": "a1", "domainName": "linli.example.org", "identity": {"sourceIp": "203.0.113.9"},
        },
        "body": body.decode(), "isBase64Encoded": False,
    }  # fmt: skip
    answer: dict[str, Any] = app(event, None)
    return answer


def paid(giving: Giving, key: str = "gift", name: str = "") -> tuple[str, list[Any]]:
    """A gift paid at Stripe, and Stripe's calls about it."""
    gift = giving.start(name=name, key=key)
    giving.stripe.pay(giving.session_of(gift.id))
    return gift.id, list(giving.stripe.pending_events())


def entries() -> int:
    return sum(1 for _ in journal.scan_entries())


def test_a_payment_is_answered_at_once_and_booked_from_the_queue(giving: Giving, queue: Queue) -> None:
    gift_id, calls = paid(giving, name="王建国")
    for one in calls:
        assert call(one.body, one.signature)["statusCode"] == 200
    assert (gift_now(gift_id).state, entries()) == ("open", 0)
    while queue.poll() or not queue.bodies:
        pass
    assert gift_now(gift_id).state == "paid"
    assert balance("asset:stripe") != 0
    assert queue.bodies
    for body in queue.bodies:
        assert set(json.loads(body)) == {"id", "type", "object", "livemode"}
        assert "王" not in body


def test_the_same_message_again_books_once(giving: Giving, queue: Queue) -> None:
    gift_id, calls = paid(giving)
    for one in calls * 2:
        call(one.body, one.signature)
    for _ in range(4):
        assert queue.poll() == []
    booked = entries()
    assert gift_now(gift_id).state == "paid"
    for body in list(queue.bodies):  # sent back from the dead-letter queue, say
        queue.put(body)
    while (
        queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"][
            "ApproximateNumberOfMessages"
        ]
        != "0"
    ):
        assert queue.poll() == []
    assert entries() == booked


def test_what_cannot_be_booked_is_laid_aside_and_holds_up_nothing(
    giving: Giving, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    gift_id, calls = paid(giving, "broken")
    other_id, other_calls = paid(giving, "whole")
    poison = ["not json", '{"id":"evt_x","type":"checkout.session.completed","object":"cs","livemode":false,"x":1}']
    for body in poison:
        queue.put(body)
    for one in (*calls, *other_calls):
        call(one.body, one.signature)
    client, key = table.connection().client, {"pk": {"S": f"GIFT#{gift_id}"}, "sk": {"S": "-"}}
    before = client.update_item(
        TableName=config.settings().table_app,
        Key=key,
        UpdateExpression="SET gift = :v",
        ExpressionAttributeValues={":v": {"S": "{"}},
        ReturnValues="UPDATED_OLD",
    )["Attributes"]["gift"]
    failed = [body for _ in range(3 * TRIES) for body in queue.poll()]
    assert gift_now(other_id).state == "paid"
    aside = queue.laid_aside()
    assert set(poison) < set(aside)
    for body in aside:
        assert failed.count(body) == TRIES, body
    counted = [record.__dict__["metric"] for record in caplog.records if "metric" in record.__dict__]
    assert counted == [("PaymentEventFailed", 1)] * len(failed)
    codes = {record.__dict__["facts"].get("code") for record in caplog.records if record.levelname == "ERROR"}
    assert codes == {"webhook_unreadable", "item_unreadable"}
    # put right, and sent back: booked once
    client.update_item(
        TableName=config.settings().table_app,
        Key=key,
        UpdateExpression="SET gift = :v",
        ExpressionAttributeValues={":v": before},
    )
    for body in aside:
        if body not in poison:
            queue.put(body)
            queue.put(body)
    while queue.poll():
        pass
    queue.poll()
    assert gift_now(gift_id).state == "paid"
    assert sum(1 for one in journal.scan_entries() if one.kind == "gift") == 2


def test_while_stripe_is_silent_the_rest_of_a_batch_does_not_try(
    giving: Giving, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    gift_id, calls = paid(giving)
    (session,) = (one for one in calls if one.event["type"] == "checkout.session.completed")
    for _ in range(3):
        call(session.body, session.signature)
    giving.stripe.fail_next(3, status=0, path="/v1/checkout")  # one call and its two repetitions
    assert len(queue.poll()) == 3
    assert [record.__dict__["metric"] for record in caplog.records if "metric" in record.__dict__] == [
        ("PaymentEventFailed", 1)
    ]
    assert gift_now(gift_id).state == "open"
    assert queue.poll() == []
    assert gift_now(gift_id).state == "paid"


def test_a_message_that_is_not_reached_in_time_comes_again(giving: Giving, queue: Queue) -> None:
    class Ending:
        def get_remaining_time_in_millis(self) -> int:
            return 29_000

    gift_id, calls = paid(giving)
    for one in calls:
        call(one.body, one.signature)
    assert queue.poll(Ending()) == queue.bodies
    assert gift_now(gift_id).state == "open"
    while queue.poll():
        pass
    assert gift_now(gift_id).state == "paid"


def test_a_queue_that_takes_nothing_lets_stripe_deliver_again(
    giving: Giving, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, calls = paid(giving)
    (session,) = (one for one in calls if one.event["type"] == "checkout.session.completed")
    monkeypatch.setenv("LINLI_PAYMENTS_QUEUE", queue.url + "-gone")
    config.settings.cache_clear()
    assert call(session.body, session.signature)["statusCode"] == 503


def test_what_we_do_not_listen_to_is_not_queued_and_what_is_forged_neither(giving: Giving, queue: Queue) -> None:
    body = json.dumps(
        {"id": "evt_1", "type": "something.new", "livemode": False, "data": {"object": {"id": "x"}}}
    ).encode()
    assert call(body, signature(body, clock.now_ms(), SECRET))["statusCode"] == 200
    assert call(body, signature(body, clock.now_ms(), "whsec_other"))["statusCode"] == 400
    assert queue.poll() == []
    assert queue.bodies == []
