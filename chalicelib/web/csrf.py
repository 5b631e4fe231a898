"""Form tokens: who may submit what, and the idempotency key of a submission. No script needed.

A token is ``<ulid>.<key id>.<mac>``, the mac over browser, person, form name and ulid. The ulid is
made with the page, so that a double click, the back button or a second tab of the same page send
the same key, and the service answers the repeat with its first result.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from chalicelib import ids
from chalicelib.config import settings
from chalicelib.web.faults import CrossSite, FormExpired, FormForged, NoCookie
from chalicelib.web.request import Request

TOKEN_FIELD = "_form"
FORM_LIFE_MS = 24 * 60 * 60 * 1000
# Two servers' clocks may differ a little; a page made by one may be sent to the other at once.
CLOCK_SKEW_MS = 10_000


def form_token(request: Request, form_name: str) -> str:
    """The value of the hidden field for one showing of a form."""
    return _sign(request, form_name, ids.ulid(request.now_ms), settings().secret_keys.current)


def claim_form(request: Request, form_name: str) -> str:
    """The ULID of a submitted form: the idempotency key for what it asks.

    Raises ``FormForged`` (wrong browser, person, form or mac, or from the future), ``NoCookie``
    (no cookie came at all), ``FormExpired`` (genuine, but over 24 hours old).
    """
    token = request.field(TOKEN_FIELD)
    if request.browser_is_new:
        raise NoCookie()
    ulid, _, rest = token.partition(".")
    key_id, _, _ = rest.partition(".")
    if not ids.is_ulid(ulid) or not settings().secret_keys.knows(key_id):
        raise FormForged()
    if not hmac.compare_digest(token.encode(), _sign(request, form_name, ulid, key_id).encode()):
        raise FormForged()
    made_ms = ids.ulid_ms(ulid)
    if made_ms > request.now_ms + CLOCK_SKEW_MS:
        raise FormForged()
    if made_ms < request.now_ms - FORM_LIFE_MS:
        raise FormExpired()
    return ulid


def refuse_cross_site(request: Request) -> None:
    """Raises ``CrossSite`` when the browser says that another site sent a changing request."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise CrossSite()
    origin = request.headers.get("origin", "")
    if not origin or origin == "null":
        return
    ours = {request.headers.get("host", "").lower(), urlsplit(request.base_url).netloc.lower()}
    if urlsplit(origin).netloc.lower() not in ours - {""}:
        raise CrossSite()


def _sign(request: Request, form_name: str, ulid: str, key_id: str) -> str:
    person = request.actor.id if request.actor is not None else ""
    said = "\x1f".join((request.browser_id, person, form_name, ulid)).encode()
    mac = hmac.new(settings().secret_keys.derive("form", key_id), said, hashlib.sha256).digest()
    return f"{ulid}.{key_id}.{base64.urlsafe_b64encode(mac[:18]).decode()}"
