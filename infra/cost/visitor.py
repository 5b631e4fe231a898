"""Somebody with a phone: opens pages, follows, sends forms, keeps cookies and static files as a browser does."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalice.config import Config
from chalice.local import LocalGateway

from infra.cost.meter import Meter

HOST = "127.0.0.1:8000"
_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0"


class Unexpected(Exception):
    """A page that an operation needs did not come."""


@dataclass
class Visitor:
    """``page`` is the text of the last page, ``at`` its address. Redirects within the app are followed."""

    gateway: LocalGateway
    meter: Meter
    cookies: dict[str, str] = field(default_factory=dict)
    kept_files: set[str] = field(default_factory=set)
    page: str = ""
    at: str = ""
    left_for: str = ""
    """Where the app sent this browser outside: Stripe's checkout."""

    def open(self, path: str) -> Visitor:
        return self._ask("GET", path)

    def press(self, action: str, **fields: str) -> Visitor:
        """Send the form of this page that goes to ``action``, its hidden fields with it."""
        return self._ask("POST", action, urlencode({**self._hidden(action), **fields}).encode())

    def files(self) -> Visitor:
        """Load what the page names and this browser does not have yet."""
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', self.page)
        for path in dict.fromkeys(named):
            if path not in self.kept_files:
                self.kept_files.add(path)
                self._send("GET", path)
        return self

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.page)
        if match is None:
            raise Unexpected(f"{pattern} is not on {self.at}: {re.sub('<[^>]+>', ' ', self.page)[:400]}")
        return unescape(match[1])

    def _hidden(self, action: str) -> dict[str, str]:
        for form in re.findall(r"<form\b.*?</form>", self.page, re.S):
            if f'action="{action}"' in form:
                inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
                return {name: unescape(value) for name, value in inputs}
        raise Unexpected(f"no form goes to {action} on {self.at}")

    def _ask(self, method: str, path: str, body: bytes = b"") -> Visitor:
        status, headers, content = self._send(method, path, body)
        to = headers.get("location", "")
        if status in (302, 303):
            parts = urlsplit(to)
            if parts.netloc not in ("", HOST):
                self.left_for = to
                return self
            return self._ask("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
        if status != 200:
            raise Unexpected(f"{method} {path}: {status} {re.sub('<[^>]+>', ' ', content.decode())[:600]}")
        self.page, self.at = content.decode(), path
        return self

    def _send(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        headers = {"host": HOST, "accept": "text/html,*/*;q=0.8", "accept-encoding": "gzip", "user-agent": _AGENT}
        if body:
            headers["content-type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with self.meter.working():
            status, answered, cookies, content = sent(self.gateway, method, path, headers, body)
        self.meter.answered(path, answered, content, compressed=not path.endswith((".png", ".woff2")))
        for line in cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return status, answered, content


def gateway() -> LocalGateway:
    """The app behind the event that API Gateway sends."""
    from app import app

    return LocalGateway(
        app, Config(chalice_stage="dev", config_from_disk={"stages": {"dev": {"api_gateway_stage": "api"}}})
    )


def sent(
    way: LocalGateway, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], list[str], bytes]:
    """Status, headers by lower-case name, Set-Cookie lines, and the body's bytes."""
    answer: dict[str, Any] = way.handle_request(method, path, headers, body)
    content = answer["body"]
    raw = base64.b64decode(content) if answer.get("isBase64Encoded") else content
    raw = raw.encode() if isinstance(raw, str) else raw
    single = {name.lower(): str(value) for name, value in answer["headers"].items() if isinstance(value, str)}
    cookies: list[str] = []
    for name, values in answer.get("multiValueHeaders", {}).items():
        if name.lower() == "set-cookie":
            cookies.extend(values)
        else:
            single[name.lower()] = ", ".join(values)
    if "set-cookie" in single:
        cookies.append(single.pop("set-cookie"))
    return answer["statusCode"], single, cookies, raw
