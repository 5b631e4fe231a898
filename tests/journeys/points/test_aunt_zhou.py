"""周阿姨's day: the code on the screen, the SMS that is late, the paper card, the points in the evening."""

from __future__ import annotations

import re

from chalicelib.identity import service as identity
from tests.journeys.points.conftest import Person
from tests.store.identity.conftest import Phones
from tests.store.points.street import DAY, HOUR, MINUTE, NINE, Street, books_hold


def opened(coordinator: Person) -> str:
    """The coordinator opens an activity the day before; its page's address."""
    coordinator.at = NINE - DAY
    coordinator.go("/staff/activities/new")
    coordinator.press(
        "/staff/activities/new",
        name="为独居老人送餐",
        community_id="longjing",
        category="elderly",
        place="龙井社区食堂",
        organisation="龙井社区居委会",
        content="送餐上门,陪老人说说话",
        day="2026-03-05",
        starts="9:00",
        ends="12:00",
        capacity="30",
    )
    found = re.search(r"/staff/activities/([0-9A-Z]{26})/people", coordinator.text)
    assert found, coordinator.words
    return found[1]


def screen_token(coordinator: Person, activity_id: str, at: int) -> str:
    """What the QR code on the screen says, read off the page's own address in the page data."""
    coordinator.at = at
    coordinator.go(f"/staff/activities/{activity_id}/screen")
    assert "签到、签退都扫这个码" in coordinator.words or "请扫码签退" in coordinator.words
    found = re.search(r'data-address="http://127\.0\.0\.1:8000(/q/[^"]+)"', coordinator.text)
    assert found, coordinator.text
    return found[1]


def typed(coordinator: Person) -> tuple[str, str]:
    found = re.search(r"(\d{5,6}) · (\d{3} \d{3})", coordinator.words)
    assert found, coordinator.words
    return found[1], found[2]


def test_a_day_with_the_phone(
    street: Street, coordinator: Person, assessor: Person, aunt_zhou: Person, phones: Phones
) -> None:
    activity_id = opened(coordinator)

    # 09:02 she scans; nobody is signed in on this phone, and the claim waits for her
    aunt_zhou.at = NINE + 2 * MINUTE
    aunt_zhou.go(screen_token(coordinator, activity_id, NINE + 2 * MINUTE))
    assert "二维码有效。登录后就能签到或签退。" in aunt_zhou.words
    # the SMS takes four minutes; the screen has long moved on
    aunt_zhou.go("/sign-in?next=/check-in")
    aunt_zhou.press("/sign-in", phone="139 0000 0072")
    aunt_zhou.at = NINE + 6 * MINUTE
    aunt_zhou.press(aunt_zhou.code_page(), code=phones.code("+8613900000072"))
    assert "为独居老人送餐" in aunt_zhou.words
    aunt_zhou.press("/check-in")
    assert "签到成功09:06,结束时请记得签退。" in aunt_zhou.words

    # 11:21 she scans the same screen to leave
    aunt_zhou.at = NINE + 141 * MINUTE
    aunt_zhou.go(screen_token(coordinator, activity_id, aunt_zhou.at))
    assert "您09:06签到,已服务2小时15分。" in aunt_zhou.words
    aunt_zhou.press("/check-in")
    assert "签退成功,服务2小时15分,评价后计入积分。" in aunt_zhou.words

    # the coordinator sees her on the list, masked
    coordinator.go(f"/staff/activities/{activity_id}")
    assert "周**" in coordinator.words
    assert "周秀英" not in coordinator.text

    # the assessor scores it in the afternoon
    assessor.at = NINE + 6 * HOUR
    assessor.go("/staff/assessments")
    found = re.search(r"/staff/assessments/([0-9A-Z]{26})", assessor.text)
    assert found, assessor.words
    assessor.go(found[0])
    assessor.press(found[0], grade="good")
    assert "评价已保存。" in assessor.words

    # in the evening she sees what it gave, and how
    aunt_zhou.at = NINE + 11 * HOUR
    aunt_zhou.go("/me/points")
    assert "2.25小时×1.20×“良好”1.00=2.70时间积分(细则第1版,龙井社区评价)。有异议请于15日内提出。" in aunt_zhou.words
    assert "2.70 时间积分 · 1.35 爱心奖章积分" in aunt_zhou.words
    assert "积分是对志愿服务的激励,不是存款或报酬,不能买卖、提现;兑换不减少服务时长。" in aunt_zhou.words
    assert "再积累 3.65 爱心奖章积分,点亮“初心”。" in aunt_zhou.words
    aunt_zhou.go("/me/statement")
    assert "+2.70 时间积分" in aunt_zhou.words
    books_hold(aunt_zhou.at)


