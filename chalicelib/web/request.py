"""The request as handlers see it: plain values, the same on this machine and behind API Gateway."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from chalicelib import clock
from chalicelib.config import Settings, settings
from chalicelib.errors import DomainError
from chalicelib.web.faults import Malformed, PageNotFound, PayloadTooLarge, UnsupportedMedia

BODY_LIMIT_BYTES = 64 * 1024
BROWSER_COOKIE = "linli_b"
LANG_COOKIE = "linli_lang"
ELDER_COOKIE = "linli_elder"
LANGS = ("zh", "en")

_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_FIELDS_MAX = 500
# No id or token of ours is longer, and the database refuses keys over 2 KB.
_PARAM_BYTES_MAX = 600
_BROWSER_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


class Actor(Protocol):
    """Who asks, as identity's guard fills it in. The web layer needs no more than this."""

    @property
    def id(self) -> str: ...

    @property
    def display(self) -> str:
        """A masked name for the head of the page."""
        ...

    @property
    def is_staff(self) -> bool:
        """Whether the head of the page shows the way to the staff's own pages."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    method      upper case
    path        decoded, without the stage prefix: ``/give/POT1``
    route       the template it matched: ``/give/{pot}``
    params      path parameters, decoded once
    query       the last value of each query parameter; ``form`` keeps all values in order
    body        raw bytes, at most the route's limit
    headers     names in lower case
    lang        ``zh`` or ``en``: ``?lang=``, then the cookie, then Accept-Language, else ``zh``
    elder       True in 长辈版
    now_ms      the one time of this request; pass it to services
    prefix      stage prefix such as ``/api`` or ``""``; use ``urls.link``, not this
    base_url    ``https://host`` without prefix, or ``""`` when the host is not to be trusted
    browser_id  random, bound to this browser by a cookie
    actor       filled in by a guard; None before, and where nobody is signed in
    submission  the ULID of the submitted form: the idempotency key of what it asks for; "" for GET
    fault       what was wrong with the request itself; ``respond`` raises it
    """

    method: str
    path: str
    route: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    lang: str = "zh"
    elder: bool = False
    now_ms: int = 0
    prefix: str = ""
    base_url: str = ""
    ip: str = ""
    browser_id: str = ""
    browser_is_new: bool = False
    actor: Actor | None = None
    submission: str = ""
    htmx: bool = False
    fault: DomainError | None = None

    @property
    def wants_json(self) -> bool:
        """Whether errors go out as problem details instead of a page."""
        if self.path == "/api/v1" or self.path.startswith("/api/v1/"):
            return True
        accept = self.headers.get("accept", "")
        return "json" in accept and "text/html" not in accept

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def cookie_prefix(self) -> str:
        """What stands before the names of our cookies: browsers keep a ``__Host-`` or ``__Secure-`` cookie only as
        this very host set it under https, so that no neighbour can plant one."""
        return _cookie_prefix(self.base_url, self.prefix)

    def field(self, name: str) -> str:
        """The first value of a form field, or ``""``."""
        values = self.form.get(name)
        return values[0] if values else ""

    def with_actor(self, actor: Actor | None) -> Request:
        return replace(self, actor=actor)


def read_request(event: Mapping[str, Any], raw_body: bytes, body_limit_bytes: int = BODY_LIMIT_BYTES) -> Request:
    """The request inside an API Gateway proxy ``event`` (as ``chalice local`` makes it too).

    Never raises: what is wrong with it stands in ``fault``.
    """
    context = event["requestContext"]
    config = settings()
    headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
    route = str(context["resourcePath"])
    params = _params(event, context)
    path = _resolved(route, params)
    base_url, public_prefix = _base(config, context, headers)
    prefix = _prefix(config, public_prefix, context, route, path)
    cookies = _cookies(headers.get("cookie", ""), _cookie_prefix(base_url, prefix))
    asked = event.get("multiValueQueryStringParameters") or {}
    query = {_whole(str(name)): _whole(str(values[-1])) for name, values in asked.items() if values}
    browser_id = cookies.get(BROWSER_COOKIE, "")
    known = _BROWSER_ID.fullmatch(browser_id) is not None
    form, fault = _form(headers, raw_body, body_limit_bytes)
    if any(len(value.encode()) > _PARAM_BYTES_MAX for value in params.values()):
        params, path, fault = dict.fromkeys(params, ""), route, PageNotFound(path=route)
    return Request(
        method=str(context["httpMethod"]).upper(),
        path=path,
        route=route,
        params=params,
        query=query,
        form=form,
        body=b"" if isinstance(fault, PayloadTooLarge) else raw_body,
        headers=headers,
        cookies=cookies,
        lang=_lang(query, cookies, headers),
        elder=cookies.get(ELDER_COOKIE) == "1",
        now_ms=clock.now_ms(),
        prefix=prefix,
        base_url=base_url,
        ip=str((context.get("identity") or {}).get("sourceIp") or ""),
        browser_id=browser_id if known else secrets.token_urlsafe(16),
        browser_is_new=not known,
        htmx=headers.get("hx-request") == "true",
        fault=fault,
    )


