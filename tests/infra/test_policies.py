"""What the hand-written policies must never allow, whatever else changes in them."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.template import cfn, functions, permissions
from infra.template.policies import FILE, PolicyWrong, Statement, parse, policies

PAYING = {"payments_handler", "receive_payments", "ask_stripe_again"}
CHANGING = {"UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"}
WRITING = {*CHANGING, "PutItem"}
ROLE_CHARACTERS_MAX = 10_240
"""IAM's limit of all inline policies of a role together, white space not counted."""


def granted(function: str) -> list[Statement]:
    return [one for one in policies().of(function) if one.effect == "Allow"]


def symbols(one: Statement) -> set[str]:
    return {permissions.symbol(resource) for resource in one.resources}


def allowed(function: str, service: str, thing: str) -> set[str]:
    """Actions of the service that the function has on the thing, without the service's name."""
    return {
        action.split(":")[1]
        for one in granted(function)
        for action in one.actions
        if action.startswith(service + ":") and thing in symbols(one)
    }


@pytest.mark.parametrize("function", policies().functions)
def test_the_journal_is_only_inserted_into_and_a_deny_stands_beside(function: str) -> None:
    for thing in ("JournalTableArn", "JournalTableArn/index/*", "JournalTableArn/*", "*"):
        assert not allowed(function, "dynamodb", thing) & CHANGING
    denied = {
        action.split(":")[1]
        for one in policies().of(function)
        if one.effect == "Deny" and "JournalTableArn" in symbols(one) and not one.condition
        for action in one.actions
    }
    assert denied >= CHANGING


@pytest.mark.parametrize("function", policies().functions)
def test_only_payment_functions_read_stripes_secret(function: str) -> None:
    has = bool(allowed(function, "secretsmanager", "StripeSecretArn"))
    assert has == (function in PAYING)
    assert ("LINLI_STRIPE_SECRET" in functions.read()[function].settings) == has


@pytest.mark.parametrize("function", policies().functions)
def test_a_function_is_told_of_a_secret_exactly_when_it_may_read_it(function: str) -> None:
    told = functions.read()[function].settings
    for setting, thing in (
        ("LINLI_SIGNING_KEYS_SECRET", "SigningKeysSecretArn"),
        ("LINLI_DATA_KEYS_SECRET", "DataKeysSecretArn"),
    ):
        assert (setting in told) == bool(allowed(function, "secretsmanager", thing))
    assert ("LINLI_ALARM_TOPIC" in told) == bool(allowed(function, "sns", "AlarmTopic"))


def test_verification_reads_and_writes_nothing_but_its_own_report() -> None:
    writes = [
        (one.actions, symbols(one), one.condition)
        for one in granted("verify_books_nightly")
        if any(action.split(":")[1] in WRITING for action in one.actions)
    ]
    only_report = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["VERIFICATION#*"]}}
    assert writes == [(("dynamodb:PutItem",), {"AppTableArn"}, only_report)]
    services = {action.split(":")[0] for one in granted("verify_books_nightly") for action in one.actions}
    assert services == {"dynamodb", "kms", "logs", "xray", "sqs"}


def test_an_export_writes_its_own_jobs_and_files_and_nothing_else() -> None:
    for thing in ("JournalTableArn", "BalancesTableArn"):
        assert not allowed("run_exports", "dynamodb", thing) & WRITING
    for one in granted("run_exports"):
        if {action.split(":")[1] for action in one.actions} & WRITING:
            assert one.condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["JOB#*"]}}
    assert {s for one in granted("run_exports") if one.actions[0].startswith("s3:") for s in symbols(one)} == {
        "FilesBucket/exports/*"
    }


def test_the_watch_of_the_journal_writes_to_no_table() -> None:
    for thing in ("JournalTableArn", "BalancesTableArn", "AppTableArn"):
        assert not allowed("watch_journal", "dynamodb", thing)


