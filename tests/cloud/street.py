"""A street set up from nothing, by its people on their pages, over HTTP."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape

from chalicelib import clock
from local.stripe_standin import StripeStandIn
from tests.cloud.deployed import Deployed
from tests.cloud.deploying import ADMIN_PHONE
from tests.cloud.local_cloud import eventually
from tests.cloud.person import Answer, Person
from tests.journeys.fund.spending_staff import Desk
from tests.journeys.fund.test_spending_day import FACTS, PAYEE

PEOPLE = {
    # who: (name, phone, role, scope)
    "manager": ("陈会计", "13900000002", "fund_manager", "street"),
    "approver": ("赵主任", "13900000004", "approver", "street"),
    "supervisor": ("周监督", "13900000005", "supervisor", "street"),
    "coordinator": ("孙负责", "13900000006", "coordinator", "community:longjing"),
    "assessor": ("吴评价", "13900000007", "assessor", "community:longjing"),
    "clerk": ("李店员", "13900000008", "", ""),
    "zhou": ("周秀英", "13900000101", "", ""),
}


@dataclass
class Street:
    deployed: Deployed
    stripe: StripeStandIn
    people: dict[str, Person] = field(default_factory=dict)
    poster: str = ""

    def __getitem__(self, who: str) -> Person:
        """Somebody, signed in."""
        if who not in self.people:
            phone = ADMIN_PHONE if who == "admin" else PEOPLE[who][1]
            self.people[who] = self.deployed.person(phone).sign_in()
        return self.people[who]

    def stranger(self) -> Person:
        return self.deployed.person()

    def post_events(self, *, again: bool = False) -> list[Answer]:
        """Stripe's post, brought to the address that Stripe was told; or all of it so far once more."""
        return [
            self.deployed.address.ask(
                "POST",
                f"/{self.deployed.address.stage}/webhooks/stripe",
                one.body,
                {"content-type": "application/json", "stripe-signature": one.signature},
            )
            for one in (self.stripe.signed_events() if again else self.stripe.pending_events())
        ]

    def give(self, yuan: int, **fields: str) -> Person:
        """A passer-by scans the poster and pays; what Stripe has to say still waits to be posted."""
        donor, page = self.stranger(), f"/g/{self.poster}"
        donor.get(page)
        donor.send(page, amount_fen=str(yuan), **fields)
        assert donor.status == 303, donor.text
        assert donor.to.startswith(self.stripe.url), donor.to
        session = donor.to.rsplit("/", 1)[1]
        self.stripe.pay(session)
        donor.to = str(self.stripe.get(session)["success_url"]).replace(self.deployed.address.url, "")
        return donor

    def booked(self, yuan: int, **fields: str) -> Person:
        """A gift that is paid, told by Stripe and in the books; the donor before the confirmation."""
        donor = self.give(yuan, **fields)
        thanks = donor.to
        assert {answer.status for answer in self.post_events()} == {200}
        eventually(lambda: "捐赠已到账" in donor.go(thanks).words, "the gift in the books", 60)
        return donor

    def nightly_findings(self) -> list[str]:
        """What the nightly verification finds now, as its own report says."""
        told = self.deployed.invoke("verify_books_nightly")
        assert not told.error, told.answer
        reports = [json.loads(item["report"]["S"]) for item in self.deployed.items("App", "VERIFICATION#")]
        last = max(reports, key=lambda report: int(report["started_ms"]))
        assert last["finished_ms"], last
        assert last["findings"] == len(last["found"])
        return [json.dumps(one) for one in last["found"]]

    def set_up(self) -> None:
        """Everything a street needs before anything can be given, served or exchanged."""
        admin = self["admin"].go("/staff/street")
        admin.press("/staff/street", name="示范街道", contact_phone="0813-8100000", supervision_phone="0813-8100009")
        admin.press("/staff/street/communities", id="longjing", community_name="龙井社区")
        admin.go("/staff/rules/new")
        last_week = clock.shanghai_day(now_ms()) - timedelta(days=7)
        admin.press("/staff/rules/new", **_typed(admin), effective_from=f"{last_week}")
        assert "/rules" in admin.text, admin.words
        next_year = f"{clock.shanghai_day(now_ms()) + timedelta(days=300)}"
        for who, (name, phone, role, scope) in PEOPLE.items():
            admin.go("/staff/members/new").press(
                "/staff/members/new", name=name, community_id="longjing", consent_on_paper="1", phone=phone
            )
            assert admin.status == 200, (who, admin.words)
            if role:
                admin.go("/staff/grants").press(
                    "/staff/grants", member=phone, role=role, scope=scope, last_day=next_year, reason="街道任命"
                )
                assert admin.status == 200, (who, admin.words)
        self._open_the_fund()

    def _open_the_fund(self) -> None:
        manager = self["manager"].go("/staff/fund/setup")
        manager.press("/staff/fund/setup", **FACTS)
        manager.press("/staff/fund/setup/accounts", account_id="basic", label="基本户 尾号6688")
        manager.go("/staff/fund/pots").press(
            "/staff/fund/pots", pot_name="关爱池", pot_id="relief", source="charity", purposes="elders"
        )
        manager.go("/staff/fund/posters").press(
            "/staff/fund/posters", label="重阳义集", pot="relief", channel="event", tier="individual"
        )
        self.poster = _found(r'class="typed-code">([2-9A-Z]{7})<', manager)

    def open_shop(self) -> str:
        """A shop with rice for points; the offer's address for volunteers."""
        shop = self["manager"].go("/staff/merchants/new")
        shop.press(
            "/staff/merchants", name="惠民粮油店", community_id="longjing", place="安福路12号", phone="0813-8100020"
        )
        page = _found(r"/staff/merchants/[0-9A-Z]{26}", shop)
        self["approver"].go(page).press(page + "/approve", agreement="协议2026-01号")
        in_time = f"{clock.shanghai_day(now_ms()) + timedelta(days=200)}"
        admin = self["admin"].go(page)
        admin.press(page + "/clerks", phone=PEOPLE["clerk"][1], last_day=in_time, reason="店员")
        shop.go(page + "/offers/new")
        shop.post(
            page + "/offers",
            [
                *shop.hidden(page + "/offers").items(),
                ("title", "大米5公斤"),
                ("asset", "TIME"),
                ("price", "1"),
                ("stock", "10"),
                *(("weekdays", str(day)) for day in range(1, 8)),
                ("opens", "00:00"),
                ("closes", "24:00"),
                ("reimbursement", "28"),
            ],  # type: ignore[arg-type]
        )
        assert shop.status == 303, shop.words
        return shop.to.replace("/staff", "")

    def open_activity(self) -> str:
        """An activity that goes on now; its id."""
        coordinator = self["coordinator"].go("/staff/activities/new")
        at = now_ms() + 10 * 60_000  # late in the evening the next day's has opened its doors already
        coordinator.press(
            "/staff/activities/new",
            name="为独居老人送餐",
            community_id="longjing",
            category="elderly",
            place="龙井社区食堂",
            organisation="龙井社区居委会",
            content="送餐上门,陪老人说说话",
            day=f"{clock.shanghai_day(at)}",
            starts="0:00",
            ends="23:59",
            capacity="30",
        )
        return _found(r"/staff/activities/([0-9A-Z]{26})/people", coordinator)

    def scan(self, who: str, activity_id: str) -> Person:
        """Somebody scans the code on the coordinator's screen and stands before the one large button."""
        screen = self["coordinator"].go(f"/staff/activities/{activity_id}/screen")
        return self[who].go(_found(r'data-address="http://linli\.example(/q/[^"]+)"', screen))

    def serve(self, who: str, minutes: int) -> str:
        """Check in, serve, check out, all at the door; the check-in's id. The minutes pass in the table."""
        activity_id = self.open_activity()
        self.scan(who, activity_id).press("/check-in")
        assert "签到成功" in self[who].words, self[who].words
        listed = self["coordinator"].go(f"/staff/activities/{activity_id}")
        check_in = _found(r"/staff/check-ins/([0-9A-Z]{26})/", listed)
        self._let_pass(check_in, minutes)
        self.scan(who, activity_id).press("/check-in")
        assert "签退成功" in self[who].words, self[who].words
        return check_in

    def assess(self, check_in: str) -> None:
        page = f"/staff/assessments/{check_in}"
        assessor = self["assessor"].go("/staff/assessments")
        assert page in assessor.text, assessor.words
        assessor.go(page).press(page, grade="good")
        assert "评价已保存。" in assessor.words, assessor.words

    def exchange(self, who: str, offer: str) -> str:
        """Points for a voucher; the code that the shop scans."""
        self[who].go(offer).press(offer + "/vouchers")
        return _found(r'<p class="typed-code">([A-Z0-9-]+)</p>', self[who])

    def hand_over(self, code: str) -> Person:
        clerk = self["clerk"].go("/till")
        clerk.press("/till/find", scan=code)
        return clerk.press(_found(r'action="(/till/vouchers/[0-9A-Z]{26}/capture)"', clerk))

    def spend(self, yuan: int, serial: str) -> str:
        """A care action from plan to payment; the disbursement's address."""
        today = f"{clock.shanghai_day(now_ms())}"
        manager, approver = self["manager"], self["approver"]
        manager.go("/staff/fund/care-actions/new").press(
            "/staff/fund/care-actions/new",
            title="重阳敬老",
            plan="为独居老人送米油",
            starts_on=today,
            ends_on=today,
            budget_elders=str(yuan),
            alias="松树01\n梅花02",
        )
        action = _found(r"/staff/fund/care-actions/[0-9A-Z]{26}", manager)
        approver.go(action + "/approve").press(action + "/approve", note="同意")
        manager.go(action)
        manager.go(manager.link("申请拨付")).press(
            "/staff/fund/disbursements/new",
            pot="relief",
            category="elders",
            amount_fen=str(yuan),
            purpose="大米二十袋",
            **PAYEE,
        )
        item = _found(r"/staff/fund/disbursements/[0-9A-Z]{26}", manager)
        approver.go(item + "/approve").press(item + "/approve", no_relation="1", note="同意")
        paid = {"on": today, "account": "basic", "serial": serial, "evidence": "回单1", "checked": "1"}
        manager.go(item + "/pay").press(item + "/pay", **paid)
        assert "已付款" in manager.words, manager.words
        return item

    def _let_pass(self, check_in: str, minutes: int) -> None:
        """As if the check-in had been so much earlier: a function's clock cannot be set."""
        database, name = self.deployed.cloud.client("dynamodb"), self.deployed.outputs["AppTable"]
        key = {"pk": {"S": f"CHECKIN#{check_in}"}, "sk": {"S": "#"}}
        value = json.loads(database.get_item(TableName=name, Key=key)["Item"]["value"]["S"])
        value["in_at"] -= minutes * 60_000
        database.update_item(
            TableName=name,
            Key=key,
            UpdateExpression="SET #v = :v",
            ExpressionAttributeNames={"#v": "value"},
            ExpressionAttributeValues={":v": {"S": json.dumps(value)}},
        )


def _found(pattern: str, page: Desk) -> str:
    found = re.search(pattern, page.text)
    assert found is not None, f"no {pattern}: {page.status} {page.words}"
    return found[1] if found.groups() else found[0]


def now_ms() -> int:
    return int(time.time() * 1000)


def _typed(page: Person) -> dict[str, str]:
    """What the form for a rule sheet offers to begin with."""
    fields = {
        name: unescape(text).removeprefix("\n")
        for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page.text, re.S)
    }
    for tag in re.findall(r"<input\b[^>]*>", page.text):
        named, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if named and value and 'type="hidden"' not in tag:
            fields[named[1]] = unescape(value[1])
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.S):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]*\bselected', options)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("effective_from", None)
    return fields


__all__ = ["PAYEE", "PEOPLE", "Street", "now_ms"]