def test_a_day_without_data_or_sms(street: Street, coordinator: Person, aunt_zhou: Person, phones: Phones) -> None:
    """Her data is used up; the card in her purse does it, and the coordinator stays on the page."""
    activity_id = opened(coordinator)
    member = identity.member_by_phone("13900000072")
    card = identity.print_card(street.coordinator, member.id, now_ms=NINE)
    cards = f"/staff/activities/{activity_id}/cards"

    coordinator.at = NINE + 2 * MINUTE
    coordinator.go(cards)
    coordinator.press(cards, card=f"http://127.0.0.1:8000/c/{identity.card_token(card.number)}")
    assert "签到成功09:02,结束时请记得签退。" in coordinator.words
    assert "周**" in coordinator.words
    # the next in the queue holds up a library card
    coordinator.press(cards, card="6226 0000 1111")
    assert coordinator.status == 422
    assert "这个码读不出来,可能不完整。" in coordinator.words
    # hers is scanned once more by mistake: asked, not done
    coordinator.at = NINE + 3 * MINUTE
    coordinator.press(cards, card=card.number)
    assert "您09:02刚刚签到。" in coordinator.words

    coordinator.at = NINE + 150 * MINUTE
    coordinator.go(cards)
    coordinator.press(cards, card=card.number)
    assert "签退成功,服务2小时28分,评价后计入积分。" in coordinator.words

    # at home the SMS works again: the record is there
    aunt_zhou.at = NINE + 10 * HOUR
    aunt_zhou.sign_in("13900000072", phones).go("/me/points")
    assert "为独居老人送餐" in aunt_zhou.words
    assert "待评价" in aunt_zhou.words


def test_typing_the_numbers_instead(street: Street, coordinator: Person, aunt_zhou: Person, phones: Phones) -> None:
    activity_id = opened(coordinator)
    screen_token(coordinator, activity_id, NINE)
    number, digits = typed(coordinator)
    wrong = "000000" if digits != "000 000" else "111111"
    aunt_zhou.sign_in("13900000072", phones)
    aunt_zhou.go("/scan")
    aunt_zhou.press("/scan", number=number, digits=wrong)
    assert aunt_zhou.status == 409
    assert "编号或数字不对,还可以再试 4 次。" in aunt_zhou.words
    aunt_zhou.press("/scan", number="12", digits="👋")
    assert "请填写活动编号(5 或 6 位数字)和屏幕上的六位数字。" in aunt_zhou.words
    # read off the screen a minute ago, with full-width digits
    aunt_zhou.at = NINE + MINUTE
    aunt_zhou.press("/scan", number=number, digits=digits.translate({0x30 + i: 0xFF10 + i for i in range(10)}))
    aunt_zhou.press("/check-in")
    assert "签到成功09:01,结束时请记得签退。" in aunt_zhou.words
    for n in range(5):
        aunt_zhou.go("/scan").press("/scan", number=number, digits=f"{n}{digits[1:]}" if digits[0] != f"{n}" else wrong)
    assert aunt_zhou.status == 429
    assert "输错次数太多" in aunt_zhou.words


