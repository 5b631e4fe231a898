"""周阿姨 serves with her phone: the code on the screen, the SMS, in and out, the points in the evening."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib import clock
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from chalicelib.points.service import Activity, Draft, activities, checkins
from tests.browser.phone import Phone
from tests.browser.system import System
from tests.store.points.street import DAY, HOUR, MINUTE, Street, form

pytestmark = pytest.mark.zbar
COORDINATOR, ASSESSOR = "13800000011", "13800000012"
ZHOU, WANG, LIU, YANG = "13900000072", "13900000073", "13900000074", "13900000075"
NAMES = {ZHOU: "周秀英", WANG: "王桂兰", LIU: "刘志强", YANG: "杨雪梅"}
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


def test_from_the_screen_to_the_points(system: System, scene: Scene, phone: Phones) -> None:
    coordinator, zhou = phone(), phone()
    coordinator.sign_in(COORDINATOR, "/sign-in?next=/staff").open(scene.screen)
    coordinator.reads("签到、签退都扫这个码", "每 30 秒自动更换").picture("10-activity-code")

    # her phone's own scanner opens the address; nobody is signed in there yet
    address = coordinator.code("#screen-code .qr")
    assert address.startswith(f"{system.url}/q/")
    zhou.open(address).reads("为独居老人送餐", "二维码有效。登录后就能签到或签退。").press("登录", exact=True)
    zhou.sign_in(ZHOU, at="")
    zhou.picture("11-check-in").press("签到")
    assert re.search(r"签到成功\d\d:\d\d,结束时请记得签退。", zhou.words)
    zhou.picture("12-checked-in")
