"""Giving on a phone: with script the result comes by itself, without script every step works; and every page of
giving is fit for eyes and thumbs in 长辈版."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from app import app
from chalicelib import config
from local.app_server import AppServer
from tests.store.fund.giving import Giving, balance
from tests.store.identity.browser import Browser

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ROOT = Path(__file__).parents[3]


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def url(giving: Giving) -> Iterator[str]:
    """The app over HTTP; its own address is the one that the browser asks for."""
    del os.environ["LINLI_PUBLIC_URL"]
    config.settings.cache_clear()
    with AppServer(app) as server:
        yield server.url


def phone(chromium: Chromium, *, script: bool = True, kept: dict[str, str] | None = None, url: str = "") -> Page:
    context: BrowserContext = chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=script,
        locale="zh-CN",
    )
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in (kept or {}).items()])
    return context.new_page()


def pay_here(page: Page, giving: Giving) -> None:
    """Press 支付成功 on the page of the stand-in, and be sent back by it."""
    expect(page.locator("body")).to_contain_text("演示收银台(不会扣款)")
    page.get_by_role("button", name="支付成功(微信支付)").click()


def test_by_poster_with_script(giving: Giving, chromium: Chromium, url: str) -> None:
    page = phone(chromium)
    page.goto(f"{url}/g/{giving.poster}")
    page.get_by_role("button", name="50元").click()
    expect(page.get_by_label("捐赠金额(元)")).to_have_value("50")
    page.get_by_label("您的姓名").fill("周秀英")
    page.get_by_role("button", name="去支付").click()
    pay_here(page, giving)
    expect(page.locator("h1")).to_have_text("正在确认支付结果,请勿重复支付。")

    giving.deliver()

    expect(page.locator("h1")).to_have_text("谢谢您!捐赠已到账", timeout=15_000)
    expect(page.locator("main")).to_contain_text("捐赠票据由示范区慈善会开具。")
    assert balance("income:relief:individual:event") == -5000


def test_by_poster_without_script(giving: Giving, chromium: Chromium, url: str) -> None:
    page = phone(chromium, script=False)
    page.goto(f"{url}/g/{giving.poster}")
    page.get_by_label("捐赠金额(元)").fill("二十")
    page.get_by_role("button", name="去支付").click()
    expect(page.locator(".wrong")).to_contain_text("看不懂这个数字")
    page.get_by_label("捐赠金额(元)").fill("20")
    page.get_by_role("button", name="去支付").click()
    page.get_by_text("放弃支付").click()
    expect(page.locator("h1")).to_have_text("您还没有完成支付。")
    page.get_by_role("button", name="去支付").click()
    pay_here(page, giving)
    expect(page.locator("h1")).to_have_text("正在确认支付结果,请勿重复支付。")
    giving.deliver()
    page.get_by_role("link", name="刷新").click()
    expect(page.locator("h1")).to_have_text("谢谢您!捐赠已到账")


def found_wrong(page: Page) -> list[str]:
    """What axe and our own rules of size, print and width find wrong with a page in 长辈版."""
    said: list[str] = page.evaluate((ROOT / "tests/browser/inspection.js").read_text("utf-8"), 60)
    page.evaluate(f"() => {{ {(ROOT / 'node_modules/axe-core/axe.min.js').read_text('utf-8')} }}")
    runs = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = page.evaluate("only => axe.run(document, { runOnly: only }).then(result => result.violations)", runs)
    return said + [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_every_page_of_giving_in_large_letters(
    giving: Giving, staff: Callable[[str, str], Browser], chromium: Chromium, url: str
) -> None:
    manager = staff("13900000001", "fund_manager")
    page = phone(chromium, kept={**manager.cookies, "linli_elder": "1"}, url=url)
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        wrong[name] = found_wrong(page)

    def press(what: Locator) -> None:
        with page.expect_navigation():
            what.click()

    def go(name: str, path: str) -> None:
        page.goto(path if path.startswith("http") else url + path)
        look(name)

    go("giving", f"/g/{giving.poster}")
    page.get_by_label("您的姓名").fill("😀")
    press(page.get_by_role("button", name="去支付"))
    look("giving, wrong")
    page.get_by_label("捐赠金额(元)").fill("20")
    page.get_by_label("您的姓名").fill("")
    press(page.get_by_role("button", name="去支付"))
    press(page.get_by_text("放弃支付"))
    look("left")
    press(page.get_by_role("button", name="去支付"))
    press(page.get_by_role("button", name="支付成功(微信支付)"))
    look("waiting")
    giving.deliver()
    page.reload()
    look("paid")
    go("stranger", page.url.partition("?")[0])
    go("monthly form", f"/g/{giving.poster}/monthly")
    page.get_by_label("每月捐赠(元)").fill("100")
    page.get_by_label("店名", exact=True).fill("巷口面馆")
    press(page.get_by_role("button", name="去支付"))
    press(page.get_by_role("button", name="支付成功(银行卡)"))
    look("monthly, waiting")
    giving.deliver()
    page.reload()
    look("monthly")
    go("gifts", "/staff/fund/gifts")
    press(page.locator(".weui-cell_access").last)
    look("gift")
    go("monthlies", "/staff/fund/monthly")
    press(page.locator(".weui-cell_access").first)
    look("monthly for staff")
    go("stripe", "/staff/fund/stripe")
    press(page.get_by_role("button", name="向支付平台核对一遍"))
    look("swept")
    go("new pledge", "/staff/fund/pledges/new")
    page.get_by_label("企业名称").fill("邻里社会企业")
    page.get_by_label("项目名称").fill("年度定捐")
    page.get_by_label("签约日期").fill("2026-11-20")
    page.get_by_label("分期").fill("2026-12-01 3000\n2027-03-01 2000")
    press(page.get_by_role("button", name="保存定捐"))
    press(page.get_by_role("button", name="发送在线账单").first)
    look("pledge")
    press(page.get_by_role("link", name="登记银行转账").last)
    look("transfer for a pledge")
    go("pledges", "/staff/fund/pledges")
    go("transfer", "/staff/fund/receipts/new")
    page.get_by_label("银行流水号").fill("20261121-1")
    page.get_by_label("到账日期").fill("2026-11-21")
    page.get_by_label("金额(元)").fill("66")
    page.get_by_label("付款户名").fill("周秀英")
    page.get_by_label("活动或项目").fill("日常")
    press(page.get_by_role("button", name="提交,等待复核"))
    look("receipt")
    go("receipts", "/staff/fund/receipts")

    assert {name: said for name, said in wrong.items() if said} == {}
    assert len(wrong) == 22, "a page was not reached"
