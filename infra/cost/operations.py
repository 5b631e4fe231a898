"""The operations that are counted: what people do, request by request, and what runs by the clock."""

from __future__ import annotations

import random
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.cost import history
from infra.cost.meter import Used, heard
from infra.cost.street import DAY_MS, MINUTE_MS, Street
from infra.cost.visitor import Unexpected, Visitor, sent
from local.demo.schedules import scheduled
from local.demo.serving import open_today

ROOT = Path(__file__).resolve().parents[2]
Figures = dict[str, float]
At = Callable[[int], Any]
VERIFICATION = "verify_books_nightly"
DAYS_MEASURED = 8

SERVED_MINUTES = 180
VOUCHER = ("market", 1)
"""Which offer is exchanged: two kilograms of detergent for three TIME points, in the demo's shop."""


def counted(street: Street, *, measure: bool) -> dict[str, Figures]:
    """Each operation's figures, from its second day: on the first, libraries and templates are loaded. With
    ``measure`` the processor's time is the median of more days."""
    _ = dict(_day(street, 0))
    second = dict(_day(street, 1))
    found = {name: _figures(used) for name, used in second.items()} | history.counted(street)
    if measure:
        days = [second, *(dict(_day(street, number)) for number in range(2, DAYS_MEASURED))]
        for name in second:
            found[name]["cpu_ms"] = statistics.median(day[name].cpu_ms for day in days)
        found["start_up"] = {"cpu_ms": start_up_ms()}
    return found


def _figures(used: Used) -> Figures:
    return {key: value for key, value in asdict(used).items() if value}


def start_up_ms() -> float:
    """The processor's time until a fresh process has imported the app; the least of a few."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", "import app"], cwd=ROOT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return min(times)


def _day(street: Street, number: int) -> Iterator[tuple[str, Used]]:
    from chalicelib import clock

    street.now_ms += DAY_MS
    street.stripe.set_clock(street.now_ms)
    with clock.at(street.now_ms), heard():
        open_today(street.scene, street.now_ms)
        coordinator, assessor = street.staff("coordinator"), street.staff("assessor")
        manager, clerk = street.staff("manager"), street.staff("clerk")
    meter = street.meter

    @contextmanager
    def at(minutes: int) -> Iterator[Used]:
        """Counted at so many minutes past nine. Sums are spread by chance: the same chance every day, so that
        no day finds a part of a sum that was never touched."""
        random.seed(minutes)
        with clock.at(street.now_ms + minutes * MINUTE_MS), meter.counting() as used:
            yield used

    yield from _giving(street, at, number)
    zhou = street.visitor()
    with at(5) as used:
        street.sign_in(zhou, street.phone_of("zhou"))
    yield "sign_in", used
    with at(6) as used:
        _sign_up(street, street.visitor(), f"139{number:04d}0000")
    yield "sign_up", used
    yield from _serving(street, at, coordinator, assessor, zhou)
    yield from _redeeming(street, at, zhou, clerk)
    yield from _reading(at, street, manager)
    yield from _by_the_clock(street, at)


def _giving(street: Street, at: At, number: int) -> Iterator[tuple[str, Used]]:
    donor, poster = street.visitor(), street.scene.posters["online"]
    with at(0) as used:
        donor.open(f"/g/{poster}")
    yield "donor_page", used
    with at(0) as used:
        donor.files()
    yield "files_of_a_page", used
    with at(1) as used:
        donor.press(f"/g/{poster}", amount_fen="50", name="")
        session = donor.left_for.rsplit("/", 1)[1]
    yield "gift_begun", used
    street.stripe.pay(session)
    with at(2) as used:
        _webhooks(street)
        donor.open(_path(_success_url(street, session)))
    yield "gift_paid", used
    subscription = _subscription(street, number)
    street.stripe.advance_month(subscription)
    with at(3) as used:
        _webhooks(street)
    yield "monthly_invoice", used


def _success_url(street: Street, session: str) -> str:
    url = str(street.stripe.get(session)["success_url"])
    return url.replace("{CHECKOUT_SESSION_ID}", session)


def _path(url: str) -> str:
    return "/" + url.split("://", 1)[1].split("/", 1)[1]


def _subscription(street: Street, number: int) -> str:
    running = [one for one in street.stripe.find("subscription") if one["status"] == "active"]
    return str(running[number % len(running)]["id"])


def _webhooks(street: Street) -> None:
    """Stripe's post, one request for each event that our endpoint listens to."""
    from chalicelib import clock
    from chalicelib.fund.service import webhooks

    while events := street.stripe.pending_events(signed_at_ms=clock.now_ms()):
        for event in events:
            if event.type in webhooks._HANDLERS:
                headers = {"content-type": "application/json", "stripe-signature": event.signature, "accept": "*/*"}
                with street.meter.working():
                    status, answered, _, body = sent(street.way, "POST", "/webhooks/stripe", headers, event.body)
                if status != 200:
                    raise Unexpected(f"the webhook was answered {status}: {body.decode()}")
                street.meter.answered("/webhooks/stripe", answered, body, compressed=False)


