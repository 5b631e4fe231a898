"""Requests as API Gateway hands them to the app, and what every answer must be, whatever was sent."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from app import app
from chalicelib.identity.guard import SESSION_COOKIE
from chalicelib.web import csrf
from chalicelib.web.errors import registered
from chalicelib.web.request import BROWSER_COOKIE
from chalicelib.web.request import Request as Seen
from tests.journeys.sweep.world import NOW, World

BROWSER = "AAAAAAAAAAAAAAAAAAAAAA"
OTHER_BROWSER = "BBBBBBBBBBBBBBBBBBBBBB"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HEADERS = {
    "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "cache-control",
    "permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "strict-transport-security",
    "content-type",
}  # fmt: skip
KINDS = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}
_INSIDE = re.compile(
    r"Traceback|\.py\"|chalicelib|pynamodb|botocore|msgspec|KeyError|ValueError|linli-(app|journal|balances)"
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes
    asked: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def to(self) -> str:
        return self.headers.get("location", "")

    @property
    def code(self) -> str:
        """The stable code of an error, of a page or of problem details; "" where none is shown."""
        if "json" in self.headers["content-type"]:
            told = json.loads(self.body)
            return str(told.get("code", "")) if isinstance(told, dict) else ""
        found = re.search(r'<p class="code">\S+ (\w+)</p>', self.text)
        return found[1] if found else ""

    @property
    def led_to_sign_in(self) -> bool:
        return self.status == 303 and self.to.startswith("/sign-in")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, all of it free to be wrong. ``params`` come decoded, as from API Gateway."""

    method: str
    route: str
    params: Mapping[str, str] = field(default_factory=dict)
    who: str = "nobody"
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_api(self) -> bool:
        return self.route.startswith("/api/v1")

    @property
    def path(self) -> str:
        return re.sub(r"\{(\w+)\}", lambda name: self.params.get(name[1], ""), self.route)


def send(world: World, ask: Ask) -> Answer:
    """The answer, already checked for what no answer may be."""
    answer = answered(world, ask)
    must_be_decent(world, ask, answer)
    return answer


def answered(world: World, ask: Ask) -> Answer:
    """The answer as it is."""
    headers = {"host": "linli.example.org", "user-agent": "sweep", "accept": "text/html", **ask.headers}
    cookies = {BROWSER_COOKIE: BROWSER, **ask.cookies}
    token = world.sessions.get(ask.who, "")
    if token and ask.is_api:
        headers.setdefault("authorization", f"Bearer {token}")
    elif token:
        cookies.setdefault(SESSION_COOKIE, token)
    headers.setdefault("cookie", "; ".join(f"__Host-{name}={value}" for name, value in cookies.items()))
    event = {
        "resource": ask.route,
        "path": quote(ask.path, errors="surrogatepass"),
        "httpMethod": ask.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in ask.query.items()} or None,
        "multiValueQueryStringParameters": dict(ask.query) or None,
        "pathParameters": dict(ask.params) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": ask.route, "httpMethod": ask.method, "path": ask.path, "stage": "api",
            "apiId": "a1", "domainName": "linli.example.org", "identity": {"sourceIp": "203.0.113.9"},
        },
        "body": base64.b64encode(ask.body).decode(),
        "isBase64Encoded": True,
    }  # fmt: skip
    raw = app(event, None)
    body = base64.b64decode(raw["body"]) if raw.get("isBase64Encoded") else str(raw["body"]).encode()
    many = raw.get("multiValueHeaders") or {}
    return Answer(
        status=raw["statusCode"],
        headers={k.lower(): str(v) for k, v in {**raw["headers"], **{n: v[-1] for n, v in many.items()}}.items()},
        cookies=list(many.get("Set-Cookie", many.get("set-cookie", []))),
        body=body,
        asked=f"{ask.who}: {ask.method} {ask.path[:120]}",
    )


def token_for(
    world: World, ask: Ask, form: str = "", *, now_ms: int = NOW, who: str = "", browser: str = BROWSER
) -> str:
    """The hidden field of a form as the page that ``ask.who`` has open would carry it."""
    actor = world.actors.get(who or ask.who)
    seen = Seen(method="GET", path="/", route="/", now_ms=now_ms, browser_id=browser, actor=actor)
    return csrf.form_token(seen, form or ask.route)


