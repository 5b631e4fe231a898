"""The fund's staff, who sign in by phone and work in browsers of their own."""

from __future__ import annotations

import re
from datetime import date

from chalicelib import clock, ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones

TEN = clock.day_start_ms(date(2026, 11, 20)) + 10 * 3_600_000
TODAY = "2026-11-20"
YEAR_MS = 365 * 24 * 3_600_000
PHONES = {"manager": "13800000011", "approver": "13800000012", "supervisor": "13800000013", "resident": "13800000014"}


class Desk(Browser):
    """A browser in the office, at the time that the day has come to."""

    at: int = TEN

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Browser:
        with clock.at(self.at):
            return super()._ask(method, path, body, {"host": "127.0.0.1:8000", **headers})

    def go(self, path: str) -> Desk:
        self.get(path)
        while self.to:
            self.follow()
        assert self.status < 500, self.words
        return self

    def press(self, action: str, **fields: str) -> Desk:
        """Send a form and follow where it leads."""
        self.send(action, **fields)
        while self.to:
            self.follow()
        assert self.status < 500, self.words
        return self

    def link(self, text: str) -> str:
        """Where the link with this text leads."""
        found = [m for m in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', self.text, re.S) if text in m[1]]
        assert found, f"no link {text}: {self.words}"
        return found[0][0].replace("&amp;", "&")

    @property
    def words(self) -> str:
        """What is to be read on the page, without its tags."""
        text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", self.text, flags=re.S)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def hire() -> None:
    """The street, its administrator, and the fund's staff as members with roles."""
    identity.set_up_street(
        name="示范街道", contact_phone="0813-1234567", supervision_phone="12345", by=None, now_ms=TEN
    )
    admin = identity.actor_for(identity.make_first_administrator("13800000001", "陈管理", TEN).id, TEN)
    identity.add_community("longjing", "龙井社区", by=admin, now_ms=TEN)
    roles = {
        "manager": (Role.FUND_MANAGER, "fund:main", "李会计"),
        "approver": (Role.APPROVER, "fund:main", "王主任"),
        "supervisor": (Role.SUPERVISOR, "street", "孙监督"),
        "resident": (None, "", "周秀英"),
    }
    for who, (role, scope, name) in roles.items():
        member = identity.register_member(
            admin,
            name=name,
            community_id="longjing",
            consent_on_paper=True,
            submission=ids.derived_ulid(TEN, "join", who),
            now_ms=TEN,
            phone=PHONES[who],
        )
        if role is not None:
            identity.grant_role(
                admin,
                member.id,
                role,
                scope,
                ends_at=TEN + YEAR_MS,
                reason="岗位",
                submission=ids.derived_ulid(TEN, "grant", who),
                now_ms=TEN,
            )


def desk(who: str, heard: Phones, at: int = TEN) -> Desk:
    """Somebody's browser, signed in."""
    browser = Desk()
    browser.at = at
    browser.go("/sign-in")
    phone = PHONES.get(who, who)
    browser.press("/sign-in", phone=phone)
    return browser.press(browser.code_page(), code=heard.code("+86" + phone))
