"""The watch on the journal's stream: real records of the engine, as Lambda hands them over; SNS as moto plays it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from app import app
from chalicelib import clock, cloud, config, table
from chalicelib.config import settings
from chalicelib.ledger import entry as e
from chalicelib.ledger.store import journal
from chalicelib.ledger.store.journal import EntryItem
from local.engine import Engine
from tests.store.fund import spending as fund
from tests.store.fund.people import NOW


@dataclass
class Stream:
    """The journal's stream from a moment on."""

    client: Any
    iterators: list[str]

    def records(self) -> list[dict[str, Any]]:
        """What has come since, as Lambda puts it into an event: JSON, bytes in Base64."""
        found: list[dict[str, Any]] = []
        for number, iterator in enumerate(self.iterators):
            told = self.client.get_records(ShardIterator=iterator, Limit=1000)
            self.iterators[number] = told["NextShardIterator"]
            found += told["Records"]
        as_json: list[dict[str, Any]] = json.loads(json.dumps(found, default=plain))
        return as_json


def plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    assert isinstance(value, datetime)
    return value.astimezone(UTC).timestamp()


@pytest.fixture
def stream(tables: Engine) -> Stream:
    made = boto3.client(
        "dynamodbstreams",
        endpoint_url=tables.endpoint,
        region_name="us-east-1",
        config=Config(parameter_validation=False),  # the engine's shard ids are shorter than AWS's
    )
    (found,) = made.list_streams(TableName=settings().table_journal)["Streams"]
    shards = made.describe_stream(StreamArn=found["StreamArn"])["StreamDescription"]["Shards"]
    iterators = [
        made.get_shard_iterator(
            StreamArn=found["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for shard in shards
    ]
    stream = Stream(made, iterators)
    while stream.records():  # of a table of the same name before this one
        pass
    return stream


@pytest.fixture
def topic(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What was sent to the alarm topic so far: (message id, message, subject, …)."""
    with mock_aws():
        cloud.forget_clients()
        arn = cloud.client("sns").create_topic(Name="alarms")["TopicArn"]
        monkeypatch.setenv("LINLI_ALARM_TOPIC", arn)
        config.settings.cache_clear()
        yield sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[arn].sent_notifications
    cloud.forget_clients()
    monkeypatch.undo()
    config.settings.cache_clear()


def watch(records: list[dict[str, Any]]) -> list[str]:
    """The sequence numbers that come again."""
    answer = app.handler_map["watch_journal"]({"Records": records}, None)
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def counted(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What an alarm counted: (what, entry)."""
    facts = [r.__dict__["facts"] for r in caplog.records if r.__dict__.get("metric") == ("JournalChanged", 1)]
    return [(one["what"], one["entry"]) for one in facts]


def a_payment() -> str:
    """Entries in the journal, and the key of the last."""
    with clock.at(NOW):
        fund.open_fund()
        return f"pay:{fund.pay(fund.approve(fund.ask(20_000))).id}:1"


def changed(key: str, **to: Any) -> None:
    """Somebody with the keys to the table writes into an entry."""
    names = {f"#{name}": name for name in to}
    table.connection().client.update_item(
        TableName=settings().table_journal,
        Key={"pk": {"S": f"E#{e.entry_id(key)}"}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in to),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": value for name, value in to.items()},
    )


def put(item: EntryItem) -> None:
    table.connection().client.put_item(TableName=settings().table_journal, Item=item.serialize())


def test_entries_put_by_the_system_are_nobodys_concern(
    stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    a_payment()
    records = stream.records()
    assert len(records) >= 2
    assert {one["eventName"] for one in records} == {"INSERT"}
    assert watch(records) == []
    assert (topic, counted(caplog)) == ([], [])


def test_a_changed_entry_is_told_with_its_id_and_what_to_do(
    stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    key = a_payment()
    item = EntryItem.get(f"E#{e.entry_id(key)}")
    stream.records()
    changed(key, j={"S": item.body.replace("20000", "90000")})
    assert watch(stream.records()) == []
    (sent,) = topic
    text, subject = sent[1], sent[2]
    assert subject == "Linli test: journal changed (1)"
    assert f"分录被改动 entry changed: {e.entry_id(key)} (j)" in text
    assert "Journal changed" in text
    assert "惠民超市" not in text
    assert counted(caplog) == [("changed", e.entry_id(key))]
    assert "惠民超市" not in caplog.text


def test_a_removed_and_a_replaced_entry(stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    key = a_payment()
    item = EntryItem.get(f"E#{e.entry_id(key)}")
    others = [one for one in journal.scan_entries() if one.key != key]
    stream.records()
    item.delete()
    changed(others[0].key, a1={"S": "A#liability:wallet:somebody"})
    assert watch(stream.records()) == []
    assert sorted(counted(caplog)) == [("changed", others[0].id), ("removed", e.entry_id(key))]
    (sent,) = topic
    assert sent[2] == "Linli test: journal changed (2)"
    assert "(a1)" in sent[1]


def forged(key: str, **to: Any) -> EntryItem:
    """An entry that somebody puts past the system, right but for ``to``."""
    posted = (e.Posting("asset:bank:basic", "CNY", 500), e.Posting("equity:opening:relief", "CNY", -500))
    fields = {"key": key, "kind": "opening", "postings": posted, "owner": "pot:relief", "inputs": {}}
    made = e.Entry(value_date=clock.shanghai_day(NOW), **fields)
    with clock.at(NOW):
        body = to.pop("body", None) or made.body(NOW)
        nonce = b"n" * 16
        item = EntryItem(
            pk=f"E#{made.id}", body=body, nonce=nonce, leaf=e.leaf_hash(body, nonce),
            day=f"D#{clock.shanghai_day(NOW):%Y%m%d}#1", at=f"{NOW:013d}#{made.id}",
        )  # fmt: skip
    for name, value in to.items():
        setattr(item, name, value)
    return item


WRONG = {
    "leaf_hash": {"leaf": b"x" * 32},
    "id": {"pk": "E#" + "0" * 32},
    "indexes": {"late_month": "L#202001"},
    "body": {"body": '{"key":"opening:1"}'},
}


@pytest.mark.parametrize("check", WRONG)
def test_an_entry_put_past_the_system(
    check: str, stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    right, wrong = forged("opening:right"), forged("opening:wrong", **WRONG[check])
    stream.records()
    put(right)
    put(wrong)
    assert watch(stream.records()) == []
    assert counted(caplog) == [("wrong", wrong.pk[2:])]
    assert f"({check})" in topic[0][1]


def test_an_entry_whose_legs_do_not_balance_or_that_is_spelled_otherwise(
    stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    right = forged("opening:right")
    spelled = forged("opening:right", body=right.body.replace(":", ": ", 1))
    unbalanced = forged("opening:right", body=right.body.replace("-500", "-400"))
    stream.records()
    put(spelled)
    spelled.delete()
    put(unbalanced)
    assert watch(stream.records()) == []
    told = topic[0][1]
    assert "(canonical)" in told
    assert "(balanced)" in told


def test_a_record_that_cannot_be_read_comes_again_alone(
    stream: Stream, topic: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    key = a_payment()
    stream.records()
    changed(key, j={"S": "x"})
    changed(key, j={"S": "y"})
    records = stream.records()
    broken = {**records[0], "dynamodb": {"SequenceNumber": records[0]["dynamodb"]["SequenceNumber"]}}
    strange = {**records[0], "eventName": "SOMETHING"}
    strange["dynamodb"] = {**strange["dynamodb"], "SequenceNumber": "77"}
    assert watch([broken, strange, *records[1:]]) == [records[0]["dynamodb"]["SequenceNumber"], "77"]
    assert counted(caplog) == [("changed", e.entry_id(key))]
    assert len(topic) == 1


def test_what_could_not_be_told_comes_again(stream: Stream, topic: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    key = a_payment()
    before = stream.records()
    changed(key, j={"S": "x"})
    after = stream.records()
    monkeypatch.setenv("LINLI_ALARM_TOPIC", settings().alarm_topic + "-gone")
    config.settings.cache_clear()
    assert watch([*before, *after]) == [after[0]["dynamodb"]["SequenceNumber"]]
    monkeypatch.setenv("LINLI_ALARM_TOPIC", "")
    config.settings.cache_clear()
    with pytest.raises(Exception, match="setting_missing"):
        watch(before)


def test_a_thousand_at_once_are_one_message(stream: Stream, topic: list[Any]) -> None:
    key = a_payment()
    stream.records()
    changed(key, j={"S": "x"})
    (record,) = stream.records()
    many = [
        {**record, "dynamodb": {**record["dynamodb"], "Keys": {"pk": {"S": f"E#{n:032x}"}}, "SequenceNumber": str(n)}}
        for n in range(1000)
    ]
    assert watch(many) == []
    (sent,) = topic
    assert "980 more" in sent[1]
    assert len(sent[1].encode()) < 10_000
