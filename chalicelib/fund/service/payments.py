"""Payments as the bank's statement shows them: made, and come back. The system sends no money itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chalicelib import clock
from chalicelib.errors import NotFound
from chalicelib.fund.model.bank_lines import BankLine, read_serial
from chalicelib.fund.model.care_actions import CareAction
from chalicelib.fund.model.disbursements import Disbursement, Payment
from chalicelib.fund.model.spending import SpendingLine
from chalicelib.fund.service import setup
from chalicelib.fund.service.disbursements import read
from chalicelib.fund.store import bank_claims
from chalicelib.fund.store import care_actions as care_store
from chalicelib.fund.store import disbursements as store
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry, entry_id
from chalicelib.ledger.errors import LedgerCorrupt
from chalicelib.ledger.store import journal, totals
from chalicelib.table import Timed, Write, commit, fresh_reads

__all__ = ["bounced", "paid"]

PAID_KIND = "disbursement"
BOUNCED_KIND = "reversal"


@fresh_reads
def paid(
    actor: Actor,
    disbursement_id: str,
    *,
    attempt: int,
    paid_on: date,
    bank_account_id: str,
    serial: str,
    now_ms: int,
    evidence: str = "",
) -> Disbursement:
    """Write down a payment that the bank has made: its day, account and serial. ``attempt`` is the one that
    the page showed, so that two tabs cannot pay twice; the same facts again get the first answer.

    Raises DisbursementUnknown, NotAllowed, AlreadyPaid(paid_day, serial), DisbursementNotOpen,
    AttemptUnknown, SamePerson, RelatedParty, PaidDayInvalid, BankAccountUnknown, BankAccountClosed,
    BankSerialInvalid, BankSerialUsed, TextTooLong.
    """
    before = read(disbursement_id)
    actor.require(Role.FUND_MANAGER, fund_scope(before.fund_id))
    payment = Payment(
        attempt=attempt,
        paid_on=paid_on,
        bank_account_id=bank_account_id,
        serial=read_serial(serial),
        entry_key=f"pay:{before.id}:{attempt}",
        by=actor.member_id,
        at=now_ms,
        evidence=evidence,
    )
    if _same(before.payment(attempt), payment):
        return before
    earliest = clock.shanghai_day(before.approvals[-1].at if before.approvals else before.requested_at)
    after = before.paying(payment, clock.shanghai_day(now_ms), earliest)
    account = setup.fund(before.fund_id).bank_account_in_use(bank_account_id)
    entry = Entry(
        key=payment.entry_key,
        kind=PAID_KIND,
        postings=events.disbursement_paid(before.pot_id, before.category, account.id, before.amount_fen),
        value_date=paid_on,
        owner=totals.owner("pot", before.pot_id),
        inputs={
            "disbursement": before.id,
            "amount_fen": before.amount_fen,
            "bank": account.id,
            "serial": payment.serial,
            "paid_on": paid_on.isoformat(),
        },
        ref=before.id,
        dims=_dims(before),
    )
    commit(
        store.disbursement_writes(before, after)
        + store.spending_writes(_line(before, payment, paid_on, before.amount_fen, payment.serial, entry.key))
        + _care_writes(before, before.amount_fen)
        + bank_claims.claim_writes(BankLine(account.id, payment.serial, before.id, entry.key))
        + journal.entry_writes(entry)
    )
    return replace(after, version=before.version + 1)


@fresh_reads
def bounced(
    actor: Actor, disbursement_id: str, *, attempt: int, on: date, serial: str, reason: str, now_ms: int
) -> Disbursement:
    """Write down that a payment came back: its entry is reversed, and it waits for another attempt. The pot's
    reservation stays. The same facts again get the first answer.

    Raises DisbursementUnknown, NotAllowed, DisbursementNotOpen, AttemptUnknown, PaidDayInvalid,
    BankSerialInvalid, BankSerialUsed, TextMissing, TextTooLong.
    """
    before = read(disbursement_id)
    actor.require(Role.FUND_MANAGER, fund_scope(before.fund_id))
    returned = read_serial(serial)
    payment = before.payment(attempt)
    if payment is not None and (payment.bounced_on, payment.bounced_serial) == (on, returned):
        return before
    reversed_id = entry_id(payment.entry_key) if payment is not None else ""
    key = f"reversal:{reversed_id}"
    today = clock.shanghai_day(now_ms)
    after = before.bouncing(attempt, on, returned, actor.member_id, now_ms, reason, key, today)
    original = journal.by_id(reversed_id)
    if payment is None or original is None:
        raise LedgerCorrupt(entry=reversed_id, what="a payment without its entry")
    entry = Entry(
        key=key,
        kind=BOUNCED_KIND,
        postings=events.mirror(original.postings),
        value_date=on,
        owner=original.owner,
        inputs={"entry": reversed_id, "serial": returned, "on": on.isoformat()},
        ref=before.id,
        dims=_dims(before),
    )
    commit(
        store.disbursement_writes(before, after)
        + store.spending_writes(_line(before, payment, on, -before.amount_fen, returned, key))
        + _care_writes(before, -before.amount_fen)
        + bank_claims.claim_writes(BankLine(payment.bank_account_id, returned, before.id, key))
        + journal.entry_writes(entry)
    )
    return replace(after, version=before.version + 1)


def _same(before: Payment | None, again: Payment) -> bool:
    return before is not None and (before.paid_on, before.bank_account_id, before.serial) == (
        again.paid_on,
        again.bank_account_id,
        again.serial,
    )


def _dims(of: Disbursement) -> dict[str, str]:
    dims = {"pot": of.pot_id, "category": of.category}
    return dims | ({"care_action": of.care_action_id} if of.care_action_id else {})


def _care_writes(of: Disbursement, paid_fen: int) -> list[Write | Timed]:
    if not of.care_action_id:
        return []
    action = care_store.care_action(of.care_action_id)
    if action is None:
        raise NotFound(care_action_id=of.care_action_id)
    return [*care_store.care_action_writes(action, _after(action, of.category, paid_fen))]


def _after(action: CareAction, category: str, paid_fen: int) -> CareAction:
    return action.paying(category, paid_fen) if paid_fen > 0 else action.bouncing(category, -paid_fen)


def _line(of: Disbursement, payment: Payment, day: date, amount_fen: int, serial: str, entry_key: str) -> SpendingLine:
    return SpendingLine(
        disbursement_id=of.id,
        attempt=payment.attempt,
        what="paid" if amount_fen > 0 else "bounced",
        day=day,
        amount_fen=amount_fen,
        fund_id=of.fund_id,
        pot_id=of.pot_id,
        category=of.category,
        care_action_id=of.care_action_id,
        care_action_title=of.care_action_title,
        purpose=of.purpose,
        payee=of.payee.name_masked,
        account_masked=of.payee.account_masked,
        bank_account_id=payment.bank_account_id,
        serial=serial,
        entry_key=entry_key,
        requested_by=of.requested_by,
        approved_by=tuple(approval.by for approval in of.approvals),
    )
