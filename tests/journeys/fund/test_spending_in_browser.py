"""The office's pages at phone size in 长辈版, looked at by axe and by our own rules; the poster's code is scanned."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Playwright

from chalicelib import clock
from local.app_server import AppServer
from tests.journeys.fund.spending_staff import TEN, Desk, desk, hire
from tests.journeys.fund.test_spending_day import asked, office, planned, staff
from tests.journeys.merchants.test_in_browser import PHONE, At, chromium, inspected
from tests.store.identity.conftest import phones

__all__ = ["clock", "desk", "hire", "office", "phones", "staff"]
pytestmark = [pytest.mark.browser]


def poster_of(office: dict[str, Desk]) -> str:
    manager = office["manager"].go("/staff/fund/posters")
    manager.press("/staff/fund/posters", label="重阳义卖", pot="relief", channel="event", tier="individual")
    code = re.search(r'class="typed-code">([2-9A-Z]{7})<', manager.text)
    assert code is not None
    return code[1]


def test_every_page_of_the_office_is_fit_for_a_thumb_and_for_tired_eyes(
    playwright: Playwright, office: dict[str, Desk]
) -> None:
    action = planned(office, title="重阳敬老送米油,上门看望独居老人,并为行动不便的老人理发")
    waiting, to_pay = asked(office, action, "180.55"), asked(office, action, "20")
    office["approver"].go(to_pay + "/approve").press(to_pay + "/approve", no_relation="1")
    code = poster_of(office)
    pages = {
        "manager": (
            "/staff/fund",
            "/staff/fund/care-actions",
            "/staff/fund/care-actions/new",
            action,
            "/staff/fund/disbursements",
            "/staff/fund/disbursements/new",
            to_pay,
            to_pay + "/pay",
            "/staff/fund/setup",
            "/staff/fund/pots",
            "/staff/fund/posters",
            f"/staff/fund/posters/{code}",
        ),
        "approver": (waiting + "/approve", action + "/sign-off"),
    }
    said: dict[str, list[str]] = {}
    with AppServer(At(TEN)) as server, chromium(playwright) as browser:
        for who, paths in pages.items():
            context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
            kept = {**office[who].cookies, "linli_elder": "1"}
            context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in kept.items()])
            page = context.new_page()
            page.on("console", lambda message: said.setdefault("console", []).append(message.text))
            for path in paths:
                page.goto(server.url + path)
                found = inspected(page)
                if found:
                    said[path] = found
            context.close()
    assert said == {}


@pytest.mark.zbar
def test_the_poster_on_the_wall_leads_to_the_giving_page(playwright: Playwright, office: dict[str, Desk]) -> None:
    from PIL import Image
    from pyzbar.pyzbar import decode

    code = poster_of(office)
    with AppServer(At(TEN)) as server, chromium(playwright) as browser:
        context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
        cookies = office["manager"].cookies.items()
        context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies])
        page = context.new_page()
        page.goto(f"{server.url}/staff/fund/posters/{code}")
        picture = page.locator(".qr svg").screenshot()
        page.emulate_media(media="print")
        printed = page.locator(".qr svg").screenshot()
        # a corner torn off
        torn = Image.open(io.BytesIO(printed)).convert("RGB")
        torn.paste((255, 255, 255), (torn.width * 8 // 10, torn.height * 8 // 10, torn.width, torn.height))
        read = [decode(Image.open(io.BytesIO(one)))[0].data.decode() for one in (picture, printed)]
        assert read == [f"{server.url}/g/{code}"] * 2
        assert decode(torn)[0].data.decode() == f"{server.url}/g/{code}"
        page.goto(read[0])
        assert page.locator("main").inner_text().find("示范区慈善会") >= 0
        context.close()
