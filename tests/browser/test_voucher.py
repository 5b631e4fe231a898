"""周阿姨 exchanges points for rice: the voucher on her phone, the clerk's scan, green once and red ever after."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from chalicelib import clock
from chalicelib.identity.service import STREET, Role
from chalicelib.merchants import service as merchants
from chalicelib.merchants.service import Terms
from chalicelib.points.service import assessments
from tests.browser.phone import Phone
from tests.browser.system import System
from tests.store.points.street import DAY, HOUR, Street, form

pytestmark = pytest.mark.zbar
ZHOU, WANG, LIU, CLERK = "13900000072", "13900000073", "13900000074", "13800000008"
NAMES = {ZHOU: "周秀英", WANG: "王桂兰", LIU: "刘志强"}
GREEN, RED = "rgb(231, 244, 236)", "rgb(253, 236, 234)"
Phones = Callable[..., Phone]


@dataclass(frozen=True, slots=True)
class Shop:
    """The offers' ids: noodles that three hours of service buy, rice that they do not."""

    noodles: str
    rice: str


@pytest.fixture(scope="module")
def shop(system: System) -> Shop:
    now_ms = clock.now_ms()
    street = Street(now_ms - 30 * DAY)
    activity = street.activity(starts_at=now_ms - 5 * DAY)
    for number, name in NAMES.items():
        served = street.served(street.volunteer(name, phone=number), activity, 180)
        at = served.out_at + HOUR
        assessments.assess(street.assessor, served.id, number=1, grade="good", now_ms=at)
    approver = street.staff("孙审批", Role.APPROVER, STREET)
    applied = merchants.apply(
        street.coordinator,
        name="惠民粮油店",
        community_id="longjing",
        place="龙井街12号",
        phone="0813-7654321",
        submission=form(street.now_ms),
        now_ms=street.now_ms,
    )
    merchants.approve(approver, applied.id, agreement="示范街商协〔2026〕3号", now_ms=street.now_ms)
    street.volunteer("李大伟", phone=CLERK)
    merchants.add_clerk(
        street.admin,
        applied.id,
        phone=CLERK,
        ends_at=now_ms + 300 * DAY,
        reason="商家店员",
        submission=form(street.now_ms),
        now_ms=street.now_ms,
    )
    made = [
        merchants.add_offer(street.coordinator, applied.id, terms, submission=form(street.now_ms), now_ms=street.now_ms)
        for terms in (
            Terms(title="挂面1公斤", asset="TIME", price_centi=1_50, stock=20, reimbursement_fen=6_00),
            Terms(title="大米5公斤", asset="TIME", price_centi=50_00, stock=10, reimbursement_fen=28_00),
        )
    ]
    return Shop(made[0].id, made[1].id)


def exchanged(member: Phone, offer_id: str) -> str:
    """She exchanges her points; the address in the voucher's QR code."""
    member.open(f"/offers/{offer_id}").press("确认兑换").reads("挂面1公斤×1")
    return member.code(".voucher .qr")


def test_green_once_and_red_ever_after(system: System, shop: Shop, phone: Phones) -> None:
    zhou = phone(ZHOU).open("/me").press("我的积分", exact=False).press("积分兑换").picture("30-offers")
    zhou.press("兑换 挂面1公斤").reads("可用3.60,兑换后剩2.10。").picture("31-offer")
    zhou.press("确认兑换").picture("32-voucher")
    assert re.search(
        r"兑换券:挂面1公斤×1,1\.50积分已暂扣,核销后扣除;\d+年\d+月\d+日前未用自动退回。请当面出示,勿转发。", zhou.words
    ), zhou.words
    address = zhou.code(".voucher .qr")
    assert address.startswith(f"{system.url}/v/")

    clerk = phone(CLERK).open(address).reads("挂面1公斤×1", "此券可以核销。", "周**").picture("33-till-confirm")
    clerk.press("确认核销").reads("核销成功,请交付:挂面1公斤×1").picture("34-till-green")
    assert clerk.background_of(".result") == GREEN
    clerk.page.reload()
    clerk.reads("核销成功,请交付:挂面1公斤×1")

    clerk.open(address).picture("35-till-red")
    assert re.search(r"此券\d\d:\d\d已核销,请勿重复交付。", clerk.words), clerk.words
    assert clerk.background_of(".result") == RED
    clerk.press("返回收银台").reads("今日核销", "挂面1公斤").picture("36-till")
    clerk.press("本店应收").reads("1.50").picture("37-till-owed")

    zhou.page.reload()
    zhou.look().reads("已核销").press("我的兑换券").reads("已核销")
    zhou.open("/me/statement").reads("−1.50 时间积分")
    zhou.open("/me/points").reads("3小时")


def test_cancelled_and_not_enough(shop: Shop, phone: Phones) -> None:
    wang = phone(WANG)
    address = exchanged(wang, shop.noodles)
    wang.open("/me/points").reads("2.10", "兑换暂扣 1.50").page.go_back()
    wang.unfold("不要了,取消兑换").press("确认取消").reads("已取消").picture("38-voucher-cancelled")
    phone(CLERK).open(address).reads("此券已由本人取消,请勿交付。")
    wang.open("/me/points").reads("3.60")
    wang.open(f"/offers/{shop.rice}").reads("积分不够,还差46.40。").picture("39-not-enough")
    assert wang.page.get_by_role("button", name="确认兑换").count() == 0


def test_typed_at_the_till_and_shown_to_strangers(shop: Shop, phone: Phones) -> None:
    wang, clerk = phone(WANG), phone(CLERK)
    address = exchanged(wang, shop.noodles)
    typed = wang.page.locator(".typed-code").inner_text()
    phone().open(address).reads("这是一张兑换券", "请把它当面出示给商家店员扫码,不要转发给别人。")

    clerk.open("/till").write("或输入券号", "ABCDEFGH").press("查券")
    assert clerk.page.locator(".wrong").count() == 1
    clerk.write("或输入券号", f" {typed.lower()} ").press("查券").reads("此券可以核销。")
    clerk.page.get_by_role("button", name="确认核销").dblclick()
    clerk.reads("核销成功,请交付:挂面1公斤×1")
    wang.open("/me/points").reads("2.10")


@pytest.mark.ffmpeg
def test_the_till_s_camera(shop: Shop, phone: Phones, camera: Callable[[bytes], Browser]) -> None:
    liu = phone(LIU)
    exchanged(liu, shop.noodles)
    clerk = phone(CLERK, browser=camera(liu.shot(".voucher .qr").getvalue())).open("/till")
    with clerk.page.expect_navigation(url="**/till/vouchers/*"):
        clerk.find("打开相机扫码").click()
    clerk.look().reads("此券可以核销。").press("不核销,返回")
    liu.unfold("不要了,取消兑换").press("确认取消")


def test_without_script(shop: Shop, phone: Phones) -> None:
    """Exchange, typed code and capture are plain forms."""
    liu = phone(LIU, script=False)
    exchanged(liu, shop.noodles)
    typed = liu.page.locator(".typed-code").inner_text()
    clerk = phone(CLERK, script=False).open("/till").write("或输入券号", typed).press("查券").press("确认核销")
    clerk.reads("核销成功,请交付:挂面1公斤×1")
