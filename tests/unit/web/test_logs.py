"""The log: lines of JSON under the id of what runs, metrics that CloudWatch counts, and nobody's words in either."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import cloud, config, errors, trace
from chalicelib.web import log_output, logs

ROOT = Path(__file__).resolve().parents[3]
Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told() -> Iterator[Told]:
    """The lines that left since the last call, as a function of the cloud writes them."""
    out = io.StringIO()
    before, level = logging.root.handlers[:], logging.root.level
    log_output.take_over(logging.StreamHandler(out))

    def lines() -> list[dict[str, Any]]:
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        return [json.loads(line) for line in text.splitlines()]

    yield lines
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    log_output.ready.cache_clear()


def test_a_metric_is_in_the_format_that_cloudwatch_counts(told: Told) -> None:
    logs.count("JournalChanged", 2, entry="abc")
    (line,) = told()
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Linli",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "JournalChanged", "Unit": "Count"}],
        }
    ]
    assert (line["service"], line["JournalChanged"], line["entry"]) == ("linli-test", [2.0], "abc")


def test_metrics_are_counted_at_any_level(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LOG_LEVEL", "error")
    log_output.ready.cache_clear()
    logs.ran("s", done=1)
    logs.count("ServerError")
    assert [line.get("ServerError") for line in told()] == [[1.0]]


def test_a_level_that_is_none_names_its_setting(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LOG_LEVEL", "loud")
    log_output.ready.cache_clear()
    logs.ran("s", done=1)
    wrong, ran = told()
    assert (wrong["message"], wrong["setting"]) == ("setting_missing", "LINLI_LOG_LEVEL")
    assert ran["done"] == 1


def test_of_an_error_its_kind_its_code_and_its_place_are_told_and_no_word(told: Told) -> None:
    try:
        try:
            {}["王小明 13800001234"]
        except KeyError as inner:
            raise errors.Refused(name="王小明") from inner
    except errors.Refused as error:
        logs.failed("expire", error, wallet="W1")
    (line,) = told()
    assert "王小明" not in json.dumps(line, ensure_ascii=False)
    assert line["code"] == "refused"
    assert [one["kind"] for one in line["error"]] == ["chalicelib.errors.Refused", "builtins.KeyError"]
    assert line["error"][0]["at"][-1].startswith("tests/unit/web/test_logs.py:")
    assert line["wallet"] == "W1"


def test_a_setting_that_is_missing_is_named(told: Told) -> None:
    def answer() -> dict[str, Any]:
        logs.refused(config.SettingMissing(name="LINLI_SECRET_KEYS"))
        return {"statusCode": 503, "body": "x"}

    logs.answered({"httpMethod": "GET", "requestId": "r-1"}, "/g/{code}", answer)
    line, counted = told()
    assert (line["level"], line["code"], line["setting"]) == ("ERROR", "setting_missing", "LINLI_SECRET_KEYS")
    assert (counted["ServerError"], counted["correlation_id"]) == ([1.0], "r-1")


def test_what_nobody_caught_is_answered_with_its_number(told: Told) -> None:
    def answer() -> dict[str, Any]:
        raise config.SettingMissing(name="LINLI_TOTALS_SHARDS")

    given = logs.answered({"httpMethod": "GET", "requestId": "r-1"}, "/g/{code}", answer)
    assert given["statusCode"] == 500
    assert "r-1" in given["body"]
    first, last, _ = told()
    assert (first["message"], first["incident"], first["setting"]) == ("incident", "r-1", "LINLI_TOTALS_SHARDS")
    assert (last["message"], last["code"]) == ("answered", "incident")


def test_what_a_library_says_is_told_without_its_values(told: Told) -> None:
    library = logging.getLogger("urllib3.connectionpool")
    library.debug("POST /sms?phone=%s", "13800001234")
    library.warning("Retrying after %r: %s", "broken", "/v1/customers?name=王小明")
    library.warning("Retrying for 王小明")
    assert [line["message"] for line in told()] == ["Retrying after %r: %s", "(withheld)"]


@pytest.mark.parametrize(
    "secret",
    [
        "13800001234", "+8613800001234", "sk_live_4eC39HqLyjWDarjtT1", "rk_test_4eC39", "whsec_MfKQ9r8/GKYq+Tw=",
        "wang@example.org", "6222021234566688", "510302199001011234", "51030219900101123X", "203.0.113.9",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_taken_out_wherever_it_got_into(told: Told, secret: str) -> None:
    logging.getLogger("linli.x").error("said %s", secret)
    logs.found("s", about=f"of {secret},", within=[{"deep": secret}])
    logs.count("ServerError", about=secret)
    text = json.dumps(told())
    assert secret not in text
    assert text.count("(removed)") == 4


def test_ids_and_numbers_of_ours_stay(told: Told) -> None:
    facts: dict[str, object] = {
        "id": "01KB0QZJ7T7Y2M6V5N0R8A1C3E",
        "entry": "5f" * 16,
        "at": 1764167302000,
        "fen": 13800001234,
    }
    logs.ran("s", **facts)
    (line,) = told()
    assert {name: line[name] for name in facts} == facts


def test_a_fact_never_hides_what_every_line_has(told: Told) -> None:
    logs.ran("s", name="n", message="m", error="e", level="l")
    (line,) = told()
    assert (line["message"], line["level"]) == ("ran", "INFO")
    assert [line[name + "_"] for name in ("name", "message", "error", "level")] == ["n", "m", "e", "l"]


# --- functions that nobody's browser starts ---


def a_schedule(event_id: str = "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c") -> CloudWatchEvent:
    event = dict.fromkeys(("version", "account", "region", "detail-type", "source", "time"), "x")
    return CloudWatchEvent({**event, "id": event_id, "detail": {}, "resources": []}, None)


def test_a_function_runs_under_the_id_of_its_event(told: Told) -> None:
    @logs.function
    def expire(_event: CloudWatchEvent) -> str:
        logs.ran("expire", done=3)
        return trace.correlation_id()

    assert expire(a_schedule()) == "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c"
    assert expire.__name__ == "expire"
    ran, done = told()
    assert ran["correlation_id"] == done["correlation_id"] == "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c"
    assert (done["message"], done["function"]) == ("done", "expire")
    assert done["duration_ms"] >= 0
    assert trace.correlation_id() == ""


def test_a_function_that_fails_says_where_and_lambda_is_told_no_word_of_it(told: Told) -> None:
    @logs.function
    def expire(_event: CloudWatchEvent) -> None:
        raise ValueError("王小明 13800001234")

    with pytest.raises(logs.FunctionFailed) as failure:
        expire(a_schedule())
    assert str(failure.value) == "expire: ValueError"
    # What Lambda prints of a cause would have the words in it
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
    (line,) = told()
    assert (line["level"], line["message"], line["function"]) == ("ERROR", "failed", "expire")
    assert line["error"][0]["kind"] == "builtins.ValueError"
    assert "王小明" not in json.dumps(line, ensure_ascii=False)


def test_a_message_carries_the_id_of_what_sent_it(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto import mock_aws

    monkeypatch.delenv("AWS_ENDPOINT_URL_SQS", raising=False)
    with mock_aws():
        cloud.forget_clients()
        queues = cloud.client("sqs")
        url = queues.create_queue(QueueName="exports")["QueueUrl"]
        with trace.following("request-1"):
            queues.send_message(QueueUrl=url, MessageBody="{}")
        queues.send_message(QueueUrl=url, MessageBody="{}")
        sent = queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)["Messages"]
    cloud.forget_clients()
    assert [one.get("MessageAttributes") for one in sent] == [
        {"correlation_id": {"StringValue": "request-1", "DataType": "String"}},
        None,
    ]

    @logs.function
    def work(event: SQSEvent) -> list[str]:
        seen = [trace.correlation_id()]
        for one in event:
            with logs.record(one):
                seen.append(trace.correlation_id())
        return seen

    def received(message_id: str, **attributes: str) -> dict[str, Any]:
        given = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
        return {"messageId": message_id, "body": "{}", "receiptHandle": "r", "messageAttributes": given}

    records = [received("m1", correlation_id="request-1"), received("m2"), received("m3", correlation_id="王 小明")]
    assert work(SQSEvent({"Records": records}, None)) == ["request-1", "request-1", "m2", ""]


# --- a function of the cloud ---

PROGRAM = """
import logging
logging.basicConfig(level=logging.DEBUG)  # what Lambda has set up before
from app import app
logging.getLogger("botocore.endpoint").debug("Making request with params: %s", {"phone": "13800001234"})
logging.getLogger("linli.x").warning("here")
print(len(logging.root.handlers))
app({"requestContext": {"httpMethod": "GET", "resourcePath": "/nowhere", "path": "/nowhere/王小明", "requestId": "r-1"},
     "headers": {}, "pathParameters": None, "multiValueQueryStringParameters": None}, None)
