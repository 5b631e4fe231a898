"""The voucher on one phone, the till on another: a camera reads the code from the screen, at phone size."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright, expect

from app import app
from chalicelib import clock
from chalicelib.merchants import service
from local.app_server import AppServer
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones
from tests.store.merchants import scene as made
from tests.store.merchants.scene import NOW, Scene, award, form

PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class At:
    """The app with its clock standing still, in whatever thread a request is served."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def __getattr__(self, name: str) -> Any:
        return getattr(app, name)

    def __call__(self, event: Any, context: Any) -> Any:
        with clock.at(self._now_ms):
            return app(event, context)


@pytest.fixture
def street(tables: object) -> Iterator[Scene]:
    with clock.at(NOW):
        yield made.open_scene()
    assert made.findings() == []


@pytest.fixture
def url(street: Scene) -> Iterator[str]:
    with AppServer(At(NOW + 60_000)) as server:
        yield server.url


@pytest.fixture
def session(street: Scene, phones: Phones) -> Callable[[str], dict[str, str]]:
    def of(phone: str) -> dict[str, str]:
        with clock.at(NOW + 60_000):
            browser = Browser().get("/sign-in?next=/me/account")
            browser.send("/sign-in", phone=phone).follow()
            browser.send(browser.code_page(), code=phones.code("+86" + phone))
        return browser.cookies

    return of


def inspected(page: Page) -> list[str]:
    """What axe and our own rules of size, print and width find wrong with a page in 长辈版."""
    node = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
    rules = (Path(__file__).parents[2] / "browser" / "inspection.js").read_text("utf-8")
    said: list[str] = page.evaluate(rules, 60)
    page.evaluate(f"() => {{ {node.read_text('utf-8')} }}")
    runs = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = page.evaluate("only => axe.run(document, { runOnly: only }).then(result => result.violations)", runs)
    return said + [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}" for one in found]


@contextmanager
def chromium(playwright: Playwright, *flags: str) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


def phone_page(browser: Chromium, url: str, cookies: dict[str, str], **more: Any) -> Page:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", device_scale_factor=2, **more)
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context.new_page()


@pytest.mark.browser
@pytest.mark.zbar
@pytest.mark.ffmpeg
def test_from_screen_to_camera(
    playwright: Playwright, street: Scene, url: str, session: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    from PIL import Image
    from pyzbar.pyzbar import decode

    award(street.zhou, 50_00)
    street.offer()
    with chromium(playwright) as browser:
        zhou = phone_page(browser, url, session("13800000007"))
        zhou.goto(f"{url}/offers")
        zhou.get_by_role("link", name="兑换 大米5公斤").click()
        zhou.get_by_role("button", name="确认兑换").click()
        expect(zhou.locator(".typed-code")).to_be_visible()
        shown = zhou.locator(".qr").screenshot()
        # the page in the hand goes on working where there is no signal
        zhou.context.set_offline(True)
        expect(zhou.get_by_text("请当面出示,勿转发。")).to_be_visible()
        assert zhou.locator(".qr svg").count() == 1
    found = decode(Image.open(io.BytesIO(shown)))
    assert [one.data.decode().partition("/v/")[0] for one in found] == [url]
    film = tmp_path / "code.mjpeg"
    picture = tmp_path / "code.png"
    picture.write_bytes(shown)
    frame = "scale=360:360:flags=neighbor,pad=640:480:(ow-iw)/2:(oh-ih)/2:color=gray,format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-loop", "1", "-i", str(picture), "-vf", frame, "-t", "2", "-r", "15"]
    subprocess.run([*command, "-c:v", "mjpeg", "-q:v", "2", str(film)], check=True)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with chromium(playwright, *camera, f"--use-file-for-fake-video-capture={film}") as browser:
        clerk = phone_page(browser, url, session("13800000004"), permissions=["camera"])
        clerk.goto(f"{url}/till")
        clerk.get_by_role("button", name="打开相机扫码").click()
        expect(clerk.get_by_text("此券可以核销")).to_be_visible(timeout=20_000)
        expect(clerk.get_by_text("周**")).to_be_visible()
        clerk.get_by_role("button", name="确认核销").click()
        expect(clerk.get_by_role("heading", name="核销成功,请交付:大米5公斤×1")).to_be_visible()
        # the phone's own scanner reads the same code again
        clerk.goto(found[0].data.decode())
        expect(clerk.get_by_role("heading", name="此券10:01已核销,请勿重复交付。")).to_be_visible()


@pytest.mark.browser
def test_every_page_can_be_read_and_pressed(
    playwright: Playwright, street: Scene, url: str, session: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    """In 长辈版 too, where letters are largest; and everything to be pressed is large enough."""
    award(street.zhou, 500_00)
    offer = street.offer(
        per_month_max=5, per_person_max=9, hours=service.Hours((1, 2, 3, 4, 5), 540, 1020), detail="东北长粒香,真空包装"
    )
    vouchers = [
        service.issue(street.zhou, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW) for _ in range(3)
    ]
    service.capture(street.clerk, vouchers[0].id, submission=form(), now_ms=NOW)
    service.cancel(street.zhou, vouchers[1].id, now_ms=NOW)
    shop = f"/staff/merchants/{street.shop.id}"
    pages = {
        "13800000007": [
            "/offers", f"/offers/{offer.id}", "/vouchers", *(f"/vouchers/{one.id}" for one in vouchers),
            f"/v/{service.token_of(vouchers[2])}",
        ],
        "13800000004": [
            "/till", "/till/owed", *(f"/till/vouchers/{one.id}" for one in vouchers),
        ],
        "13800000002": ["/staff/merchants", shop, f"{shop}/offers/new", f"/staff/offers/{offer.id}",
            "/staff/exchange", "/staff/returns",
            f"/staff/returns/{vouchers[0].id}",
        ],
    }  # fmt: skip
    faults: list[str] = []
    with chromium(playwright) as browser:
        for phone, paths in pages.items():
            page = phone_page(browser, url, {**session(phone), "linli_elder": "1"})
            for number, path in enumerate(paths):
                answer = page.goto(url + path)
                assert answer is not None
                assert answer.status == 200, path
                faults += [f"{path}: {fault}" for fault in inspected(page)]
                page.screenshot(path=tmp_path / f"{phone[-1]}-{number}.png", full_page=True)
    assert faults == []
