"""The staff's side of it: who is not here, who forgot to leave, a second look at an assessment, a new sheet."""

from __future__ import annotations

import re

from chalicelib.identity.service import Role
from chalicelib.points.service import attendance, checkins
from tests.journeys.points.conftest import Person
from tests.store.identity.conftest import Phones
from tests.store.points.street import DAY, HOUR, MINUTE, NINE, Street, books_hold, form


def test_the_one_who_left_and_the_one_who_forgot(
    street: Street, coordinator: Person, assessor: Person, phones: Phones
) -> None:
    meal = street.activity()
    wu = street.volunteer("吴大爷", phone="13900000080")
    for member, late in ((street.zhou, 1), (wu, 2)):
        at = NINE + late * MINUTE
        checkins.check_in(member.id, meal.id, how="code", submission=form(at), now_ms=at)
    manage = f"/staff/activities/{meal.id}"

    # 09:30: 吴大爷 is not to be seen; an hour later somebody says that he went home
    coordinator.at = NINE + 30 * MINUTE
    coordinator.go(manage)
    assert "2 人服务中" in coordinator.words
    flag = re.search(r"/staff/check-ins/[0-9A-Z]{26}/flag", coordinator.text)
    assert flag
    coordinator.press(flag[0])
    assert coordinator.words.count("负责人未见到本人") == 1
    coordinator.at = NINE + 90 * MINUTE
    coordinator.go(manage)
    coordinator.press(flag[0].replace("/flag", "/close"))
    assert "待评价" in coordinator.words
    assert "1小时28分" in coordinator.words
    # the live list alone, as the page asks for it every quarter of a minute
    coordinator.go(f"{manage}/people")
    assert "<html" not in coordinator.text
    assert "周**" in coordinator.words

    # 周秀英 forgets; the schedule closes her, and nothing is earned
    attendance.close_forgotten(now_ms=meal.last_out_at)
    coordinator.at = NINE + 5 * HOUR
    coordinator.go("/staff/to-confirm")
    assert "周** · 为独居老人送餐" in coordinator.words
    confirm = re.search(r"/staff/check-ins/[0-9A-Z]{26}/confirm", coordinator.text)
    assert confirm
    coordinator.press(confirm[0], hours="9", minutes="0")
    assert coordinator.status == 422
    assert "时长应在 0 到 3小时29分 之间。" in coordinator.words
    coordinator.press(confirm[0], hours="2", minutes="-30")
    assert coordinator.status == 422
    coordinator.press(confirm[0], hours="一", minutes="30")
    assert coordinator.status == 422
    coordinator.press(confirm[0], hours="1", minutes="30")
    assert "没有需要确认的记录。" in coordinator.words

    # the assessor sees the flag and the confirmation, and scores both
    assessor.at = NINE + 6 * HOUR
    assessor.go("/staff/assessments")
    assert "负责人未见到本人" in assessor.words
    cases = re.findall(r'href="(/staff/assessments/[0-9A-Z]{26})"', assessor.text)
    assert len(cases) == 2
    for case in cases:
        assessor.go(case)
        if "时长由负责人确认" in assessor.words:
            assessor.press(case, grade="good")
        else:
            assessor.press(case, grade="good", minutes="30")
            assert "少于记录的时长,或重新评价,都要写明原因(至少两个字)。" in assessor.words
            assessor.press(case, grade="good", minutes="30", reason="负责人说半小时后就没见到人")
        assert "评价已保存。" in assessor.words
    # the back button and the same form once more: what was decided stays
    assessor.go(cases[0])
    assessor.press(cases[0], grade="excellent", reason="听取本人说明后更正")
    assert "第 2 次评价:优" in assessor.words
    assert "已被重新评价取代" in assessor.words
    books_hold(NINE + DAY)

    # and he reads why
    his = Person()
    his.at = NINE + 2 * DAY
    his.sign_in("13900000080", phones).go("/me/points")
    assert "有异议请于15日内提出。" in his.words
    record = re.search(r"/me/check-ins/[0-9A-Z]{26}", his.text)
    assert record
    his.go(record[0])
    assert "看积分细则第 1 版" in his.words
    hers = Person()
    hers.at = his.at
    street.volunteer("郑好奇", phone="13900000081")
    hers.sign_in("13900000081", phones).go(record[0])
    assert hers.status == 404


