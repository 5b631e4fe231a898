"""Somebody with a phone and a browser, who reaches the street's pages through API Gateway."""

from __future__ import annotations

import contextlib
import http.client
import re
from dataclasses import dataclass, field

from tests.cloud.local_cloud import REGION, LocalCloud, eventually
from tests.journeys.fund.spending_staff import Desk
from tests.store.identity.browser import Browser


@dataclass(frozen=True)
class Address:
    """Where an API is reached: the host name and stage that AWS gives it, at the local cloud's port."""

    port: int
    api_id: str
    stage: str = "api"

    @property
    def host(self) -> str:
        return f"{self.api_id}.execute-api.localhost:{self.port}"

    @property
    def url(self) -> str:
        """As it stands in links, QR codes and what Stripe is told."""
        return f"https://{self.api_id}.execute-api.{REGION}.amazonaws.com/{self.stage}"

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            sent = {"host": self.host, "accept": "*/*", **(headers or {})}
            connection.request(method, path, body or None, {name: value for name, value in sent.items() if value})
            told = connection.getresponse()
            return Answer(told.status, told.read(), told.getheaders())


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: list[tuple[str, str]]

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass
class Person(Desk):
    """``go`` and ``press`` as in the other journeys; paths are without the stage, as on the pages of one machine."""

    address: Address = field(default_factory=lambda: Address(0, ""))
    cloud: LocalCloud | None = None
    phone: str = ""

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Browser:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        stage = f"/{self.address.stage}"
        answer = self.address.ask(method, path if path.startswith(f"{stage}/") else stage + path, body, sent)
        self.status = answer.status
        # what leads on carries the stage; the steps of the other journeys do not know it
        self.text = answer.text.replace(f'="{stage}/', '="/').replace(self.address.url, "http://linli.example")
        self.headers = {name.lower(): value for name, value in answer.headers}
        self.to = self.headers.get("location", "").replace(self.address.url, "").removeprefix(stage)
        self.set_cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
        self._keep()
        return self

    def sign_in(self) -> Person:
        """With the code of the SMS that arrives on the phone."""
        assert self.cloud is not None
        heard, number = self.cloud, "+86" + self.phone
        before = len(heard.sms(number))
        self.go("/sign-in?next=/me/account")
        self.press("/sign-in", phone=self.phone)
        sms = eventually(lambda: heard.sms(number)[before:], f"an SMS for {number}")
        code = re.search(r"\d{6}", sms[-1])
        assert code is not None, sms
        self.press(self.code_page(), code=code[0])
        if 'action="/sign-in/new"' in self.text:
            # the first administrator has not yet read the privacy notice
            self.press("/sign-in/new", agrees="1")
        assert self.status == 200, self.words
        return self
