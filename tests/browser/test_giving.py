"""From the poster on the wall to the confirmation, and what staff do with gifts afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from chalicelib import clock
from chalicelib.ledger.store import totals
from tests.browser.office import CASHIER, MANAGER, Office, opened
from tests.browser.phone import Phone
from tests.browser.system import System

Phones = Callable[..., Phone]
THANKS = "谢谢您!捐赠已到账"
FOOT = "捐赠确认单(非票据):不能用于报销或税前扣除。捐赠票据由示范市慈善会开具。"


@pytest.fixture(scope="module")
def office(system: System) -> Office:
    return opened()


def pay(donor: Phone, name: str = "支付成功(银行卡)") -> Phone:
    """On the stand-in's checkout page."""
    donor.page.get_by_role("button", name=name).click()
    donor.page.wait_for_url(f"{donor.system.url}/**")
    return donor.look()


def income_fen() -> int:
    """All gifts in the books."""
    sums = totals.trial_balance()
    return -sum(sum_fen for (_, account), sum_fen in sums.items() if account.startswith("income:"))


@pytest.mark.zbar
def test_from_the_poster_to_the_confirmation(system: System, office: Office, phone: Phones) -> None:
    manager = phone(MANAGER).open(f"/staff/fund/posters/{office.poster}")
    manager.reads("本项目由示范市慈善会募集和管理。").picture("50-poster")
    address = manager.code(".poster .qr")
    assert address.startswith(system.url)

    donor = phone().open(address).picture("51-give")
    donor.reads(
        "本项目由示范市慈善会募集和管理。公开募捐资格证书:51000000-01 备案编号:51000000-01-A26001 "
        "咨询查询:028-0000-0010",
        "捐赠前请了解:捐赠完全自愿、无偿,不换取积分、商品或服务。上季度支出0.00元,服务0人次,管理费用占0%。"
        "误捐请在15日内联系028-0000-0011。",
    )
    assert donor.page.locator("input[type=checkbox]:checked").count() == 0
    chip = donor.page.locator(".chip").nth(2)
    amount = str(chip.get_attribute("data-amount"))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    donor.write("您的姓名", "周秀英").tick("同意公开我的姓名", "同意公开金额").picture("52-give-filled").press("去支付")
    assert donor.page.url.startswith(system.stripe.url)
    donor.picture("53-checkout")
    pay(donor).reads(THANKS, f"¥{amount}.00", "周秀英", FOOT).picture("54-thanks")
    assert income_fen() == int(amount) * 100
    # the page can be opened again, and reads the same
    donor.page.reload()
    donor.reads(THANKS)
    phone().open("/").reads("周秀英", f"¥{amount}.00").picture("55-home-after-gift")


def test_two_taps_make_one_gift_and_back_leads_back(system: System, office: Office, phone: Phones) -> None:
    before = len(system.stripe.find("checkout.session"))
    donor = phone().open(f"/g/{office.poster}").write("捐赠金额(元)", "20")
    donor.page.get_by_role("button", name="去支付").dblclick()
    donor.page.wait_for_url(f"{system.stripe.url}/**")
    sessions = system.stripe.find("checkout.session")
    assert len(sessions) == before + 1

    # back from the checkout, another amount, and paid: what was left behind is no gift
    donor.page.go_back()
    donor.look().write("捐赠金额(元)", "25").press("去支付")
    booked = income_fen()
    pay(donor).reads(THANKS, "¥25.00")
    donor.page.go_back()
    assert income_fen() == booked + 25_00


def test_what_may_go_wrong_at_the_checkout(system: System, office: Office, phone: Phones) -> None:
    donor = phone().open(f"/g/{office.poster}").press("去支付").reads("有几处需要改一下。", "请填写这一项")
    donor.picture("56-give-wrong").write("捐赠金额(元)", "0.001").press("去支付").reads("最多两位小数")
    donor.write("捐赠金额(元)", "66.66").press("去支付")

    booked = income_fen()
    donor.page.get_by_role("button", name="银行卡被拒").click()
    expect(donor.page.locator("body")).to_contain_text("没有扣款")
    donor.page.get_by_role("link", name="放弃支付").click()
    donor.page.wait_for_url(f"{system.url}/gifts/**")
    donor.look().reads("您还没有完成支付。", "没有扣款").picture("57-left")
    assert income_fen() == booked
    donor.press("去支付")

    # the money comes later: the page waits and then tells by itself
    donor.page.get_by_role("button", name="稍后到账(异步)").click()
    donor.page.get_by_role("link", name="返回商户页面").click()
    donor.page.wait_for_url(f"{system.url}/gifts/**")
    donor.look().reads("正在确认支付结果,请勿重复支付。").picture("58-waiting")
    waiting = [one for one in system.stripe.find("checkout.session") if one["amount_total"] == 66_66]
    system.stripe.settle_async(waiting[-1]["id"])
    expect(donor.page.locator("body")).to_contain_text(THANKS, timeout=20_000)
    donor.reads("匿名")
    assert income_fen() == booked + 66_66


