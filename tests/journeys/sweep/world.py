"""A street with somebody in every role and something in every state, made through the services.

``far`` people hold the same role over something else: the other community, the barber's, another fund.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from chalicelib import clock, cloud, config, ids, table
from chalicelib.fund.service import (
    care_actions,
    disbursements,
    gifts,
    monthly,
    payments,
    pledges,
    receipts,
    setup,
    webhooks,
)
from chalicelib.identity import service as identity
from chalicelib.identity.model.sessions import Session
from chalicelib.identity.service import Actor, Role
from chalicelib.identity.service.sessions import token_id
from chalicelib.identity.store import access
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.store import journal
from chalicelib.merchants import service as merchants
from chalicelib.merchants.service import till
from chalicelib.points import codes
from chalicelib.points.service import Draft, activities, assessments, attendance, checkins, rule_sheets
from chalicelib.reports.routes import exporting
from chalicelib.reports.service import exports
from local.sms_standin import SmsStandIn
from tests.store.fund.giving import SECRET as WEBHOOK_SECRET
from tests.store.fund.giving import Giving, open_for_gifts
from tests.store.fund.people import NOW
from tests.store.fund.test_setup import FACTS

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
TODAY = clock.shanghai_day(NOW)
SECRETS = {
    "LINLI_PUBLIC_URL": "https://linli.example.org",
    "LINLI_SECRET_KEYS": "k1:" + "1a" * 32,
}
ACCOUNT_NUMBER = "6222021234566688"

STAFF: dict[str, tuple[str, Role | None, str]] = {
    # who: name, role, scope
    "resident": ("周秀英", None, ""),
    "neighbour": ("吴桂兰", None, ""),
    "coordinator": ("李负责", Role.COORDINATOR, "community:longjing"),
    "far_coordinator": ("郑负责", Role.COORDINATOR, "community:hehua"),
    "assessor": ("王评价", Role.ASSESSOR, "community:longjing"),
    "far_assessor": ("冯评价", Role.ASSESSOR, "community:hehua"),
    "clerk": ("刘店长", Role.CLERK, "merchant:"),
    "far_clerk": ("何师傅", Role.CLERK, "merchant:"),
    "manager": ("李会计", Role.FUND_MANAGER, "fund:main"),
    "second_manager": ("钱会计", Role.FUND_MANAGER, "street"),
    "far_manager": ("外街会计", Role.FUND_MANAGER, "fund:other"),
    "approver": ("王主任", Role.APPROVER, "street"),
    "far_approver": ("外街主任", Role.APPROVER, "fund:other"),
    "supervisor": ("孙监督", Role.SUPERVISOR, "street"),
}
PEOPLE = ("nobody", "admin", *STAFF)


@dataclass
class World:
    giving: Giving
    actors: dict[str, Actor] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """What stands in addresses and forms, by the names that ``routes`` uses."""
    made: int = 0

    def form(self, now_ms: int = NOW) -> str:
        """The ULID of a form as a page makes it; the same in every run."""
        self.made += 1
        return ids.derived_ulid(now_ms, "sweep", str(self.made))

    def private(self) -> list[str]:
        """What may stand in no answer at all, in the form in which it would give somebody away."""
        return [*self.phones.values(), ACCOUNT_NUMBER, "sk_test_", "whsec_", "1a1a1a1a", "2b2b2b2b"]


@contextmanager
def a_street() -> Iterator[World]:
    """Empty tables, then everything; Stripe's stand-in runs until the block ends."""
    config.settings.cache_clear()
    table.delete_tables()
    table.create_tables()
    with (
        clock.at(NOW),
        TemporaryDirectory() as files,
        SmsStandIn(port=0) as sms,
        open_for_gifts(NOW, **SECRETS, AWS_ENDPOINT_URL_SNS=sms.url, LINLI_FILES=f"file://{files}") as giving,
    ):
        cloud.forget_clients()
        world = World(giving)
        _people(world)
        _fund(world)
        _gifts(world)
        _spending(world)
        _service(world)
        _shops(world)
        _exports(world)
        _doors(world)
        yield world


