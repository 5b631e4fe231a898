"""Putting a handler at an address. Identity's guard builds its decorators on these two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.web import openapi
from chalicelib.web.request import BODY_LIMIT_BYTES, Request, read_request
from chalicelib.web.respond import respond
from chalicelib.web.results import Result

Handler = Callable[[Request], Result]
Guard = Callable[[Request], Request]
"""Takes the request, returns it with its actor, or raises SignInNeeded or NotAllowed."""

API_ROOT = "/api/v1"

_identify: list[Guard] = []


def identify_with(guard: Guard) -> None:
    """Identity says how to find out who asks, for pages that anybody may see."""
    _identify[:] = [guard]


def anybody(request: Request) -> Request:
    """The guard of a page for everybody: who asks is known if they are signed in."""
    return _identify[0](request) if _identify else request


def route(
    bp: Blueprint,
    method: str,
    path: str,
    *,
    form: str = "",
    guard: Guard | None = None,
    signed: bool = False,
    payments: bool = False,
    body_limit_bytes: int = BODY_LIMIT_BYTES,
) -> Callable[[Handler], Handler]:
    """Serves the decorated handler at ``method path``; returns the handler itself, for tests.

    ``form`` names the form whose token a POST must carry (``form_token(form)`` in the template);
    it is claimed before the handler runs, which finds the ULID in ``request.submission``.
    ``signed`` marks an address whose body carries a signature of its own (a webhook): no form,
    no origin check. A POST page with neither is refused when the module is imported.
    ``payments`` marks an address on a donor's way or one that speaks to Stripe: in the cloud a function of
    its own serves it, the only one of the two that may read Stripe's key.
    """
    api = path == API_ROOT or path.startswith(API_ROOT + "/")
    if method not in ("GET", "HEAD") and not (form or signed or api):
        raise ValueError(f"{method} {path} changes something and needs form= or signed=True")

    def put(handler: Handler) -> Handler:
        def view(**_params: Any) -> Response:
            incoming = bp.current_request
            raw = incoming.raw_body
            body = raw.encode() if isinstance(raw, str) else raw
            request = read_request(incoming.to_original_event(), body, body_limit_bytes)
            return respond(request, handler, guard=guard, form=form, signed=signed)

        view.__name__ = handler.__name__
        view.payments = payments  # type: ignore[attr-defined]
        # The type is checked where the body is read, so that a wrong one gets our own sentence.
        bp.route(path, methods=[method], content_types=["*/*"], name=handler.__name__)(view)
        return handler

    return put


def api_route(
    bp: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    response: Any,
    request: Any = None,
    errors: tuple[str, ...] = (),
    auth: str = "",
    status: int = 200,
    keyed: bool = False,
    guard: Guard | None = None,
    signed: bool = False,
    payments: bool = False,
) -> Callable[[Handler], Handler]:
    """Serves a JSON handler at ``/api/v1<path>`` and writes it into ``/openapi.json``.

    ``request`` and ``response`` are msgspec types; ``errors`` the codes it may answer with;
    ``auth`` a word for who may ask ("" for anybody), shown in the description; ``keyed`` says that an
    Idempotency-Key is required (the guard asks for it).
    """
    openapi.describe(
        openapi.Operation(
            method=method,
            path=API_ROOT + path,
            summary=summary,
            request=request,
            response=response,
            errors=errors,
            auth=auth,
            status=status,
            keyed=keyed,
        )
    )
    return route(bp, method, API_ROOT + path, guard=guard, signed=signed, payments=payments)


def speaks_to_stripe(view: Any) -> bool:
    """Whether a registered view (``app.routes[path][method].view_function``) was marked ``payments``."""
    return bool(getattr(view, "payments", False))
