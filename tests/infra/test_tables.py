"""The tables that CloudFormation makes are the ones that the code expects, and the code works on them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import config, table
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import AppItem, BalanceItem, Item, JournalItem
from infra.template import cfn
from local.engine import Engine
from tests.store.ledger import books

TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "data.yaml"
CREATED_WITH = (
    "TableName", "BillingMode", "StreamSpecification", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes",
)  # fmt: skip
TABLES: dict[str, type[Item]] = {"journal": JournalItem, "balances": BalanceItem, "app": AppItem}


def tables_of_the_template() -> list[dict[str, Any]]:
    """The properties of every table, as DynamoDB's own CreateTable takes them."""
    made = [one["Properties"] for one in resources("AWS::DynamoDB::Table").values()]
    return [{**one, "TableName": one["TableName"]["Fn::Sub"].replace("${Stage}", "dev")} for one in made]


def resources(kind: str) -> dict[str, Any]:
    return {name: one for name, one in cfn.load(TEMPLATE)["Resources"].items() if one["Type"] == kind}


@pytest.fixture
def stack(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The template's tables made in the engine, and the code pointed at them."""
    client = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    for name in TABLES:
        monkeypatch.setenv(f"LINLI_TABLE_{name.upper()}", f"linli-dev-{name}")
    for of in tables_of_the_template():
        given = {name: of[name] for name in CREATED_WITH if name in of}
        if "StreamSpecification" in given:
            given["StreamSpecification"] = {**given["StreamSpecification"], "StreamEnabled": True}
        client.create_table(**given)
    config.settings.cache_clear()
    table.forget_connections()
    yield client
    for name in TABLES:
        client.delete_table(TableName=f"linli-dev-{name}")
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


def test_every_table_can_be_restored_and_is_encrypted_with_our_key() -> None:
    tables = resources("AWS::DynamoDB::Table")
    assert len(tables) == len(TABLES)
    for one in tables.values():
        assert one["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert one["Properties"]["DeletionProtectionEnabled"] is True
        assert one["Properties"]["SSESpecification"] == {
            "SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
        }  # fmt: skip


def test_everything_outlives_its_stack() -> None:
    for name, one in cfn.load(TEMPLATE)["Resources"].items():
        assert one.get("DeletionPolicy") == one.get("UpdateReplacePolicy") == "Retain", name


def test_nobody_may_change_an_entry_whatever_iam_allows_them() -> None:
    (statement,) = resources("AWS::DynamoDB::Table")["Journal"]["Properties"]["ResourcePolicy"]["PolicyDocument"][
        "Statement"
    ]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert "Condition" not in statement
    assert set(statement["Action"]) >= {f"dynamodb:{one}" for one in ("UpdateItem", "DeleteItem", "BatchWriteItem")}
    assert set(statement["Action"]) >= {f"dynamodb:PartiQL{one}" for one in ("Insert", "Update", "Delete")}


def test_whoever_writes_to_the_journal_is_named_by_the_trail() -> None:
    (trail,) = resources("AWS::CloudTrail::Trail").values()
    assert trail["Properties"]["IsLogging"] is trail["Properties"]["EnableLogFileValidation"] is True
    (selector,) = trail["Properties"]["AdvancedEventSelectors"]
    wanted = {one["Field"]: one["Equals"] for one in selector["FieldSelectors"]}
    assert wanted == {
        "eventCategory": ["Data"],
        "resources.type": ["AWS::DynamoDB::Table"],
        "readOnly": ["false"],
        "resources.ARN": [{"Fn::GetAtt": ["Journal", "Arn"]}],
    }


def test_the_journal_has_its_stream_and_the_app_table_its_expiry(stack: Any) -> None:
    stream = stack.describe_table(TableName="linli-dev-journal")["Table"]["StreamSpecification"]
    assert stream["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    app = resources("AWS::DynamoDB::Table")["App"]["Properties"]
    assert app["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
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
