"""The engine of one machine: found, waited for, ended, and its data guarded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import pytest

from local import engine


def client(running: engine.Engine):
    return boto3.client(
        "dynamodb",
        endpoint_url=running.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def make_table(running: engine.Engine) -> None:
    client(running).create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture(autouse=True)
def no_given_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(engine.ENDPOINT_SETTING, raising=False)


def test_it_keeps_what_was_written_and_says_where(tmp_path: Path) -> None:
    with engine.running(tmp_path / "data") as first:
        assert str(tmp_path / "data") in first.description
        make_table(first)
        client(first).put_item(TableName="kept", Item={"pk": {"S": "a"}})
    with engine.running(tmp_path / "data") as second:
        assert client(second).get_item(TableName="kept", Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}}


def test_in_memory_nothing_is_kept() -> None:
    with engine.running() as first:
        make_table(first)
    with engine.running() as second:
        assert client(second).list_tables()["TableNames"] == []


def test_stop_ends_it_and_may_be_said_twice() -> None:
    running = engine.start()
    running.stop()
    running.stop()
    assert running.process is not None
    assert running.process.returncode is not None
    assert not engine._answers(running.endpoint)


def test_two_runs_never_share_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS_MAX", 0.2)
    with engine.running(tmp_path), pytest.raises(engine.EngineFailed, match="another run is using"):
        engine.start(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_a_killed_run_leaves_no_engine_and_no_lock(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from local import engine
        print(engine.start(Path(sys.argv[1])).process.pid, flush=True)
        time.sleep(60)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    engine_pid = int(run.stdout.readline())
    run.kill()
    run.wait()
    run.stdout.close()
    with engine.running(tmp_path):
        pass
    assert ended(engine_pid)


def ended(pid: int) -> bool:
    """Gone, or a zombie whose new parent has not yet asked after it."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_given_endpoint_is_used_and_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine.running() as ours:
        monkeypatch.setenv(engine.ENDPOINT_SETTING, ours.endpoint)
        given = engine.start()
        assert given.endpoint == ours.endpoint
        assert engine.ENDPOINT_SETTING in given.description
        given.stop()
        assert client(ours).list_tables()["TableNames"] == []


@pytest.mark.parametrize(
    ("address", "says"),
    [("localhost:8001", "is not an address"), ("https://dynamodb.us-east-1.amazonaws.com", "DynamoDB itself")],
)
def test_a_wrong_endpoint_is_refused_with_a_sentence(address: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.ENDPOINT_SETTING, address)
    with pytest.raises(engine.EngineFailed, match=says):
        engine.start()


def test_something_else_on_the_port_is_not_taken_for_an_engine() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(engine.EngineFailed, match="no answer"):
            engine._wait(engine.Engine(f"http://127.0.0.1:{server.server_port}", "another server"), 0.2)
    finally:
        server.shutdown()
        server.server_close()


def test_without_any_engine_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DYNOXIDE", tmp_path / "not there")
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(engine.EngineFailed, match="make setup"):
        engine.start()
