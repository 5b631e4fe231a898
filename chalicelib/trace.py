"""What belongs together: the correlation id of what runs now, and the steps that a sampled trace shows.

Every line of the log and every message put into a queue carries the id, so that all that one request or
one event set going is found by it. Steps cost nothing unless X-Ray samples this very invocation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

ATTRIBUTE: Final = "correlation_id"
"""The message attribute under which a queue carries the id."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_followed: ContextVar[str] = ContextVar("correlation_id", default="")
_warm: list[bool] = []


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
    recorder = _recorder() if _warm and "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "") else None
    if recorder is None:
        yield
        return
    subsegment = recorder.begin_subsegment(name)
    try:
        yield
    except BaseException as error:
        # Not add_exception: it would keep the text of the error, which may hold what a person typed.
        if subsegment is not None:
            subsegment.put_annotation("error", getattr(error, "code", None) or type(error).__name__)
            subsegment.add_fault_flag()
        raise
    finally:
        if subsegment is not None:
            recorder.end_subsegment()


def warmed_up() -> None:
    """The first invocation is over: X-Ray's library, which is slow to load, may be loaded when one is sampled."""
    _warm[:] = [True]


@lru_cache(maxsize=1)
def _recorder() -> Any:
    """X-Ray's recorder as Powertools sets it up in a Lambda function; None where there is no SDK."""
    from aws_lambda_powertools import Tracer

    try:
        # Nothing is patched: requests to other services would be recorded with their addresses.
        tracer = Tracer(service=f"linli-{os.environ.get('LINLI_STAGE', 'dev')}", auto_patch=False)
    except ImportError:
        return None
    return None if tracer.disabled else tracer.provider
