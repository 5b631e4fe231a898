"""A street with a shop, made through the services: who works there, who volunteers, what is on offer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from threading import Barrier
from typing import Any, TypeVar

from chalicelib import clock, ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import STREET, Actor, Role
from chalicelib.ledger import events, wallet
from chalicelib.ledger import verify as ledger_verify
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import NEVER, Entry
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.merchants import service
from chalicelib.merchants.service import Merchant, Offer, Terms
from chalicelib.table import commit

T = TypeVar("T")

NOW = clock.day_start_ms(date(2026, 11, 11)) + 10 * 60 * 60 * 1000
"""Wednesday, 11 November 2026, 10:00 in Shanghai."""
MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY

RICE = Terms(title="大米5公斤", asset="TIME", price_centi=50_00, stock=10, valid_days=30, reimbursement_fen=28_00)


def form(now_ms: int = NOW) -> str:
    """The ULID of a form as a page makes it."""
    return ids.ulid(now_ms)


@dataclass
class Scene:
    """周阿姨 volunteers, 刘店长 keeps the grain shop, 何店员 the barber's."""

    admin: Actor
    coordinator: Actor
    approver: Actor
    shop: Merchant
    barber: Merchant
    clerk: Actor
    second_clerk: Actor
    barber_clerk: Actor
    zhou: Actor
    phones: int = 100

    def member(self, name: str = "王秀英", phone: str = "") -> Actor:
        self.phones += 1
        return person(self.admin, name, phone or f"138000{self.phones:05d}")

    def offer(self, of: Merchant | None = None, **changes: Any) -> Offer:
        terms = replace(RICE, **changes)
        return service.add_offer(self.coordinator, (of or self.shop).id, terms, submission=form(), now_ms=NOW)


def person(admin: Actor, name: str, phone: str) -> Actor:
    made = identity.register_member(
        admin, name=name, community_id="anfu", consent_on_paper=True, submission=form(), now_ms=NOW, phone=phone
    )
    return identity.actor_for(made.id, NOW)


def granted(admin: Actor, to: Actor, role: Role, scope: str) -> Actor:
    identity.grant_role(admin, to.id, role, scope, ends_at=NOW + YEAR, reason="工作需要", submission=form(), now_ms=NOW)
    return identity.actor_for(to.id, NOW)


def open_scene() -> Scene:
    identity.set_up_street(
        name="示范街道", contact_phone="0813-1234567", supervision_phone="12345", by=None, now_ms=NOW
    )
    identity.add_community("anfu", "安福社区", by=None, now_ms=NOW)
    first = identity.make_first_administrator("13800000001", "秦主任", NOW)
    admin = identity.actor_for(first.id, NOW)
    coordinator = granted(admin, person(admin, "李负责", "13800000002"), Role.COORDINATOR, "community:anfu")
    approver = granted(admin, person(admin, "孙审批", "13800000003"), Role.APPROVER, STREET)
    shop = opened(coordinator, approver, "惠民粮油店")
    barber = opened(coordinator, approver, "春光理发店")
    clerk = person(admin, "刘店长", "13800000004")
    second = person(admin, "赵店员", "13800000005")
    other = person(admin, "何师傅", "13800000006")
    for phone, at in (("13800000004", shop), ("138 0000 0005", shop), ("+86 13800000006", barber)):
        service.add_clerk(
            admin, at.id, phone=phone, ends_at=NOW + YEAR, reason="商家店员", submission=form(), now_ms=NOW
        )
    zhou = person(admin, "周秀英", "13800000007")
    return Scene(
        admin=admin,
        coordinator=coordinator,
        approver=approver,
        shop=shop,
        barber=barber,
        clerk=identity.actor_for(clerk.id, NOW),
        second_clerk=identity.actor_for(second.id, NOW),
        barber_clerk=identity.actor_for(other.id, NOW),
        zhou=zhou,
    )


def opened(coordinator: Actor, approver: Actor, name: str) -> Merchant:
    applied = service.apply(
        coordinator,
        name=name,
        community_id="anfu",
        place="安福路12号",
        phone="0813-7654321",
        submission=form(),
        now_ms=NOW,
    )
    return service.approve(approver, applied.id, agreement="示范街商协〔2026〕3号", now_ms=NOW)


def award(member: Actor, centi: int, asset: Asset = "TIME", expiry: str = NEVER) -> None:
    """Points as an assessment gives them."""
    read = balances.wallet(member.id)
    given = wallet.award(read, {asset: centi}, {asset: expiry}, clock.shanghai_day(NOW))
    key = f"award:{form()}:1"
    entry = Entry(
        key=key,
        kind="award",
        postings=events.award("anfu", member.id, asset, 0, centi),
        value_date=clock.shanghai_day(NOW),
        owner=totals.owner("community", "anfu"),
        inputs={"key": key},
        lots=given.lots,
    )
    commit(balances.wallet_writes(read, given.wallet.booked(entry.id)) + journal.entry_writes(entry))


def available(member: Actor, asset: Asset = "TIME", now_ms: int = NOW) -> int:
    return balances.wallet(member.id).available(asset, clock.shanghai_day(now_ms))


def held(member: Actor, asset: Asset = "TIME") -> int:
    return balances.wallet(member.id).held(asset)


def findings() -> list[ledger_verify.Finding]:
    """What the books say against us; must be nothing after every test."""
    return ledger_verify.verify(
        lambda: ledger_verify.Claims(
            facts=service.facts(), kinds=service.kinds(), holds=service.open_holds(), problems=service.problems()
        ),
        tries=1,
    )


def at_once(*calls: Callable[[], T]) -> list[T | Exception]:
    """Run all calls at the same moment, each on a thread of its own; results or what they raised."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        gate.wait()
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
