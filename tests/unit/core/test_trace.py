"""Ids that are passed on, and what X-Ray is told of a sampled invocation."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import trace

ROOT = Path(__file__).resolve().parents[3]
SAMPLED = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_an_id_is_followed_within_its_block_and_the_one_before_after_it() -> None:
    assert trace.correlation_id() == ""
    with trace.following("a-1"):
        with trace.following("b:2"):
            assert trace.correlation_id() == "b:2"
        assert trace.correlation_id() == "a-1"
    assert trace.correlation_id() == ""


@pytest.mark.parametrize("text", ["", "王小明", "a b", "a\nb", "-a", "x" * 129])
def test_what_cannot_be_an_id_is_none(text: str) -> None:
    with trace.following("a"), trace.following(text):
        assert trace.correlation_id() == ""


PROGRAM = """
from chalicelib import errors, trace

class Refused(errors.Refused):
    code = "out_of_rice"

with trace.step("commit"):
    with trace.step("stripe"):
        pass
for error in (Refused(name="13800001234"), ValueError("13800001234")):
    try:
        with trace.step("failing"):
            raise error
    except (errors.Refused, ValueError):
        pass
print("done")
"""


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """Where X-Ray's daemon would listen beside a function."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


def run(daemon: socket.socket, header: str, address: str | None = None) -> None:
    where = f"127.0.0.1:{daemon.getsockname()[1]}" if address is None else address
    environ = {**os.environ, "_X_AMZN_TRACE_ID": header, "AWS_XRAY_DAEMON_ADDRESS": where}
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "13800001234" not in done.stdout + done.stderr


def test_a_sampled_invocation_shows_its_steps_and_nobodys_words(daemon: socket.socket) -> None:
    run(daemon, SAMPLED)
    told: dict[str, dict[str, Any]] = {}
    codes = []
    for _ in range(4):
        text = daemon.recv(65_536).decode()
        assert "13800001234" not in text
        head, _, body = text.partition("\n")
        assert json.loads(head) == {"format": "json", "version": 1}
        one = json.loads(body)
        assert re.fullmatch("[0-9a-f]{16}", one["id"])
        assert one["start_time"] <= one["end_time"] < one["start_time"] + 5
        assert one["type"] == "subsegment"
        told[one["name"]] = one
        codes.append(one.get("annotations", {}).get("error"))
    assert set(told) == {"commit", "stripe", "failing"}
    assert told["stripe"]["parent_id"] == told["commit"]["id"]
    assert told["commit"]["parent_id"] == "53995c3f42cd8ad8"
    assert {one["trace_id"] for one in told.values()} == {"1-5759e988-bd862e3fe1be46a994272793"}
    assert sorted(filter(None, codes)) == ["ValueError", "out_of_rice"]


@pytest.mark.parametrize("header", ["", "Root=", SAMPLED.replace("Sampled=1", "Sampled=0")])
def test_what_is_not_sampled_is_not_told(daemon: socket.socket, header: str) -> None:
    run(daemon, header)
    daemon.settimeout(0.2)
    with pytest.raises(TimeoutError):
        daemon.recv(65_536)


@pytest.mark.parametrize("address", ["", "nowhere", "127.0.0.1:x", "tcp:127.0.0.1:1"])
def test_a_daemon_that_is_not_there_is_not_missed(daemon: socket.socket, address: str) -> None:
    run(daemon, SAMPLED, address)


def test_the_daemon_s_address_may_name_both_ways(daemon: socket.socket) -> None:
    run(daemon, SAMPLED, f"tcp:127.0.0.1:1 udp:127.0.0.1:{daemon.getsockname()[1]}")
    assert b"subsegment" in daemon.recv(65_536)