def _people(world: World) -> None:
    identity.set_up_street(
        name="示范街道", contact_phone="0813-1234567", supervision_phone="12345", by=None, now_ms=NOW
    )
    world.phones["admin"] = "13800000001"
    first = identity.make_first_administrator(world.phones["admin"], "陈管理", NOW - DAY)
    admin = identity.actor_for(first.id, NOW)
    for community_id, name in (("longjing", "龙井社区"), ("hehua", "荷花社区")):
        identity.add_community(community_id, name, by=admin, now_ms=NOW)
    world.actors["admin"] = admin
    for number, (who, (name, role, scope)) in enumerate(STAFF.items(), 2):
        world.phones[who] = f"138{number * 7_654_321 % 10**8:08d}"
        far = who in ("far_coordinator", "far_assessor", "neighbour")
        made = identity.register_member(
            admin,
            name=name,
            community_id="hehua" if far else "longjing",
            consent_on_paper=True,
            submission=world.form(),
            now_ms=NOW,
            phone=world.phones[who],
        )
        world.actors[who] = identity.actor_for(made.id, NOW)
        if role is not None and scope != "merchant:":
            _grant(world, who, role, scope)
    world.ids |= {"member": world.actors["resident"].id, "number": world.actors["resident"].number}


def _grant(world: World, who: str, role: Role, scope: str) -> None:
    of = world.actors[who].member_id
    identity.grant_role(
        world.actors["admin"], of, role, scope, ends_at=NOW + 300 * DAY, reason="岗位需要",
        submission=world.form(), now_ms=NOW,
    )  # fmt: skip
    world.actors[who] = identity.actor_for(of, NOW)


def _fund(world: World) -> None:
    manager = world.actors["manager"]
    setup.describe_fund(manager, replace(FACTS, refund_days=9), setup.fund().version, NOW)
    setup.add_bank_account(manager, "spare", "备用户 尾号7799", NOW)
    setup.open_pot(
        manager, "elders", "敬老", "charity", ("elders", "hardship", "activity"), submission=world.form(), now_ms=NOW
    )
    money = Entry(
        key="opening:elders:1",
        kind="opening",
        postings=events.opening_money("elders", "main", 5_000_00),
        value_date=TODAY,
        owner="pot:elders",
        inputs={"amount_fen": 5_000_00},
        pot_in_fen=5_000_00,
    )
    table.commit(journal.entry_writes(money))
    spare = setup.make_poster(manager, "elders", channel="online", label="侧门", submission=world.form(), now_ms=NOW)
    world.ids |= {"poster": world.giving.poster, "poster_spare": spare.code, "pot": "elders", "account": "spare"}


def _gifts(world: World) -> None:
    giving, manager = world.giving, world.actors["manager"]
    paid, refundable = giving.start(88, "周秀英", key="paid", publish_name=True), giving.start(66, key="refundable")
    waiting = giving.start(20, key="waiting")
    for one in (paid, refundable):
        giving.stripe.pay(giving.session_of(one.id))
    for event in giving.stripe.pending_events():
        webhooks.receive(event.body, signature(event.body), NOW)
    form = monthly.MonthlyForm(50_00, "惠民粮油店", "13912345678")
    begun = monthly.start_monthly(giving.poster, form, submission=world.form(), now_ms=NOW)
    world.phones["shop"] = "13912345678"
    pledge = pledges.sign_pledge(
        manager,
        pledges.PledgeForm(
            "elders", "示范食品有限公司", "年度定捐", TODAY, [(date(2026, 12, 1), 500_00), (date(2027, 6, 1), 500_00)]
        ),
        submission=world.form(),
        now_ms=NOW,
    )
    for name, serial in (("receipt", "S2026112201"), ("receipt_to_check", "S2026112202")):
        line = receipts.BankLineForm("main", serial, TODAY, 30_00, "张三丰")
        gift = receipts.OfflineGift("relief", "event", "义卖")
        world.ids[name] = receipts.enter_gift(manager, line, gift, submission=world.form(), now_ms=NOW).id
    world.ids |= {
        "gift": paid.id, "gift_link": gifts.link_token(paid.id),
        "gift_waiting": waiting.id, "gift_waiting_link": gifts.link_token(waiting.id),
        "gift_refundable": refundable.id,
        "monthly": begun.id, "monthly_link": monthly.link_token(begun.id), "pledge": pledge.id,
    }  # fmt: skip


