"""Loads the small data set through the services, as people would have done it over half a year.

Every step is idempotent: its ids come from its name and day, so a load that was interrupted goes on from the start
and finds what is there. Nothing is written into tables directly.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

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


def load(stripe: StripeStandIn | None, stopping: threading.Event, data: Path) -> bool:
    """Load what is not there yet, with a progress bar; False when it was told to stop before the end."""
    from local.demo import giving, people, serving, shops, spending

    done = data / "loaded"
    scene = Scene(_first_day(data), stripe)
    chapters = (people, giving, serving, shops, spending)
    steps = sorted((step for chapter in chapters for step in chapter.steps(scene)), key=lambda step: step[1])
    if done.exists():
        return True
    for number, (name, at_ms, act) in enumerate(steps):
        if stopping.is_set():
            return False
        _progress(number, len(steps), name)
        with clock.at(at_ms):
            act(at_ms)
    _progress(len(steps), len(steps), "完成")
    done.write_text(f"{len(steps)} steps\n", "utf-8")
    return True


def today(data: Path) -> None:
    """What must be there on the day that somebody tries it: an activity that runs now."""
    from local.demo import people, serving

    scene = Scene(_first_day(data), None)
    now_ms = clock.now_ms()
    people.find(scene)
    serving.open_today(scene, now_ms)


def _first_day(data: Path) -> date:
    """The day of the first start: the story is told backwards from it, also after a restart days later."""
    path = data / "first_day"
    if not path.exists():
        path.write_text(clock.shanghai_day(clock.now_ms()).isoformat(), "utf-8")
    return date.fromisoformat(path.read_text("utf-8").strip())


def _progress(number: int, whole: int, name: str) -> None:
    filled = 30 * number // max(whole, 1)
    line = f"载入演示数据 Loading demo data [{'█' * filled}{'·' * (30 - filled)}] {number}/{whole} {name}"
    if sys.stdout.isatty():
        print(f"\r\033[K{line}", end="\n" if number == whole else "", flush=True)
    elif number % 40 == 0 or number == whole:
        print(line, flush=True)
