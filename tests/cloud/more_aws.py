"""ministack, and what AWS does that it leaves out, so that the template need not be changed to be tried.

Runs on the interpreter of the local cloud (``.venv-cloud``), never on ours. Each addition says what AWS does,
with the name of the page of AWS's documentation that says so; what ministack does itself is left alone.
tests/cloud/README.md lists what neither does.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import json
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import _request_account_id, _request_region
from ministack.services import apigateway_v1, budgets, cloudtrail, cloudwatch, iam, lambda_svc, secretsmanager, sqs
from ministack.services import dynamodb as dynamodb_svc
from ministack.services.cloudformation import provisioners

Json = dict[str, Any]


# --- CloudFormation ---------------------------------------------------------------------------------------------


def secret_string(props: Json) -> str:
    """``AWS::SecretsManager::Secret`` (GenerateSecretString): every one of its conditions counts, as in
    GetRandomPassword; ministack looks at the length and the excluded characters only."""
    wanted = dict(props.get("GenerateSecretString") or {})
    if not wanted or props.get("SecretString"):
        return str(props.get("SecretString", ""))
    template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
    _, _, body = secretsmanager._get_random_password({name: _plain(value) for name, value in wanted.items()})
    made = json.loads(body)["RandomPassword"]
    return json.dumps({**json.loads(template), key: made}) if template else str(made)


def _plain(value: Any) -> Any:
    """A property as CloudFormation takes it: "true" is true and "64" is 64."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value


_make_table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"]


def table(logical_id: str, props: Json, stack_name: str) -> Any:
    """``AWS::DynamoDB::Table``: recovery, expiry, encryption and the table's own policy as well."""
    name, attributes = _make_table(logical_id, props, stack_name)
    recovery = (props.get("PointInTimeRecoverySpecification") or {}).get("PointInTimeRecoveryEnabled")
    dynamodb_svc._pitr_settings[name] = bool(_plain(recovery))
    if expiry := props.get("TimeToLiveSpecification"):
        dynamodb_svc._ttl_settings[name] = {"TimeToLiveStatus": "ENABLED", "AttributeName": expiry["AttributeName"]}
    if encryption := props.get("SSESpecification"):
        asked = {"Enabled": True, **{key: value for key, value in encryption.items() if key != "SSEEnabled"}}
        dynamodb_svc._tables[name]["SSEDescription"] = dynamodb_svc._sse_description_from_spec(asked)
    if policy := (props.get("ResourcePolicy") or {}).get("PolicyDocument"):
        text = policy if isinstance(policy, str) else json.dumps(policy)
        dynamodb_svc._resource_policies[attributes["Arn"]] = {"Policy": text, "RevisionId": "1"}
    return name, attributes


