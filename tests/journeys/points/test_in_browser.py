"""The code on the coordinator's screen read by a camera, and a queue with paper cards, at phone size."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright, expect

from app import app
from chalicelib import clock
from chalicelib.identity import service as identity
from chalicelib.web.qr import qr_svg
from local.app_server import AppServer
from tests.journeys.points.conftest import Person
from tests.store.identity.conftest import Phones
from tests.store.points.street import MINUTE, NINE, Street

PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


class Day:
    """The app at the time that the day has come to, in whatever thread a request is served."""

    def __init__(self) -> None:
        self.now_ms = NINE

    def __getattr__(self, name: str) -> Any:
        return getattr(app, name)

    def __call__(self, event: Any, context: Any) -> Any:
        with clock.at(self.now_ms):
            return app(event, context)


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def url(street: Street, day: Day) -> Iterator[str]:
    with AppServer(day) as server:
        yield server.url


@contextmanager
def chromium(playwright: Playwright, *flags: str) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


def phone(browser: Chromium, url: str, person: Person | None = None, **more: Any) -> Page:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", device_scale_factor=2, **more)
    cookies = person.cookies if person else {}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context.new_page()


def film(picture: bytes, folder: Path) -> Path:
    """Two seconds of a camera looking at a picture."""
    still, made = folder / "code.png", folder / "code.mjpeg"
    still.write_bytes(picture)
    frame = "scale=360:360:flags=neighbor,pad=640:480:(ow-iw)/2:(oh-ih)/2:color=gray,format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-y", "-loop", "1", "-i", str(still), "-vf", frame, "-t", "2", "-r", "15"]
    subprocess.run([*command, "-c:v", "mjpeg", "-q:v", "2", str(made)], check=True)
    return made


@pytest.mark.browser
@pytest.mark.zbar
@pytest.mark.ffmpeg
def test_from_the_screen_to_the_camera(
    playwright: Playwright,
    street: Street,
    url: str,
    day: Day,
    coordinator: Person,
    aunt_zhou: Person,
    phones: Phones,
    tmp_path: Path,
) -> None:
    from PIL import Image
    from pyzbar.pyzbar import decode

    meal = street.activity()
    aunt_zhou.sign_in("13900000072", phones)
    with chromium(playwright) as browser:
        screen = phone(browser, url, coordinator)
        screen.goto(f"{url}/staff/activities/{meal.id}/screen")
        shown = screen.locator(".qr").screenshot()
        digits = screen.locator(".typed-code").inner_text()
        # the screen of half a minute later, by itself: the request of the page asks for the next code
        day.now_ms = NINE + 31_000
        refresh = screen.locator("#screen-code")
        expect(refresh).to_have_attribute("hx-trigger", re.compile(r"load delay:\d+ms"))
        screen.reload()
        assert screen.locator(".typed-code").inner_text() != digits
        # with script off it reloads itself
        still = phone(browser, url, coordinator, java_script_enabled=False)
        still.goto(f"{url}/staff/activities/{meal.id}/screen")
        assert still.locator("meta[http-equiv=refresh]").get_attribute("content") == "15"
    (found,) = decode(Image.open(io.BytesIO(shown)))
    assert found.data.decode().startswith(f"{url}/q/{meal.number}.")
    seen = film(shown, tmp_path)
    with chromium(playwright, *CAMERA, f"--use-file-for-fake-video-capture={seen}") as browser:
        hers = phone(browser, url, aunt_zhou, permissions=["camera"])
        hers.goto(f"{url}/scan")
        hers.get_by_role("button", name="打开相机扫码").click()
        expect(hers.get_by_role("heading", name=meal.name)).to_be_visible(timeout=20_000)
        hers.get_by_role("button", name="签到").click()
        expect(hers.get_by_role("heading", name="签到成功09:00,结束时请记得签退。")).to_be_visible()
        # the same picture ten minutes later: what stands in the books stays
        day.now_ms = NINE + 10 * MINUTE
        hers.goto(found.data.decode())
        expect(hers.get_by_text("二维码已过期,请重新扫描负责人的屏幕。原有记录不受影响。")).to_be_visible()
        hers.goto(f"{url}/me/points")
        expect(hers.get_by_text(f"您09:00在“{meal.name}”签到,结束时请记得签退。")).to_be_visible()
        assert hers.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.browser
@pytest.mark.ffmpeg
def test_a_queue_with_paper_cards(
    playwright: Playwright, street: Street, url: str, day: Day, coordinator: Person, aunt_zhou: Person, tmp_path: Path
) -> None:
    meal = street.activity()
    member = identity.member_by_phone("13900000072")
    card = identity.print_card(street.coordinator, member.id, now_ms=NINE)
    with chromium(playwright) as browser:
        paper = browser.new_page(viewport={"width": 400, "height": 400})
        paper.set_content(
            f'<div style="width:360px">{qr_svg(f"{url}/c/{identity.card_token(card.number)}", "卡")}</div>'
        )
        seen = film(paper.locator("svg").screenshot(), tmp_path)
    with chromium(playwright, *CAMERA, f"--use-file-for-fake-video-capture={seen}") as browser:
        queue = phone(browser, url, coordinator, permissions=["camera"])
        queue.goto(f"{url}/staff/activities/{meal.id}/cards")
        queue.get_by_role("button", name="打开相机扫码").click()
        expect(queue.get_by_text("签到成功09:00,结束时请记得签退。")).to_be_visible(timeout=20_000)
        expect(queue.get_by_role("heading", name="周**")).to_be_visible()
        # the camera is open again without a touch, and the card still held is not read twice
        expect(queue.locator("video")).to_be_visible()
        expect(queue.get_by_text("请把二维码放进画面中间")).to_be_visible()
        queue.wait_for_timeout(2_000)
        expect(queue.get_by_text("签到成功09:00,结束时请记得签退。")).to_be_visible()
        # the next has no code that can be read: the number is typed
        queue.get_by_label("或输入卡号(C 开头 9 位)").fill("C 0000 0000")
        queue.get_by_role("button", name="签到或签退").click()
        expect(queue.get_by_text("没有这个卡号。")).to_be_visible()
        expect(queue.get_by_text("请把二维码放进画面中间")).to_be_visible()
        for box in queue.locator("main button:visible, main a:visible, main input:visible").all():
            size = box.bounding_box()
            assert size is not None
            assert size["height"] >= 44, box.inner_text()