def _spending(world: World) -> None:
    manager, approver, ids_ = world.actors["manager"], world.actors["approver"], world.ids

    def plan(title: str) -> str:
        return care_actions.plan(
            manager, title=title, plan_text="为独居老人送米油", starts_on=TODAY, ends_on=date(2026, 12, 31),
            budget={"elders": 900_00}, aliases=("梅花",), submission=world.form(), now_ms=NOW,
        ).id  # fmt: skip

    for name in ("care_planned", "care_to_approve", "care_approved", "care", "care_to_end"):
        ids_[name] = plan(f"重阳敬老{name[5:]}")
    for name in ("care_approved", "care", "care_to_end"):
        care_actions.approve_plan(approver, ids_[name], now_ms=NOW)
    for name in ("care", "care_to_end"):
        care_actions.start(manager, ids_[name], now_ms=NOW)

    def ask(name: str) -> str:
        payee = disbursements.NewPayee("organisation", "惠民超市", "示范银行", ACCOUNT_NUMBER)
        ids_[name] = disbursements.request(
            manager, pot_id="elders", category="elders", amount_fen=20_00, purpose="大米", payee=payee,
            no_relation=True, submission=world.form(), now_ms=NOW, care_action_id=ids_["care"],
        ).id  # fmt: skip
        return ids_[name]

    for name in ("spend_asked", "spend_to_approve", "spend_to_reject", "spend_to_cancel"):
        ask(name)
    for name in ("spend_approved", "spend_paid", "spend_bounced"):
        disbursements.approve(approver, ask(name), no_relation=True, submission=world.form(), now_ms=NOW)
    for serial, name in enumerate(("spend_paid", "spend_bounced")):
        payments.paid(
            manager,
            ids_[name],
            attempt=1,
            paid_on=TODAY,
            bank_account_id="main",
            serial=f"P202611220{serial}",
            now_ms=NOW,
        )
    payments.bounced(
        manager, ids_["spend_bounced"], attempt=1, on=TODAY, serial="R2026112201", reason="户名不符", now_ms=NOW
    )


def _service(world: World) -> None:
    rule_sheets.publish(world.actors["admin"], rule_sheets.first_sheet(date(2026, 1, 1)), now_ms=NOW - 40 * DAY)
    coordinator, ids_ = world.actors["coordinator"], world.ids

    def open_activity(name: str, starts_at: int, by: Actor = coordinator, community: str = "longjing") -> str:
        draft = Draft(
            community_id=community, category="elderly", name=name, place="社区食堂", content="送餐上门",
            organisation="龙井社区居委会", starts_at=starts_at, ends_at=starts_at + 5 * HOUR, capacity=30,
        )  # fmt: skip
        made = activities.create(by, draft, submission=world.form(), now_ms=NOW - 2 * DAY)
        ids_[f"number_{name}"] = made.number
        return made.id

    def serve(who: str, activity: str, at: int, minutes: int = 0) -> str:
        member = world.actors[who].member_id
        done = checkins.check_in(member, activity, how="code", submission=world.form(at), now_ms=at)
        if minutes:
            end = at + minutes * MINUTE
            checkins.check_out(member, activity, how="code", submission=world.form(end), now_ms=end, sure=True)
        return done.id

    yesterday = open_activity("昨天送餐", NOW - DAY)
    ids_["assessed"] = serve("resident", yesterday, NOW - DAY, 270)
    ids_["served"] = serve("neighbour", yesterday, NOW - DAY, 200)
    ids_["served_too"] = serve("manager", yesterday, NOW - DAY, 100)
    assessments.assess(world.actors["assessor"], ids_["assessed"], number=1, grade="good", now_ms=NOW)
    ids_["forgotten"] = serve("second_manager", yesterday, NOW - DAY)
    attendance.close_forgotten(now_ms=NOW)
    ids_["activity"] = open_activity("今天送餐", NOW - HOUR)
    ids_["activity_to_end"] = open_activity("今天扫地", NOW - HOUR)
    ids_["activity_far"] = open_activity("荷花送餐", NOW - HOUR, world.actors["far_coordinator"], "hehua")
    ids_["running"] = serve("resident", ids_["activity"], NOW - HOUR)
    ids_["running_too"] = serve("approver", ids_["activity"], NOW - HOUR)
    for who in ("resident", "neighbour", "second_manager"):
        card = identity.print_card(world.actors["admin"], world.actors[who].member_id, now_ms=NOW)
        ids_[f"card_{who}"] = card.number
    ids_["member_carded"] = world.actors["second_manager"].member_id
    ids_["code_token"] = codes.show(ids_["activity"], ids_["number_今天送餐"], NOW).token
    ids_["card_carded"] = ids_["card_second_manager"]
    ids_["card"], ids_["card_token"] = ids_["card_neighbour"], identity.card_token(ids_["card_resident"])


