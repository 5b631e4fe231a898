"""Short ways to the middle of a giving story: an open fund, a poster, Stripe at the other end of the wire."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import clock, config
from chalicelib.fund.service import gifts, giving_facts, setup, webhooks
from chalicelib.ledger import verify
from chalicelib.ledger.pot import Pot
from chalicelib.ledger.store import balances, totals
from local.stripe_standin import StripeStandIn
from tests.store.fund.people import MANAGER, NOW, submission
from tests.store.fund.test_setup import FACTS

SECRET = "whsec_giving"
RETURNS = gifts.Returns("https://linli.example/gifts/x", "https://linli.example/g/x")
MINUTE_MS = 60_000


@dataclass
class Giving:
    """A fund open for gifts, its poster, and the stand-in that plays Stripe."""

    stripe: StripeStandIn
    poster: str

    def start(self, yuan: int = 50, name: str = "", *, key: str = "gift", **consents: bool) -> gifts.Gift:
        form = gifts.GiftForm(yuan * 100, name, anonymous=not name, **consents)
        return gifts.start_gift(self.poster, form, submission=submission(key), now_ms=NOW)

    def session_of(self, gift_id: str, now_ms: int = NOW) -> str:
        """The id of the session that the donor is sent to."""
        return gifts.pay_url(gift_id, RETURNS, now_ms).rsplit("/", 1)[1]

    def given(self, yuan: int = 50, name: str = "", *, key: str = "gift", **consents: bool) -> gifts.Gift:
        """A gift that is paid and in the books."""
        gift = self.start(yuan, name, key=key, **consents)
        self.stripe.pay(self.session_of(gift.id))
        self.deliver()
        return gift_now(gift.id)

    def deliver(self) -> list[str]:
        """Hand over every event that waits, as the postman would; what each came to."""
        return [receive(one.body, one.signature) for one in self.stripe.pending_events()]

    def again(self, *types: str) -> list[str]:
        """Every event so far once more, freshly signed."""
        return [receive(one.body, one.signature) for one in self.stripe.signed_events(types or None)]

    def find(self, kind: str) -> list[dict[str, Any]]:
        return self.stripe.find(kind)


def receive(body: bytes, signature: str) -> str:
    return webhooks.receive(body, signature, clock.now_ms()).outcome


def gift_now(gift_id: str) -> gifts.Gift:
    return gifts.gift_for_staff(MANAGER, gift_id)


def pot() -> Pot:
    return balances.pot("relief")


def balance(account: str) -> int:
    return totals.trial_balance().get(("CNY", account), 0)


def books_hold() -> None:
    claims = verify.Claims(
        facts=list(giving_facts.facts()),
        kinds=giving_facts.KINDS,
        commitments=list(giving_facts.commitments()),
        problems=list(giving_facts.problems()),
    )
    assert verify.verify(lambda: claims, tries=1) == []


@contextmanager
def open_for_gifts(now_ms: int | None = NOW, **settings: Any) -> Iterator[Giving]:
    """``now_ms`` None lets Stripe's clock run."""
    with StripeStandIn(webhook_secret=SECRET) as stripe:
        stripe.set_clock(now_ms)
        before = dict(os.environ)
        os.environ.update(
            LINLI_STRIPE_API_BASE=stripe.url,
            LINLI_STRIPE_SECRET_KEY="sk_test_giving",
            LINLI_STRIPE_WEBHOOK_SECRETS=SECRET,
            **settings,
        )
        config.settings.cache_clear()
        try:
            yield Giving(stripe, _poster())
        finally:
            os.environ.clear()
            os.environ.update(before)
            config.settings.cache_clear()


def _poster() -> str:
    setup.describe_fund(MANAGER, replace(FACTS), 0, NOW)
    setup.add_bank_account(MANAGER, "main", "基本户 尾号6688", NOW)
    setup.open_pot(MANAGER, "relief", "困难帮扶", "charity", ("hardship",), submission=submission("pot"), now_ms=NOW)
    made = setup.make_poster(
        MANAGER, "relief", channel="event", label="重阳义集", submission=submission("poster"), now_ms=NOW
    )
    return made.code