def filled_in(world: World, ask: Ask, fields: Mapping[str, Any], token: str | None = None) -> Ask:
    """A page's form with its token, or a JSON body with its key."""
    if ask.is_api:
        key = token if token is not None else world.form()
        body = json.dumps(fields).encode() if not isinstance(fields, bytes) else fields
        headers = {"content-type": JSON, **({"idempotency-key": key} if key else {}), **ask.headers}
        return replace(ask, body=body, headers=headers)
    pairs = [*list(fields.items()), ("_form", token if token is not None else token_for(world, ask, form_of(ask)))]
    return replace(
        ask,
        body=urlencode(pairs, doseq=True, errors="surrogatepass").encode(),
        headers={"content-type": FORM, **ask.headers},
    )


def form_of(ask: Ask) -> str:
    """The view's form is the one that is not named by its address."""
    return "view" if ask.route == "/settings/view" else ask.route


def must_be_decent(world: World, ask: Ask, answer: Answer) -> None:
    """What holds for every answer to anybody about anything."""
    at = f"{answer.asked} -> {answer.status}"
    assert answer.status < 500 or (answer.status == 503 and answer.code not in ("", "unavailable")), (
        f"{at}: {answer.text[-2500:]}"
    )
    missing = HEADERS - set(answer.headers)
    assert not missing, f"{at}: without {missing}"
    if answer.status not in (200, 201, 204, 303, 304) and ask.method != "HEAD":
        must_be_told(ask, answer, at)
    inside = (
        _INSIDE.search(answer.text) if answer.headers["content-type"].startswith(("text/html", "application")) else None
    )
    assert inside is None or (answer.status == 200 and ask.route in ("/openapi.json", "/api")), f"{at}: shows {inside}"
    typed = (ask.body.decode("utf-8", "replace") + ask.path + str(ask.query)).replace("+", "").replace("%", "")
    for secret in world.private():
        assert secret not in answer.text or secret in typed or may_see(ask, secret), f"{at}: shows {secret}"
    for name, value in answer.headers.items():
        assert not set(value) & {"\n", "\r"}, f"{at}: {name} has two lines"
    assert not answer.to or (answer.to.startswith(("/", "http://127.0.0.1:")) and not answer.to.startswith("//")), at


def must_be_told(ask: Ask, answer: Answer, at: str) -> None:
    """An error has a kind, a code of its own and a sentence in the reader's language."""
    assert answer.status in KINDS, at
    kind = answer.headers["content-type"]
    if ask.is_api and ask.route != "/webhooks/stripe":
        assert kind == "application/problem+json", f"{at}: {kind}"
        told = json.loads(answer.body)
        assert set(told) >= {"type", "title", "status", "code", "detail"}, f"{at}: {told}"
        assert told["status"] == answer.status, f"{at}: {told}"
        assert told["code"] in {*registered()} - {"error"}, f"{at}: {told}"
        assert in_language(told["detail"], ask), f"{at}: {told}"
        assert "{" not in told["detail"], f"{at}: {told}"
        for one in told.get("errors", ()):
            assert in_language(one["detail"], ask), f"{at}: {one}"
            assert one["code"] in registered(), f"{at}: {one}"
    elif ask.route != "/webhooks/stripe":
        assert kind.startswith("text/html"), f"{at}: {kind}"
        # Either the page of the problem, with its code, or the form again with what is wrong.
        wrong = re.search(r'role="alert"|class="wrong"', answer.text)
        assert wrong, f"{at}: nothing says what is wrong: {answer.text[-1500:]}"
        assert not answer.code or answer.code in registered(), f"{at}: {answer.code}"


def in_language(sentence: str, ask: Ask) -> bool:
    chinese = re.search(r"[一-鿿]", sentence) is not None
    return chinese != ("en" in ask.query.get("lang", []))


def may_see(ask: Ask, secret: str) -> bool:
    """The two pages whose purpose it is, for which a reason is asked and kept."""
    return ask.method == "POST" and ask.route in (
        "/staff/members/{id}/phone",
        "/staff/fund/disbursements/{id}/account",
    )
