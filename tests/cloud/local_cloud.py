"""The local cloud: ministack with IAM enforced, started, waited for, asked as its administrator, stopped."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

T = TypeVar("T")
Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = ROOT / ".venv-cloud" / "bin" / "python"
REGION = "us-east-1"
START_SECONDS_MAX = 60
ADMINISTRATOR = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""The account's own credentials: they may everything, as only the person who deploys may on AWS."""


class LocalCloudFailed(Exception):
    """It does not start or answer; the message says what to do."""


@dataclass
class LocalCloud:
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the AWS libraries read to reach this cloud as its administrator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @cached_property
    def session(self) -> Any:
        import boto3

        return boto3.Session(region_name=REGION, **ADMINISTRATOR)

    def client(self, service: str, **credentials: str) -> Any:
        """A client of ``service``: the administrator's, or of whoever the credentials are."""
        import boto3
        from botocore.config import Config

        session = boto3.Session(region_name=REGION, **credentials) if credentials else self.session
        settled = Config(retries={"max_attempts": 0}, read_timeout=60)
        return session.client(service, endpoint_url=self.endpoint, config=settled)

    def sms(self, number: str) -> list[str]:
        """What was sent to a phone, oldest first."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", f"/_ministack/sns/sms-messages?phoneNumber={quote(number)}")
            told = json.loads(connection.getresponse().read())
        return [one["Message"] for messages in told["sms_messages"].values() for one in messages]

    def logs(self, function: str, containing: str = "") -> list[str]:
        """The lines that a function has printed so far."""
        logs, lines = self.client("logs"), []
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}"):
            lines += [event["message"] for event in page["events"] if containing in event["message"]]
        return lines


def eventually(ask: Callable[[], T], what: str, seconds_max: float = 90) -> T:
    """The first true answer of ``ask``; what happens by itself needs a moment here as on AWS."""
    deadline = time.monotonic() + seconds_max
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {seconds_max:g} s: {what}"
        time.sleep(0.1)
    return answer


@contextlib.contextmanager
def running(folder: Path) -> Iterator[LocalCloud]:
    """A local cloud that keeps everything in memory and its log in ``folder``."""
    if not PYTHON.exists():
        raise LocalCloudFailed("no .venv-cloud: run `make .venv-cloud/done`")
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    port = _free_port()
    # nothing of ours: functions inherit what this process has
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(unpacked),
        "LANG": "C.UTF-8",
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",  # else it listens to the whole network
        "SFTP_ENABLED": "0",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",  # one and two minutes on AWS
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with open(folder / "ministack.log", "ab") as log:
        process = subprocess.Popen(
            [str(PYTHON), "-P", str(Path(__file__).with_name("more_aws"))],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent(),
            start_new_session=True,
        )
    cloud = LocalCloud(port, folder, process)
    try:
        _wait(cloud)
        yield cloud
    finally:
        # with the functions that it started; there is nothing to put in order
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(unpacked, ignore_errors=True)


def _wait(cloud: LocalCloud) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        if cloud.process.poll() is not None:
            raise LocalCloudFailed((cloud.folder / "ministack.log").read_text()[-2000:])
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/_ministack/health")
                if connection.getresponse().status == 200:
                    return
        if time.monotonic() > deadline:
            raise LocalCloudFailed(f"no answer on {cloud.endpoint} within {START_SECONDS_MAX} s")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel ends it when we are gone, even by kill -9."""
    if sys.platform != "linux":
        return None
    control = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: control(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
