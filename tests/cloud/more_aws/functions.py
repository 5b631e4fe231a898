"""Functions: one copy of a package, the address that an API was called by, and how a stream is read for them."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import _request_account_id, _request_region
from ministack.services import apigateway_v1, lambda_svc
from ministack.services import dynamodb as dynamodb_svc

Json = dict[str, Any]

_proxy_event = apigateway_v1._build_lambda_event_v1


def proxy_event(api_id: str, *args: Any, **more: Any) -> Any:
    """ "Input format of a Lambda function for proxy integration": the host name that the API was called by."""
    event = _proxy_event(api_id, *args, **more)
    event["requestContext"].setdefault("domainName", f"{api_id}.execute-api.{_request_region.get()}.amazonaws.com")
    return event


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


def install() -> None:
    apigateway_v1._build_lambda_event_v1 = proxy_event
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=OneCopy, BadZipFile=zipfile.BadZipFile)
    lambda_svc._poll_dynamodb_streams = poll_streams
