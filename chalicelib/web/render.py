"""Results into HTTP answers: bodies, headers, cookies. Every answer leaves through ``response``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from chalice.app import Response

from chalicelib.web import headers as protecting
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
    out: dict[str, Any] = {
        "Content-Type": content_type,
        **protecting.protecting(request, page=content_type == _HTML, scanner=scanner),
        **{name: _one_line(value) for name, value in (headers or {}).items()},
    }
    if protecting.may_be_kept(out["Cache-Control"]):
        out["ETag"] = protecting.etag(body)
        if status == 200 and protecting.is_known(request, out["ETag"]):
            status, body = 304, b""
    elif own_cookie and request.browser_is_new and not request.wants_json:
        cookies = (*cookies, Cookie(BROWSER_COOKIE, request.browser_id, protecting.YEAR_S))
    if cookies:
        out["Set-Cookie"] = [protecting.set_cookie(request, cookie) for cookie in cookies]
    # Always bytes: API Gateway is told that every type is binary, see ``gateway``.
    return Response(body=body, status_code=status, headers=out)


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
    headers = {"Content-Security-Policy": protecting.NOTHING + "; style-src 'unsafe-inline'"}
    if result.filename:
        headers["Content-Disposition"] = content_disposition(result.filename)
    return response(request, 200, "image/svg+xml; charset=utf-8", result.text.encode(), headers)


def _one_line(value: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError("a header value stands on one line")
    return value
