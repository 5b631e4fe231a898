"""Runs a handler and turns its result, or what went wrong, into an HTTP answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalice.app import Response

from chalicelib.errors import (
    Conflict,
    Corrupt,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    SignInNeeded,
    TooMany,
    Unavailable,
)
from chalicelib.web import csrf, faults, headers, logs, problems, render
from chalicelib.web.request import Request
from chalicelib.web.results import Result

STATUS: dict[type[DomainError], int] = {
    faults.Malformed: 400,
    faults.PayloadTooLarge: 413,
    faults.UnsupportedMedia: 415,
    faults.MethodNotAllowed: 405,
    Invalid: 422,
    NotFound: 404,
    SignInNeeded: 401,
    NotAllowed: 403,
    TooMany: 429,
    Refused: 409,
    Conflict: 409,
    Unavailable: 503,
    Corrupt: 500,
    DomainError: 500,
}
"""The one table from the kind of an error to a status; the nearest kind counts."""


def status_of(error: DomainError) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def respond(
    request: Request,
    handler: Callable[[Request], Result],
    *,
    guard: Callable[[Request], Request] | None = None,
    form: str = "",
    signed: bool = False,
) -> Response:
    """Checks the request, asks the guard, claims the form, runs the handler, renders. Never raises."""
    seen = request
    try:
        if request.fault is not None:
            raise request.fault
        if not signed:
            csrf.refuse_cross_site(request)
        if guard is not None:
            seen = guard(request)
        if form:
            seen = replace(seen, submission=csrf.claim_form(seen, form))
        return render.answer(seen, handler(seen))
    except Corrupt as error:
        return _incident(seen, error)
    except DomainError as error:
        status = status_of(error)
        logs.refused(error)
        return _problem(seen, error, status, form)
    except Exception as error:
        return _incident(seen, error)


def _problem(request: Request, error: DomainError, status: int, form: str) -> Response:
    try:
        return problems.answer(request, error, status, form)
    except Exception as broken:
        return _incident(request, broken)


def _incident(request: Request, error: Exception) -> Response:
    """500 with a number that finds the log line; nothing of what happened goes out."""
    incident = logs.incident(error, request.method, request.route)
    logs.note(code="incident")
    try:
        return problems.unforeseen(request, incident)
    except Exception as broken:
        logs.failed("incident not shown", broken)
        return Response(
            body=f"出错了,请稍后再试。Something went wrong. {incident}".encode(),
            status_code=500,
            headers={"Content-Type": "text/plain; charset=utf-8", **headers.BARE},
        )
