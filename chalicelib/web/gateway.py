"""The Chalice app class: what has to be right before a route is reached.

API Gateway is told that every type is binary (``*/*``), so every body is bytes. Chalice then
answers 400 to a request without an Accept header, *after* the view has run: money would be booked
and Stripe told that it was not. The header is therefore put in before.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

from chalice.app import Chalice, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.errors import DomainError
from chalicelib.web import faults, log_output, logs
from chalicelib.web.request import read_request
from chalicelib.web.respond import respond
from chalicelib.web.results import Result

_current: ContextVar[ChaliceRequest | None] = ContextVar("request", default=None)


class Gateway(Chalice):
    """A Chalice app that may serve several threads and always answers in our own words."""

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name=app_name, configure_logs=False)
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            log_output.take_over()
        self.api.binary_types = ["*/*"]

    @property
    def current_request(self) -> ChaliceRequest | None:
        """Chalice keeps it on the app, which threads of a local server share; here each has its own."""
        return _current.get()

    @current_request.setter
    def current_request(self, value: ChaliceRequest | None) -> None:
        _current.set(value)

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        request_context = event.get("requestContext") if isinstance(event, dict) else None
        if not isinstance(request_context, dict) or "resourcePath" not in request_context:
            return super().__call__(event, context)
        route = str(request_context["resourcePath"])
        return logs.answered(request_context, route, lambda: self._answer(event, context))

    def _answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        request_context = event["requestContext"]
        headers = {str(k).lower(): v for k, v in (event.get("headers") or {}).items()}
        event = {**event, "headers": {**headers, "accept": _accepting(headers.get("accept"))}}
        methods = self.routes.get(request_context["resourcePath"], {})
        method = request_context["httpMethod"]
        if method == "HEAD" and "HEAD" not in methods and "GET" in methods:
            return self._head(event, context)
        if method not in methods:
            allow = ", ".join(sorted({*methods, *(["HEAD"] if "GET" in methods else [])}))
            return self._told(event, faults.MethodNotAllowed(method=method, allow=allow))
        return super().__call__(event, context)

    def page_not_found(
        self, method: str, path: str, headers: dict[str, str], why: DomainError | None = None
    ) -> dict[str, Any]:
        """The answer for an address without a route, for a server that matches routes itself; ``why`` where more
        is known."""
        event = {
            "requestContext": {"httpMethod": method, "resourcePath": path, "path": path},
            "headers": {**headers, "accept": _accepting(headers.get("accept"))},
            "pathParameters": None,
            "multiValueQueryStringParameters": None,
        }
        fault = why or faults.PageNotFound(path=path[:200])
        return logs.answered({"httpMethod": method}, "(none)", lambda: self._told(event, fault))

    def _head(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        as_get = {**event, "requestContext": {**event["requestContext"], "httpMethod": "GET"}}
        return {**super().__call__(as_get, context), "body": ""}

    def _told(self, event: dict[str, Any], fault: DomainError) -> dict[str, Any]:
        def tell(_request: object) -> Result:
            raise fault

        answer: Response = respond(read_request(event, b""), tell, signed=True)
        told: dict[str, Any] = answer.to_dict(self.api.binary_types)
        return told


def _accepting(accept: str | None) -> str:
    """An Accept that the binary check lets through; what was asked for stays first."""
    if not accept:
        return "*/*"
    return accept if "*/*" in accept else f"{accept}, */*;q=0.1"
