"""The template that is deployed: every function with its own role, log and dead letters; both partitions; alarms."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.package import build as package
from infra.template import assemble, cfn, functions
from infra.template.policies import policies

ROOT = Path(__file__).resolve().parents[2]
DATA = cfn.load(ROOT / "infra" / "data.yaml")
GIVEN = functions.read()
TEMPLATE_BYTES_MAX = 1_000_000
"""CloudFormation's limit of a template in a bucket."""
SERVICE_PRINCIPAL = re.compile(r"[a-z0-9.]+\.amazonaws\.com")
"""Names of services, the same in both partitions; nothing is reached under them."""

Json = dict[str, Any]


@pytest.fixture(scope="session")
def sam() -> Json:
    package.build(ROOT / "build")
    read: Json = json.loads((ROOT / "build" / "sam.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="session")
def payments() -> set[tuple[str, str]]:
    return assemble.payment_routes()


@pytest.fixture(scope="session")
def template(sam: Json, payments: set[tuple[str, str]]) -> Json:
    return assemble.assemble(sam, payments)


def of_type(template: Json, kind: str) -> dict[str, Json]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def texts(template: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, node in cfn.walk(
        {key: template[key] for key in ("Resources", "Outputs", "Conditions") if key in template}
    ):
        if isinstance(node, str) and "Metadata" not in path:
            yield path, node


# --- both partitions ----------------------------------------------------------------------------------------------


def test_no_arn_names_a_partition_and_no_domain_is_written_out(template: Json) -> None:
    seen = 0
    for path, text in (*texts(template), *texts(DATA)):
        for begins in re.finditer(r"\barn:", text):
            seen += 1
            assert text[begins.start() :].startswith("arn:${AWS::Partition}:"), (path, text)
        if re.search(r"amazon(aws)?\.|\.com\b|\.cn\b", text):
            assert "Principal" in path[-3:], (path, text)
            assert SERVICE_PRINCIPAL.fullmatch(text), (path, text)
    assert seen > 100


# --- functions ----------------------------------------------------------------------------------------------------


def test_every_function_has_a_role_of_its_own_with_its_own_policy(template: Json) -> None:
    made = of_type(template, "AWS::Serverless::Function")
    roles = of_type(template, "AWS::IAM::Role")
    assert set(made) == {one.logical for one in GIVEN.values()}
    assert set(roles) == {f"{name}Role" for name in made}
    for one in GIVEN.values():
        assert made[one.logical]["Role"] == {"Fn::GetAtt": [f"{one.logical}Role", "Arn"]}
        role = roles[f"{one.logical}Role"]
        assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
        (policy,) = role["Policies"]
        assert [s["Sid"] for s in policy["PolicyDocument"]["Statement"]] == [s.sid for s in policies().of(one.name)]
        assert "Own" not in json.dumps([s["Resource"] for s in policy["PolicyDocument"]["Statement"]])


def test_every_function_logs_into_its_own_encrypted_group_for_a_time(template: Json) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    for name, one in of_type(template, "AWS::Serverless::Function").items():
        group = groups[f"{name}Log"]
        assert group["LogGroupName"]["Fn::Sub"] == "/aws/lambda/" + one["FunctionName"]["Fn::Sub"]
        assert template["Resources"][name]["DependsOn"] == [f"{name}Log"]
    for group in groups.values():
        assert group["KmsKeyId"] == {"Ref": "KeyArn"}
        assert group["RetentionInDays"]["Fn::FindInMap"][2] == "LogDays"


def test_every_function_is_traced_and_told_where_its_tables_are(template: Json) -> None:
    for one in of_type(template, "AWS::Serverless::Function").values():
        assert one["Tracing"] == "Active"
        told = one["Environment"]["Variables"]
        assert {"LINLI_STAGE", "LINLI_TABLE_JOURNAL", "LINLI_TABLE_BALANCES", "LINLI_TABLE_APP"} <= set(told)
        assert one["CodeUri"] == {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}}


def test_what_fails_to_the_end_is_kept_and_rings(template: Json) -> None:
    made = of_type(template, "AWS::Serverless::Function")
    queues, alarms = of_type(template, "AWS::SQS::Queue"), of_type(template, "AWS::CloudWatch::Alarm")
    for one in GIVEN.values():
        names = [statement.name for statement in policies().of(one.name)]
        assert ("own-dead-letters" in names) == one.has_dead_letters, one.name
        if one.started_by == "clock":
            arn = {"Fn::GetAtt": [f"{one.logical}DeadLetters", "Arn"]}
            assert made[one.logical]["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": arn}
            assert made[one.logical]["EventInvokeConfig"]["MaximumRetryAttempts"] == one.tries - 1
        elif one.started_by == "queue":
            dead = {"Fn::GetAtt": [f"{one.queue}DeadLetters", "Arn"]}
            assert queues[f"{one.queue}Queue"]["RedrivePolicy"]["deadLetterTargetArn"] == dead
    for name in queues:
        if name.endswith("DeadLetters"):
            assert queues[name]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
            watching = [
                a for a in alarms.values() if a["Dimensions"][0]["Value"] == {"Fn::GetAtt": [name, "QueueName"]}
            ]
            assert [a["MetricName"] for a in watching] == ["ApproximateNumberOfMessagesVisible"], name


def test_a_message_is_not_seen_again_while_its_function_may_still_run(template: Json) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    tries = {"Payments": 5, "Exports": 3}
    for one in GIVEN.values():
        if one.started_by == "queue":
            assert queues[f"{one.queue}Queue"]["VisibilityTimeout"] > one.timeout_seconds
            assert queues[f"{one.queue}Queue"]["RedrivePolicy"]["maxReceiveCount"] == tries[one.queue]


def test_queues_and_the_stream_report_item_by_item(template: Json) -> None:
    events = {
        name: event
        for name, one in of_type(template, "AWS::Serverless::Function").items()
        for event in one.get("Events", {}).values()
    }
    stream = events["WatchJournal"]["Properties"]
    assert stream["Stream"] == {"Ref": "JournalStreamArn"}
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["MaximumRetryAttempts"] == 3
    assert stream["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["WatchJournalDeadLetters", "Arn"]}
    # what is not there is not filtered: every record is judged
    assert "FilterCriteria" not in stream
    for name in ("WatchJournal", "ReceivePayments", "RunExports"):
        assert events[name]["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert events["ReceivePayments"]["Properties"]["Queue"] == {"Fn::GetAtt": ["PaymentsQueue", "Arn"]}
    assert events["RunExports"]["Properties"]["Queue"] == {"Fn::GetAtt": ["ExportsQueue", "Arn"]}


def test_what_speaks_to_stripe_and_nothing_else_has_the_function_with_its_secret(
    template: Json, payments: set[tuple[str, str]]
) -> None:
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    there = set()
    for path, methods in paths.items():
        for method, of in methods.items():
            uri = of["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            assert ("${APIHandler.Arn}" in uri) != ("${PaymentsHandler.Arn}" in uri)
            if "${PaymentsHandler.Arn}" in uri:
                there.add((path, method.upper()))
    assert there == payments
    assert ("/webhooks/stripe", "POST") in payments
    assert ("/", "GET") not in payments
    made = of_type(template, "AWS::Serverless::Function")
    assert made["PaymentsHandler"]["Handler"] == made["APIHandler"]["Handler"]
    permitted = {one["FunctionName"]["Ref"] for one in of_type(template, "AWS::Lambda::Permission").values()}
    assert permitted == {"APIHandler", "PaymentsHandler"}


# --- the API ------------------------------------------------------------------------------------------------------


def test_the_api_is_throttled_traced_and_logged_without_a_person(template: Json) -> None:
    api = template["Resources"]["RestAPI"]["Properties"]
    (settings,) = api["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"], settings["DataTraceEnabled"]) == ("/*", "*", False)
    for of in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        assert settings[of]["Fn::FindInMap"][0] == "Stages"
    assert api["TracingEnabled"] is True
    assert api["EndpointConfiguration"] == {"Type": "REGIONAL"}  # China has no other
    assert "TLS13_1_2" in api["SecurityPolicy"]
    assert (api["BinaryMediaTypes"], api["StageName"], api["MinimumCompressionSize"]) == (["*/*"], "api", 1024)
    line = json.loads(api["AccessLogSetting"]["Format"])
    assert set(line.values()) == {
        f"$context.{name}" for name in (
            "requestId", "requestTimeEpoch", "httpMethod", "resourcePath", "status", "responseLatency",
            "integrationLatency", "responseLength", "error.responseType", "xrayTraceId",
        )
    }  # fmt: skip


# --- alarms, dashboard, stack -------------------------------------------------------------------------------------


def test_every_alarm_rings_the_topic_and_says_where_to_read(template: Json) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    for name, one in alarms.items():
        assert one["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert "docs/OPERATIONS.md" in one["AlarmDescription"], name
        assert one["TreatMissingData"] in ("notBreaching", "breaching"), name
    metrics = {one["MetricName"] for one in alarms.values() if one["Namespace"] == "Linli"}
    assert metrics == {
        "JournalChanged", "VerificationFindings", "VerificationRan", "ScheduleItemFailed", "PaymentEventFailed",
        "ServerError",
    }  # fmt: skip
    failing = {one["Dimensions"][0]["Value"]["Ref"] for one in alarms.values() if one["MetricName"] == "Errors"}
    assert failing == {one.logical for one in GIVEN.values()}
    assert alarms["VerificationMissingAlarm"]["TreatMissingData"] == "breaching"


def test_the_dashboard_shows_what_is_there(template: Json) -> None:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    named = set(re.findall(r"\$\{(\w+)(?:\.\w+)?\}", body))
    assert named - set(template["Parameters"]) <= set(template["Resources"])
    assert {one.logical for one in GIVEN.values()} <= named
    assert set(of_type(template, "AWS::SQS::Queue")) <= named
    shown = next(one for one in widgets if one["type"] == "alarm")["properties"]["alarms"]
    assert shown == [f"${{{name}.Arn}}" for name in sorted(of_type(template, "AWS::CloudWatch::Alarm"))]
    places = {(w["x"], w["y"]) for w in widgets}
    assert len(places) == len(widgets)
    assert all(w["x"] + w["width"] <= 24 for w in widgets)


def test_the_parameters_are_the_outputs_of_what_is_kept(template: Json) -> None:
    own = {"CodeKey", "AlarmEmail", "StripeApiBase", "PublicUrl", "MonthlyBudgetUsd", "LogLevel"}
    assert set(template["Parameters"]) - own == set(DATA["Outputs"])
    assert {name for name in own if "Default" not in template["Parameters"][name]} == {"CodeKey"}
    assert template["Parameters"]["Stage"]["AllowedValues"] == DATA["Parameters"]["Stage"]["AllowedValues"]
    assert set(template["Mappings"]["Stages"]) == set(template["Parameters"]["Stage"]["AllowedValues"])


def test_it_fits_into_cloudformation(template: Json) -> None:
    assert len(json.dumps(template, separators=(",", ":")).encode()) < TEMPLATE_BYTES_MAX
    assert len(template["Resources"]) < 400  # SAM makes some more of them; the limit is 500
    assert len(template["Outputs"]) <= 200


def test_what_a_check_may_not_complain_of_has_its_reason(template: Json) -> None:
    found = [
        skip
        for one in (*template["Resources"].values(), *DATA["Resources"].values())
        for skip in one.get("Metadata", {}).get("checkov", {}).get("skip", ())
    ]
    assert {skip["id"] for skip in found} == {
        "CKV_AWS_18", "CKV_AWS_27", "CKV_AWS_67", "CKV_AWS_111", "CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117",
        "CKV_AWS_120", "CKV_AWS_173",
    }  # fmt: skip
    assert all(len(skip["comment"]) > 40 for skip in found)


# --- what does not fit together -----------------------------------------------------------------------------------


def test_a_function_without_settings_or_policy_is_refused_by_name(sam: Json, payments: set[tuple[str, str]]) -> None:
    more = copy.deepcopy(sam)
    more["Resources"]["SendReminders"] = copy.deepcopy(more["Resources"]["ExpirePoints"])
    with pytest.raises(assemble.Mismatch, match=r"SendReminders: in the package without settings"):
        assemble.assemble(more, payments)


def test_a_policy_for_a_function_that_is_not_there_is_refused_by_name(
    sam: Json, payments: set[tuple[str, str]]
) -> None:
    less = copy.deepcopy(sam)
    del less["Resources"]["ExpirePoints"]
    with pytest.raises(assemble.Mismatch, match=r"ExpirePoints: in infra/functions.yaml and not in the package"):
        assemble.assemble(less, payments)


def test_a_function_with_settings_and_without_a_policy_is_refused_by_name(
    sam: Json, payments: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = copy.deepcopy(policies())
    named = {name: of for name, of in without.functions.items() if name != "expire_points"}
    monkeypatch.setattr(assemble, "policies", lambda: type(without)(without.statements, without.every, named))
    with pytest.raises(assemble.Mismatch, match=r"expire_points: with settings and without a policy"):
        assemble.assemble(sam, payments)


def test_a_marked_route_that_is_not_in_the_package_is_refused_by_name(
    sam: Json, payments: set[tuple[str, str]]
) -> None:
    with pytest.raises(assemble.Mismatch, match=r"POST /pay is marked as speaking to Stripe and is not in the package"):
        assemble.assemble(sam, payments | {("/pay", "POST")})
    with pytest.raises(assemble.Mismatch, match=r"no route is marked"):
        assemble.assemble(sam, set())
