"""What this process says of itself: lines of JSON and counted metrics. Ids, codes and numbers only.

A name, a phone number, a text or a key has no place in a fact. Of an error its kind, its code and the
place in the program are told; never its words, which may hold what somebody typed.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from chalicelib import clock, ids, trace
from chalicelib.config import SettingMissing
from chalicelib.errors import DomainError
from chalicelib.web import headers, log_output

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


_noted: ContextVar[dict[str, object] | None] = ContextVar("noted", default=None)


def note(**facts: object) -> None:
    """Facts for the line of the request that is being answered, such as the code of what was refused."""
    noted = _noted.get()
    if noted is not None:
        noted.update(facts)


def refused(error: DomainError) -> None:
    """Notes the code of an error that is told to a person, and the name of a setting that is missing."""
    note(**_code(error))


def incident(error: Exception, method: str, route: str) -> str:
    """Writes down an error that nobody foresaw; returns the number that a person may tell, which finds the line."""
    log_output.ready()
    number = trace.correlation_id() or ids.ulid(clock.now_ms())
    told = {"incident": number, "method": method, "route": route, **_code(error)}
    _request.error("incident", exc_info=error, extra={"facts": told})
    return number


def answered(context: Mapping[str, Any], route: str, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Answers a request of API Gateway under its id, and writes its line: never its path, which may hold a
    token or somebody's id, nor who asked. ``context`` is its request context, ``route`` the template."""
    log_output.ready()
    started, cold, noted = time.perf_counter(), log_output.first_time(), dict[str, object]()
    method = str(context["httpMethod"])
    token = _noted.set(noted)
    try:
        with trace.following(str(context.get("requestId") or ids.ulid(clock.now_ms()))):
            try:
                given = answer()
            except Exception as error:
                given = _last_resort(incident(error, method, route))
            status = given["statusCode"]
            # htmx is answered 200 also when something went wrong
            broken = status >= 500 or noted.get("code") == "incident"
            told = {"method": method, "route": route, "status": status, "duration_ms": _since(started)}
            told |= {"bytes": _size(given), "cold_start": cold, **noted}
            _request.log(logging.ERROR if broken else logging.INFO, "answered", extra={"facts": told})
            if broken:
                count("ServerError", route=route, code=noted.get("code", ""))
            return given
    finally:
        _noted.reset(token)


def _last_resort(number: str) -> dict[str, Any]:
    note(code="incident")
    return {
        "statusCode": 500,
        "headers": {"Content-Type": "text/plain; charset=utf-8", **headers.BARE},
        "multiValueHeaders": {},
        "body": f"出错了,请稍后再试。Something went wrong. {number}",
    }


def _size(given: Mapping[str, Any]) -> int:
    body = given.get("body") or ""
    if given.get("isBase64Encoded"):
        return len(body) * 3 // 4 - body[-2:].count("=")
    return len(body.encode() if isinstance(body, str) else body)


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
    if isinstance(error, SettingMissing):
        return {"code": error.code, "setting": error.fields.get("name", "")}
    return {"code": error.code} if isinstance(error, DomainError) else {}


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