def test_codes_that_do_not_count(street: Street, coordinator: Person, aunt_zhou: Person, phones: Phones) -> None:
    activity_id = opened(coordinator)
    path = screen_token(coordinator, activity_id, NINE)
    card = identity.print_card(street.coordinator, identity.member_by_phone("13900000072").id, now_ms=NINE)
    number, step, key, mac = path.removeprefix("/q/").split(".")
    refused = {
        path: ("409", "二维码已过期,请重新扫描负责人的屏幕。原有记录不受影响。"),
        f"/q/{number}.{step}.{key}.{'A' * 16}": ("409", "这不是本街道活动的签到码。"),
        f"/q/{number}.{step}.k9.{mac}": ("409", "这不是本街道活动的签到码。"),
        f"/q/99999.{step}.{key}.{mac}": ("409", "这不是本街道活动的签到码。"),
        f"/q/{identity.card_token(card.number)}": ("422", "这个码读不完整。"),
        "/q/%F0%9F%91%8B": ("422", "这个码读不完整。"),
        "/q/%3Cscript%3E": ("422", "这个码读不完整。"),
    }
    aunt_zhou.at = NINE + MINUTE
    for address, (status, sentence) in refused.items():
        aunt_zhou.go(address)
        assert (str(aunt_zhou.status), sentence in aunt_zhou.words) == (status, True), (address, aunt_zhou.words)
        assert "linli_claim" not in aunt_zhou.cookies

    # a claim in another browser is nothing, and a replayed one is over after ten minutes
    aunt_zhou.sign_in("13900000072", phones)
    aunt_zhou.go(screen_token(coordinator, activity_id, NINE + MINUTE))
    stolen = Person()
    stolen.at = NINE + MINUTE
    stolen.go("/scan")
    stolen.cookies["linli_claim"] = aunt_zhou.cookies["linli_claim"]
    stolen.go("/check-in")
    assert "扫码签到、签退" in stolen.words
    aunt_zhou.at = NINE + 12 * MINUTE
    aunt_zhou.press("/check-in")
    assert aunt_zhou.status == 409
    assert "还没有扫码,或扫码已超过十分钟。" in aunt_zhou.words
    books_hold()


def test_no_button_no_change(street: Street, coordinator: Person, aunt_zhou: Person, phones: Phones) -> None:
    """GET changes nothing, a form of another browser is refused, and a script in a name is only text."""
    activity_id = opened(coordinator)
    path = screen_token(coordinator, activity_id, NINE)
    aunt_zhou.sign_in("13900000072", phones)
    aunt_zhou.go(path).go("/check-in").go("/check-in")
    aunt_zhou.go("/me/points")
    assert "还没有服务记录" in aunt_zhou.words
    aunt_zhou.post("/check-in", {"did": "in", "activity_id": activity_id})
    assert aunt_zhou.status >= 400
    coordinator.go("/staff/activities/new")
    sent = {
        "community_id": "longjing", "category": "elderly", "place": "<b>粗</b>", "organisation": "👵居委会",
        "content": "x" * 501, "day": "2026-03-06", "starts": "25:00", "ends": "12:00", "capacity": "很多",
    }  # fmt: skip
    coordinator.press("/staff/activities/new", name="<script>alert(1)</script>", **sent)
    assert coordinator.status == 422
    assert "<script>alert(1)" not in coordinator.text
    assert "&lt;script&gt;alert(1)" in coordinator.text
    fixed = {**sent, "content": "打扫", "starts": "08:00", "capacity": "0"}
    coordinator.press("/staff/activities/new", name="<script>alert(1)</script>", **fixed)
    assert "人数应为 1 到 5000。" in coordinator.words
    coordinator.press("/staff/activities/new", name="<script>alert(1)</script>", **{**fixed, "capacity": "3"})
    assert coordinator.status == 200
    assert "<script>alert(1)" not in coordinator.text
    huge = {**coordinator.go("/staff/activities/new").hidden("/staff/activities/new"), "name": "长" * 100_000}
    coordinator.post("/staff/activities/new", huge)
    assert coordinator.status == 413
