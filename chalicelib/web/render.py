"""Results into HTTP answers: bodies, headers, cookies. Every answer leaves through ``response``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from chalice.app import Response

from chalicelib.config import settings
from chalicelib.web import pages, urls
from chalicelib.web.faults import DownloadTooLarge
from chalicelib.web.request import BROWSER_COOKIE, Request
from chalicelib.web.results import (
    Asset,
    Cookie,
    Download,
    Fragment,
    Json,
    Page,
    Redirect,
    Result,
    Svg,
)

DOWNLOAD_LIMIT_BYTES = 4_500_000
_YEAR_S = 365 * 24 * 60 * 60
_HTML = "text/html; charset=utf-8"


def answer(request: Request, result: Result) -> Response:
    """The HTTP answer for what a handler returned."""
    if isinstance(result, (Page, Fragment)):
        body = pages.render(request, result.template, result.data).encode()
        scanner = isinstance(result, Page) and result.scanner
        return response(request, result.status, _HTML, body, result.headers, result.cookies, scanner=scanner)
    if isinstance(result, Json):
        return response(
            request,
            result.status,
            "application/json",
            msgspec.json.encode(result.value),
            result.headers,
            result.cookies,
        )
    if isinstance(result, Redirect):
        return _redirect(request, result)
    if isinstance(result, Download):
        return _download(request, result)
    if isinstance(result, Svg):
        return _svg(request, result)
    if isinstance(result, Asset):
        headers = {"Cache-Control": result.cache}
        return response(request, 200, result.content_type, result.body, headers, own_cookie=False)
    raise TypeError(f"a handler returned {type(result).__name__}")


def response(
    request: Request,
    status: int,
    content_type: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    cookies: tuple[Cookie, ...] = (),
    *,
    scanner: bool = False,
    own_cookie: bool = True,
) -> Response:
    """An answer with the headers that every answer carries."""
    if own_cookie and request.browser_is_new and not request.wants_json:
        cookies = (*cookies, Cookie(BROWSER_COOKIE, request.browser_id, _YEAR_S))
    out: dict[str, Any] = {
        "Content-Type": content_type,
        "Cache-Control": "no-store",
        "Content-Security-Policy": content_policy(scanner),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Same-origin, not no-referrer: with the latter browsers send "Origin: null" with our forms.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": f"camera={'(self)' if scanner else '()'}, microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if request.secure:
        out["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
    out.update({name: _one_line(value) for name, value in (headers or {}).items()})
    if cookies:
        out["Set-Cookie"] = [set_cookie(request, cookie) for cookie in cookies]
    # Always bytes: API Gateway is told that every type is binary, see ``gateway``.
    return Response(body=body, status_code=status, headers=out)


def content_policy(scanner: bool = False) -> str:
    """Nothing inline, nothing from elsewhere; forms may lead on to Stripe's own pages."""
    wasm = " 'wasm-unsafe-eval'" if scanner else ""
    pay = ["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"]
    stand_in = urlsplit(settings().stripe_api_base)
    if stand_in.netloc:
        pay.append(f"{stand_in.scheme}://{stand_in.netloc}")
    return (
        f"default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
        f"form-action 'self' {' '.join(pay)}; base-uri 'none'; frame-ancestors 'none'"
    )


def set_cookie(request: Request, cookie: Cookie) -> str:
    """One Set-Cookie value. Raises ValueError for a name or value that would break out of it."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", cookie.name):
        raise ValueError(f"not a cookie name: {cookie.name!r}")
    if not re.fullmatch(r"[A-Za-z0-9_.~:|!*+/=%-]*", cookie.value):
        raise ValueError(f"not a cookie value, in {cookie.name}")
    parts = [f"{cookie.name}={cookie.value}", f"Path={request.prefix or '/'}", "HttpOnly", "SameSite=Lax"]
    if cookie.max_age_s is not None:
        parts.append(f"Max-Age={cookie.max_age_s}")
    if request.secure:
        parts.append("Secure")
    return "; ".join(parts)


def content_disposition(filename: str, kind: str = "attachment") -> str:
    """RFC 6266 with RFC 5987: a plain ASCII name for old readers and the true one in UTF-8."""
    name = re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]", "_", filename).strip() or "download"
    stem, dot, ending = name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", stem if dot else name).strip("_") or "linli"
    plain += dot + re.sub(r"[^A-Za-z0-9]+", "", ending) if dot else ""
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _redirect(request: Request, result: Redirect) -> Response:
    if result.external:
        if not result.to.startswith(("https://", "http://")):
            raise ValueError("an external address is http or https")
        to = urls.location(result.to)
    else:
        path, _, query = result.to.partition("?")
        to = urls.location(urls.link(request, path) + ("?" + query if query else ""))
        if result.query:
            to += ("&" if query else "?") + urls.encoded(result.query)
    if request.htmx:
        return response(request, 204, _HTML, b"", {"HX-Redirect": to}, result.cookies)
    return response(request, 303, _HTML, b"", {"Location": to}, result.cookies)


def _download(request: Request, result: Download) -> Response:
    body = result.body if isinstance(result.body, bytes) else b"".join(result.body)
    if len(body) > DOWNLOAD_LIMIT_BYTES:
        raise DownloadTooLarge(limit_mb="4.5")
    headers = {"Content-Disposition": content_disposition(result.filename)}
    return response(request, 200, result.content_type, body, headers)


def _svg(request: Request, result: Svg) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    if result.filename:
        headers["Content-Disposition"] = content_disposition(result.filename)
    return response(request, 200, "image/svg+xml; charset=utf-8", result.text.encode(), headers)


def _one_line(value: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError("a header value stands on one line")
    return value