def test_closing_opening_and_cancelling(street: Street, coordinator: Person) -> None:
    meal = street.activity()
    manage = f"/staff/activities/{meal.id}"
    coordinator.go(manage)
    coordinator.press(f"{manage}/state", state="closed")
    assert "已停止签到" in coordinator.words
    coordinator.press(f"{manage}/state", state="open")
    assert "接受签到" in coordinator.words
    coordinator.press(f"{manage}/state", state="postponed")
    assert coordinator.status == 422
    coordinator.go(manage).press(f"{manage}/state", state="cancelled")
    assert "已取消" in coordinator.words
    coordinator.go(f"{manage}/screen")
    assert (coordinator.status, "本活动已取消。" in coordinator.words) == (409, True)


def test_a_new_sheet_is_typed_and_read(street: Street, phones: Phones) -> None:
    street.staff("韩管理", Role.ADMIN, "street", phone="13800000017")
    admin = Person()
    admin.sign_in("13800000017", phones).go("/staff/rules/new")
    kept = re.search(r'<textarea[^>]*name="lines"[^>]*>(.*?)</textarea>', admin.text, re.S)
    assert kept
    typed = {
        "version": "2", "effective_from": "2026-04-01", "lines": kept[1], "grades": "good 良好 1\nfailed 不合格 0",
        "levels": "暖心 10", "time_cap": "8", "medal_cap": "", "time_expiry": "never",
        "medal_expiry": "next_year_end", "objection_days": "30",
    }  # fmt: skip
    admin.press("/staff/rules/new", **{**typed, "lines": "elderly 助老 很多 1 1"})
    assert (admin.status, "第 1 行看不懂" in admin.words) == (422, True)
    admin.press("/staff/rules/new", **{**typed, "effective_from": "2026-03-05"})
    assert (admin.status, "积分细则有一处不能使用" in admin.words) == (422, True)
    admin.press("/staff/rules/new", **typed)
    assert "积分细则第 2 版" in admin.words
    assert "评价后 30 日内" in admin.words
    for address, status in (("/rules", 200), ("/rules/1", 200), ("/rules/9", 404), ("/rules/👋", 404)):
        assert Person().go(address).status == status


def test_staff_pages_are_for_staff(street: Street, coordinator: Person, aunt_zhou: Person, phones: Phones) -> None:
    meal = street.activity()
    aunt_zhou.go(f"/staff/activities/{meal.id}/screen")
    assert "登录" in aunt_zhou.words
    aunt_zhou.sign_in("13900000072", phones)
    pages = [
        "/staff/activities", "/staff/activities/new", f"/staff/activities/{meal.id}", "/staff/to-confirm",
        f"/staff/activities/{meal.id}/screen", f"/staff/activities/{meal.id}/code",
        f"/staff/activities/{meal.id}/cards", "/staff/assessments", "/staff/rules/new",
    ]  # fmt: skip
    for address in pages:
        assert aunt_zhou.go(address).status == 403, address
    # a coordinator of another community sees the page of none of ours
    street.staff("何他社", Role.COORDINATOR, "community:hehua", phone="13800000019")
    other = Person().sign_in("13800000019", phones)
    for address in (f"/staff/activities/{meal.id}", f"/staff/activities/{meal.id}/screen", pages[6]):
        assert other.go(address).status == 403, address
    # the supervisor reads everything and changes nothing
    street.staff("冯监督", Role.SUPERVISOR, "street", phone="13800000018")
    supervisor = Person().sign_in("13800000018", phones)
    supervisor.go(f"/staff/activities/{meal.id}")
    assert supervisor.status == 200
    assert "/state" not in supervisor.text
    assert supervisor.go(f"/staff/activities/{meal.id}/screen").status == 403
    assert coordinator.go(f"/staff/activities/{meal.id}/code").status == 200
    for address in ("/staff/activities/👋", f"/staff/activities/{form()}/screen", "/activities/x", "/me/check-ins/x"):
        assert coordinator.go(address).status == 404, address
