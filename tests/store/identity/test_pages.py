"""The pages as a phone without script sees them, from the first screen to the printed card."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chalicelib import clock, ids
from chalicelib.identity import service
from chalicelib.identity.service import Actor
from tests.unit.core.test_secrets import forbidden

from .browser import Browser
from .conftest import DAY, NOW, Phones, form


@pytest.fixture(autouse=True)
def at_now() -> Iterator[None]:
    with clock.at(NOW + 1000):
        yield


def signed_in(phones: Phones, phone: str, at: str = "/me/account") -> Browser:
    browser = Browser().get(f"/sign-in?next={at}")
    browser.send("/sign-in", phone=phone).follow()
    action = browser.code_page()
    return browser.send(action, code=phones.code("+86" + phone))


def test_a_new_volunteer_comes_back_to_the_page_that_was_wanted(admin: Actor, phones: Phones) -> None:
    zhou = Browser().get("/me/account")
    assert zhou.status == 303
    assert zhou.to == "/sign-in?next=%2Fme%2Faccount"
    zhou.follow()
    assert 'inputmode="tel"' in zhou.text
    zhou.send("/sign-in", phone="１３８ 0000-0009")
    assert zhou.status == 303
    zhou.follow()
    assert 'autocomplete="one-time-code"' in zhou.text
    assert 'inputmode="numeric"' in zhou.text
    assert "138****0009" in zhou.text
    assert "13800000009" not in zhou.text
    zhou.send(zhou.code_page(), code=phones.code("+8613800000009"))
    assert zhou.to == "/sign-in/new?next=%2Fme%2Faccount"
    zhou.follow()
    assert "龙井社区" in zhou.text
    assert "checked" not in zhou.text
    zhou.send("/sign-in/new", name="周<b>阿姨</b>", community_id="longjing")
    assert zhou.status == 422
    assert "需要同意" in zhou.text
    assert 'value="周&lt;b&gt;阿姨&lt;/b&gt;"' in zhou.text
    zhou.send("/sign-in/new", name="周<b>阿姨</b>", community_id="longjing", agrees="1")
    assert zhou.to == "/me/account"
    assert "linli_u" not in zhou.cookies
    zhou.follow()
    assert "周&lt;b&gt;阿姨&lt;/b&gt;" in zhou.text
    assert "<b>阿姨" not in zhou.text
    assert "138****0009" in zhou.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请填写手机号码。"),
        ("0813-1234567", "这是座机或服务号码"),
        ("+1 212 555 0100", "目前只能向中国大陆"),
        ("1380000", "手机号码不对"),
        ("周阿姨😀", "手机号码不对"),
        ("<script>alert(1)</script>", "手机号码不对"),
    ],
)
def test_each_wrong_phone_has_its_own_sentence(admin: Actor, phones: Phones, typed: str, sentence: str) -> None:
    browser = Browser().get("/sign-in").send("/sign-in", phone=typed)
    assert browser.status == 422
    assert sentence in browser.text
    assert "<script>alert" not in browser.text
    assert phones.taken == {}


def test_a_hundred_thousand_characters(admin: Actor, phones: Phones) -> None:
    browser = Browser().get("/sign-in").send("/sign-in", phone="1" * 100_000)
    assert browser.status == 413
    browser.get("/sign-in").send("/sign-in", phone="1" * 10_000)
    assert browser.status == 422
    assert "太长了" in browser.text


def test_wrong_then_resent_then_right(coordinator: Actor, phones: Phones) -> None:
    browser = Browser().get("/sign-in").send("/sign-in", phone="13800000002").follow()
    page = browser.code_page()
    code = phones.code("+8613800000002")
    browser.send(page, code="12345")
    assert browser.status == 422
    assert "6 位数字" in browser.text
    browser.send(page, code=f"{(int(code) + 1) % 1_000_000:06d}")
    assert browser.status == 409
    assert "还可以再试 4 次" in browser.text
    browser.send(page + "/again")
    assert browser.status == 429
    assert "秒后再重新发送" in browser.text
    with clock.at(NOW + 62_000):
        browser.send(page + "/again")
        assert browser.to != page
        browser.follow()
        browser.send(browser.code_page(), code=phones.code("+8613800000002"))
    assert browser.to == "/staff"


def test_asking_twice_leads_to_the_page_for_the_code_that_is_on_its_way(admin: Actor, phones: Phones) -> None:
    browser = Browser().get("/sign-in").send("/sign-in", phone="13800000009")
    first = browser.to
    browser.get("/sign-in").send("/sign-in", phone="138 0000 0009")
    assert browser.to == first
    stranger = Browser().get("/sign-in").send("/sign-in", phone="13800000009")
    assert stranger.status == 429
    assert first not in stranger.text
    assert len(phones.taken["+8613800000009"]) == 1


def test_a_message_service_that_is_down_is_said_with_what_to_do(admin: Actor, phones: Phones) -> None:
    phones.down = True
    browser = Browser().get("/sign-in").send("/sign-in", phone="13800000009")
    assert browser.status == 503
    assert "纸质卡" in browser.text


def test_a_permission_that_the_function_lacks_is_named_on_the_page(
    admin: Actor, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    with forbidden(monkeypatch):
        for lang, words in (("zh", "系统缺少一项权限"), ("en", "The system lacks a permission")):
            browser = Browser().get("/sign-in", accept_language=lang)
            assert browser.status == 503
            assert words in browser.text
            assert "secretsmanager:GetSecretValue" in browser.text
            assert "123456789012" not in browser.text
    assert phones.taken == {}


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_signing_in(coordinator: Actor, phones: Phones, wanted: str) -> None:
    assert signed_in(phones, "13800000002", wanted).to == "/staff"


def test_a_form_without_or_with_anothers_token_does_nothing(admin: Actor, phones: Phones) -> None:
    browser = Browser().get("/sign-in")
    assert browser.post("/sign-in", {"phone": "13800000009"}).status == 403
    other = Browser().get("/sign-in").hidden("/sign-in")
    assert browser.post("/sign-in", {**other, "phone": "13800000009"}).status == 403
    assert phones.taken == {}


def test_the_session_cookie_cannot_be_read_by_scripts(coordinator: Actor, phones: Phones) -> None:
    browser = signed_in(phones, "13800000002")
    line = next(line for line in browser.set_cookies if line.startswith("linli_s="))
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Max-Age=43200" in line


def test_one_sees_and_ends_ones_sessions(coordinator: Actor, phones: Phones) -> None:
    here = signed_in(phones, "13800000002")
    with clock.at(NOW + 90_000):
        there = signed_in(phones, "13800000002").follow()
        assert there.text.count("登录</p>") == 2
        assert "本机" in there.text
        there.send("/me/account/sign-out-everywhere")
        assert "linli_s" not in there.cookies
        assert here.get("/me/account").status == 303


def test_signing_out(coordinator: Actor, phones: Phones) -> None:
    browser = signed_in(phones, "13800000002").follow()
    kept = browser.cookies["linli_s"]
    browser.send("/sign-out")
    browser.cookies["linli_s"] = kept
    assert browser.get("/me/account").status == 303


# --- staff -------------------------------------------------------------------------------------


def test_the_coordinator_registers_prints_and_replaces_a_card(coordinator: Actor, phones: Phones) -> None:
    li = signed_in(phones, "13800000002", "/staff").follow()
    assert "/staff/members" in li.text
    assert "/staff/grants" not in li.text
    li.get("/staff/members/new")
    li.send("/staff/members/new", name="", community_id="longjing", consent_on_paper="1")
    assert li.status == 422
    assert "请填写姓名" in li.text
    li.send("/staff/members/new", name="刘奶奶", community_id="longjing", consent_on_paper="1")
    assert li.status == 303
    member = li.to
    li.follow()
    assert "没有登记" in li.text
    li.send(f"{member}/card")
    assert li.to == f"{member}/card"
    li.get(f"{member}/card", host="127.0.0.1:8000")
    assert "<svg" in li.text
    assert "刘奶奶" in li.text
    old = re.search(r'class="paper-card-number">(C [0-9A-Z]{4} [0-9A-Z]{4})<', li.text)
    assert old is not None
    li.get(member).send(f"{member}/card/reprint", reason="丢失")
    assert li.to == f"{member}/card"
    stranger = Browser().get(f"/c/{service.card_token(old[1].replace(' ', ''))}")
    assert stranger.status == 409
    assert "已于" in stranger.text
    assert "作废" in stranger.text
    now = service.member(member.rpartition("/")[2]).card
    good = Browser().get(f"/c/{service.card_token(now)}")
    assert "刘**" in good.text
    assert "刘奶奶" not in good.text


def test_the_registering_form_sent_twice_makes_one_member(coordinator: Actor, phones: Phones) -> None:
    li = signed_in(phones, "13800000002").get("/staff/members/new")
    fields = {**li.hidden("/staff/members/new"), "name": "刘奶奶", "community_id": "longjing", "consent_on_paper": "1"}
    first = li.post("/staff/members/new", fields).to
    assert li.post("/staff/members/new", fields).to == first


def test_searching_and_revealing(coordinator: Actor, phones: Phones) -> None:
    member = service.register_member(
        coordinator, name="王五", community_id="longjing", consent_on_paper=True,
        submission=form(), now_ms=NOW, phone="13800000077",
    )  # fmt: skip
    li = signed_in(phones, "13800000002").get("/staff/members")
    for text in ("王五", "13800000078", ""):
        li.get("/staff/members").send("/staff/members", text=text)
        assert li.status == 404
        assert "没有找到这位成员" in li.text
    li.get("/staff/members").send("/staff/members", text="138 0000 0077").follow()
    assert "138****0077" in li.text
    assert "13800000077" not in li.text
    li.send(f"/staff/members/{member.id}/phone", reason="")
    assert "请写明原因" in li.text
    li.send(f"/staff/members/{member.id}/phone", reason="活动改期")
    assert "13800000077" in li.text


def test_an_administrator_grants_and_revokes_a_role(coordinator: Actor, phones: Phones) -> None:
    boss = Browser().get("/sign-in?next=/staff/grants").send("/sign-in", phone="13800000001").follow()
    boss.send(boss.code_page(), code=phones.code("+8613800000001")).follow()
    assert "请阅读新的个人信息保护说明" in boss.text
    boss.send("/sign-in/new", agrees="1").follow()
    assert "李负责" in boss.text
    given = {
        "member": "13800000002", "role": "assessor", "scope": "community:hehua",
        "last_day": "2027-01-31", "reason": "评价荷花社区",
    }  # fmt: skip
    for field, wrong, sentence in (
        ("member", "13800000099", "没有找到这位成员"),
        ("role", "emperor", "请选择角色"),
        ("scope", "merchant:M1", "不能用于所选的范围"),
        ("last_day", "2020-01-01", "截止日期"),
        ("last_day", "soon", "看不懂这个日期"),
        ("reason", "", "请写明原因"),
    ):
        boss.get("/staff/grants").send("/staff/grants", **{**given, field: wrong})
        assert boss.status in (404, 422)
        assert sentence in boss.text
    boss.get("/staff/grants").send("/staff/grants", **given)
    assert boss.status == 303
    boss.follow()
    assert "荷花社区" in boss.text
    held = service.actor_for(coordinator.member_id, NOW + 1000).grants[-1]
    assert clock.shanghai(held.ends_at).isoformat() == "2027-02-01T00:00:00+08:00"
    boss.send(f"/staff/grants/{coordinator.member_id}/{held.id}/revoke", reason="调离")
    assert boss.status == 303
    boss.get("/staff/log")
    assert boss.text.count("调离") == 1
    boss.get("/staff/street")
    boss.send("/staff/street/communities", id="tuanjie", community_name="团结社区")
    assert boss.follow().text.count("团结社区") == 1
    boss.send("/staff/street", name="示范街道", contact_phone="0813-7654321", supervision_phone="12345")
    assert service.street().contact_phone == "0813-7654321"


def test_pages_of_others_stay_shut(coordinator: Actor, phones: Phones) -> None:
    li = signed_in(phones, "13800000002")
    for path in ("/staff/grants", "/staff/street", "/staff/log"):
        assert li.get(path).status == 403
    assert li.get(f"/staff/members/{ids.ulid(NOW)}").status == 404
    assert li.get("/staff/members/x").status == 404


def test_a_supervisor_reads_the_grants_but_sees_no_button(admin: Actor, phones: Phones) -> None:
    member = service.register_member(
        admin, name="监督员", community_id="longjing", consent_on_paper=True,
        submission=form(), now_ms=NOW, phone="13800000066",
    )  # fmt: skip
    service.grant_role(
        admin, member.id, service.Role.SUPERVISOR, "street",
        ends_at=NOW + 30 * DAY, reason="监督", submission=form(), now_ms=NOW,
    )  # fmt: skip
    eye = signed_in(phones, "13800000066").get("/staff/grants")
    assert eye.status == 200
    assert "撤销" not in eye.text
    assert eye.get("/staff/log").status == 200
    fields = {"_form": "x", "member": "13800000066", "role": "admin", "scope": "street"}
    assert eye.post("/staff/grants", fields).status == 403


def test_sign_in_in_english(admin: Actor, phones: Phones) -> None:
    browser = Browser().get("/sign-in", accept_language="en")
    assert "Mobile number" in browser.text
    browser.send_in("en", "/sign-in", phone="1380")
    assert "not a mobile number" in browser.text
    browser.send_in("en", "/sign-in", phone="13800000009")
    assert phones.taken["+8613800000009"][0].startswith("[示范街道]")
    browser.get(browser.to, accept_language="en")
    main = re.search(r"<main.*</main>", browser.text, re.S)
    assert main is not None
    assert not re.search(r"[\u4e00-\u9fff]", main[0])


def test_privacy_notice_for_anybody(tables: object) -> None:
    assert service.NOTICE_VERSION in Browser().get("/privacy").text
