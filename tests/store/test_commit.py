"""commit() before a database that is in the way, cuts off, or is gone.

The engine of the tests never has two transactions in conflict, so a proxy stands before the real one and answers
some transactions as DynamoDB does when they collide.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from pynamodb.expressions.operand import Path

from chalicelib import table
from chalicelib.cloud import PermissionMissing
from chalicelib.config import settings
from chalicelib.errors import Conflict
from chalicelib.table import AppItem, Attempt, Busy, StoreUnavailable, TableMissing, Write, commit, create, get
from chalicelib.table.writes import COMMIT_ATTEMPTS_MAX
from local.engine import Engine

WRITTEN = "written"
CUT_OFF = "written, but the answer is lost"


def cancelled(*reasons: str) -> dict[str, Any]:
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons [{', '.join(reasons)}]",
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }


class Proxy:
    """Answers transactions by `script`, one each, then passes everything on to the engine behind."""

    def __init__(self, behind: str) -> None:
        self.script: list[Any] = []
        self.always: Any = WRITTEN
        self.tokens: list[str] = []
        self._behind = urlsplit(behind).netloc
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.answer(self, body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        then: Any = WRITTEN
        if request.headers["X-Amz-Target"].endswith(".TransactWriteItems"):
            self.tokens.append(json.loads(body)["ClientRequestToken"])
            then = self.script.pop(0) if self.script else self.always
        if isinstance(then, dict):
            self._reply(request, 400, json.dumps(then).encode())
            return
        status, reply = self._forward(request, body)
        if then == CUT_OFF:
            request.close_connection = True
            return
        self._reply(request, status, reply)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(self._behind, timeout=10)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "connection")}
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        reply = answer.read()
        connection.close()
        return answer.status, reply

    def _reply(self, request: BaseHTTPRequestHandler, status: int, reply: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/x-amz-json-1.0")
        request.send_header("Content-Length", str(len(reply)))
        request.end_headers()
        request.wfile.write(reply)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy(tables: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    standing = Proxy(tables.endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", standing.endpoint)
    table.forget_connections()
    yield standing
    standing.stop()
    monkeypatch.undo()
    table.forget_connections()


class Taken(Conflict):
    code = "taken"


def note(pk: str = "NOTE#1") -> Write:
    return create(AppItem(pk=pk, sk="-"), Taken())


def timed(seen: list[Attempt]) -> Callable[[Attempt], list[Write]]:
    def writes(attempt: Attempt) -> list[Write]:
        seen.append(attempt)
        return [note("NOTE#timed")]

    return writes


def test_two_that_collide_are_tried_again_with_a_new_time_and_a_new_token(proxy: Proxy) -> None:
    proxy.script = [cancelled("TransactionConflict", "None"), cancelled("None", "ThrottlingError")]
    seen: list[Attempt] = []
    last = commit([note(), timed(seen)])
    assert seen[-1] == last
    assert len(seen) == 3
    assert seen[0].now_ms <= seen[1].now_ms <= seen[2].now_ms
    assert len({attempt.random_bits for attempt in seen}) == 3
    assert len(set(proxy.tokens)) == 3
    assert get(AppItem, "NOTE#1", "-") is not None
    assert get(AppItem, "NOTE#timed", "-") is not None


def test_collisions_without_end_are_given_up_and_nothing_is_written(proxy: Proxy) -> None:
    proxy.always = cancelled("TransactionConflict")
    with pytest.raises(Busy):
        commit([note()])
    assert len(proxy.tokens) == COMMIT_ATTEMPTS_MAX
    assert get(AppItem, "NOTE#1", "-") is None


def test_a_condition_that_failed_is_said_at_once_even_beside_a_collision(proxy: Proxy) -> None:
    proxy.script = [cancelled("ConditionalCheckFailed", "TransactionConflict")]
    with pytest.raises(Taken):
        commit([note(), note("NOTE#2")])
    assert len(proxy.tokens) == 1


def test_a_lost_answer_is_asked_again_with_the_same_token_and_written_once(proxy: Proxy) -> None:
    proxy.script = [CUT_OFF]
    commit([note()])  # without the token the second would be refused as Taken
    assert len(proxy.tokens) == 2
    assert len(set(proxy.tokens)) == 1
    assert get(AppItem, "NOTE#1", "-") is not None


def test_a_table_that_is_missing_is_no_condition(proxy: Proxy) -> None:
    table.delete_tables()
    with pytest.raises(TableMissing) as told:
        commit([note()])
    assert settings().table_app in str(told.value.fields["table"])
    with pytest.raises(TableMissing) as told:
        get(AppItem, "NOTE#1", "-")
    assert told.value.fields == {"table": settings().table_app}
    table.create_tables()


def test_what_the_role_may_not_is_told_by_action_and_table(proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    said = (
        "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: dynamodb:PutItem on resource: "
        "arn:aws:dynamodb:us-east-1:123456789012:table/linli-app because no identity-based policy allows it"
    )
    proxy.script = [{"__type": "com.amazon.coral.service#AccessDeniedException", "Message": said}]
    with pytest.raises(PermissionMissing) as told:
        commit([note()])
    assert told.value.fields == {"action": "dynamodb:PutItem", "resource": "table/linli-app"}
    assert len(proxy.tokens) == 1, "asking again would not help"
    assert "permission_missing: dynamodb:PutItem on arn:aws:dynamodb" in caplog.text


def test_a_database_that_is_gone_is_a_fact_and_not_a_crash(proxy: Proxy) -> None:
    proxy.stop()
    with pytest.raises(StoreUnavailable):
        commit([note()])


def test_two_additions_to_one_attribute_are_sent_as_one(tables: Engine) -> None:
    """DynamoDB refuses an update that names a path twice; the local engine takes it, so what is sent is looked at."""
    sent: list[str] = []

    def note(operation: str, arguments: Mapping[str, Any], _answer: object) -> None:
        if operation == "TransactWriteItems":
            sent.append(arguments["TransactItems"][0]["Update"]["UpdateExpression"])

    def adding(count: int, other: int) -> Write:
        return Write("update", AppItem(pk="T#1", sk="#"), actions=(Path(["n"]).add(count), Path(["m"]).add(other)))

    with table.watching(note):
        commit([adding(2, 5), adding(3, -1)])
    assert [one.count(":") for one in sent] == [2]
    with table.answers():
        item = AppItem._get_connection().get_item("T#1", "#", consistent_read=True)["Item"]
    assert (item["n"], item["m"]) == ({"N": "5"}, {"N": "4"})
