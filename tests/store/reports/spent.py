"""A fund that spent money over three months, part of it booked late, part of it come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chalicelib import clock
from chalicelib.fund.service import care_actions
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor
from chalicelib.reports.service import disbursements as reports
from tests.store.fund import spending as fund
from tests.store.fund.people import APPROVER, MANAGER, NOW

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SEPTEMBER = clock.day_start_ms(date(2026, 9, 7)) + 9 * HOUR_MS


def registered(like: Actor, name: str) -> Actor:
    """The same roles, held by a member whose name stands in the register."""
    made = identity.register_member(
        identity.actor_for(identity.administrators(NOW)[0].id, NOW),
        name=name,
        community_id="lizhi",
        consent_on_paper=True,
        submission=fund.submission(name),
        now_ms=NOW,
    )
    return replace(like, member_id=made.id, name=name)


def street() -> tuple[Actor, Actor]:
    """A manager and an approver with names."""
    identity.set_up_street(
        name="示范街道", contact_phone="0813-8100000", supervision_phone="0813-8100009", by=None, now_ms=NOW
    )
    identity.add_community("lizhi", "荔枝社区", by=None, now_ms=NOW)
    identity.make_first_administrator("13900000000", "根管理员", NOW)
    return registered(MANAGER, "李会计"), registered(APPROVER, "王主任")


def story() -> tuple[Actor, Actor, str]:
    """Seven bank lines; the manager, the approver and the care action's id."""
    manager, approver = street()
    with clock.at(SEPTEMBER):
        fund.open_fund(1_000_000, pots=("relief", "sponsor"))
        planned = care_actions.plan(
            manager,
            title="重阳敬老",
            plan_text="为独居老人送米油,并上门看望。",
            starts_on=date(2026, 9, 1),
            ends_on=date(2026, 11, 30),
            budget={fund.ELDERS: 300_000},
            submission=fund.submission("plan"),
            now_ms=SEPTEMBER,
        )
        action = care_actions.approve_plan(approver, planned.id, now_ms=SEPTEMBER).id
    person = replace(fund.COMPANY, kind="person", name="吴秋生")

    def spend(name: str, fen: int, paid_on: date, booked: date, **of: object) -> str:
        with clock.at(SEPTEMBER):
            asked = fund.ask(fen, name, actor=manager, now_ms=SEPTEMBER, **of)  # type: ignore[arg-type]
            fund.approve(asked, by=approver, now_ms=SEPTEMBER)
        booked_ms = clock.day_start_ms(booked) + 15 * HOUR_MS
        with clock.at(booked_ms):
            paid = fund.pay(asked, f"B00{name}", on=paid_on, by=manager, now_ms=booked_ms)
        return paid.id

    spend("a", 120_010, date(2026, 9, 10), date(2026, 9, 10), care_action_id=action)
    spend("b", 33_333, date(2026, 9, 29), date(2026, 10, 3), care_action_id=action, payee=person)
    spend("c", 5, date(2026, 10, 15), date(2026, 10, 16), pot_id="sponsor", category="management")
    spend("d", 70_000, date(2026, 9, 30), date(2026, 11, 2), category="hardship")
    spend("e", 9_999, date(2026, 11, 5), date(2026, 11, 5), pot_id="sponsor", category="hardship")
    came_back = spend("f", 44_400, date(2026, 10, 30), date(2026, 10, 30))
    with clock.at(NOW):
        fund.bounce(fund.disbursements.disbursement(manager, came_back), "R00F", on=date(2026, 11, 6))
    return manager, approver, action


def report(actor: Actor, first: date, last: date, basis: str = "value", **chosen: str) -> reports.Report:
    of = reports.period(first.isoformat(), last.isoformat(), basis, fund.TODAY)
    return reports.report(actor, of, reports.Filter(**chosen), NOW)
