"""A fund that is open: its staff with phones, the charity's facts, a pot, a bank account, a poster."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.fund.service import receipts, setup
from chalicelib.fund.service.receipts import BankLineForm, OfflineGift
from chalicelib.identity import service as identity
from chalicelib.identity.service import STREET, Actor, Role
from tests.store.points.street import DAY, Street, form

MANAGER, CASHIER, APPROVER, SUPERVISOR = "13800000021", "13800000022", "13800000023", "13800000024"
_STAFF = {
    MANAGER: ("陈敏", Role.FUND_MANAGER),
    CASHIER: ("何芳", Role.FUND_MANAGER),
    APPROVER: ("赵国强", Role.APPROVER),
    SUPERVISOR: ("周正", Role.SUPERVISOR),
}
FACTS = setup.FundFacts(
    name="示范街道社区基金",
    charity_name="示范市慈善会",
    certificate_number="51000000-01",
    filing_number="51000000-01-A26001",
    platform_name="示范慈善公开募捐平台",
    platform_url="https://charity.example/linli",
    query_contact="028-0000-0010",
    refund_days=15,
    refund_contact="028-0000-0011",
)


@dataclass(frozen=True, slots=True)
class Office:
    street: Street
    poster: str
    now_ms: int

    def actor(self, phone: str) -> Actor:
        return identity.actor_for(identity.member_by_phone(phone).id, self.now_ms)

    def received(self, amount_fen: int) -> None:
        """A bank transfer that one person enters and another checks."""
        day = clock.shanghai_day(self.now_ms)
        line = BankLineForm("basic", f"IN{amount_fen}", day, amount_fen, "锦程社会企业")
        gift = OfflineGift("general", "partner", "开年捐赠", tier="fixed", name="锦程社会企业", anonymous=False)
        entered = receipts.enter_gift(self.actor(CASHIER), line, gift, submission=form(self.now_ms), now_ms=self.now_ms)
        receipts.check(self.actor(MANAGER), entered.id, self.now_ms)


def opened() -> Office:
    now_ms = clock.now_ms()
    street = Street(now_ms - 30 * DAY)
    for phone, (name, role) in _STAFF.items():
        street.staff(name, role, STREET, phone)
    manager = identity.actor_for(identity.member_by_phone(MANAGER).id, now_ms)
    setup.describe_fund(manager, FACTS, setup.fund().version, now_ms)
    setup.add_bank_account(manager, "basic", "基本户 尾号6688", now_ms)
    purposes = ("elders", "hardship", "management")
    setup.open_pot(manager, "general", "邻里关爱资金", "charity", purposes, submission=form(now_ms), now_ms=now_ms)
    made = setup.make_poster(
        manager,
        "general",
        channel="online",
        tier="individual",
        label="邻里关爱",
        submission=form(now_ms),
        now_ms=now_ms,
    )
    return Office(street, made.code, now_ms)
