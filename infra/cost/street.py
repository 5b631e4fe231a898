"""The demo's street with its half year of history, and the people whose operations are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from chalice.local import LocalGateway

from infra.cost.meter import Meter
from infra.cost.visitor import Visitor, gateway
from local import engine
from local.demo import giving, people, serving, shops, spending, story
from local.demo.scene import Scene
from local.demo.settings import put_in_environment
from local.sms_standin import SmsStandIn
from local.stripe_standin import StripeStandIn

FIRST_DAY = date(2026, 11, 22)
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
_SECRET = "whsec_cost"


@dataclass
class Street:
    scene: Scene
    stripe: StripeStandIn
    sms: SmsStandIn
    meter: Meter
    way: LocalGateway
    now_ms: int

    def visitor(self) -> Visitor:
        """A phone that was never here."""
        return Visitor(self.way, self.meter)

    def sign_in(self, who: Visitor, phone: str, wanted: str = "/me") -> Visitor:
        who.open(f"/sign-in?next={wanted}").press("/sign-in", phone=phone)
        text = self.sms.messages("+86" + phone)[0].text
        self.meter.texted(text)
        [code] = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
        return who.press(who.found(r'action="(/sign-in/code/[0-9A-Z]{26})"'), code=code)

    def staff(self, key: str) -> Visitor:
        return self.sign_in(self.visitor(), story.STAFF[key][2], "/staff")

    def phone_of(self, key: str) -> str:
        return story.VOLUNTEERS[key][2]


@contextmanager
def street() -> Iterator[Street]:
    """An engine in memory, the stand-ins, the data set loaded: gone at the end."""
    with (
        engine.running() as database,
        SmsStandIn() as sms,
        StripeStandIn(webhook_secret=_SECRET, delivery="when_asked") as stripe,
    ):
        put_in_environment(
            database.settings()
            | {
                "AWS_ENDPOINT_URL_SNS": sms.url,
                "LINLI_STAGE": "cost",
                "LINLI_DEMO": "1",
                "LINLI_PUBLIC_URL": "http://127.0.0.1:8000",
                "LINLI_SECRET_KEYS": "k1:" + "1a" * 32,
                "LINLI_DATA_KEYS": "d1:" + "2b" * 32,
                "LINLI_STRIPE_SECRET_KEY": StripeStandIn.api_key,
                "LINLI_STRIPE_WEBHOOK_SECRETS": _SECRET,
                "LINLI_STRIPE_API_BASE": stripe.url,
            }
        )
        from chalicelib import clock, table
        from chalicelib.web import log_output

        log_output.take_over()  # as in a function
        table.create_tables()
        scene = _loaded(stripe)
        ports = {"stripe": _port(stripe.url), "sns": _port(sms.url)}
        now_ms = clock.day_start_ms(FIRST_DAY) + 9 * 60 * MINUTE_MS
        yield Street(scene, stripe, sms, Meter(ports), gateway(), now_ms)


def _loaded(stripe: StripeStandIn) -> Scene:
    """The demo's data set, and the ids of what is in it."""
    from chalicelib import clock

    scene = Scene(FIRST_DAY, stripe)
    chapters = (people, giving, serving, shops, spending)
    steps = sorted((step for chapter in chapters for step in chapter.steps(scene)), key=lambda step: step[1])
    for _, at_ms, act in steps:
        with clock.at(at_ms):
            act(at_ms)
    return scene


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1])
