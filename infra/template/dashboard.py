"""The dashboard: is anything wrong, do pages answer, is anything left lying, what do the tables do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIDTH = 24


def resource(functions: Iterable[str], queues: Iterable[str], alarms: Iterable[str]) -> dict[str, Any]:
    """``functions``, ``queues`` and ``alarms`` by their logical names. docs/OPERATIONS.md says how to read it."""
    body = {"widgets": list(_placed(_widgets(list(functions), list(queues), list(alarms))))}
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": "linli-${Stage}"},
            "DashboardBody": {"Fn::Sub": json.dumps(body, ensure_ascii=False, separators=(",", ":"))},
        },
    }


def _widgets(functions: list[str], queues: list[str], alarms: list[str]) -> list[tuple[int, int, dict[str, Any]]]:
    """(width, height, widget) in the order of reading."""
    api = ["ApiName", "linli-${Stage}", "Stage", "api"]
    own = ["service", "linli-${Stage}"]
    counted = ("JournalChanged", "VerificationFindings", "VerificationRan", "ScheduleItemFailed", "PaymentEventFailed")
    tables = ("JournalTable", "BalancesTable", "AppTable")
    return [
        (24, 4, _alarms("1 Alarms", alarms)),
        (8, 6, _metric("2 Requests", [["AWS/ApiGateway", name, *api] for name in ("Count", "4XXError", "5XXError")])),
        (8, 6, _metric("3 Time to answer, ms", [
            ["AWS/ApiGateway", "Latency", *api, {"stat": stat}] for stat in ("p50", "p95", "p99")
        ])),
        (8, 6, _metric("4 What our code counts", [["Linli", name, *own] for name in (*counted, "ServerError")])),
        (8, 6, _metric("5 Functions: errors", _each("AWS/Lambda", "Errors", "FunctionName", functions))),
        (8, 6, _metric("6 Functions: time, p95 ms", _each(
            "AWS/Lambda", "Duration", "FunctionName", functions, stat="p95"))),
        (8, 6, _metric("7 Functions: at once", _each(
            "AWS/Lambda", "ConcurrentExecutions", "FunctionName", functions, stat="Maximum"))),
        (12, 6, _metric("8 Messages waiting", _each(
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName",
            [f"{queue}.QueueName" for queue in queues], stat="Maximum"))),
        (12, 6, _metric("9 Oldest message, s", _each(
            "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName",
            [f"{queue}.QueueName" for queue in queues], stat="Maximum"))),
        (12, 6, _metric("10 Tables: units written", _each(
            "AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", tables))),
        (12, 6, _metric("11 Tables: units read", _each(
            "AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", tables))),
    ]  # fmt: skip


def _placed(widgets: list[tuple[int, int, dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    x = y = row = 0
    for width, height, widget in widgets:
        if x + width > WIDTH:
            x, y, row = 0, y + row, 0
        yield {**widget, "x": x, "y": y, "width": width, "height": height}
        x, row = x + width, max(row, height)


def _alarms(title: str, alarms: list[str]) -> dict[str, Any]:
    return {"type": "alarm", "properties": {"title": title, "alarms": [f"${{{alarm}.Arn}}" for alarm in alarms]}}


def _each(namespace: str, metric: str, dimension: str, names: Iterable[str], stat: str = "Sum") -> list[list[Any]]:
    return [[namespace, metric, dimension, f"${{{name}}}", {"stat": stat}] for name in names]


def _metric(title: str, metrics: list[list[Any]]) -> dict[str, Any]:
    properties = {"title": title, "metrics": metrics, "region": "${AWS::Region}", "stat": "Sum", "period": 300}
    return {"type": "metric", "properties": {**properties, "view": "timeSeries"}}
