"""A browser as far as identity's pages need one: keeps cookies, finds a form and sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse

from app import app


@dataclass
class Browser:
    """``get`` and ``post`` follow no redirect: ``to`` is where the last answer led."""

    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    text: str = ""
    to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    @property
    def session(self) -> str:
        """The value of the session's cookie, "" without one; under https its name has a prefix."""
        return next((value for name, value in self.cookies.items() if name.endswith("linli_s")), "")

    def get(self, path: str, **headers: str) -> Browser:
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Browser:
        body = urlencode(fields).encode()
        return self._ask("POST", path, body, {"content-type": "application/x-www-form-urlencoded", **headers})

    def send(self, action: str, **fields: str) -> Browser:
        """Send the form on the present page that goes to ``action``, with its hidden fields."""
        return self.post(action, {**self.hidden(action), **fields})

    def hidden(self, action: str) -> dict[str, str]:
        for form in re.findall(r"<form\b.*?</form>", self.text, re.S):
            if f'action="{action}"' in form:
                inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
                return {name: unescape(value) for name, value in inputs}
        raise AssertionError(f"no form goes to {action}: {self.status} {self.text[:300]}")

    def send_in(self, lang: str, action: str, **fields: str) -> Browser:
        """The same, by a browser that prefers another language."""
        return self.post(action, {**self.hidden(action), **fields}, accept_language=lang)

    def code_page(self) -> str:
        """Where the form for the code goes to."""
        found = re.search(r'action="(/sign-in/code/[0-9A-Z]{26})"', self.text)
        if found is None:
            raise AssertionError(f"no code is asked for: {self.status} {self.text[:300]}")
        return found[1]

    def follow(self) -> Browser:
        return self.get(self.to)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Browser:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with Client(app) as client:
            answer: HTTPResponse = client.http.request(method, path, headers=sent, body=body)
        self.status, self.text = answer.status_code, answer.body.decode()
        self.headers = {name.lower(): value for name, value in answer.headers.items() if isinstance(value, str)}
        self.to = self.headers.get("location", "")
        lines = answer.headers.get("Set-Cookie", [])
        self.set_cookies = [lines] if isinstance(lines, str) else list(lines)
        self._keep()
        return self

    def _keep(self) -> None:
        for line in self.set_cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