def _params(event: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """API Gateway decodes path parameters, the local server does not; only the former has apiId."""
    raw = event.get("pathParameters") or {}
    names = re.findall(r"\{(\w+)\}", str(context["resourcePath"]))
    values = {name: str(raw.get(name, "")) for name in names}
    if "apiId" not in context:
        values = {name: unquote(value) for name, value in values.items()}
    return {name: _whole(value) for name, value in values.items()}


def _whole(text: str) -> str:
    """Half a character (a lone surrogate), which JSON can carry and no page can, as a question mark."""
    return text.encode("utf-8", "replace").decode()


def _resolved(route: str, params: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: params.get(found[1], ""), route)


def _base(config: Settings, context: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Scheme and host of our own address, and the path of the configured one.

    A Host header is anybody's to write, so it counts only where it names this machine; API
    Gateway's ``domainName`` is its own.
    """
    if config.public_url:
        parts = urlsplit(config.public_url)
        return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    domain = str(context.get("domainName") or "")
    if "apiId" in context and domain:
        return f"https://{domain}", None
    host = headers.get("host", "")
    return (f"http://{host}" if _LOCAL_HOST.fullmatch(host) else ""), None


def _prefix(config: Settings, public_prefix: str | None, context: Mapping[str, Any], route: str, path: str) -> str:
    """What stands before the route in the full path: the API stage or a base path mapping."""
    if config.path_prefix is not None:
        return "/" + config.path_prefix.strip("/") if config.path_prefix.strip("/") else ""
    if public_prefix is not None:
        return public_prefix
    api, stage = str(context.get("apiId") or ""), str(context.get("stage") or "")
    if api and stage and str(context.get("domainName") or "").startswith(f"{api}."):
        # An API's own host always has the stage in front, whatever slashes come after it
        return f"/{stage}"
    full = [part for part in str(context.get("path") or path).split("/") if part]
    inner = [part for part in route.split("/") if part]
    before = full[: len(full) - len(inner)]
    return "".join(f"/{part}" for part in before)


def _lang(query: Mapping[str, str], cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    for asked in (query.get("lang", ""), cookies.get(LANG_COOKIE, "")):
        if asked in LANGS:
            return asked
    for part in headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGS:
            return tag
    return "zh"


def _cookie_prefix(base_url: str, prefix: str) -> str:
    """``__Host-`` asks for the path ``/``; behind a stage's prefix there is ``__Secure-``."""
    if not base_url.startswith("https://"):
        return ""
    return "__Secure-" if prefix else "__Host-"


def _cookies(header: str, prefix: str = "") -> dict[str, str]:
    """Name to value of the cookies with ``prefix``, which is not part of their names for us; the first of a name
    wins, a broken one is left out, not the whole header."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        name = name.removeprefix(prefix) if name.startswith(prefix) else ""
        if equals and name and name not in found:
            found[name] = value.strip().strip('"')
    return found


def _form(headers: Mapping[str, str], body: bytes, limit_bytes: int) -> tuple[dict[str, list[str]], DomainError | None]:
    if len(body) > limit_bytes:
        return {}, PayloadTooLarge(limit_kb=limit_bytes // 1024)
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type.startswith("multipart/"):
        return {}, UnsupportedMedia(content_type="multipart/form-data")
    if content_type != _FORM_TYPE:
        return {}, None
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_FORM_FIELDS_MAX,
        )
    except ValueError:
        return {}, Malformed()
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form, None
