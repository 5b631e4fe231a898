"""The tables that CloudFormation makes are the ones that the code expects, and the code works on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from chalicelib import config, table
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import AppItem, BalanceItem, Item, JournalItem
from tests.store.ledger import books

TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "tables.yaml"
CREATED_WITH = (
    "TableName", "BillingMode", "DeletionProtectionEnabled", "StreamSpecification", "AttributeDefinitions", "KeySchema",
    "GlobalSecondaryIndexes",
)  # fmt: skip
TABLES: dict[str, type[Item]] = {"journal": JournalItem, "balances": BalanceItem, "app": AppItem}


class _Loader(yaml.SafeLoader):
    """CloudFormation's short tags: only ``!Sub`` with the stage occurs in names."""


_Loader.add_constructor("!Sub", lambda loader, node: loader.construct_scalar(node).replace("${Stage}", "dev"))
_Loader.add_constructor("!Ref", lambda loader, node: loader.construct_scalar(node))


def tables_of_the_template() -> list[dict[str, Any]]:
    """The properties of every table, as DynamoDB's own CreateTable takes them."""
    resources = yaml.load(TEMPLATE.read_text("utf-8"), _Loader)["Resources"]  # noqa: S506 - a safe loader
    return [one["Properties"] for one in resources.values() if one["Type"] == "AWS::DynamoDB::Table"]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The template's tables made on moto, and the code pointed at them."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    for name in TABLES:
        monkeypatch.setenv(f"LINLI_TABLE_{name.upper()}", f"linli-dev-{name}")
    with mock_aws():
        client = boto3.client("dynamodb")
        for of in tables_of_the_template():
            given = {name: of[name] for name in CREATED_WITH if name in of}
            if "StreamSpecification" in given:
                given["StreamSpecification"] = {**given["StreamSpecification"], "StreamEnabled": True}
            client.create_table(**given)
        config.settings.cache_clear()
        table.forget_connections()
        yield client
    monkeypatch.undo()
    config.settings.cache_clear()
    table.forget_connections()


@pytest.mark.parametrize("name", TABLES)
def test_keys_and_indexes_are_those_of_the_items(stack: Any, name: str) -> None:
    made = stack.describe_table(TableName=f"linli-dev-{name}")["Table"]
    wanted = TABLES[name]._get_schema()
    assert _keys(made["KeySchema"]) == _keys(wanted["key_schema"])
    indexes = {index["IndexName"]: _keys(index["KeySchema"]) for index in made.get("GlobalSecondaryIndexes", [])}
    assert indexes == {i["index_name"]: _keys(i["key_schema"]) for i in wanted["global_secondary_indexes"]}
    types = {a["AttributeName"]: a["AttributeType"] for a in made["AttributeDefinitions"]}
    assert types == {a["AttributeName"]: a["AttributeType"] for a in wanted["attribute_definitions"]}
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert made["DeletionProtectionEnabled"] is True


def test_every_table_can_be_restored_and_outlives_its_stack() -> None:
    found = yaml.load(TEMPLATE.read_text("utf-8"), _Loader)["Resources"]  # noqa: S506 - a safe loader
    assert len(found) == 3
    for one in found.values():
        assert one["DeletionPolicy"] == one["UpdateReplacePolicy"] == "Retain"
        assert one["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert one["Properties"]["SSESpecification"] == {"SSEEnabled": True}


def test_the_journal_has_its_stream_and_the_app_table_its_expiry(stack: Any) -> None:
    stream = stack.describe_table(TableName="linli-dev-journal")["Table"]["StreamSpecification"]
    assert stream["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert "TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}" in TEMPLATE.read_text("utf-8")
    assert AppItem.expires_at.attr_name == "expires_at"


@pytest.mark.usefixtures("stack")
def test_a_gift_and_an_award_are_booked_on_the_deployed_tables() -> None:
    member = "01KA0000000000000000000001"
    books.open_books(member)
    assert books.give("pi_1", 5000)
    assert not books.give("pi_1", 5000)
    books.award(member, "C1", 270, 50)
    assert balances.wallet(member).posted("TIME") == 270
    assert [entry.key for entry in journal.statement(f"liability:wallet:{member}")[0]] == ["award:C1:1"]
    assert totals.trial_balance()[("CNY", "asset:stripe")] == 5000


def _keys(schema: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((str(k["KeyType"]).upper(), str(k["AttributeName"])) for k in schema)
