"""What this process says of itself: lines of JSON and counted metrics. Ids, codes and numbers only.

A name, a phone number, a text or a key has no place in a fact. Of an error its kind, its code and the
place in the program are told; never its words, which may hold what somebody typed.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from chalicelib import clock, ids, trace
from chalicelib.errors import DomainError
from chalicelib.web import log_output

P = ParamSpec("P")
T = TypeVar("T")

_schedule = logging.getLogger("linli.schedule")
_request = logging.getLogger("linli.request")
_function = logging.getLogger("linli.function")
_metrics = logging.getLogger("linli.metrics")


def count(name: str, value: int = 1, **facts: object) -> None:
    """Adds ``value`` to the metric ``name`` of this stage, at once: nothing has to be flushed.

    Alarms and the dashboard read it. ``facts`` stand beside it in the log and are no dimensions.
    """
    log_output.ready()
    _metrics.info(name, extra={"metric": (name, value), "facts": facts})


def ran(schedule: str, **facts: object) -> None:
    """A schedule ran, and what it did."""
    log_output.ready()
    _schedule.info("ran", extra={"facts": {"schedule": schedule, **facts}})


def found(schedule: str, **facts: object) -> None:
    """A schedule found something that somebody has to look at."""
    log_output.ready()
    _schedule.error("found", extra={"facts": {"schedule": schedule, **facts}})


def failed(what: str, error: BaseException, **facts: object) -> None:
    """One thing of several could not be done: its kind, code and place in the program."""
    log_output.ready()
    _function.error(what, exc_info=error, extra={"facts": {**_code(error), **facts}})


class FunctionFailed(Exception):
    """What Lambda is told instead of the error itself, whose words it would print."""


def function(run: Callable[P, T]) -> Callable[P, T]:
    """Around a function that a schedule, a queue, a stream or a deployment starts: correlation id, a line
    at the end with what it took, and errors without their words.

        @bp.schedule("rate(5 minutes)")
        @logs.function
        def ask_stripe_again(event: CloudWatchEvent) -> None: ...
    """

    @functools.wraps(run)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        log_output.ready()
        event = args[0] if args else None
        data = event if isinstance(event, dict) else event.to_dict() if hasattr(event, "to_dict") else {}
        started, cold = time.perf_counter(), log_output.first_time()
        name = getattr(run, "__name__", "function")
        with trace.following(_event_id(data)):
            facts = {"function": name, "cold_start": cold, "records": len(data.get("Records") or [])}
            try:
                done = run(*args, **kwargs)
            except Exception as error:
                told = {**facts, "duration_ms": _since(started), **_code(error)}
                _function.error("failed", exc_info=error, extra={"facts": told})
                raise FunctionFailed(f"{name}: {_code(error).get('code') or type(error).__name__}") from None
            _function.info("done", extra={"facts": {**facts, "duration_ms": _since(started)}})
            return done

    return call


@contextmanager
def record(one: Any) -> Iterator[None]:
    """Within the block one record of a queue is worked on: under the id of the request that put it there."""
    with trace.following(_record_id(one if isinstance(one, dict) else one.to_dict())):
        yield


def _event_id(event: dict[str, Any]) -> str:
    records = event.get("Records")
    if records and isinstance(records, list):
        return _record_id(records[0])
    return str(event.get("id") or "") or ids.ulid(clock.now_ms())


def _record_id(one: dict[str, Any]) -> str:
    carried = (one.get("messageAttributes") or {}).get(trace.ATTRIBUTE) or {}
    return str(carried.get("stringValue") or one.get("messageId") or one.get("eventID") or "")


def _code(error: BaseException) -> dict[str, object]:
    return {"code": error.code} if isinstance(error, DomainError) else {}


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
