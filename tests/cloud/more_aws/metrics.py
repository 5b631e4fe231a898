"""CloudWatch: metrics out of logs and of queues, and alarms that look at their own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

from ministack.core.responses import _request_account_id, _request_region
from ministack.services import cloudwatch, lambda_svc, sqs

Json = dict[str, Any]


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


def install() -> None:
    lambda_svc._emit_lambda_logs = emit_lambda_logs
    cloudwatch._evaluate_alarm = evaluate_alarm
    threading.Thread(target=report_queues, daemon=True).start()