"""


def test_in_lambda_everything_leaves_through_our_lines() -> None:
    environ = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "linli-dev-api_handler", "LINLI_STAGE": "dev"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert "13800001234" not in done.stdout + done.stderr
    here, handlers, answered = done.stdout.splitlines()
    assert handlers == "1"
    assert json.loads(here)["message"] == "here"
    line = json.loads(answered)
    assert {name: line[name] for name in ("message", "method", "route", "status", "code", "cold_start")} == {
        "message": "answered", "method": "GET", "route": "/nowhere", "status": 405, "code": "method_not_allowed",
        "cold_start": True,
    }  # fmt: skip
    assert (line["correlation_id"], line["function_name"], line["service"]) == (
        "r-1", "linli-dev-api_handler", "linli-dev",
    )  # fmt: skip
    assert line["bytes"] > 100


def test_a_function_that_is_a_module_of_its_own_writes_the_same_lines() -> None:
    """What a clock, a queue or a stream starts does not import app.py."""
    program = (
        "from chalicelib.web import logs\n"
        "@logs.function\n"
        "def watch(event):\n"
        "    logs.count('JournalChanged')\n"
        "    raise ValueError('13900000001')\n"
        "try:\n"
        "    watch({})\n"
        "except logs.FunctionFailed:\n"
        "    pass\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "linli-test-watch"},
        capture_output=True,
        text=True,
        check=True,
    )
    counted, failed = (json.loads(line) for line in ran.stdout.splitlines())
    assert counted["JournalChanged"] == [1.0]
    assert failed["message"] == "failed"
    assert "13900000001" not in ran.stdout + ran.stderr
