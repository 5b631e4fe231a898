"""The demo's story: the same however often its loading was interrupted, and the books hold."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import clock, config
from chalicelib.identity import service
from chalicelib.ledger.store import totals
from chalicelib.points.service import activities
from chalicelib.reports.service import verify_books
from local.demo import data_set, people, run, story
from local.demo.scene import Scene
from local.demo.schedules import Schedules
from local.stripe_standin import StripeStandIn

STEPS_SOME = 100
HOUR_MS = 60 * 60 * 1000


class StopsAfter(threading.Event):
    """Pulls the plug after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def stripe(tables: object) -> Iterator[StripeStandIn]:
    secret = os.environ["LINLI_STRIPE_WEBHOOK_SECRETS"]
    with StripeStandIn(webhook_secret=secret, delivery="when_asked") as started:
        os.environ["LINLI_STRIPE_API_BASE"] = started.url
        config.settings.cache_clear()
        yield started
        del os.environ["LINLI_STRIPE_API_BASE"]


def test_a_story_interrupted_and_begun_again_is_told_once(stripe: StripeStandIn, tmp_path: Path) -> None:
    assert not data_set.load(stripe, StopsAfter(STEPS_SOME), tmp_path)
    (tmp_path / "first_day").write_text(data_set.first_day(tmp_path).isoformat())
    assert data_set.load(stripe, threading.Event(), tmp_path)
    (tmp_path / "loaded").unlink()
    assert data_set.load(stripe, threading.Event(), tmp_path), "all of it again changes nothing"
    received = -sum(n for (_, account), n in totals.trial_balance().items() if account.startswith("income:"))
    assert received == _told_fen()
    assert verify_books(clock.now_ms(), tries=1) == []


@pytest.mark.usefixtures("tables")
def test_without_a_stand_in_the_story_has_no_gifts_and_the_books_hold(tmp_path: Path) -> None:
    assert data_set.load(None, threading.Event(), tmp_path)
    data_set.today(tmp_path)
    assert not any(account.startswith("income:") for _, account in totals.trial_balance())
    assert verify_books(clock.now_ms(), tries=1) == []
    day_start = clock.now_ms() - (clock.now_ms() + 8 * HOUR_MS) % (24 * HOUR_MS)
    for now_ms in (day_start + 24 * HOUR_MS, day_start + 48 * HOUR_MS - 1):
        with clock.at(now_ms):
            data_set.today(tmp_path)
            running = [one for one in activities.coming(now_ms=now_ms, limit=100)[0] if one.name == "今日邻里驿站值守"]
        assert [one.starts_at for one in running if one.opens_at <= now_ms < one.ends_at][-1:] == [
            day_start + 24 * HOUR_MS
        ], "whenever it is started, there is something to scan in to"


@pytest.mark.usefixtures("tables")
def test_the_demo_starts_without_its_coordinator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data_set.load(None, threading.Event(), tmp_path)
    scene = Scene(data_set.first_day(tmp_path), None)
    people.find(scene)
    now_ms = clock.now_ms()
    admin, coordinator = scene.by("admin", now_ms), scene.by("coordinator", now_ms)
    for grant in coordinator.grants:
        service.revoke_grant(admin, coordinator.member_id, grant.id, reason="换届", now_ms=now_ms)
    run.open_today(tmp_path)
    assert "not_allowed" in capsys.readouterr().err


def test_what_a_run_does_besides_the_app_s_schedules_is_done_at_its_rate(tables: object) -> None:
    done = threading.Event()
    with Schedules(("besides", 300, done.set)):
        assert done.wait(20)


def _told_fen() -> int:
    """What the story says was received, less what was given back."""
    single = sum(gift[2] for gift in story.GIFTS)
    back = sum(story.GIFTS[number][2] if fen is None else fen for number, fen in story.REFUNDED.items())
    monthly = sum(fen * (1 + sum(began > 31 * n for n in range(1, began // 30 + 1))) for began, fen, _ in story.MONTHLY)
    pledged = sum(fen for _, _, parts in story.PLEDGES for _, fen, how in parts if how)
    return single - back + monthly + pledged
