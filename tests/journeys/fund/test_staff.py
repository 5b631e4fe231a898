"""李会计 and 王主任 keep the fund's books: refunds, pledges, transfers, and asking Stripe again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from chalicelib import clock
from tests.journeys.fund.test_giving import post_events, to_checkout
from tests.store.fund.giving import Giving, balance, pot
from tests.store.identity.browser import Browser

Staff = Callable[[str, str], Browser]


def id_in(address: str) -> str:
    return address.rpartition("/")[2]


def given(giving: Giving, yuan: str, name: str = "") -> None:
    giving.stripe.pay(to_checkout(Browser(), giving, amount_fen=yuan, name=name))
    post_events(giving)


def test_a_gift_given_back_in_part(giving: Giving, staff: Staff) -> None:
    given(giving, "88", "周秀英")
    manager = staff("13900000001", "fund_manager")
    manager.get("/staff/fund/gifts")
    assert "周**" in manager.text
    assert "周秀英" not in manager.text
    assert "¥88.00" in manager.text
    page = re.search(r'href="(/staff/fund/gifts/[0-9A-Z]{26})"', manager.text)
    assert page
    manager.get(page[1])
    assert "gift:pi_" in manager.text
    assert "fee:txn_" in manager.text

    sent = {**manager.hidden(page[1] + "/refund"), "amount_fen": "100", "reason": "误捐"}
    manager.post(page[1] + "/refund", sent)
    assert (manager.status, "超过可退金额,最多还能退 ¥88.00。" in manager.text) == (409, True)
    manager.send(page[1] + "/refund", amount_fen="8", reason="")
    assert "请写明退款原因" in manager.text
    sent = {**manager.hidden(page[1] + "/refund"), "amount_fen": "8", "reason": "误捐"}
    manager.post(page[1] + "/refund", sent)
    assert manager.to == page[1]
    manager.post(page[1] + "/refund", sent)
    assert manager.to == page[1], "a double click"
    manager.follow()
    assert "已退款" in manager.text
    assert "¥8.00" in manager.text
    assert len(giving.find("refund")) == 1
    assert balance("income:relief:individual:event") == -8000
    post_events(giving)

    assert manager.get("/staff/fund/gifts?tier=monthly").text.count("weui-cell_access") == 0
    assert manager.get("/staff/fund/gifts?tier=individual&state=paid").text.count("weui-cell_access") == 1
    assert Browser().get("/staff/fund/gifts").status == 303


def test_a_pledge_by_invoice_and_by_transfer(giving: Giving, staff: Staff) -> None:
    manager, other = staff("13900000001", "fund_manager"), staff("13900000002", "approver")
    today = clock.shanghai_day(clock.now_ms()).isoformat()
    fields = {
        "name": "邻里社会企业",
        "label": "年度定捐",
        "pot": "relief",
        "channel": "partner",
        "signed_day": today,
        "publish_name": "1",
    }
    manager.get("/staff/fund/pledges/new")
    manager.send("/staff/fund/pledges/new", **fields, instalments="明年 三千")
    assert manager.status == 422
    assert "看不懂这个日期" in manager.text
    manager.send("/staff/fund/pledges/new", **fields, instalments=f"{today} 3000\n2035-01-01 2000")
    assert "每行一期" in manager.text
    manager.send("/staff/fund/pledges/new", **fields, instalments=f"{today} 3000\n{today} 2,000.00")
    pledge = manager.to
    manager.follow()
    assert "待到账" in manager.text
    assert "¥5,000.00" in manager.text

    manager.send(f"{pledge}/invoice", number="1").follow()
    link = re.search(r"<output>(http[^<]+/i/in_[^<]+)</output>", manager.text)
    assert link
    giving.stripe.pay_invoice(id_in(link[1]))
    post_events(giving)

    line = {"account": "main", "serial": "20261122-7", "value_day": today, "payer": "邻里社会企业有限公司"}
    form = f"/staff/fund/receipts/new?pledge={id_in(pledge)}&number=2"
    manager.get(form).send("/staff/fund/receipts/new", **line, amount_fen="1999")
    assert "到账 ¥1,999.00 与本期应到 ¥2,000.00 不符" in manager.text
    manager.send("/staff/fund/receipts/new", **line, amount_fen="2000")
    receipt = manager.to
    manager.follow()
    assert "请另一位工作人员对照银行回单复核。" in manager.text
    assert f'action="{receipt}/check"' not in manager.text
    assert balance("asset:bank:main") == 0

    other.get("/staff/fund/receipts")
    assert "邻***" in other.text
    assert "有限公司" not in other.text
    other.get(receipt)
    assert "邻里社会企业有限公司" in other.text
    other.send(f"{receipt}/check").follow()
    assert "已入账" in other.text
    assert balance("asset:bank:main") == 200_000
    assert balance("income:relief:fixed:partner") == -500_000
    assert "已全部到账" in manager.get("/staff/fund/pledges").text
    assert manager.get(pledge).text.count("查看到账记录") == 2


def test_a_transfer_of_a_citizen_turned_down(giving: Giving, staff: Staff) -> None:
    manager, other = staff("13900000001", "fund_manager"), staff("13900000002", "fund_manager")
    today = clock.shanghai_day(clock.now_ms()).isoformat()
    manager.get("/staff/fund/receipts/new")
    manager.send(
        "/staff/fund/receipts/new",
        account="main",
        serial="WX0001",
        value_day=today,
        amount_fen="66",
        payer="周秀英",
        pot="relief",
        tier="individual",
        channel="online",
        label="日常",
    )
    receipt = manager.to
    other.get(receipt).send(f"{receipt}/reject", reason="")
    assert other.status == 422
    other.send(f"{receipt}/reject", reason="回单上没有这一笔").follow()
    assert "已退回" in other.text
    assert balance("asset:bank:main") == 0


def test_staff_end_a_monthly_gift_and_ask_stripe_again(giving: Giving, staff: Staff) -> None:
    manager = staff("13900000001", "fund_manager")
    path = f"/g/{giving.poster}/monthly"
    shop = Browser().get(path).send(path, amount_fen="100", shop_name="巷口面馆", phone="13800001234")
    giving.stripe.pay(id_in(shop.to))
    giving.stripe.pending_events()
    manager.get("/staff/fund/stripe").send("/staff/fund/stripe/sweep")
    assert "已向支付平台核对一遍。" in manager.text

    giving.again()
    manager.get("/staff/fund/monthly")
    assert "巷口面馆" in manager.text
    one = re.search(r'href="(/staff/fund/monthly/[0-9A-Z]{26})"', manager.text)
    assert one
    manager.get(one[1])
    assert "138****1234" in manager.text
    manager.send(f"{one[1]}/cancel", when="now").follow()
    assert "已停止" in manager.text
    assert "员工乙" in manager.text


def test_the_supervisor_reads_and_changes_nothing(giving: Giving, staff: Staff) -> None:
    from chalicelib.identity import service as identity

    given(giving, "10")
    manager = staff("13900000001", "fund_manager")
    now_ms = clock.now_ms()
    root = identity.administrators(now_ms)[0]
    by = identity.actor_for(root.id, now_ms)
    identity.grant_role(
        by,
        root.id,
        identity.Role.SUPERVISOR,
        "street",
        ends_at=now_ms + 86_400_000,
        reason="监督",
        submission=root.id,
        now_ms=now_ms,
    )
    reader = identity.actor_for(root.id, now_ms)
    from chalicelib.fund.service import gifts

    [gift] = gifts.gifts_page(reader, gifts.Filter())[0]
    assert gift.is_paid
    assert manager.get(f"/staff/fund/gifts/{gift.id}").status == 200
    clerk = staff("13900000003", "approver")
    assert clerk.get("/staff/fund/gifts").status == 403


class Api:
    """A program that speaks JSON, with or without a session's token."""

    def __init__(self, token: str = "") -> None:
        self.token, self.count = token, 0

    def __call__(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        self.count += 1
        headers = {"content-type": "application/json", "idempotency-key": key or f"{id(self)}-{self.count:08d}"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        raw = b"" if body is None else json.dumps(body).encode()
        answer = Browser()._ask(method, "/api/v1" + path, raw, headers)
        return answer.status, json.loads(answer.text)


def test_a_mini_program_gives(giving: Giving) -> None:
    api = Api()
    body = {"poster": giving.poster, "amount_fen": 6600, "name": "周秀英"}
    status, started = api("POST", "/gifts", body, key="abcdefgh-1")
    assert status == 201
    assert api("POST", "/gifts", body, key="abcdefgh-1") == (201, started)
    giving.stripe.pay(id_in(started["pay_url"]))
    post_events(giving)
    status, gift = api("GET", f"/gifts/{started['id']}?token={started['token']}")
    assert (status, gift["state"], gift["amount_fen"]) == (200, "paid", 6600)
    assert "name" not in gift
    assert api("GET", f"/gifts/{started['id']}")[0] == 404


def test_what_a_program_may_get_wrong(giving: Giving) -> None:
    api = Api()
    good = {"poster": giving.poster, "amount_fen": 6600}
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({**good, "amount_fen": 0}, 422, "form_errors"),
        ({**good, "amount_fen": -5}, 422, "form_errors"),
        ({**good, "amount_fen": 66.5}, 422, "form_errors"),
        ({**good, "amount_fen": "66"}, 422, "form_errors"),
        ({**good, "amount_fen": 50}, 422, "gift_amount_too_small"),
        ({**good, "amount_fen": 50_000_01}, 422, "gift_amount_too_large"),
        ({**good, "currency": "usd"}, 400, "unknown_field"),
        ({**good, "name": "😀"}, 422, "donor_name_invalid"),
        ({**good, "poster": "NOTHERE"}, 404, "poster_unknown"),
        ({"poster": giving.poster}, 422, "form_errors"),
    ]
    for body, status, code in wrong:
        got, problem = api("POST", "/gifts", body)
        assert (got, problem["code"]) == (status, code), body
    keyless = Browser()._ask("POST", "/api/v1/gifts", b"{}", {"content-type": "application/json"})
    assert "idempotency_key_missing" in keyless.text
    giving.stripe.fail_next(3, status=0)
    status, problem = api("POST", "/gifts", good, key="again-0001")
    assert (status, problem["code"]) == (503, "payments_unavailable")
    assert api("POST", "/gifts", good, key="again-0001")[0] == 201
    assert len(giving.find("checkout.session")) == 1


def test_staff_tools_keep_pledges_and_transfers(giving: Giving, staff: Staff) -> None:
    manager = Api(staff("13900000001", "fund_manager").session)
    checker = Api(staff("13900000002", "approver").session)
    today = clock.shanghai_day(clock.now_ms()).isoformat()
    status, pledge = manager(
        "POST",
        "/pledges",
        {
            "pot": "relief",
            "name": "邻里社会企业",
            "label": "定捐",
            "signed_day": today,
            "instalments": [{"due_day": today, "amount_fen": 100_000}, {"due_day": today, "amount_fen": 5_000}],
        },
    )
    assert (status, pledge["outstanding_fen"]) == (201, 105_000)
    status, invoiced = manager("POST", f"/pledges/{pledge['id']}/instalments/2/invoice")
    giving.stripe.pay_invoice(id_in(invoiced["instalments"][1]["invoice_url"]))
    post_events(giving)
    status, receipt = manager(
        "POST",
        "/bank-receipts",
        {
            "account": "main",
            "serial": "B-0001",
            "value_day": today,
            "amount_fen": 100_000,
            "payer": "邻里社会企业有限公司",
            "pledge": pledge["id"],
            "instalment": 1,
        },
    )
    assert (status, receipt["state"], receipt["payer_masked"]) == (201, "waiting", "邻***")
    status, problem = manager("POST", f"/bank-receipts/{receipt['id']}/check")
    assert (status, problem["code"]) == (409, "checker_is_creator")
    assert checker("POST", f"/bank-receipts/{receipt['id']}/check")[1]["state"] == "booked"
    assert manager("GET", f"/pledges/{pledge['id']}")[1]["outstanding_fen"] == 0
    status, page = manager("GET", "/gifts?tier=fixed")
    assert sorted(gift["amount_fen"] for gift in page["items"]) == [5_000, 100_000]
    online = next(gift for gift in page["items"] if gift["amount_fen"] == 5_000)
    status, back = manager("POST", f"/gifts/{online['id']}/refunds", {"reason": "协议调整", "amount_fen": 1_000})
    assert (status, back["state"]) == (201, "sent")
    post_events(giving)
    assert checker("POST", f"/gifts/{online['id']}/refunds", {"reason": "不该"})[0] == 403
    assert pot().committed_fen == 1_000
