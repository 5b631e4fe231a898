"""What lies in a dead-letter queue, shown and sent back: SQS as moto plays it, Lambda as a server that runs our own
functions, the engine's own stream."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from app import app
from chalicelib import cloud, config
from chalicelib.ledger.entry import entry_id
from chalicelib.ledger.store import journal
from infra.stage.account import Account, Person
from infra.stage.deploy import Wanted
from infra.stage.replay import DeadLetters, about_of, places, replay
from infra.stage.stacks import DeployFailed
from infra.stage.verify import verify
from local.engine import Engine
from tests.store.fund.giving import Giving, gift_now, open_for_gifts
from tests.store.fund.test_payments_queue import Queue, paid
from tests.store.reports.test_watching import Stream, a_payment, changed, stream

__all__ = ["stream"]
FUNCTIONS = {"WatchJournal": "watch_journal", "ExpireVouchers": "expire_vouchers"}
WANTED = Wanted("dev")


OUTPUTS: dict[str, str] = {}


class Cloud(BaseHTTPRequestHandler):
    """Lambda's Invoke, which runs the function here, on the real database; CloudFormation's outputs of a stack."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/":
            self._stack()
        else:
            self._invoke(unquote(self.path).split("/")[3].removeprefix("linli-dev-"), json.loads(body))

    def _stack(self) -> None:
        named = "".join(
            f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for name, value in OUTPUTS.items()
        )
        stack = f"<StackName>linli-dev</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{named}</Outputs>"
        body = (
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
            f"{stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )
        self._answer(200, body.encode())

    def _invoke(self, name: str, event: Any) -> None:
        failed = False
        try:
            told = app.handler_map[name](event, None)
        except Exception as error:
            told, failed = {"errorMessage": str(error)}, True
        if self.headers.get("X-Amz-Invocation-Type") == "Event":
            self._answer(202, b"")
        else:
            self._answer(200, json.dumps(told).encode(), **({"X-Amz-Function-Error": "Unhandled"} if failed else {}))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@dataclass
class Stage:
    account: Account
    urls: dict[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def sqs(self) -> Any:
        return self.account.client("sqs")

    def dead(self, place: str) -> DeadLetters:
        return DeadLetters(self.account, WANTED, place)

    def lay(self, output: str, body: str, **attributes: Any) -> str:
        found: str = self.sqs.send_message(QueueUrl=self.urls[output], MessageBody=body, MessageAttributes=attributes)[
            "MessageId"
        ]
        return found

    def count(self, output: str) -> int:
        asked = self.sqs.get_queue_attributes(QueueUrl=self.urls[output], AttributeNames=["All"])["Attributes"]
        return int(asked["ApproximateNumberOfMessages"]) + int(asked["ApproximateNumberOfMessagesNotVisible"])


@pytest.fixture
def stage(tables: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    """A stack with queues, as the app's stack names them; Lambda and the stream behind addresses of their own."""
    # the engine's shard ids are shorter than AWS's
    (tmp_path / "config").write_text("[default]\nparameter_validation = false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for service in ("LAMBDA", "CLOUDFORMATION"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", tables.endpoint)
    queues = ["PaymentsQueue", "PaymentsDeadLetters", *(f"{name}DeadLetters" for name in FUNCTIONS)]
    with mock_aws():
        cloud.forget_clients()
        said: list[str] = []
        account = Account(boto3.Session(region_name="us-east-1"), Person(yes=True), say=said.append)
        sqs = account.client("sqs")
        OUTPUTS.clear()
        OUTPUTS.update({f"{name}Url": sqs.create_queue(QueueName=name)["QueueUrl"] for name in queues})
        OUTPUTS.update({f"{name}Name": f"linli-dev-{function}" for name, function in FUNCTIONS.items()})
        yield Stage(account, OUTPUTS, said)
    server.shutdown()
    server.server_close()
    cloud.forget_clients()


def visible(stage: Stage, output: str) -> int:
    asked = stage.sqs.get_queue_attributes(QueueUrl=stage.urls[output], AttributeNames=["All"])["Attributes"]
    return int(asked["ApproximateNumberOfMessages"])


def test_every_place_with_dead_letters_can_be_named() -> None:
    assert set(places()) >= {"payments", "exports", "watch_journal", "verify_books_nightly", "expire_points"}
    assert not {"api_handler", "receive_payments", "make_first_administrator"} & set(places())


def test_looking_changes_nothing(stage: Stage) -> None:
    body = '{"id":"evt_1","type":"invoice.paid","object":"in_1","livemode":false}'
    one = stage.lay("PaymentsDeadLettersUrl", body)
    stage.lay("PaymentsDeadLettersUrl", "rubbish of 王建国")
    assert replay(stage.dead("payments")) == 0
    text = "\n".join(stage.said)
    assert f"{one}  evt_1 invoice.paid in_1" in text
    assert "not readable (14 characters)" in text
    assert "王建国" not in text
    assert "2 in the dead-letter queue" in text
    assert visible(stage, "PaymentsDeadLettersUrl") == 2


def test_a_payment_sent_back_is_booked_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    url, dead = stage.urls["PaymentsQueueUrl"], stage.urls["PaymentsDeadLettersUrl"]
    with open_for_gifts() as giving:
        gift_id = _dead_payment(giving, stage, monkeypatch)
        assert replay(stage.dead("payments"), send=True) == 0
        assert stage.count("PaymentsDeadLettersUrl") == 0
        queue = Queue(url, dead)
        while queue.poll() or stage.count("PaymentsQueueUrl"):
            pass
        assert gift_now(gift_id).state == "paid"
        booked = sum(1 for _ in journal.scan_entries())
        for body in queue.bodies:  # and all of it a second time
            stage.lay("PaymentsDeadLettersUrl", body)
        assert replay(stage.dead("payments"), send=True) == 0
        while queue.poll() or stage.count("PaymentsQueueUrl"):
            pass
        assert sum(1 for _ in journal.scan_entries()) == booked
    config.settings.cache_clear()


def _dead_payment(giving: Giving, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """A gift paid at Stripe whose events lie in the dead-letter queue."""
    gift_id, calls = paid(giving)
    for one in calls:
        event = one.event
        body = {
            "id": event["id"], "type": event["type"], "object": event["data"]["object"]["id"], "livemode": False,
        }  # fmt: skip
        stage.lay(
            "PaymentsDeadLettersUrl",
            json.dumps(body),
            correlation_id={"DataType": "String", "StringValue": "req-1"},
        )
    return gift_id


def test_what_is_carried_goes_back_too(stage: Stage) -> None:
    stage.lay("PaymentsDeadLettersUrl", "{}", correlation_id={"DataType": "String", "StringValue": "req-1"})
    replay(stage.dead("payments"), send=True)
    (got,) = stage.sqs.receive_message(QueueUrl=stage.urls["PaymentsQueueUrl"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert got["MessageAttributes"]["correlation_id"]["StringValue"] == "req-1"


def test_a_schedule_is_started_once_more(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    event = {
        "version": "0", "account": "1", "region": "r", "detail": {}, "detail-type": "Scheduled Event",
        "source": "aws.events", "time": "2026-11-26T00:00:00Z", "id": "evt-7", "resources": [],
    }  # fmt: skip
    why = {"DataType": "String", "StringValue": "expire_vouchers: store_unavailable"}
    stage.lay("ExpireVouchersDeadLettersUrl", json.dumps(event), ErrorMessage=why)
    assert replay(stage.dead("expire_vouchers"), send=True) == 0
    assert any("evt-7 2026-11-26T00:00:00Z expire_vouchers: store_unavailable" in line for line in stage.said)
    assert stage.count("ExpireVouchersDeadLettersUrl") == 0
    assert [r.__dict__["facts"]["schedule"] for r in caplog.records if r.name == "linli.schedule"] == [
        "expire_vouchers"
    ]


def batch(records: list[dict[str, Any]], arn: str, shard: str) -> str:
    """What Lambda lays aside of a stream: no record, only where it stands."""
    numbers = [one["dynamodb"]["SequenceNumber"] for one in records]
    return json.dumps(
        {
            "requestContext": {"condition": "RetryAttemptsExhausted"},
            "DDBStreamBatchInfo": {
                "shardId": shard, "startSequenceNumber": numbers[0], "endSequenceNumber": numbers[-1],
                "batchSize": len(numbers), "streamArn": arn,
            },
        }
    )  # fmt: skip


@pytest.fixture
def watched(stage: Stage, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """What was sent to the alarm topic."""
    arn = cloud.client("sns").create_topic(Name="alarms")["TopicArn"]
    monkeypatch.setenv("LINLI_ALARM_TOPIC", arn)
    config.settings.cache_clear()
    return lambda: list(sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[arn].sent_notifications)


def test_records_of_the_stream_are_read_again(stage: Stage, stream: Stream, watched: Callable[[], list[Any]]) -> None:
    key = a_payment()
    stream.records()
    changed(key, j={"S": "x"})
    changed(key, j={"S": "y"})
    changed(key, j={"S": "z"})
    two = stream.records()[:2]
    (found,) = stream.client.list_streams()["Streams"]
    shard = stream.client.describe_stream(StreamArn=found["StreamArn"])["StreamDescription"]["Shards"][0]["ShardId"]
    stage.lay("WatchJournalDeadLettersUrl", batch(two, found["StreamArn"], shard))
    assert replay(stage.dead("watch_journal"), send=True) == 0
    assert any("2 records" in line and "RetryAttemptsExhausted" in line for line in stage.said)
    assert any("2 records were given to watch_journal again" in line for line in stage.said)
    (sent,) = watched()
    assert sent[2] == "Linli test: journal changed (2)"
    assert stage.count("WatchJournalDeadLettersUrl") == 0


def test_what_fails_again_stays_and_what_is_gone_is_said(
    stage: Stage, stream: Stream, watched: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = a_payment()
    stream.records()
    changed(key, j={"S": "x"})
    records = stream.records()
    (found,) = stream.client.list_streams()["Streams"]
    arn = found["StreamArn"]
    shard = stream.client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    stage.lay("WatchJournalDeadLettersUrl", batch(records, arn, shard))
    stage.lay("WatchJournalDeadLettersUrl", batch(records, arn.replace("journal", "nothing"), shard))
    lost = stage.lay("WatchJournalDeadLettersUrl", "{}")
    topic = config.settings().alarm_topic
    monkeypatch.setenv("LINLI_ALARM_TOPIC", topic + "-gone")
    config.settings.cache_clear()
    assert replay(stage.dead("watch_journal"), send=True) == 3
    text = "\n".join(stage.said)
    assert "could not do 1 of 1 records again" in text
    assert "verify the books, then --drop it" in text
    assert "says nothing of a batch" in text
    assert visible(stage, "WatchJournalDeadLettersUrl") == 3
    monkeypatch.setenv("LINLI_ALARM_TOPIC", "")
    config.settings.cache_clear()
    assert replay(stage.dead("watch_journal"), send=True) == 3
    assert "failed again: " in "\n".join(stage.said)
    assert "setting_missing" in "\n".join(stage.said)
    # one that can never be done is dropped alone
    assert replay(stage.dead("watch_journal"), drop=True, only=lost) == 0
    assert visible(stage, "WatchJournalDeadLettersUrl") == 2


def test_nobody_agrees(stage: Stage) -> None:
    stage.lay("PaymentsDeadLettersUrl", "{}")
    account = Account(stage.account.session, Person(), say=stage.said.append)
    with pytest.raises(DeployFailed, match="YES=1"):
        replay(DeadLetters(account, WANTED, "payments"), send=True)
    assert visible(stage, "PaymentsDeadLettersUrl") == 1


def test_the_books_of_a_stage_are_verified_by_command(stage: Stage) -> None:
    """Beside the dead letters, as it asks the same stack."""
    settings = config.settings()
    tables = {"Journal": settings.table_journal, "Balances": settings.table_balances, "App": settings.table_app}
    OUTPUTS.update({f"{kind}Table": name for kind, name in tables.items()})
    OUTPUTS.update({"SigningKeysSecretArn": "s", "DataKeysSecretArn": "d"})
    key = a_payment()
    assert verify(stage.account, "dev") == 0
    assert stage.said[-1] == "dev: 2 entries, no findings"
    changed(key, j={"S": "x"})
    assert verify(stage.account, "dev") > 1
    assert any(f"entry_readable  E#{entry_id(key)}" in line for line in stage.said)
    assert config.settings().stage == "test"


@pytest.mark.parametrize("body", ["", "[]", "null", '{"id":7}', "{", '{"DDBStreamBatchInfo":7}', "𠮷" * 999])
def test_whatever_lies_there_is_shown(body: str) -> None:
    assert about_of(body) == f"not readable ({len(body)} characters)"
