"""The journal's watch: a changed or removed entry rings, however it was done; an ordinary one does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.deployed import Deployed, Json, Listening
from tests.cloud.deploying import command
from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street


@pytest.fixture(scope="module")
def ear(deployed: Deployed) -> Listening:
    return deployed.listen(deployed.outputs["AlarmTopicArn"])


@pytest.fixture
def entry(street: Street) -> Json:
    """An entry as it was booked."""
    street.booked(30)
    return next(item for item in street.deployed.items("Journal", "E#") if "3000" in item["j"]["S"])


@contextmanager
def without_policy(deployed: Deployed) -> Iterator[Any]:
    """As somebody who takes the table's own policy away first; it is put back."""
    database, arn = deployed.cloud.client("dynamodb"), deployed.outputs["JournalTableArn"]
    policy = database.get_resource_policy(ResourceArn=arn)["Policy"]
    database.delete_resource_policy(ResourceArn=arn)
    try:
        yield database
    finally:
        database.put_resource_policy(ResourceArn=arn, Policy=policy)


def test_an_entry_that_is_overwritten_rings(street: Street, ear: Listening, entry: Json) -> None:
    deployed = street.deployed
    database, table = deployed.cloud.client("dynamodb"), deployed.outputs["JournalTable"]
    entry_id = entry["pk"]["S"].removeprefix("E#")
    changed = {**entry, "j": {"S": entry["j"]["S"].replace("3000", "9000")}}
    assert changed != entry
    database.put_item(TableName=table, Item=changed)
    try:
        told = ear.hears(entry_id)
        assert "9000" not in told, "the entry's words are for the books"
        ear.hears("linli-dev-journal-changed", "ALARM")
        assert deployed.cloud.logs(deployed.function("watch_journal"), entry_id)
        # the nightly verification finds it as well, from the entry's own hash
        assert any("leaf_hash" in finding for finding in street.nightly_findings())
    finally:
        database.put_item(TableName=table, Item=entry)
    assert street.nightly_findings() == []


def test_nobody_updates_or_removes_an_entry_while_the_table_s_policy_stands(street: Street, entry: Json) -> None:
    deployed = street.deployed
    database, table = deployed.cloud.client("dynamodb"), deployed.outputs["JournalTable"]
    key = {"pk": entry["pk"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        database.delete_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        database.update_item(TableName=table, Key=key, UpdateExpression="REMOVE h")
    with pytest.raises(ClientError, match="AccessDenied"):
        database.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}}]})


def test_an_entry_that_is_removed_rings(street: Street, ear: Listening, entry: Json) -> None:
    deployed = street.deployed
    table, entry_id = deployed.outputs["JournalTable"], entry["pk"]["S"].removeprefix("E#")
    ear.heard.clear()
    with without_policy(deployed) as database:
        database.delete_item(TableName=table, Key={"pk": entry["pk"]})
    ear.hears(entry_id)
    deployed.cloud.client("dynamodb").put_item(TableName=table, Item=entry)
    assert street.nightly_findings() == []


def test_what_is_booked_in_the_ordinary_way_rings_nobody(street: Street) -> None:
    deployed = street.deployed
    before, runs = _rung(deployed), deployed.runs("watch_journal")
    fresh = deployed.listen(deployed.outputs["AlarmTopicArn"])
    known = {item["pk"]["S"] for item in deployed.items("Journal", "E#")}
    street.booked(20)
    made = {item["pk"]["S"] for item in deployed.items("Journal", "E#")} - known
    assert made
    eventually(lambda: deployed.runs("watch_journal") > runs, "the watch to look at the stream")
    assert _rung(deployed) == before
    assert not any(pk.removeprefix("E#") in text for pk in made for text in fresh.all())


def _rung(deployed: Deployed) -> int:
    return len(deployed.cloud.logs(deployed.function("watch_journal"), "JournalChanged"))


def test_what_cannot_be_told_is_laid_aside_and_holds_up_nothing(street: Street, entry: Json) -> None:
    """The topic is out of reach for one record: after its tries Lambda lays it aside and goes on with the next."""
    deployed = street.deployed
    url, table = deployed.dead_letters("WatchJournal"), deployed.outputs["JournalTable"]
    database, entry_id = deployed.cloud.client("dynamodb"), entry["pk"]["S"].removeprefix("E#")
    before = deployed.waiting(url)
    with deployed.settings("watch_journal", LINLI_ALARM_TOPIC="arn:aws:sns:us-east-1:000000000000:not-there"):
        database.put_item(TableName=table, Item={**entry, "s": {"S": "0"}})
        eventually(lambda: deployed.waiting(url) > before, "the record among the dead letters")
    fresh = deployed.listen(deployed.outputs["AlarmTopicArn"])
    database.put_item(TableName=table, Item=entry)
    fresh.hears(entry_id)

    # what was laid aside is told after all: the stream still has the record
    again = deployed.listen(deployed.outputs["AlarmTopicArn"])
    told = command(deployed.cloud, "replay", "--queue", "watch_journal", "--send", "--yes")
    assert told.returncode == 0, told.stdout + told.stderr
    again.hears(entry_id)
    assert deployed.waiting(url) == 0