def secret_by_arn(make: Any, change: Any, remove: Any) -> Json:
    """``AWS::SecretsManager::Secret`` (return values): ``Ref`` is the ARN of the secret; ministack takes its name."""

    def name_of(arn: str) -> str:
        return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn), arn)

    def create(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
        _, attributes = make(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update(physical_id: str, old: Json, new: Json, stack_name: str, logical_id: str | None = None) -> Any:
        _, attributes = change(name_of(physical_id), old, new, stack_name, logical_id)
        return attributes["Arn"], attributes

    def delete(physical_id: str, props: Json) -> None:
        remove(name_of(physical_id), props)

    return {"create": create, "update": update, "delete": delete}


_make_rest_api = provisioners._apigw_rest_api_create


def rest_api(logical_id: str, props: Json, stack_name: str) -> Any:
    """``x-amazon-apigateway-binary-media-types``: what the OpenAPI body names is binary as well."""
    named = (props.get("Body") or {}).get("x-amazon-apigateway-binary-media-types") or []
    return _make_rest_api(logical_id, {"BinaryMediaTypes": named, **props}, stack_name)


_make_function = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["create"]


def function(logical_id: str, props: Json, stack_name: str) -> Any:
    """``AWS::Lambda::Function``: ``DeadLetterConfig`` as well."""
    name, attributes = _make_function(logical_id, props, stack_name)
    if props.get("DeadLetterConfig"):
        lambda_svc._functions[name]["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]
    return name, attributes


_proxy_event = apigateway_v1._build_lambda_event_v1


def proxy_event(api_id: str, *args: Any, **more: Any) -> Any:
    """ "Input format of a Lambda function for proxy integration": the host name that the API was called by."""
    event = _proxy_event(api_id, *args, **more)
    event["requestContext"].setdefault("domainName", f"{api_id}.execute-api.{_request_region.get()}.amazonaws.com")
    return event


def budget(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
    """``AWS::Budgets::Budget``: kept, as the service itself keeps it; nobody is billed here."""
    asked = {**props["Budget"], "BudgetName": props["Budget"].get("BudgetName") or f"{stack_name}-{logical_id}"}
    status, _, body = budgets._create_budget({"Budget": asked, **{k: v for k, v in props.items() if k != "Budget"}})
    if status >= 400:
        raise ValueError(f"AWS::Budgets::Budget: {body!r}")
    return asked["BudgetName"], {}


def trail(_logical_id: str, props: Json, _stack_name: str) -> tuple[str, Json]:
    """``AWS::CloudTrail::Trail``: kept by its service, with what it is to look at."""
    name = props["TrailName"]
    asked = {**props, "Name": name, "KmsKeyId": props.get("KMSKeyId", "")}
    selectors = {"TrailName": name, "AdvancedEventSelectors": props["AdvancedEventSelectors"]}
    steps = (
        (cloudtrail._create_trail, asked),
        (cloudtrail._put_event_selectors, selectors),
        (cloudtrail._start_logging, {"Name": name}),
    )
    for step, body in steps:
        status, _, told = step(body)
        if status >= 400:
            raise ValueError(f"AWS::CloudTrail::Trail: {told!r}")
    return name, {"Arn": cloudtrail._trail_arn(name)}


# --- IAM --------------------------------------------------------------------------------------------------------

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


# --- metrics and alarms -----------------------------------------------------------------------------------------

_emit_lambda_logs = lambda_svc._emit_lambda_logs


def emit_lambda_logs(func: Json, request_id: str, log_text: str, *args: Any, **more: Any) -> None:
    """ "Embedded metric format": a log line with ``_aws`` becomes its metrics."""
    _emit_lambda_logs(func, request_id, log_text, *args, **more)
    for line in (log_text or "").splitlines():
        if line.startswith("{") and '"_aws"' in line:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                _record_embedded(json.loads(line))
    cloudwatch._evaluate_all_alarms()


def _record_embedded(line: Json) -> None:
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            by = {name: str(line[name]) for name in dimensions}
            for metric in directive["Metrics"]:
                values = line[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    cloudwatch.record_metric(
                        directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), by
                    )


def evaluate_alarm(alarm: Json) -> None:
    """ "Using Amazon CloudWatch alarms": only the metric of the alarm's own dimensions counts; missing data keeps
    the state, or is what ``TreatMissingData`` says."""
    if "MetricName" not in alarm or not alarm.get("Namespace"):
        return
    by = {one["Name"]: one["Value"] for one in alarm.get("Dimensions") or []}
    since = time.time() - int(alarm.get("Period", 60)) * int(alarm.get("EvaluationPeriods", 1))
    points = [
        point
        for (namespace, name, _), series in list(cloudwatch._metrics.items())
        if (namespace, name) == (alarm["Namespace"], alarm["MetricName"])
        for point in series
        if point["Timestamp"] >= since and dict(point["Dimensions"]) == by
    ]
    if points:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
        limit, operator = alarm.get("Threshold", 0), alarm.get("ComparisonOperator", "")
        breaching = (
            value >= limit
            if operator == "GreaterThanOrEqualToThreshold"
            else value > limit
            if operator == "GreaterThanThreshold"
            else value < limit
            if operator == "LessThanThreshold"
            else value <= limit
        )
        state, reason = "ALARM" if breaching else "OK", f"Threshold Crossed: {statistic} {value} {operator} {limit}"
    elif alarm.get("TreatMissingData") == "notBreaching":
        state, reason = "OK", "no datapoints, which is not breaching"
    else:
        return
    before = alarm["StateValue"]
    if state != before:
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)


def report_queues() -> None:
    """ "Available CloudWatch metrics for Amazon SQS": how many messages wait, every few seconds here."""
    while True:
        time.sleep(2)
        for (account, region, _), queue in list(sqs._queues._data.items()):
            tokens = _request_account_id.set(account), _request_region.set(region)
            try:
                waiting = sum(1 for message in list(queue["messages"]) if message["visible_at"] <= time.time())
                name = queue["attributes"]["QueueArn"].rsplit(":", 1)[1]
                by = {"QueueName": name}
                cloudwatch.record_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", waiting, "Count", by)
                cloudwatch._evaluate_all_alarms()
            finally:
                _request_account_id.reset(tokens[0])
                _request_region.reset(tokens[1])


# --- functions --------------------------------------------------------------------------------------------------

_unpacking = threading.Lock()


class OneCopy(zipfile.ZipFile):
    """A package is unpacked once and not for every environment; as on Lambda nothing writes into it."""

    def extractall(self, path: Any = None, *args: Any, **more: Any) -> None:
        assert isinstance(self.filename, str)
        digest = hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()
        folder = Path(tempfile.gettempdir()) / f"code-{digest}"
        with _unpacking:
            if not folder.exists():
                super().extractall(f"{folder}.new", *args, **more)
                Path(f"{folder}.new").rename(folder)
        for entry in folder.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


# --- streams ----------------------------------------------------------------------------------------------------


def poll_streams() -> bool:
    """ "Using AWS Lambda with Amazon DynamoDB" (retries, bisecting, reporting batch item failures): ministack
    repeats a failing batch until it is too old, and takes a reported failure for a success."""
    worked = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        tokens = _request_account_id.set(account), _request_region.set(region)
        try:
            if mapping.get("Enabled", True) and ":dynamodb:" in mapping.get("EventSourceArn", ""):
                worked = _read_stream(mapping) or worked
        finally:
            _request_account_id.reset(tokens[0])
            _request_region.reset(tokens[1])
    return worked


def _read_stream(mapping: Json) -> bool:
    stream = mapping["EventSourceArn"]
    table = stream.split("/stream/")[0].rsplit("/", 1)[-1]
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if function is None or (dynamodb_svc._tables.get(table) or {}).get("LatestStreamArn") != stream:
        return False
    lambda_svc._init_stream_position(mapping["UUID"], stream, mapping.get("StartingPosition", "LATEST"))
    positions = lambda_svc._dynamodb_stream_positions
    position = max(positions[mapping["UUID"]], dynamodb_svc.stream_start_position(table))
    records = dynamodb_svc.stream_records_since(table, position, mapping.get("BatchSize", 100))
    if not records:
        return False
    positions[mapping["UUID"]] = position + len(records)
    wanted = lambda_svc._apply_filter_criteria(records, mapping)
    if wanted:
        _hand_over(mapping, function, wanted)
    return True


def _hand_over(mapping: Json, function: Json, records: list[Json]) -> None:
    """Until the function has taken all records or they lie with the destination for failures."""
    tries = 1 + int(mapping.get("MaximumRetryAttempts", 10_000))
    result: Json = {}
    while tries > 0:
        result = lambda_svc._execute_function(function, {"Records": records})
        if not result.get("error"):
            failed = _first_failed(mapping, records, result.get("body"))
            if failed is None:
                return
            records = records[failed:]
        if mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
            middle = len(records) // 2
            _hand_over(mapping, function, records[:middle])
            _hand_over(mapping, function, records[middle:])
            return
        tries -= 1
        time.sleep(0.05)
    lambda_svc._send_ddb_stream_failure_record(
        mapping, function, records, mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
    )


def _first_failed(mapping: Json, records: list[Json], body: Any) -> int | None:
    """Where to go on from, if the function reported that a record failed; an empty identifier is the whole batch."""
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []) or not isinstance(body, dict):
        return None
    reported = [one.get("itemIdentifier", "") for one in body.get("batchItemFailures") or []]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    return min((numbers.index(one) if one in numbers else 0 for one in reported), default=None)


_pin_request_origin = iam_evaluator.pin_request_origin


def over_tls(source_ip: str, _secure_transport: bool) -> None:
    """``aws:SecureTransport``: on AWS every library speaks TLS; here the wire is this machine's own."""
    _pin_request_origin(source_ip, True)


def main() -> None:
    provisioners._sm_secret_string = secret_string
    provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"] = table
    provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["create"] = function
    dynamodb_svc.table_policy = table_policy
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy")
    secret = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    secret.update(secret_by_arn(secret["create"], secret["update"], secret["delete"]))
    provisioners._apigw_rest_api_create = rest_api
    provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]["create"] = rest_api
    provisioners._RESOURCE_HANDLERS.setdefault("AWS::Budgets::Budget", {"create": budget})
    provisioners._RESOURCE_HANDLERS.setdefault("AWS::CloudTrail::Trail", {"create": trail})
    apigateway_v1._build_lambda_event_v1 = proxy_event
    iam_actions.dynamodb_service_context = context_of_request
    iam_actions.dynamodb_transaction_checks = checks_of_transaction
    iam_actions.extract_resource_arn = resource_of_request
    iam_evaluator.enforce = enforce
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_principal_policy
    iam_evaluator.evaluate = evaluate
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=OneCopy, BadZipFile=zipfile.BadZipFile)
    lambda_svc._emit_lambda_logs = emit_lambda_logs
    cloudwatch._evaluate_alarm = evaluate_alarm
    lambda_svc._poll_dynamodb_streams = poll_streams
    threading.Thread(target=report_queues, daemon=True).start()

    from ministack import app as theirs

    theirs.pin_request_origin = over_tls
    theirs.main()


if __name__ == "__main__":
    main()