def _shops(world: World) -> None:
    coordinator, approver, ids_ = world.actors["coordinator"], world.actors["approver"], world.ids

    def apply(name: str) -> str:
        return merchants.apply(
            coordinator, name=name, community_id="longjing", place="安福路12号", phone="0813-7654321",
            submission=world.form(), now_ms=NOW,
        ).id  # fmt: skip

    for key, name in (
        ("shop", "惠民粮油店"),
        ("shop_far", "春光理发店"),
        ("shop_stopped", "老街茶馆"),
        ("shop_to_stop", "四季花店"),
    ):
        ids_[key] = apply(name)
        merchants.approve(approver, ids_[key], agreement="示范协议1号", now_ms=NOW)
    merchants.suspend(coordinator, ids_["shop_stopped"], why="装修", now_ms=NOW)
    for key in ("shop_applied", "shop_to_approve", "shop_to_reject"):
        ids_[key] = apply("新店" + key[-3:])
    _grant(world, "clerk", Role.CLERK, f"merchant:{ids_['shop']}")
    _grant(world, "far_clerk", Role.CLERK, f"merchant:{ids_['shop_far']}")

    def offer(shop: str) -> str:
        terms = merchants.Terms(
            title="大米5公斤", asset="TIME", price_centi=50, stock=500, valid_days=30, reimbursement_fen=28_00
        )
        return merchants.add_offer(coordinator, ids_[shop], terms, submission=world.form(), now_ms=NOW).id

    ids_["offer"], ids_["offer_far"] = offer("shop"), offer("shop_far")

    def issue(offer_key: str = "offer") -> str:
        return merchants.issue(
            world.actors["resident"], ids_[offer_key], agreed_centi=50, submission=world.form(), now_ms=NOW
        ).id

    for key in ("voucher", "voucher_to_cancel", "voucher_captured", "voucher_to_capture"):
        ids_[key] = issue()
    ids_["voucher_far"] = issue("offer_far")
    merchants.capture(world.actors["clerk"], ids_["voucher_captured"], submission=world.form(), now_ms=NOW)
    seen = merchants.voucher(world.actors["resident"], ids_["voucher"])
    ids_["voucher_code"], ids_["voucher_token"] = seen.code, till.token_of(seen)


def _exports(world: World) -> None:
    """One with its file and one that waits."""

    def ask(who: str, kind: str, **asked: str) -> str:
        of = exports.kind_of(kind)
        return exports.ask(world.actors[who], of, asked, submission=world.form(), now_ms=NOW).id

    world.ids["export"] = ask("manager", "report_csv", first="2026-01-01", last="2026-11-22")
    assert exporting.run_one(world.ids["export"]) == "done"
    world.ids["export_waiting"] = ask("manager", "journal")
    world.ids["export_of_second"] = ask("second_manager", "verification")


def _doors(world: World) -> None:
    """Everybody is signed in; who has no member id is nobody."""
    for who in list(world.actors):
        sign_in(world, who)
    second, resident = secrets.token_urlsafe(32), world.actors["resident"].member_id
    table.commit([access.session_write(Session(token_id(second), resident, NOW - HOUR, "微信"))])
    grant = world.actors["second_manager"].grants[0]
    world.ids |= {
        "grant_member": world.actors["second_manager"].member_id,
        "grant": grant.id,
        "other_session": token_id(second),
        "phone_resident": world.phones["resident"],
        "shop_account": f"liability:merchant:{world.ids['shop']}",
        "fund_version": str(setup.fund().version),
    }


def sign_in(world: World, who: str) -> None:
    """With a session that also holds after all others were ended at ``NOW``."""
    token, member_id = f"{who:-<32}{secrets.token_hex(5)}x", world.actors[who].member_id
    table.commit([access.session_write(Session(token_id(token), member_id, NOW + 1, "iPhone"))])
    world.sessions[who] = token
    world.actors[who] = replace(identity.actor_for(member_id, NOW), session_id=token_id(token))


ENDS_SESSIONS = {"/api/v1/session", "/me/account/sign-out-everywhere", "/sign-out"}


def signature(body: bytes, at_ms: int = NOW, secret: str = WEBHOOK_SECRET) -> str:
    """As Stripe signs a webhook."""
    mac = hmac.new(secret.encode(), f"{at_ms // 1000}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_ms // 1000},v1={mac}"


def everything() -> dict[str, str]:
    """Every item of all three tables by its key, to see whether anything changed. Asked for as plainly as can
    be: the tests do this hundreds of times."""
    found: dict[str, str] = {}
    settings = config.settings()
    for name in (settings.table_journal, settings.table_balances, settings.table_app):
        start: dict[str, Any] | None = None
        while start is None or start:
            asked = {"TableName": name, **({"ExclusiveStartKey": start} if start else {})}
            answer = _scan(asked)
            for item in answer["Items"]:
                key = " ".join((name, item["pk"]["S"], item.get("sk", {}).get("S", "")))
                found[key] = json.dumps(item, sort_keys=True)
            start = answer.get("LastEvaluatedKey", {})
    return found


def _scan(asked: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "X-Amz-Date": "20261122T020000Z",
        "X-Amz-Target": "DynamoDB_20120810.Scan",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0",
    }
    request = Request(os.environ["AWS_ENDPOINT_URL_DYNAMODB"], json.dumps(asked).encode(), headers)
    with urlopen(request, timeout=30) as answer:
        told: dict[str, Any] = json.load(answer)
    return told
