"""What belongs to one function in the app's stack: its role, log, dead letters, settings and alarms.

<Name>Role          may do what infra/policies.yaml says and nothing else
<Name>Log           /aws/lambda/linli-<stage>-<function>, encrypted, kept as long as the stage says
<Name>DeadLetters   for what the clock or the stream starts: what failed to the end
<Name>Errors        rings when the function fails, <Name>DeadLettersAlarm when something lies there,
<Name>Throttles     rings when Lambda turns away what pages or queues ask of it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from infra.template import cfn
from infra.template.policies import Policies

FILE = Path(__file__).parents[1] / "functions.yaml"
Starter = Literal["pages", "clock", "queue", "stream", "deploy"]


@dataclass(frozen=True)
class Given:
    """What infra/functions.yaml gives a function."""

    name: str
    started_by: Starter
    memory_mb: int
    timeout_seconds: int
    settings: Mapping[str, Any]
    disk_mb: int = 512
    tries: int = 1
    queue: str = ""
    batch: int = 0
    at_once_max: int = 0

    @property
    def logical(self) -> str:
        """As Chalice names it in its template."""
        return "APIHandler" if self.name == "api_handler" else "".join(p.capitalize() for p in self.name.split("_"))

    @property
    def has_dead_letters(self) -> bool:
        """Of its own; what a queue starts has those of the queue, and whoever waits for an answer sees the error."""
        return self.started_by in ("clock", "stream")

    @property
    def full_name(self) -> dict[str, str]:
        return {"Fn::Sub": f"linli-${{Stage}}-{self.name}"}


def read(path: Path = FILE) -> dict[str, Given]:
    found = cfn.load(path)
    given = {}
    for name, of in found["functions"].items():
        own = {setting: found["settings"][setting] for setting in of.get("settings", ())}
        given[name] = Given(name, **{**of, "settings": {**found["environment"], **own}})
    return given


def put(resources: dict[str, Any], function: Given, policies: Policies) -> None:
    """Complete Chalice's function and add what belongs to it."""
    own = {"OwnLogs": f"{function.logical}Log", "OwnDeadLetters": f"{function.logical}DeadLetters"}
    resources[f"{function.logical}Role"] = _role(policies.document(function.name, own))
    resources[f"{function.logical}Log"] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/aws/lambda/linli-${{Stage}}-{function.name}"},
            "RetentionInDays": {"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "LogDays"]},
            "KmsKeyId": {"Ref": "KeyArn"},
        },
    }
    properties = resources[function.logical]["Properties"]
    properties |= {
        "FunctionName": function.full_name,
        "CodeUri": {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}},
        "Role": {"Fn::GetAtt": [f"{function.logical}Role", "Arn"]},
        "MemorySize": function.memory_mb,
        "Timeout": function.timeout_seconds,
        "EphemeralStorage": {"Size": function.disk_mb},
        "Tracing": "Active",
        "Environment": {"Variables": dict(function.settings)},
        "Tags": {"linli": {"Fn::Sub": "${Stage}"}},
    }
    resources[function.logical]["DependsOn"] = [f"{function.logical}Log"]
    _start(properties, function)
    if function.has_dead_letters:
        resources[f"{function.logical}DeadLetters"] = _dead_letters(function)
    resources |= _alarms(function)


def _role(document: dict[str, Any]) -> dict[str, Any]:
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
            "Policies": [{"PolicyName": "exactly-what-it-needs", "PolicyDocument": document}],
        },
    }


def _start(properties: dict[str, Any], function: Given) -> None:
    """How often it is tried, in what portions, and where goes what failed to the end."""
    dead_letters = {"Type": "SQS", "Destination": {"Fn::GetAtt": [f"{function.logical}DeadLetters", "Arn"]}}
    events = properties.get("Events", {})
    if function.started_by == "clock":
        properties["DeadLetterQueue"] = {"Type": "SQS", "TargetArn": dead_letters["Destination"]}
        properties["EventInvokeConfig"] = {
            "MaximumRetryAttempts": function.tries - 1,
            "MaximumEventAgeInSeconds": 21600,
        }
    for event in events.values():
        if event["Type"] == "SQS":
            event["Properties"] = {
                "Queue": {"Fn::GetAtt": [f"{function.queue}Queue", "Arn"]},
                "BatchSize": function.batch,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": function.at_once_max},
            }
        elif event["Type"] == "DynamoDB":
            event["Properties"] = {
                "Stream": {"Ref": "JournalStreamArn"},
                # what happened while the app was away is seen too, a day back
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": function.batch,
                "MaximumRetryAttempts": function.tries - 1,
                # one bad record is found by halving and holds up nothing else
                "BisectBatchOnFunctionError": True,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "DestinationConfig": {"OnFailure": dead_letters},
            }


def _dead_letters(function: Given) -> dict[str, Any]:
    return {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": {"Fn::Sub": f"linli-${{Stage}}-{function.name.replace('_', '-')}-dead-letters"},
            "SqsManagedSseEnabled": True,
            "MessageRetentionPeriod": 14 * 24 * 60 * 60,
        },
    }


def _alarms(function: Given) -> dict[str, Any]:
    named = [{"Name": "FunctionName", "Value": {"Ref": function.logical}}]
    made = {
        f"{function.logical}Errors": alarm(
            f"{function.name}-errors", f"{function.name} failed.", "AWS/Lambda", "Errors", named
        )
    }
    if function.started_by in ("pages", "queue"):
        made[f"{function.logical}Throttles"] = alarm(
            f"{function.name}-throttles", f"Lambda turned {function.name} away.", "AWS/Lambda", "Throttles", named
        )
    queue = f"{function.queue or function.logical}DeadLetters"
    if function.has_dead_letters or function.queue:
        made[f"{queue}Alarm"] = alarm(
            f"{function.name}-dead-letters",
            f"What {function.name} could not do lies in its dead-letter queue.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
            statistic="Maximum",
        )
    return made


def alarm(
    name: str, told: str, namespace: str, metric: str, dimensions: list[dict[str, Any]], statistic: str = "Sum"
) -> dict[str, Any]:
    """An alarm that rings at the first one within five minutes."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"linli-${{Stage}}-{name}"},
            "AlarmDescription": f"{told} See docs/OPERATIONS.md.",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": dimensions,
            "Statistic": statistic,
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        },
    }
