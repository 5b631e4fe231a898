"""The database engine of one machine and of the tests: found, started, waited for, stopped.

Production storage is DynamoDB. Here the same code speaks to an engine with the same interface, and
only an endpoint differs. In this order of preference:

1. an endpoint given in the environment (`LINLI_ENGINE_ENDPOINT`): nothing is started, nothing stopped;
2. dynoxide, from node_modules: one process, on disk or in memory;
3. ministack, from PyPI, where there is no dynoxide for the machine: it keeps data only if it is
   stopped in order, so it is for trying out and for tests.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from local import node

ENDPOINT_SETTING = "LINLI_ENGINE_ENDPOINT"
DYNOXIDE = node.MODULES / "@dynoxide" / "linux-x64" / "dynoxide"

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10
LOCK_SECONDS_MAX = 10


class EngineFailed(Exception):
    """No engine could be found or started; the message says what to do."""


@dataclass(slots=True)
class Engine:
    """A running engine.

    `endpoint` is an http URL for AWS_ENDPOINT_URL_DYNAMODB, `description` one plain sentence on what it is.
    """

    endpoint: str
    description: str
    process: subprocess.Popen[bytes] | None = None
    _lock: IO[str] | None = field(default=None, repr=False)

    def settings(self) -> dict[str, str]:
        """What the AWS libraries read from the environment to reach this engine, and it alone."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self) -> None:
        """Ask the engine to end, wait, and only then force it. An engine that was given is left alone."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def start(data: Path | None = None, *, port: int = 0, log: Path | None = None) -> Engine:
    """Start the engine and return when it answers.

    `data` is a folder that keeps what is written; without it everything is in memory and gone at the end.
    `port` 0 takes a free one. `log` receives what the engine prints, else nothing does.
    The engine ends with the thread that started it, so start it from the main thread.
    Raises EngineFailed.
    """
    given = os.environ.get(ENDPOINT_SETTING)
    if given:
        return _given(given)
    if DYNOXIDE.is_file():
        return _dynoxide(data, port or _free_port(), log)
    if find_spec("ministack") is not None:
        return _ministack(data, port or _free_port(), log)
    raise EngineFailed(
        f"no database engine: {DYNOXIDE} is not there and ministack is not installed. "
        f"Run `make setup`, or name a DynamoDB endpoint in {ENDPOINT_SETTING}"
    )


@contextlib.contextmanager
def running(data: Path | None = None, *, port: int = 0, log: Path | None = None) -> Iterator[Engine]:
    """`start`, and `stop` at the end of the block."""
    engine = start(data, port=port, log=log)
    try:
        yield engine
    finally:
        engine.stop()


def _given(endpoint: str) -> Engine:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise EngineFailed(f"{ENDPOINT_SETTING}={endpoint!r} is not an address such as http://127.0.0.1:8001")
    if parts.hostname.endswith("amazonaws.com"):
        raise EngineFailed(f"{ENDPOINT_SETTING} names DynamoDB itself; this run is for a local engine only")
    engine = Engine(endpoint, f"the database engine at {endpoint}, as {ENDPOINT_SETTING} says")
    _wait(engine, START_SECONDS_MAX)
    return engine


def _dynoxide(data: Path | None, port: int, log: Path | None) -> Engine:
    command = [str(DYNOXIDE), "serve", "--host", "127.0.0.1", "--port", str(port)]
    kept = "in memory, nothing is kept"
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        command += ["--db-path", str(data / "engine.db")]
        kept = f"everything is kept in {data}"
    return _launch(command, {}, port, f"dynoxide, {kept}", data, log)


def _ministack(data: Path | None, port: int, log: Path | None) -> Engine:
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "SERVICES": "dynamodb",
        "IOT_MTLS_ENABLED": "0",  # else it listens to the whole network on another port
    }
    kept = "in memory, nothing is kept"
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        settings |= {"PERSIST_STATE": "1", "STATE_DIR": str(data / "ministack")}
        kept = f"kept in {data} only when stopped in order: a crash loses what was written since"
    return _launch([sys.executable, "-m", "ministack"], settings, port, f"ministack, {kept}", data, log)


def _launch(
    command: list[str],
    settings: Mapping[str, str],
    port: int,
    description: str,
    data: Path | None,
    log: Path | None,
) -> Engine:
    lock = _lock(data) if data is not None else None
    with open(log or os.devnull, "ab") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent(),
            # a Ctrl-C at the terminal is for us: the engine must outlive the requests still being served
            start_new_session=True,
            # the lock lives as long as any holder: an engine that outlived its parent still guards its file
            pass_fds=() if lock is None else (lock.fileno(),),
        )
    engine = Engine(f"http://127.0.0.1:{port}", description, process, lock)
    try:
        _wait(engine, START_SECONDS_MAX)
    except EngineFailed:
        engine.stop()
        raise
    return engine


def _lock(data: Path) -> IO[str]:
    """Hold `data` for one engine: two on the same file would not see each other's writes."""
    held = open(data / "engine.lock", "w")  # noqa: SIM115 - closed by Engine.stop
    deadline = time.monotonic() + LOCK_SECONDS_MAX
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except OSError:
            if time.monotonic() > deadline:
                held.close()
                raise EngineFailed(f"another run is using the data in {data}: end it first") from None
            time.sleep(0.1)


def _wait(engine: Engine, seconds_max: float) -> None:
    """Return when the engine answers ListTables; raise EngineFailed if it ends or stays silent."""
    deadline = time.monotonic() + seconds_max
    while not _answers(engine.endpoint):
        if engine.process is not None and engine.process.poll() is not None:
            raise EngineFailed(f"{engine.description}: it ended at once with code {engine.process.returncode}")
        if time.monotonic() > deadline:
            raise EngineFailed(f"{engine.description}: no answer on {engine.endpoint} within {seconds_max:g} s")
        time.sleep(0.02)


def _answers(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request(
            "POST",
            parts.path or "/",
            "{}",
            {
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                "X-Amz-Date": "20200101T000000Z",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": "AWS4-HMAC-SHA256 Credential=local/20200101/us-east-1/dynamodb/aws4_request, "
                "SignedHeaders=host, Signature=0",
            },
        )
        return b"TableNames" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel ends the engine when its parent is gone, even by kill -9: none is left behind."""
    if sys.platform != "linux":
        return None
    control = ctypes.CDLL(None, use_errno=True).prctl
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
    return lambda: control(set_parent_death_signal, signal.SIGTERM)
