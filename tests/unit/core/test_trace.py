"""Ids that are passed on, and what X-Ray is told of a sampled invocation."""

from __future__ import annotations

import json
import os
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
import sys
from chalicelib import errors, trace

class Refused(errors.Refused):
    code = "out_of_rice"

with trace.step("cold"):
    pass
assert "aws_xray_sdk" not in sys.modules
trace.warmed_up()
with trace.step("commit"):
    with trace.step("stripe"):
        pass
for error in (Refused(name="13800001234"), ValueError("13800001234")):
    try:
        with trace.step("failing"):
            raise error
    except (errors.Refused, ValueError):
        pass
print("aws_xray_sdk" in sys.modules)
"""


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """Where X-Ray's library sends what it recorded."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


def run(daemon: socket.socket, tmp_path: Path, header: str) -> str:
    environ = {
        **os.environ,
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_X_AMZN_TRACE_ID": header,
        "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "13800001234" not in done.stdout + done.stderr
    return done.stdout.strip()


def test_a_sampled_invocation_shows_its_steps_and_nobodys_words(daemon: socket.socket, tmp_path: Path) -> None:
    assert run(daemon, tmp_path, SAMPLED) == "True"
    told: dict[str, dict[str, Any]] = {}
    codes = []
    for _ in range(4):
        text = daemon.recv(65_536).decode()
        assert "13800001234" not in text
        one = json.loads(text.split("\n", 1)[1])
        told[one["name"]] = one
        codes.append(one.get("annotations", {}).get("error"))
    assert set(told) == {"commit", "stripe", "failing"}
    assert told["stripe"]["parent_id"] == told["commit"]["id"]
    assert told["commit"]["parent_id"] == "53995c3f42cd8ad8"
    assert {one["trace_id"] for one in told.values()} == {"1-5759e988-bd862e3fe1be46a994272793"}
    assert sorted(filter(None, codes)) == ["ValueError", "out_of_rice"]


@pytest.mark.parametrize("header", ["", SAMPLED.replace("Sampled=1", "Sampled=0")])
def test_what_is_not_sampled_loads_nothing(daemon: socket.socket, tmp_path: Path, header: str) -> None:
    assert run(daemon, tmp_path, header) == "False"
