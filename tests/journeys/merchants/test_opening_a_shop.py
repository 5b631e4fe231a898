"""A shop joins: applied for, approved by another person, its clerk and its first offer put in."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.identity import service as identity
from chalicelib.merchants import service
from tests.store.identity.browser import Browser
from tests.store.merchants.scene import Scene, award, granted

SignIn = Callable[[str], Browser]
ADMIN, COORDINATOR, APPROVER = "13800000001", "13800000002", "13800000003"


def test_from_application_to_first_customer(scene: Scene, sign_in: SignIn) -> None:
    li, sun, qin = sign_in(COORDINATOR), sign_in(APPROVER), sign_in(ADMIN)
    assert "爱心商家" in li.get("/staff").text
    li.get("/staff/merchants/new")
    wrong = {"name": "", "community_id": "anfu", "place": "安福路<b>30</b>号", "phone": ""}
    li.send("/staff/merchants", **wrong)
    assert li.status == 422
    assert "请填写这一项。" in li.text
    assert "安福路&lt;b&gt;30&lt;/b&gt;号" in li.text
    li.send("/staff/merchants", **{**wrong, "name": "阿娟水果"})
    shop = li.to
    li.follow()
    assert "等待另一位审批人审批。" in li.text
    assert "/approve" not in li.text

    assert "有申请待审批" in sun.get("/staff/merchants").text
    sun.get(shop).send(f"{shop}/approve", agreement="")
    assert sun.status == 422
    assert "请填写协议编号。" in sun.text
    sun.send(f"{shop}/approve", agreement="街商协〔2026〕9号").follow()
    assert "营业中" in sun.text
    assert "街商协〔2026〕9号" in sun.text

    qin.get(shop).send(f"{shop}/clerks", phone="139 9999 9999", last_day="2027-11-11", reason="老板娘")
    assert qin.status == 404
    assert "没有找到这位成员。" in qin.text
    qin.send(f"{shop}/clerks", phone="13800000007", last_day="2027-11-11", reason="老板娘").follow()
    assert "周秀英" in qin.text
    assert "138****0007" in qin.text

    li.get(f"{shop}/offers/new")
    terms = {
        "title": "苹果1公斤", "asset": "MEDAL", "price": "8.50", "stock": "3", "weekdays": "1",
        "opens": "09：00", "closes": "8:00", "valid_days": "7", "reimbursement": "0",
    }  # fmt: skip
    li.send(f"{shop}/offers", **terms)
    assert li.status == 422
    assert "结束时间要晚于开始时间" in li.text
    li.send(f"{shop}/offers", **{**terms, "closes": "18:00", "price": "-1", "reimbursement": "1.234"})
    assert "不能是负数。" in li.text
    li.send(f"{shop}/offers", **{**terms, "closes": "18:00", "reimbursement": "1.234"})
    assert "最多两位小数。" in li.text
    li.send(f"{shop}/offers", **{**terms, "closes": "18:00"})
    offer = li.to
    li.follow()
    assert "8.50 奖章积分" in li.text
    assert "商家让利" in li.text
    assert "周一 09:00–18:00" in li.text
    li.send(f"{offer}/restock", pieces="-4")
    assert li.status == 422
    assert "减少时不能超过剩余数量" in li.text
    li.send(f"{offer}/restock", pieces="x")
    assert li.status == 422
    li.send(f"{offer}/restock", pieces="2").follow()
    assert "还剩5份 / 5" in li.text
    li.send(f"{offer}/status", status="paused").follow()
    assert "已暂停" in li.text
    li.send(f"{offer}/status", status="active").follow()

    customer = Browser().get("/offers")
    assert "苹果1公斤" in customer.text
    assert "登录后兑换" in customer.get(offer.replace("/staff", "")).text
    assert "Exchange points" in customer.get("/offers", accept_language="en").text

    li.get(shop).send(f"{shop}/suspend", why="")
    assert li.status == 422
    li.send(f"{shop}/suspend", why="卫生检查").follow()
    assert "已暂停" in li.text
    assert "苹果1公斤" not in Browser().get("/offers").text
    sun.get(shop).send(f"{shop}/resume").follow()
    assert "营业中" in sun.text


def test_nobody_passes_the_second_person(scene: Scene, sign_in: SignIn) -> None:
    granted(scene.admin, scene.coordinator, identity.Role.APPROVER, identity.STREET)
    both = sign_in(COORDINATOR)
    both.get("/staff/merchants/new")
    both.send("/staff/merchants", name="自己的店", community_id="anfu", place="安福路1号", phone="")
    shop = both.to
    both.follow()
    assert "等待另一位审批人审批。" in both.text
    # the form of another page sent to this address is refused too
    stolen = sign_in(APPROVER).get(shop)
    both.post(f"{shop}/approve", {**stolen.hidden(f"{shop}/approve"), "agreement": "1号"})
    assert both.status == 403
    assert service.merchant(shop.rpartition("/")[2]).status == "applied"


def test_the_supervisor_reads_and_changes_nothing(scene: Scene, sign_in: SignIn) -> None:
    scene.member("吴监督", "13800000050")
    granted(scene.admin, identity.actor_for(identity.member_by_phone("13800000050").id, 1_794_000_000_000),
            identity.Role.SUPERVISOR, identity.STREET)  # fmt: skip
    award(scene.zhou, 1_00)
    wu = sign_in("13800000050")
    shop = f"/staff/merchants/{scene.shop.id}"
    wu.get(shop)
    assert wu.status == 200
    assert "/suspend" not in wu.text
    assert "/clerks" not in wu.text
    assert wu.get(f"/till?shop={scene.shop.id}").status == 200
    assert "/till/find" not in wu.text
    assert wu.get(f"/till/owed?shop={scene.shop.id}").status == 200