def test_monthly_by_a_shop(system: System, office: Office, phone: Phones) -> None:
    shop = phone().open(f"/g/{office.poster}").press("商户想按月捐?请点这里").picture("59-monthly")
    shop.write("每月捐赠(元)", "50").write("店名", "张记面馆").tick("同意公开店名").press("去支付")
    pay(shop)
    expect(shop.page.locator("body")).to_contain_text("1 个月", timeout=20_000)
    shop.look().reads("我的月捐", "张记面馆", "¥50.00").picture("60-monthly-running")
    shop.press("本期后停止").reads("本期结束后不再扣款。")
    shop.press("现在就停止").reads("停止时间")


def test_without_script_and_in_english(system: System, office: Office, phone: Phones) -> None:
    guest = phone(script=False, lang="en-US").open(f"/g/{office.poster}")
    guest.reads("This project is run and its funds raised by")
    guest.page.locator("input[name=amount_fen]").fill("88")
    guest.page.locator("main button[type=submit]").click()
    guest.page.wait_for_url(f"{system.stripe.url}/**")
    pay(guest).reads("¥88.00")
    neighbour = phone(lang="en-US").open(f"/g/{office.poster}").picture("61-give-english")
    neighbour.page.locator("input[name=amount_fen]").fill("1")


def test_large_print(office: Office, phone: Phones) -> None:
    donor = phone().open(f"/g/{office.poster}").press("长辈版(大字)").picture("62-give-large-print")
    donor.write("捐赠金额(元)", "10").press("去支付")
    pay(donor).reads(THANKS).picture("63-thanks-large-print")


def test_staff_refund_a_gift(office: Office, phone: Phones) -> None:
    donor = phone().open(f"/g/{office.poster}").write("捐赠金额(元)", "30").press("去支付")
    pay(donor).reads(THANKS)
    booked = income_fen()
    manager = phone(MANAGER).open("/staff").press("捐赠").picture("64-gifts")
    manager.press("¥30.00", exact=False).write("退款金额", "10").press("确认退款").reads("请写明退款原因。")
    manager.write("退款原因", "捐赠人多输了一位数").press("确认退款").reads("捐赠人多输了一位数").picture("65-refunded")
    expect_refunded(manager)
    assert income_fen() == booked - 10_00
    donor.page.reload()
    donor.reads("其中¥10.00已办理退款。")


def expect_refunded(manager: Phone) -> None:
    for _ in range(20):
        if "已退款¥10.00" in re.sub(r"\s", "", manager.words):
            return
        manager.page.wait_for_timeout(300)
        manager.page.reload()
    raise AssertionError(manager.words)


def test_a_pledge_s_transfer_is_entered_by_one_and_checked_by_another(office: Office, phone: Phones) -> None:
    today = clock.shanghai_day(clock.now_ms())
    cashier, manager = phone(CASHIER), phone(MANAGER)
    cashier.open("/staff/fund/pledges").press("登记新的定捐").write("企业名称", "锦程社会企业")
    cashier.write("项目名称", "年度定捐").write("签约日期", today.isoformat())
    cashier.write("分期", f"{today} 20000\n{today + timedelta(days=90)} 20000").press("保存定捐")
    cashier.reads("锦程社会企业", "待到账", "¥40,000.00").picture("66-pledge")
    cashier.press("登记银行转账").write("银行流水号", "A1001").write("到账日期", today.isoformat())
    cashier.write("金额(元)", "20000").write("付款户名", "锦程社会企业").press("提交,等待复核")
    cashier.reads("请另一位工作人员对照银行回单复核。")
    assert cashier.page.get_by_role("button", name="与银行回单一致,入账").count() == 0

    booked = income_fen()
    manager.open(cashier.page.url).picture("67-receipt").press("与银行回单一致,入账").reads("复核人")
    assert income_fen() == booked + 20_000_00
    manager.press("所属定捐", exact=False).reads("待到账", "¥20,000.00")
