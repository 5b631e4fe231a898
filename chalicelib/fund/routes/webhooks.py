"""Where Stripe tells us that something happened."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.fund.service import webhooks as service
from chalicelib.web.http import Json, Request, Result, route

bp = Blueprint(__name__)


@route(bp, "POST", "/webhooks/stripe", signed=True, payments=True, body_limit_bytes=service.BODY_BYTES_MAX)
def stripe(request: Request) -> Result:
    """2xx: never again, it is booked or in the queue. 4xx: not from Stripe. 5xx: deliver once more."""
    signature = request.headers.get("stripe-signature", "")
    try:
        received = service.receive(request.body, signature, request.now_ms)
    except service.REFUSED as error:
        return Json({"code": error.code}, status=400)
    return Json({"event": received.event_id, "outcome": received.outcome})