def test_no_action_is_a_wildcard_and_every_star_has_its_reason() -> None:
    stars = {}
    for name, one in policies().statements.items():
        assert not any("*" in action for action in one.actions), name
        assert len(one.why) > 10, name
        if "*" in symbols(one):
            stars[name] = set(one.actions)
    # X-Ray knows no resources, and neither is a phone number one
    assert stars == {
        "traces": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
        "send-sms": {"sns:Publish"},
    }
    for function in policies().functions:
        named = [one.name for one in policies().of(function)]
        assert ("no-topic" in named) == ("send-sms" in named)


def test_the_key_is_used_through_a_service_only() -> None:
    for one in policies().statements.values():
        if any(action.startswith("kms:") for action in one.actions):
            assert one.condition is not None
            assert list(one.condition) == ["StringLike"]
            (via,) = one.condition["StringLike"].values()
            assert re.fullmatch(r"[a-z0-9]+\.\$\{AWS::Region\}\.\*", via["Fn::Sub"])


def test_the_file_is_refused_when_names_do_not_fit() -> None:
    read = cfn.load(FILE)

    def broken(change: Any) -> dict[str, Any]:
        other = copy.deepcopy(read)
        change(other)
        return other

    for change, told in (
        (lambda r: r["functions"]["api_handler"].append("read-everything"), "no statement is named read-everything"),
        (lambda r: r["functions"]["api_handler"].append("read-app"), "named twice"),
        (lambda r: r["functions"].pop("watch_journal"), "no function has"),
        (lambda r: r["statements"]["read-app"].pop("why"), "needs why"),
        (lambda r: r["statements"]["read-app"].update(Principal="*"), "has nothing but"),
        (lambda r: r["statements"]["read-app"].update(Effect="allow"), "Allow or Deny"),
    ):
        with pytest.raises(PolicyWrong, match=told):
            parse(broken(change))


def test_every_policy_fits_into_a_role() -> None:
    long = "arn:aws-cn:secretsmanager:cn-northwest-1:123456789012:secret:linli-prod/signing-keys-AbCdEf"
    for function in policies().functions:
        document = policies().document(function, {})
        text = json.dumps(document, separators=(",", ":"))
        longest = re.sub(r'\{"(Ref|Fn::Sub|Fn::GetAtt)":(\[[^]]*\]|"[^"]*")\}', f'"{long}"', text)
        assert len(longest) < ROLE_CHARACTERS_MAX, function


def test_the_page_of_permissions_is_up_to_date() -> None:
    assert permissions.PAGE.read_text("utf-8") == permissions.page(), "make permissions"


def test_the_questions_go_both_ways_and_name_what_is_feared() -> None:
    names = {thing.split("/")[0].split(".")[0] for things in permissions.SERVICES.values() for thing in things} - {"*"}
    asked = list(permissions.cases({name: f"arn:x:{name}" for name in names}))
    by = {(c.function, c.action, c.thing, c.context): c.allowed for c in asked}
    assert len(by) == len(asked)
    assert by["api_handler", "dynamodb:PutItem", "JournalTableArn", ()]
    assert not by["api_handler", "dynamodb:UpdateItem", "JournalTableArn", ()]
    assert not by["api_handler", "secretsmanager:GetSecretValue", "StripeSecretArn", ()]
    assert not by["api_handler", "sns:Publish", "AlarmTopic", ()]
    assert by["api_handler", "sns:Publish", "*", ()]
    assert by["watch_journal", "sns:Publish", "AlarmTopic", ()]
    own, other = (("dynamodb:LeadingKeys", "VERIFICATION#2026-11-26"),), (("dynamodb:LeadingKeys", "MEMBER#01KA"),)
    assert by["verify_books_nightly", "dynamodb:PutItem", "AppTableArn", own]
    assert not by["verify_books_nightly", "dynamodb:PutItem", "AppTableArn", other]
    assert {c.function for c in asked if c.allowed} == set(policies().functions)
    for function in policies().functions:
        assert not by[function, "dynamodb:DeleteItem", "JournalTableArn", ()]
        assert not by[function, "dynamodb:PartiQLUpdate", "JournalTableArn", ()]


def test_the_page_has_a_row_for_every_pair_that_is_asked_and_allowed() -> None:
    page = Path(permissions.PAGE).read_text("utf-8")
    for one in policies().statements.values():
        for action in one.actions if one.effect == "Allow" else ():
            assert f"`{action}`" in page
