"""Short ways to the middle of a spending story: a fund with money, a plan, a request."""

from __future__ import annotations

from datetime import date

from chalicelib import clock, ids, table
from chalicelib.fund.service import care_actions, disbursements, payments, setup
from chalicelib.identity.service import Actor
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry
from chalicelib.ledger.store import journal
from tests.store.fund.people import APPROVER, MANAGER, NOW, submission
from tests.store.fund.test_setup import FACTS

TODAY = clock.shanghai_day(NOW)
ELDERS = "elders"
COMPANY = disbursements.NewPayee("organisation", "惠民超市", "示范银行", "6222 0212 3456 6688")


def open_fund(in_fen: int = 100_000, approvals_needed: int = 1, pots: tuple[str, ...] = ("relief",)) -> None:
    """The fund with its charity, a bank account, and pots that hold ``in_fen`` each."""
    from dataclasses import replace

    setup.describe_fund(MANAGER, replace(FACTS, approvals_needed=approvals_needed), 0, NOW)
    setup.add_bank_account(MANAGER, "basic", "基本户 尾号6688", NOW)
    for pot_id in pots:
        setup.open_pot(
            MANAGER,
            pot_id,
            f"{pot_id}池",
            "charity",
            (ELDERS, "hardship", "management"),
            submission=submission("pot", pot_id),
            now_ms=NOW,
        )
        bring_in(pot_id, in_fen)


def bring_in(pot_id: str, amount_fen: int, name: str = "opening") -> None:
    """Money of an earlier year, which has no gift behind it."""
    entry = Entry(
        key=f"opening:{pot_id}:{name}",
        kind="opening",
        postings=events.opening_money(pot_id, "basic", amount_fen),
        value_date=TODAY,
        owner=f"pot:{pot_id}",
        inputs={"amount_fen": amount_fen},
        pot_in_fen=amount_fen,
    )
    table.commit(journal.entry_writes(entry))


def approved_plan(name: str = "重阳敬老", budget: dict[str, int] | None = None) -> care_actions.CareAction:
    planned = care_actions.plan(
        MANAGER,
        title=name,
        plan_text="为独居老人送米油,并上门看望。",
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 30),
        budget=budget or {ELDERS: 50_000},
        aliases=("梅花", "松树"),
        submission=submission("plan", name),
        now_ms=NOW,
    )
    return care_actions.approve_plan(APPROVER, planned.id, now_ms=NOW)


def ask(
    amount_fen: int = 20_000,
    name: str = "a",
    *,
    pot_id: str = "relief",
    category: str = ELDERS,
    care_action_id: str = "",
    actor: Actor = MANAGER,
    payee: disbursements.NewPayee = COMPANY,
    now_ms: int = NOW,
) -> disbursements.Disbursement:
    return disbursements.request(
        actor,
        pot_id=pot_id,
        category=category,
        amount_fen=amount_fen,
        purpose="大米二十袋",
        payee=payee,
        no_relation=True,
        submission=ids.derived_ulid(now_ms, "ask", name),
        now_ms=now_ms,
        care_action_id=care_action_id,
    )


def approve(
    of: disbursements.Disbursement, by: Actor = APPROVER, form: str = "f", now_ms: int = NOW
) -> disbursements.Disbursement:
    return disbursements.approve(by, of.id, no_relation=True, submission=submission(form, of.id), now_ms=now_ms)


def pay(
    of: disbursements.Disbursement,
    serial: str = "B20261122001",
    *,
    attempt: int = 1,
    on: date = TODAY,
    by: Actor = MANAGER,
    now_ms: int = NOW,
) -> disbursements.Disbursement:
    return payments.paid(
        by, of.id, attempt=attempt, paid_on=on, bank_account_id="basic", serial=serial, now_ms=now_ms, evidence="回单1"
    )


def bounce(
    of: disbursements.Disbursement, serial: str = "R20261122001", *, attempt: int = 1, on: date = TODAY
) -> disbursements.Disbursement:
    return payments.bounced(MANAGER, of.id, attempt=attempt, on=on, serial=serial, reason="户名不符退回", now_ms=NOW)
