"""What reading the whole journal costs: a fixed part, and a part for each entry, from two lengths of history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from infra.cost.meter import Used, heard, stored
from infra.cost.street import DAY_MS, MINUTE_MS, Street
from local.demo.schedules import scheduled

DAYS = 24
GIFTS_A_DAY = 4
SERVED_MINUTES = 120


def counted(street: Street) -> dict[str, dict[str, float]]:
    """``verification_fixed``, ``verification_per_entry``, and the same of ``export``."""
    before = {"verification": _counted(street, _verify), "export": _counted(street, _export)}
    entries = stored().entries
    with heard():
        for _ in range(DAYS):
            _another_day(street)
    after = {"verification": _counted(street, _verify), "export": _counted(street, _export)}
    more = stored().entries - entries
    found = {}
    for name in before:
        first, last = asdict(before[name]), asdict(after[name])
        each = {key: (last[key] - first[key]) / more for key in ("read_units", "database_requests", "cpu_ms")}
        found[f"{name}_per_entry"] = each
        found[f"{name}_fixed"] = {key: max(first[key] - each[key] * entries, 0) for key in each}
    return found


def _counted(street: Street, work: Callable[[], None]) -> Used:
    from chalicelib import clock

    with clock.at(street.now_ms), street.meter.counting() as used, street.meter.working(threads=True):
        work()
    return used


def _verify() -> None:
    [call] = [call for name, _, call in scheduled() if name == "verify_books_nightly"]
    call()


def _export() -> None:
    from chalicelib import clock
    from chalicelib.ledger import export
    from chalicelib.ledger.store import journal

    for _ in export.hledger_journal(journal.all_entries(clock.now_ms())):
        pass


def _another_day(street: Street) -> None:
    """Everybody serves and is assessed, and some give: through the services, as people do."""
    street.now_ms += DAY_MS
    street.stripe.set_clock(street.now_ms)
    _serve(street)
    for _ in range(GIFTS_A_DAY):
        _give(street)


def _serve(street: Street) -> None:
    from chalicelib import clock, ids
    from chalicelib.points.service import Draft, activities, assessments, checkins

    now_ms, end_ms = street.now_ms, street.now_ms + SERVED_MINUTES * MINUTE_MS
    with clock.at(now_ms):
        draft = Draft(
            community_id="jinxiu",
            category="elderly",
            name="独居老人家访",
            place="锦绣社区3号院",
            content="家访,请提前十分钟到场",
            organisation="锦绣社区",
            starts_at=now_ms,
            ends_at=end_ms,
            capacity=40,
        )
        coordinator = street.scene.by("coordinator", now_ms)
        activity = activities.create(coordinator, draft, submission=ids.ulid(now_ms), now_ms=now_ms)
    for who in ("zhou", "wang", "liu", "huang", "yang", "xu", "luo", "deng"):
        member = street.scene.members[who]
        with clock.at(now_ms):
            made = checkins.check_in(member, activity.id, how="code", submission=ids.ulid(now_ms), now_ms=now_ms)
        with clock.at(end_ms):
            checkins.check_out(member, activity.id, how="code", submission=ids.ulid(end_ms), now_ms=end_ms)
            assessor = street.scene.by("assessor", end_ms)
            assessments.assess(assessor, made.id, number=1, grade="good", now_ms=end_ms)


def _give(street: Street) -> None:
    from chalicelib import clock, ids
    from chalicelib.fund.service import gifts, webhooks

    now_ms = street.now_ms
    with clock.at(now_ms):
        form = gifts.GiftForm(50_00, "", anonymous=True)
        poster = street.scene.posters["online"]
        gift = gifts.start_gift(poster, form, submission=ids.ulid(now_ms), now_ms=now_ms)
        back = gifts.Returns("http://127.0.0.1/paid", "http://127.0.0.1/cancelled")
        session = gifts.pay_url(gift.id, back, now_ms).rsplit("/", 1)[1]
        street.stripe.pay(session)
        for event in street.stripe.pending_events(signed_at_ms=now_ms):
            webhooks.receive(event.body, event.signature, now_ms)
