"""What belongs together: the correlation id of what runs now, and the steps that a sampled trace shows.

Every line of the log and every message put into a queue carries the id, so that all that one request or
one event set going is found by it. Steps cost nothing unless X-Ray samples this very invocation.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from chalicelib import clock
from chalicelib.errors import DomainError

ATTRIBUTE: Final = "correlation_id"
"""The message attribute under which a queue carries the id."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_followed: ContextVar[str] = ContextVar("correlation_id", default="")
_within: ContextVar[str] = ContextVar("subsegment", default="")


def correlation_id() -> str:
    """The id of the request or event that is being worked on; "" outside of any."""
    return _followed.get()


@contextmanager
def following(correlation_id: str) -> Iterator[None]:
    """Within the block everything belongs to that id; one that cannot be an id counts as none."""
    token = _followed.set(correlation_id if _ID.fullmatch(correlation_id) else "")
    try:
        yield
    finally:
        _followed.reset(token)


@contextmanager
def step(name: str) -> Iterator[None]:
    """A subsegment of the trace: its name, its time and, if it failed, the kind of error; never a value."""
    header = _header(os.environ.get("_X_AMZN_TRACE_ID", ""))
    if header.get("Sampled") != "1":
        yield
        return
    own_id, parent = secrets.token_hex(8), _within.get() or header.get("Parent", "")
    told: dict[str, object] = {"id": own_id, "name": name, "trace_id": header.get("Root", ""), "parent_id": parent}
    token, started_ms, started = _within.set(own_id), clock.now_ms(), time.perf_counter()
    try:
        yield
    except BaseException as error:
        # Its code or kind: the text of an error may hold what a person typed.
        told["annotations"] = {"error": getattr(error, "code", None) or type(error).__name__}
        told["error" if isinstance(error, DomainError) else "fault"] = True
        raise
    finally:
        _within.reset(token)
        times = {"start_time": started_ms / 1000, "end_time": started_ms / 1000 + time.perf_counter() - started}
        _send({**told, **times, "type": "subsegment"})


def _header(text: str) -> dict[str, str]:
    """``Root=1-…;Parent=…;Sampled=1`` as Lambda hands it to each invocation."""
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def _send(told: dict[str, object]) -> None:
    """To the daemon that Lambda runs beside the function; nobody waits for it, and nobody misses what it loses."""
    text = json.dumps({"format": "json", "version": 1}) + "\n" + json.dumps(told)
    try:
        _socket().sendto(text.encode(), _daemon(os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")))
    except (OSError, ValueError):
        return


@lru_cache(maxsize=1)
def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


def _daemon(text: str) -> tuple[str, int]:
    """``host:port``, or ``tcp:host:port udp:host:port``. Raises ValueError."""
    for part in text.split():
        *kind, host, port = part.split(":")
        if kind in ([], ["udp"]):
            return host, int(port)
    raise ValueError("no daemon")
