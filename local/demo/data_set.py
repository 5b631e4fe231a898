"""Loads the small data set through the services, as people would have done it over half a year.

Every step is idempotent: its ids come from its name and day, so a load that was interrupted goes on from the start
and finds what is there. Nothing is written into tables directly.
"""

from __future__ import annotations

import sys
import threading
from datetime import date
from pathlib import Path

from chalicelib import clock
from local.demo import giving, people, serving, shops, spending
from local.demo.scene import Scene
from local.stripe_standin import StripeStandIn


def load(stripe: StripeStandIn | None, stopping: threading.Event, data: Path) -> bool:
    """Load what is not there yet, with a progress bar; False when it was told to stop before the end."""
    done = data / "loaded"
    if done.exists():
        return True
    scene = Scene(first_day(data), stripe)
    chapters = (people, giving, serving, shops, spending)
    steps = sorted((step for chapter in chapters for step in chapter.steps(scene)), key=lambda step: step[1])
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
    scene = Scene(first_day(data), None)
    now_ms = clock.now_ms()
    people.find(scene)
    serving.open_today(scene, now_ms)


def first_day(data: Path) -> date:
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
