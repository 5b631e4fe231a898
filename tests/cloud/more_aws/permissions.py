"""IAM: what a policy can ask of a request, and a table's own policy."""

from __future__ import annotations

import contextlib
import contextvars
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ministack import app as theirs
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb as dynamodb_svc
from ministack.services import iam

Json = dict[str, Any]


_checks_of_transaction = iam_actions.dynamodb_transaction_checks
_context_of_request = iam_actions.dynamodb_service_context
_enforce = iam_evaluator.enforce
_resource_of_request = iam_actions.extract_resource_arn


def resource_of_request(service: str, method: str, path: str, headers: Json, body: bytes, *args: Any) -> str:
    """ "Actions, resources, and condition keys for Amazon DynamoDB": what a stream is asked is asked of its ARN."""
    found = str(_resource_of_request(service, method, path, headers, body, *args))
    if service.startswith("dynamodb") and b'"StreamArn"' in (body or b""):
        with contextlib.suppress(ValueError):
            return str(json.loads(body)["StreamArn"])
    return found


def table_policy(arn: str) -> tuple[str, str] | None:
    """ "Resource-based policies for DynamoDB": a table's own policy counts beside the caller's."""
    found = dynamodb_svc._resource_policies.get(arn)
    return (found["Policy"], arn.split(":")[4]) if found else None


_simulate = iam._simulate_principal_policy
_evaluate = iam_evaluator.evaluate
_simulated: contextvars.ContextVar[Json | None] = contextvars.ContextVar("simulated", default=None)


def simulate_principal_policy(asked: Json) -> Any:
    """``SimulatePrincipalPolicy``: the ContextEntries that are asked with count."""
    entries, number = {}, 1
    while name := iam._p(asked, f"ContextEntries.member.{number}.ContextKeyName"):
        value = iam._p(asked, f"ContextEntries.member.{number}.ContextKeyValues.member.1")
        is_list = iam._p(asked, f"ContextEntries.member.{number}.ContextKeyType").endswith("List")
        entries[name.lower()] = [value] if is_list else value
        number += 1
    token = _simulated.set(entries)
    try:
        return _simulate(asked)
    finally:
        _simulated.reset(token)


def evaluate(context: iam_evaluator.EvalContext, *policies: Any, **more: Any) -> Any:
    if entries := _simulated.get():
        context = replace(context, service_context={**context.service_context, **entries})
    return _evaluate(context, *policies, **more)


_keys_to_come: contextvars.ContextVar[Iterator[list[str]] | None] = contextvars.ContextVar("keys", default=None)


def hash_key(table: str) -> str:
    found = dynamodb_svc._tables.get(table.rsplit("/", 1)[-1]) or {}
    return next((str(key["AttributeName"]) for key in found.get("KeySchema", []) if key["KeyType"] == "HASH"), "")


def leading_keys(asked: Json) -> list[str]:
    """``dynamodb:LeadingKeys``: the partition keys of the items that one call names. Not of a Query: no policy
    here has a condition on reads."""
    keys = [_value(asked, asked.get("TableName", ""))]
    for table, requests in (asked.get("RequestItems") or {}).items():
        if isinstance(requests, dict):
            keys += [_value({"Key": key}, table) for key in requests.get("Keys", [])]
        else:
            keys += [_value(one.get("PutRequest") or one.get("DeleteRequest") or {}, table) for one in requests]
    return [key for key in keys if key]


def _value(asked: Json, table: str) -> str:
    attribute = (asked.get("Item") or asked.get("Key") or {}).get(hash_key(table)) or {}
    return str(next(iter(attribute.values()), ""))


def context_of_request(body: bytes) -> Json:
    context = dict(_context_of_request(body))
    with contextlib.suppress(ValueError):
        asked = json.loads(body or b"{}")
        if isinstance(asked, dict) and (keys := leading_keys(asked)):
            context["dynamodb:LeadingKeys"] = keys
    return context


def checks_of_transaction(iam_action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
    checks: list[tuple[str, str]] = _checks_of_transaction(iam_action, body, region, account_id)
    if checks:
        named = iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS
        items = [one for item in json.loads(body)["TransactItems"] for name, one in item.items() if name in named]
        _keys_to_come.set(iter([leading_keys(one) for one in items]))
    return checks


def enforce(
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: Json | None = None,
) -> Any:
    coming = _keys_to_come.get()
    if service == "dynamodb" and coming and "dynamodb:EnclosingOperation" in (service_context or {}):
        service_context = {**(service_context or {}), "dynamodb:LeadingKeys": next(coming, [])}
    if (
        service == "dynamodb"
        and iam_evaluator.is_root_access_key(access_key_id)
        and (own := table_policy(resource_arn))
    ):
        # the account itself passes by ministack's check; on AWS a denial binds it too
        account = resource_arn.split(":")[4]
        who = iam_evaluator.EvalContext(
            f"arn:aws:iam::{account}:root", "Root", account, iam_action, resource_arn, region
        )
        if iam_evaluator.evaluate_resource_policy(own[0], who).decision == "Deny":
            return iam_evaluator.EvalResult("Deny", who.principal_arn, resource_policy_arn=resource_arn)
    return _enforce(access_key_id, iam_action, service, region, resource_arn, service_context)


_pin_request_origin = iam_evaluator.pin_request_origin


def over_tls(source_ip: str, _secure_transport: bool) -> None:
    """``aws:SecureTransport``: on AWS every library speaks TLS; here the wire is this machine's own."""
    _pin_request_origin(source_ip, True)


def install() -> None:
    dynamodb_svc.table_policy = table_policy
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy")
    iam_actions.dynamodb_service_context = context_of_request
    iam_actions.dynamodb_transaction_checks = checks_of_transaction
    iam_actions.extract_resource_arn = resource_of_request
    iam_evaluator.enforce = enforce
    iam_evaluator.evaluate = evaluate
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_principal_policy
    theirs.pin_request_origin = over_tls