def _sign_up(street: Street, who: Visitor, phone: str) -> None:
    street.sign_in(who, phone)
    who.press("/sign-in/new", name="林秋月", community_id="jinxiu", agrees="1")


def _serving(
    street: Street, at: At, coordinator: Visitor, assessor: Visitor, zhou: Visitor
) -> Iterator[tuple[str, Used]]:
    with at(10) as used:
        coordinator.open("/staff/activities")
        activity = coordinator.found(r'href="/staff/activities/([0-9A-Z]{26})"')
        coordinator.open(f"/staff/activities/{activity}/screen")
    yield "screen_opened", used
    with at(11) as used:
        coordinator.open(f"/staff/activities/{activity}/screen")
    yield "screen_refreshed", used
    token = coordinator.found(r'data-address="http://[^/]+(/q/[^"]+)"')
    with at(11) as used:
        zhou.open(token).press("/check-in")
    yield "scan_in", used
    from chalicelib import clock

    with clock.at(street.now_ms + (11 + SERVED_MINUTES) * MINUTE_MS), heard():
        coordinator.open(f"/staff/activities/{activity}/screen")
    token = coordinator.found(r'data-address="http://[^/]+(/q/[^"]+)"')
    with at(11 + SERVED_MINUTES) as used:
        zhou.open(token).press("/check-in")
    yield "scan_out", used
    with at(240) as used:
        assessor.open("/staff/assessments")
        case = assessor.found(rf'href="(/staff/assessments/{_newest(assessor)})"')
        assessor.open(case).press(case, grade="good")
    yield "award", used


def _newest(assessor: Visitor) -> str:
    """The check-in that came last: ids sort by time."""
    return max(re.findall(r'href="/staff/assessments/([0-9A-Z]{26})"', assessor.page))


def _redeeming(street: Street, at: At, zhou: Visitor, clerk: Visitor) -> Iterator[tuple[str, Used]]:
    with at(300) as used:
        zhou.open("/me/points")
    yield "my_points", used
    offer = street.scene.offers[VOUCHER]
    with at(301) as used:
        zhou.open("/offers").open(f"/offers/{offer}").press(f"/offers/{offer}/vouchers")
    yield "voucher_hold", used
    voucher = zhou.at.rsplit("/", 1)[1]
    with at(310) as used:
        clerk.open(f"/till/vouchers/{voucher}").press(f"/till/vouchers/{voucher}/capture")
    yield "voucher_capture", used


def _reading(at: At, street: Street, manager: Visitor) -> Iterator[tuple[str, Used]]:
    for name, path in (
        ("staff_page", "/staff"),
        ("staff_list", "/staff/fund/gifts"),
        ("report", "/staff/reports/disbursements"),
    ):
        with at(320) as used:
            manager.open(path)
        yield name, used
    with at(321) as used:
        street.visitor().open("/")
    yield "public_page", used


def _by_the_clock(street: Street, at: At) -> Iterator[tuple[str, Used]]:
    """Each schedule when there is nothing for it to do. Verification is counted apart, by its entries."""
    for name, _, call in scheduled():
        if name == VERIFICATION:
            continue
        with at(800):
            call()
        # Now there is nothing left for it to do
        with at(801) as used, street.meter.working():
            call()
        yield f"schedule:{name}", used
