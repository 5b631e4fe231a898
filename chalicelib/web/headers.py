"""The headers that protect: what a page may load and do, who may frame or keep it, and how cookies are set."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from chalicelib.config import settings
from chalicelib.web.request import Request
from chalicelib.web.results import Cookie

YEAR_S: Final = 365 * 24 * 60 * 60
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of what is no page: JSON, files, pictures."""
BARE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Same-origin, not no-referrer: with the latter browsers send "Origin: null" with our forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer carries, also one that is given when nothing else works."""
_DEVICES = ("microphone", "geolocation", "payment", "usb", "display-capture", "browsing-topics")


def protecting(request: Request, *, page: bool, scanner: bool = False) -> dict[str, str]:
    """The headers of one answer; ``scanner`` lets a page use the camera and the scanner's WebAssembly."""
    out = dict(BARE)
    if page:
        out["Content-Security-Policy"] = page_policy(scanner)
    denied = ", ".join(f"{device}=()" for device in _DEVICES)
    out["Permissions-Policy"] = f"camera={'(self)' if scanner else '()'}, {denied}"
    if request.secure:
        out["Strict-Transport-Security"] = f"max-age={YEAR_S}"
    return out


def page_policy(scanner: bool = False) -> str:
    """Nothing inline, nothing from elsewhere; forms may lead on to Stripe's own pages."""
    wasm = " 'wasm-unsafe-eval'" if scanner else ""
    pay = ["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"]
    stand_in = urlsplit(settings().stripe_api_base)
    if stand_in.netloc:
        pay.append(f"{stand_in.scheme}://{stand_in.netloc}")
    # data: for the small drawings inside the style sheets
    return (
        f"default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {' '.join(pay)}; base-uri 'none'; frame-ancestors 'none'"
    )


def set_cookie(request: Request, cookie: Cookie) -> str:
    """One Set-Cookie value. Raises ValueError for a name or value that would break out of it."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", cookie.name):
        raise ValueError(f"not a cookie name: {cookie.name!r}")
    if not re.fullmatch(r"[A-Za-z0-9_.~:|!*+/=%-]*", cookie.value):
        raise ValueError(f"not a cookie value, in {cookie.name}")
    name = request.cookie_prefix + cookie.name
    parts = [f"{name}={cookie.value}", f"Path={request.prefix or '/'}", "HttpOnly", "SameSite=Lax"]
    if cookie.max_age_s is not None:
        parts.append(f"Max-Age={cookie.max_age_s}")
    if request.secure:
        parts.append("Secure")
    return "; ".join(parts)


def may_be_kept(cache: str) -> bool:
    """Whether a browser may keep the answer: the same for everybody, so it carries no cookie."""
    return cache != "no-store"


def etag(body: bytes) -> str:
    """What tells two versions of an answer apart."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the browser says that it has this version already."""
    known = request.headers.get("if-none-match", "")
    return tag in {one.strip().removeprefix("W/") for one in known.split(",")}
