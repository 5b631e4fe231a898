"""The whole system on free ports of this machine: app, database, Stripe's and SNS's stand-ins, over real HTTP."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib import clock, cloud, config, table
from chalicelib.reports.service import verify_books
from local.app_server import AppServer
from local.sms_standin import SmsStandIn
from local.stripe_standin import StripeStandIn

WEBHOOK_SECRET = "whsec_browser"


@dataclass(frozen=True, slots=True)
class System:
    url: str
    stripe: StripeStandIn
    sms: SmsStandIn

    def code_for(self, phone: str) -> str:
        """The one-time code that this phone (+86) has received last."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.sms.messages("+86" + phone)[0].text)
        assert found
        return found[0]

    def books_hold(self) -> None:
        """Wait for the webhooks on their way, then check everything."""
        for _ in range(50):
            if not self.stripe.overview()["deliveries"].get("pending"):
                break
            time.sleep(0.1)
        assert verify_books(clock.now_ms()) == []


@contextmanager
def running() -> Iterator[System]:
    """Empty tables and everything around them; the environment is put back afterwards."""
    from app import app

    before = dict(os.environ)
    server = AppServer(app)
    stripe = StripeStandIn(webhook_url=f"{server.url}/webhooks/stripe", webhook_secret=WEBHOOK_SECRET)
    with stripe, SmsStandIn() as sms:
        os.environ.update(
            LINLI_PUBLIC_URL=server.url,
            LINLI_STRIPE_API_BASE=stripe.url,
            LINLI_STRIPE_SECRET_KEY=StripeStandIn.api_key,
            LINLI_STRIPE_WEBHOOK_SECRETS=WEBHOOK_SECRET,
            AWS_ENDPOINT_URL_SNS=sms.url,
        )
        _afresh()
        table.delete_tables()
        table.create_tables()
        try:
            with server:
                yield System(server.url, stripe, sms)
        finally:
            os.environ.clear()
            os.environ.update(before)
            _afresh()


def _afresh() -> None:
    config.settings.cache_clear()
    cloud.forget_clients()
