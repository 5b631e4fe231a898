"""周阿姨 serves with her phone: the code on the screen, the SMS, in and out, the points in the evening."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from chalicelib import clock
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from chalicelib.points import codes
from chalicelib.points.service import Activity, Draft, activities, checkins
from tests.browser.phone import Phone
from tests.browser.system import System
from tests.store.points.street import DAY, HOUR, MINUTE, Street, form

pytestmark = pytest.mark.zbar
COORDINATOR, ASSESSOR = "13800000011", "13800000012"
ZHOU, WANG, LIU, YANG, TANG, HUANG = (f"1390000007{n}" for n in range(2, 8))
NAMES = {ZHOU: "周秀英", WANG: "王桂兰", LIU: "刘志强", YANG: "杨雪梅", TANG: "唐小军", HUANG: "黄婷"}
Phones = Callable[..., Phone]


@dataclass(frozen=True, slots=True)
class Scene:
    street: Street
    activity: Activity

    @property
    def screen(self) -> str:
        return f"/staff/activities/{self.activity.id}/screen"


@pytest.fixture(scope="module")
def scene(system: System) -> Scene:
    now_ms = clock.now_ms()
    street = Street(now_ms - 30 * DAY)
    street.staff("郑负责", Role.COORDINATOR, phone=COORDINATOR)
    street.staff("钱评价", Role.ASSESSOR, phone=ASSESSOR)
    for number, name in NAMES.items():
        street.volunteer(name, phone=number)
    draft = Draft(
        community_id="longjing",
        category="elderly",
        name="为独居老人送餐",
        place="龙井社区食堂",
        content="送餐上门,陪老人说说话",
        organisation="龙井社区居委会",
        starts_at=now_ms - 3 * HOUR,
        ends_at=now_ms + 3 * HOUR,
        capacity=30,
    )
    owner = identity.actor_for(identity.member_by_phone(COORDINATOR).id, now_ms)
    return Scene(street, activities.create(owner, draft, submission=form(now_ms - DAY), now_ms=now_ms - DAY))


def arrived(scene: Scene, number: str, minutes_ago: int) -> None:
    """Somebody checked in a while ago."""
    at = clock.now_ms() - minutes_ago * MINUTE
    member = identity.member_by_phone(number)
    checkins.check_in(member.id, scene.activity.id, how="code", submission=form(at), now_ms=at)


def old_code(system: System, scene: Scene) -> str:
    """The address that stood on the screen three minutes ago."""
    shown = codes.show(scene.activity.id, scene.activity.number, clock.now_ms() - 3 * MINUTE)
    return f"{system.url}/q/{shown.token}"


def test_from_the_screen_to_the_points(system: System, scene: Scene, phone: Phones) -> None:
    coordinator, zhou = phone(COORDINATOR), phone()
    coordinator.open("/staff").press("活动与签到").press("为独居老人送餐", exact=False)
    coordinator.reads("还没有人签到。").press("显示签到码")
    coordinator.reads("签到、签退都扫这个码", "每 30 秒自动更换").picture("10-activity-code")

    # her phone's own scanner opens the address; nobody is signed in there yet
    address = coordinator.code("#screen-code .qr")
    assert address.startswith(f"{system.url}/q/")
    zhou.open(address).reads("为独居老人送餐", "二维码有效。登录后就能签到或签退。").press("登录")
    zhou.sign_in(ZHOU, at="").picture("11-check-in").press("签到")
    assert re.search(r"签到成功\d\d:\d\d,结束时请记得签退。", zhou.words)
    zhou.picture("12-checked-in").press("我的积分").reads("在“为独居老人送餐”签到,结束时请记得签退。")

    # the same code again, by mistake: asked, not done
    zhou.open(coordinator.open(scene.screen).code("#screen-code .qr")).press("签退")
    zhou.reads("刚刚签到,现在就签退吗?").press("不,继续服务")

    # somebody who came two hours and a quarter ago leaves
    wang = phone(WANG)
    arrived(scene, WANG, 135)
    wang.open(coordinator.open(scene.screen).code("#screen-code .qr")).reads("已服务2小时15分").press("签退")
    wang.reads("签退成功,服务2小时15分,评价后计入积分。").picture("13-checked-out")
    coordinator.press("看签到名单").reads("周**", "王**", "已到 2 人").picture("14-people")

    assessor = phone(ASSESSOR).open("/staff").press("服务评价").press("王**", exact=False)
    assessor.picture("15-assess").press("保存评价").reads("有几处需要改一下。", "请填写这一项")
    assessor.tick("良好").press("保存评价").reads("评价已保存。")

    wang.open("/me/points").picture("16-my-points")
    wang.reads("2.25小时×1.20×“良好”1.00=2.70时间积分(细则第1版,龙井社区评价)。有异议请于15日内提出。")
    wang.reads("积分是对志愿服务的激励,不是存款或报酬,不能买卖、提现;兑换不减少服务时长。")
    wang.press("积分明细").reads("+2.70 时间积分")
    wang.open("/me/points").press("积分细则")


def test_codes_that_do_not_count_say_what_to_do(system: System, scene: Scene, phone: Phones) -> None:
    liu = phone(LIU)
    liu.open(old_code(system, scene)).reads("二维码已过期,请重新扫描负责人的屏幕。原有记录不受影响。").picture(
        "17-expired"
    )
    liu.open("/q/12345.abc.k1.AAAAAAAAAAAAAAAA").reads("这不是本街道活动的签到码。")
    liu.open("/q/x").reads("这个码读不完整。")

    # typed, as it stands on the screen
    coordinator = phone(COORDINATOR).open(scene.screen)
    found = re.search(r"(\d{5,6}) · (\d{3} \d{3})", coordinator.words)
    assert found
    liu.open("/scan").write("活动编号", found[1]).write("六位数字", "000 000" if found[2] != "000 000" else "111 111")
    liu.press("下一步").reads("编号或数字不对,还可以再试 4 次。")
    liu.write("六位数字", found[2]).press("下一步").press("签到").reads("签到成功")


def test_large_print(system: System, scene: Scene, phone: Phones) -> None:
    """长辈版 from sign-in to check-out, every target at least 60 px."""
    yang, coordinator = phone(), phone(COORDINATOR)
    yang.open("/").press("长辈版(大字)").picture("18-home-large-print")
    yang.open(coordinator.open(scene.screen).code("#screen-code .qr")).press("登录").sign_in(YANG, at="")
    arrived(scene, YANG, 61)
    yang.open("/check-in").press("签退").reads("签退成功,服务1小时1分").picture("19-checked-out-large-print")
    yang.open("/me").open("/scan").open("/offers").open("/me/points").press("标准版")
    assert yang.page.locator("html.elder").count() == 0


def test_without_script_and_in_english(system: System, scene: Scene, phone: Phones) -> None:
    coordinator, tang = phone(COORDINATOR, script=False), phone(script=False, lang="en-US")
    tang.open(coordinator.open(scene.screen).code("#screen-code .qr")).press("Sign in")
    tang.sign_in(TANG, at="").press("Check in").reads("Please remember to check out at the end.")
    tang.open(coordinator.open(scene.screen).code("#screen-code .qr")).press("Check out")
    tang.press("Yes, check out now").reads("Checked out")


def test_a_paper_card(scene: Scene, phone: Phones) -> None:
    """Somebody without a phone is registered, gets a card, and the card checks in and out."""
    coordinator = phone(COORDINATOR).open("/staff").press("成员与纸质卡").press("登记没有手机的居民")
    coordinator.write("姓名", "罗天佑䶮").tick("龙井社区", "本人已在纸质").press("登记").press("印一张纸质卡")
    coordinator.reads("罗天佑䶮").picture("20-paper-card")
    address = coordinator.code(".paper-card-code")
    assert "/c/" in address

    # a stranger who finds it learns nothing
    finder = phone().open(address).reads("请把卡交给活动负责人扫码,就能签到和签退。")
    assert "罗天佑" not in finder.words

    coordinator.open(f"/staff/activities/{scene.activity.id}/cards").write("或输入卡号", address).press("签到或签退")
    coordinator.reads("罗***", "签到成功").picture("21-card-scanned")
    coordinator.write("或输入卡号", "6226 0000 1111").press("签到或签退").reads("这个码读不出来,可能不完整。")
    coordinator.write("或输入卡号", address).press("签到或签退").reads("刚刚签到").press("确认签退")
    coordinator.reads("签退成功")


@pytest.mark.ffmpeg
def test_the_camera_in_the_page(scene: Scene, phone: Phones, camera: Callable[[bytes], Browser]) -> None:
    """The page's own scanner reads the screen, and the coordinator's reads a card."""
    coordinator = phone(COORDINATOR)
    huang = identity.member_by_phone(HUANG)
    identity.print_card(scene.street.coordinator, huang.id, now_ms=clock.now_ms())
    card = coordinator.open(f"/staff/members/{huang.id}/card").shot(".paper-card-code").getvalue()
    screen = coordinator.open(scene.screen).shot("#screen-code .qr").getvalue()

    visitor = phone(browser=camera(screen)).open("/scan").picture("22-scan")
    with visitor.page.expect_navigation(url="**/check-in"):
        visitor.find("打开相机扫码").click()
    visitor.look().reads("二维码有效。登录后就能签到或签退。")

    desk = phone(COORDINATOR, browser=camera(card)).open(f"/staff/activities/{scene.activity.id}/cards")
    desk.find("打开相机扫码").click()
    desk.reads("黄*", "签到成功").look()
