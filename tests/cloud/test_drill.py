"""Bringing the books back: all tables restored under new names, verified there, and made ready to take over."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from tests.cloud.deployed import Json
from tests.cloud.deploying import command
from tests.cloud.street import Street


def test_the_drill_proves_the_restored_books_and_leaves_nothing(street: Street) -> None:
    database = street.deployed.cloud.client("dynamodb")
    before = set(database.list_tables()["TableNames"])
    entries = sum(1 for _ in street.deployed.items("Journal"))
    told = command(street.deployed.cloud, "drill", "--poll-seconds", "0.1")
    assert told.returncode == 0, told.stdout + told.stderr
    verified = re.search(r"verified (\d+) entries", told.stdout)
    assert verified is not None
    # what others' gifts set going may still be booked meanwhile
    assert entries <= int(verified[1]) <= sum(1 for _ in street.deployed.items("Journal"))
    assert ": 0 findings" in told.stdout
    assert set(database.list_tables()["TableNames"]) == before


def test_the_drill_finds_what_does_not_hold_in_the_restored_books(street: Street) -> None:
    """One total in the live table is wrong for as long as the copy is taken."""
    database, table = street.deployed.cloud.client("dynamodb"), street.deployed.outputs["BalancesTable"]
    street.booked(18)
    total = next(item for item in street.deployed.items("Balances", "T#") if "in" in item)
    wrong = {**total, "in": {"N": str(int(total["in"]["N"]) + 1)}}
    database.put_item(TableName=table, Item=wrong)
    try:
        told = command(street.deployed.cloud, "drill", "--poll-seconds", "0.1")
    finally:
        database.put_item(TableName=table, Item=total)
    assert told.returncode == 1
    assert ": 0 findings" not in told.stdout
    assert "totals" in told.stdout


def test_restored_tables_take_over(street: Street, tmp_path: Path) -> None:
    """Kept, made ready, deployed: pages, functions and the watch work with the restored tables; then back."""
    deployed, parameters = street.deployed, tmp_path / "restored.json"
    database = deployed.cloud.client("dynamodb")
    told = command(deployed.cloud, "drill", "--poll-seconds", "0.1", "--keep", str(parameters))
    assert told.returncode == 0, told.stdout + told.stderr
    restored: Json = json.loads(parameters.read_text())
    for kind in ("Journal", "Balances", "App"):
        made = database.describe_table(TableName=restored[f"{kind}Table"])["Table"]
        assert made["DeletionProtectionEnabled"]
        backups = database.describe_continuous_backups(TableName=made["TableName"])["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    policy = json.loads(database.get_resource_policy(ResourceArn=restored["JournalTableArn"])["Policy"])
    assert restored["JournalTableArn"] in json.dumps(policy)
    assert deployed.outputs["JournalTableArn"] + '"' not in json.dumps(policy)
    assert restored["JournalStreamArn"].startswith(restored["JournalTableArn"])
    ttl = database.describe_time_to_live(TableName=restored["AppTable"])["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"

    before = {name: deployed.outputs[name] for name in restored}
    moved = replace(deployed, outputs={**deployed.outputs, **restored})
    there = Street(moved, street.stripe, street.people, street.poster)
    left = sum(1 for _ in deployed.items("Journal"))
    try:
        told = command(deployed.cloud, "deploy", "--yes", "--set", f"@{parameters}")
        assert told.returncode == 0, told.stdout + told.stderr
        assert there["supervisor"].go("/staff/books").status == 200
        there.booked(21)
        assert sum(1 for _ in moved.items("Journal")) > left
        assert sum(1 for _ in deployed.items("Journal")) == left
        ear = deployed.listen(deployed.outputs["AlarmTopicArn"])
        entry = next(item for item in moved.items("Journal", "E#"))
        database.put_item(TableName=restored["JournalTable"], Item={**entry, "s": {"S": "0"}})
        ear.hears(entry["pk"]["S"].removeprefix("E#"))
        database.put_item(TableName=restored["JournalTable"], Item=entry)
        assert there.nightly_findings() == []
    finally:
        back = [part for name, value in before.items() for part in ("--set", f"{name}={value}")]
        told = command(deployed.cloud, "deploy", "--yes", *back)
        assert told.returncode == 0, told.stdout + told.stderr
    assert street.nightly_findings() == []
