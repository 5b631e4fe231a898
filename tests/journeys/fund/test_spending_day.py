"""A week of the fund's office: set up, plan, ask, approve, pay, come back, pay again, sign off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from chalicelib.ledger.store import totals
from tests.journeys.fund.spending_staff import TEN, TODAY, Desk, desk, hire
from tests.journeys.verified import verified
from tests.store.fund.spending import bring_in
from tests.store.identity.conftest import Phones, phones

__all__ = ["phones"]
FACTS = {
    "name": "示范街道社区基金",
    "charity_name": "示范区慈善会",
    "certificate_number": "53510000MJ0001",
    "filing_number": "备案5135-01",
    "platform_name": "示范公益平台",
    "platform_url": "https://example.org/plan/1",
    "query_contact": "0813-8100001",
    "refund_days": "7",
    "refund_contact": "0813-8100002",
    "approvals_needed": "1",
}
PAYEE = {
    "payee_kind": "organisation",
    "payee_name": "惠民超市",
    "payee_bank": "示范银行龙井支行",
    "payee_account": "6222 0212 3456 6688",
    "no_relation": "1",
}


@pytest.fixture
def staff(tables: object, phones: Phones) -> Iterator[dict[str, Desk]]:
    from chalicelib import clock

    with clock.at(TEN):
        hire()
    yield {who: desk(who, phones) for who in ("manager", "approver", "supervisor", "resident")}
    verified(TEN)


@pytest.fixture
def office(staff: dict[str, Desk]) -> dict[str, Desk]:
    """The staff of a fund that is set up and has ¥1,000 in its pot."""
    manager = staff["manager"]
    manager.go("/staff/fund/setup").press("/staff/fund/setup", **FACTS)
    manager.press("/staff/fund/setup/accounts", account_id="basic", label="基本户 尾号6688")
    manager.go("/staff/fund/pots")
    manager.press("/staff/fund/pots", pot_name="关爱池", pot_id="relief", source="charity", purposes="elders")
    bring_in("relief", 100_000)
    return staff


def planned(office: dict[str, Desk], **changed: str) -> str:
    """A plan for ¥500 that is approved; its address."""
    manager = office["manager"].go("/staff/fund/care-actions/new")
    fields = {
        "title": "重阳敬老",
        "plan": "为独居老人送米油,\n并上门看望。",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
        "budget_elders": "500",
        "alias": "松树01\n梅花02",
    }
    manager.press("/staff/fund/care-actions/new", **{**fields, **changed})
    found = re.search(r"/staff/fund/care-actions/[0-9A-Z]{26}", manager.text)
    assert found, manager.words
    approver = office["approver"].go(found[0])
    approver.go(approver.link("审批计划")).press(found[0] + "/approve", note="同意")
    assert "已批准" in approver.words
    return found[0]


def asked(office: dict[str, Desk], action: str, yuan: str = "200") -> str:
    manager = office["manager"].go(action)
    manager.go(manager.link("申请拨付"))
    manager.press(
        "/staff/fund/disbursements/new",
        pot="relief",
        category="elders",
        amount_fen=yuan,
        purpose="大米二十袋",
        **PAYEE,
    )
    found = re.search(r"/staff/fund/disbursements/[0-9A-Z]{26}", manager.text)
    assert found, manager.words
    return found[0]


def test_the_fund_is_set_up_on_its_pages_and_giving_opens(staff: dict[str, Desk]) -> None:
    manager = staff["manager"].go("/staff")
    assert "基金设置" in manager.words
    manager.go("/staff/fund/setup")
    assert "扫码捐赠已关闭" in manager.words
    manager.press("/staff/fund/setup", **{**FACTS, "platform_url": "http://x", "refund_days": "400"})
    assert manager.status == 422
    assert "以 https:// 开头" in manager.words
    assert 'value="示范区慈善会"' in manager.text
    manager.press("/staff/fund/setup", **{**FACTS, "filing_number": ""})
    assert "还缺:募捐方案备案编号" in manager.words
    manager.press("/staff/fund/setup", **FACTS)
    assert "可以接受捐赠" in manager.words

    # somebody else saved meanwhile: what was not seen is not overwritten
    manager.send("/staff/fund/setup", **{**FACTS, "refund_days": "9", "version": "1"})
    assert manager.status == 409
    assert "已经变了" in manager.words


def test_a_poster_is_printed_with_the_charity_and_a_code(office: dict[str, Desk]) -> None:
    manager = office["manager"].go("/staff/fund/posters")
    manager.press("/staff/fund/posters", label="重阳义卖", pot="relief", channel="event", tier="individual")
    assert "本项目由示范区慈善会募集和管理。" in manager.words
    assert "咨询查询:0813-8100001" in manager.words
    code = re.search(r'class="typed-code">([2-9A-Z]{7})<', manager.text)
    assert code is not None
    assert f"http://127.0.0.1:8000/g/{code[1]}" in manager.words
    page = f"/staff/fund/posters/{code[1]}"
    manager.press(page)
    assert "已停止使用" in manager.words
    manager.press(page)
    assert "已停止使用" not in manager.words


def test_from_plan_to_sign_off(office: dict[str, Desk]) -> None:
    action = planned(office)
    item = asked(office, action)

    approver = office["approver"].go("/staff/fund")
    assert "大米二十袋 · 惠民超市" in approver.words
    approver.go(item)
    assert "****6688" in approver.words
    approver.go(approver.link("审批"))
    assert "¥200.00" in approver.words
    assert "人民币贰佰元整" in approver.words
    approver.press(item + "/approve")
    assert approver.status == 409
    assert "没有利害关系" in approver.words
    approver.press(item + "/approve", no_relation="1", note="同意")
    assert "待付款" in approver.words

    manager = office["manager"].go(item)
    manager.press(item + "/account", reason="办理转账")
    assert "6222021234566688" in manager.words
    manager.go(item + "/pay")
    assert "人民币贰佰元整" in manager.words
    paid = {"on": TODAY, "account": "basic", "serial": "B2026112001", "evidence": "回单1"}
    manager.press(item + "/pay", **paid)
    assert "请核对银行回单" in manager.words
    manager.press(item + "/pay", **paid, checked="1")
    assert "已付款" in manager.words

    # the shop's bank sends it back; it is paid again
    manager.go(manager.link("登记退回"))
    manager.press(item + "/bounce", on=TODAY, serial="R2026112001", reason="户名不符")
    assert "第 1 次付款 已退回" in manager.words
    manager.go(item + "/pay").press(item + "/pay", **{**paid, "serial": "B2026112002"}, checked="1")
    assert "第 2 次付款" in manager.words

    approver.go(action + "/sign-off")
    approver.press(action + "/sign-off", person_times="1", note="全部送到")
    assert "不少于 2" in approver.words
    approver.press(action + "/sign-off", person_times="46", note="全部送到", evidence="签收表3号")
    assert "已完成" in approver.words
    assert "46 人次" in approver.words
    assert totals.read("pot:relief").of("expense:relief:elders") == 20_000


def test_two_tabs_and_the_back_button_pay_once(office: dict[str, Desk]) -> None:
    item = asked(office, planned(office))
    approver = office["approver"].go(item + "/approve")
    approver.send(item + "/approve", no_relation="1")
    assert approver.status == 303
    manager = office["manager"].go(item + "/pay")
    first_tab = manager.hidden(item + "/pay")
    second_tab = manager.go(item + "/pay").hidden(item + "/pay")
    paid = {"on": TODAY, "account": "basic", "checked": "1"}
    manager.post(item + "/pay", {**first_tab, **paid, "serial": "B0001"})
    assert manager.status == 303
    manager.post(item + "/pay", {**first_tab, **paid, "serial": "B0001"})
    assert manager.status == 303
    manager.post(item + "/pay", {**second_tab, **paid, "serial": "B0002"})
    assert manager.status == 409
    assert "已于 2026年11月20日 付款,银行流水号 B0001" in manager.words
    # nothing is left to press on a page whose moment has passed
    assert f'action="{item}/pay"' not in manager.go(item + "/pay").text
    assert f'action="{item}/approve"' not in approver.go(item + "/approve").text
    assert totals.read("pot:relief").of("expense:relief:elders") == 20_000


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0", "要大于 0"),
        ("-5", "不能是负数"),
        ("1.005", "最多两位小数"),
        ("五百", "看不懂这个数字"),
        ("500.01", "超出预算"),
        ("99999999999", "太大了"),
        ("😀", "看不懂这个数字"),
        ("<script>", "看不懂这个数字"),
        ("", "请填写这一项"),
    ],
)
def test_each_wrong_amount_gets_its_own_sentence(office: dict[str, Desk], typed: str, says: str) -> None:
    manager = office["manager"].go(planned(office))
    manager.go(manager.link("申请拨付"))
    fields = {"pot": "relief", "category": "elders", "purpose": "<b>米</b>", **PAYEE}
    manager.press("/staff/fund/disbursements/new", amount_fen=typed, **fields)
    assert manager.status in (409, 422)
    assert says in manager.words
    assert "&lt;b&gt;米" in manager.text
    assert "<b>米" not in manager.text


def test_a_hundred_kilobytes_and_strange_letters(office: dict[str, Desk]) -> None:
    manager = office["manager"].go("/staff/fund/care-actions/new")
    manager.press("/staff/fund/care-actions/new", title="敬" * 100_000, plan="x", starts_on=TODAY, ends_on=TODAY)
    assert manager.status == 413
    page = planned(office, title="㛃䶮送温暖🧓🏻<script>alert(1)</script>")
    manager.go(page)
    assert "<script>alert" not in manager.text
    assert "㛃䶮送温暖🧓🏻" in manager.words


def test_the_alias_of_a_beneficiary_is_no_phone_number(office: dict[str, Desk]) -> None:
    page = planned(office)
    manager = office["manager"].go(page)
    manager.press(page + "/aliases", alias="松树01\n138 0000 0000")
    assert "不能作为代称" in manager.words
    manager.press(page + "/aliases", alias="松树01\n竹子03\n竹子03")
    assert "2 个" in manager.words


def test_the_supervisor_reads_and_is_offered_nothing_to_press(office: dict[str, Desk]) -> None:
    action = planned(office)
    item = asked(office, action)
    eye = office["supervisor"]
    for page in ("/staff/fund", "/staff/fund/care-actions", action, "/staff/fund/disbursements", item,
                 "/staff/fund/pots", "/staff/fund/setup", item + "/approve"):  # fmt: skip
        eye.go(page)
        assert eye.status == 200, page
    eye.go(item)
    assert item + "/approve" not in eye.text
    assert item + "/cancel" not in eye.text
    token = eye.go(item + "/approve").hidden(item + "/approve")
    eye.post(item + "/approve", {**token, "no_relation": "1"})
    assert eye.status == 403
    resident = office["resident"]
    for page in ("/staff/fund", action, item, "/staff/fund/setup"):
        assert resident.go(page).status == 403


def test_unknown_addresses_and_foreign_cursors(office: dict[str, Desk]) -> None:
    manager = office["manager"]
    for page in ("/staff/fund/disbursements/x", "/staff/fund/care-actions/01M80FPM80Q1QS2J0K7JK26Z0B",
                 "/staff/fund/posters/ABC", "/staff/fund/disbursements/new?care_action=x"):  # fmt: skip
        assert manager.go(page).status == 404, page
    assert manager.go("/staff/fund/disbursements?cursor=abc").status == 422
    assert manager.go("/staff/fund/disbursements?state=nonsense").status == 200


def test_a_till_or_city_platform_does_the_same_by_json(office: dict[str, Desk], phones: Phones) -> None:
    manager, approver = ApiClient(office["manager"]), ApiClient(office["approver"])
    status, plan = manager.ask(
        "POST",
        "/fund/care-actions",
        {
            "title": "冬日送暖",
            "plan": "送棉被",
            "starts_on": "2026-11-01",
            "ends_on": "2026-12-01",
            "budget": [{"category": "elders", "amount_fen": 30_000}],
        },
        key="plan-000001",
    )
    assert (status, plan["state"]) == (201, "planned")
    assert approver.ask("POST", f"/fund/care-actions/{plan['id']}/approve", {})[1]["state"] == "approved"
    body = {
        "pot": "relief",
        "category": "elders",
        "amount_fen": 30_000,
        "purpose": "棉被三十床",
        "payee": {"kind": "person", "name": "周秀英", "bank": "示范银行", "account": "6222021234566688"},
        "no_relation": True,
        "care_action": plan["id"],
    }
    for wrong, code in (
        ({"amount_fen": 0}, "form_errors"),
        ({"amount_fen": 1.5}, "form_errors"),
        ({"amount_fen": "1"}, "form_errors"),
        ({"amount_fen": 30_001}, "budget_exceeded"),
        ({"surprise": 1}, "unknown_field"),
        ({"no_relation": False}, "no_relation_not_declared"),
        ({"care_action": "x"}, "care_action_unknown"),
        ({"category": "fees"}, "fund_category_unknown"),
    ):
        status, problem = manager.ask("POST", "/fund/disbursements", {**body, **wrong}, key="ask-000001")
        assert (problem["code"], 400 <= status < 500) == (code, True), wrong
    assert manager.ask("POST", "/fund/disbursements", body)[1]["code"] == "idempotency_key_missing"
    status, item = manager.ask("POST", "/fund/disbursements", body, key="ask-000001")
    assert (status, item["payee_name"], item["payee_account"]) == (201, "周**", "****6688")
    assert manager.ask("POST", "/fund/disbursements", body, key="ask-000001")[1]["id"] == item["id"]
    changed = {**body, "amount_fen": 1}
    assert manager.ask("POST", "/fund/disbursements", changed, key="ask-000001")[1]["code"] == "form_sent_differently"

    here = f"/fund/disbursements/{item['id']}"
    assert manager.ask("POST", here + "/approve", {"no_relation": True}, key="approve-1")[0] == 403
    assert approver.ask("POST", here + "/approve", {"no_relation": True}, key="approve-1")[1]["state"] == "approved"
    payment = {"attempt": 1, "paid_on": TODAY, "bank_account": "basic", "serial": "B778899"}
    assert manager.ask("POST", here + "/pay", payment, key="pay-000001")[1]["state"] == "paid"
    assert manager.ask("POST", here + "/pay", payment, key="pay-000002")[1]["state"] == "paid"
    other = {**payment, "serial": "B000000"}
    assert manager.ask("POST", here + "/pay", other, key="pay-000003")[1]["code"] == "already_paid"
    done = {"person_times": 30, "note": "完成"}
    assert approver.ask("POST", f"/fund/care-actions/{plan['id']}/sign-off", done)[1]["state"] == "signed_off"
    signed = manager.ask("GET", "/fund/care-actions?month=202611")[1]["items"]
    assert [(one["title"], one["person_times"]) for one in signed] == [("冬日送暖", 30)]
    assert manager.ask("GET", "/fund/care-actions?state=planned")[1]["items"] == []
    _, pots = manager.ask("GET", "/fund/pots")
    assert [(pot["id"], pot["spendable_fen"]) for pot in pots["pots"]] == [("relief", 70_000)]
    listed = manager.ask("GET", "/fund/disbursements?state=paid")[1]
    assert [one["id"] for one in listed["items"]] == [item["id"]]
    assert ApiClient(office["resident"]).ask("GET", "/fund/pots")[0] == 403
    assert ApiClient(Desk()).ask("GET", "/fund/pots")[0] == 401


class ApiClient:
    """The session of a browser, used as a bearer token."""

    def __init__(self, browser: Desk) -> None:
        self.desk = Desk()
        token = browser.session
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict]:  # type: ignore[type-arg]
        headers = {**self.headers, "content-type": "application/json"}
        if key:
            headers["idempotency-key"] = key
        raw = b"" if body is None else json.dumps(body).encode()
        self.desk._ask(method, "/api/v1" + path, raw, headers)
        return self.desk.status, json.loads(self.desk.text)
