"""What the chapters of the story share: the first day, the people by key, the Stripe stand-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from chalicelib import clock, ids
from chalicelib.identity.service import Actor, actor_for
from local.stripe_standin import StripeStandIn

HOUR_MS = 3_600_000
Act = Callable[[int], None]
Step = tuple[str, int, Act]


class Scene:
    """What the steps share: the first day, the people by key, the Stripe stand-in."""

    def __init__(self, first_day: date, stripe: StripeStandIn | None) -> None:
        self.first_day = first_day
        self.stripe = stripe
        self.members: dict[str, str] = {}
        self.posters: dict[str, str] = {}
        self.offers: dict[tuple[str, int], str] = {}
        self.merchants: dict[str, str] = {}
        self.activities: dict[str, str] = {}
        self.check_ins: dict[tuple[str, str], str] = {}
        self.vouchers: dict[int, str] = {}
        self.care_actions: dict[int, str] = {}
        self.disbursements: dict[tuple[int, int], str] = {}

    def moment(self, days_ago: int, hour: int = 10, minute: int = 0) -> int:
        """A moment of a day before the first start (negative: after it), in ms."""
        day = self.first_day - timedelta(days=days_ago)
        return clock.day_start_ms(day) + hour * HOUR_MS + minute * 60_000

    def day(self, days_ago: int) -> date:
        return self.first_day - timedelta(days=days_ago)

    def by(self, key: str, now_ms: int) -> Actor:
        """The person as the services know them at that moment."""
        return actor_for(self.members[key], now_ms)

    def submission(self, name: str, at_ms: int) -> str:
        return ids.derived_ulid(at_ms, "demo", name)
