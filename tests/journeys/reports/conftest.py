"""Five months of a street's life in the books, told once through every folder's services, then only read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import pytest

from chalicelib import clock, config, table
from chalicelib.identity.service import Actor
from local.demo import giving, people, serving, shops, spending, story
from local.demo.scene import Scene
from local.stripe_standin import StripeStandIn
from tests.journeys.verified import verified
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones, phones

__all__ = ["phones"]
LAST_DAY: Final = date(2026, 11, 20)
UNTIL_DAYS_AGO: Final = 50
SECRET: Final = "whsec_reports"


@dataclass(frozen=True)
class Told:
    """The story, the moment at which it stands, and who has signed in so far."""

    scene: Scene
    now_ms: int
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)

    def who(self, key: str) -> Actor:
        return self.scene.by(key, self.now_ms)


@pytest.fixture(scope="module")
def told(engine: object) -> Iterator[Told]:
    before = dict(os.environ)
    with StripeStandIn(webhook_secret=SECRET) as stripe:
        os.environ.update(
            LINLI_STRIPE_API_BASE=stripe.url,
            LINLI_STRIPE_SECRET_KEY="sk_test_reports",
            LINLI_STRIPE_WEBHOOK_SECRETS=SECRET,
            LINLI_PUBLIC_URL="https://linli.example.org",
        )
        config.settings.cache_clear()
        table.delete_tables()
        table.create_tables()
        scene = Scene(LAST_DAY, stripe)
        now_ms = scene.moment(UNTIL_DAYS_AGO, 22)
        chapters = (people, giving, serving, shops, spending)
        steps = sorted((step for chapter in chapters for step in chapter.steps(scene)), key=lambda step: step[1])
        for _, at_ms, act in steps:
            if at_ms <= now_ms:
                with clock.at(at_ms):
                    act(at_ms)
        verified(now_ms)
        yield Told(scene, now_ms)
        verified(now_ms)
    os.environ.clear()
    os.environ.update(before)
    config.settings.cache_clear()


class Desk(Browser):
    """A browser at the moment at which the story stands."""

    now_ms: int = 0

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Browser:
        with clock.at(self.now_ms):
            return super()._ask(method, path, body, headers)


@pytest.fixture
def desk(told: Told, phones: Phones) -> Callable[[str], Desk]:
    """Somebody of the staff, signed in; "" is nobody in particular."""

    def at(key: str) -> Desk:
        browser = Desk()
        browser.now_ms = told.now_ms
        if key in told.sessions:
            browser.cookies = dict(told.sessions[key])
        elif key:
            phone = story.STAFF[key][2]
            browser.get("/sign-in").send("/sign-in", phone=phone).follow()
            browser.send(browser.code_page(), code=phones.code("+86" + phone))
            told.sessions[key] = dict(browser.cookies)
        return browser

    return at
