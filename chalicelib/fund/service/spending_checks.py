"""What spending says the books must show; ``verification`` puts it together with what giving says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from chalicelib.fund.service.payments import BOUNCED_KIND, PAID_KIND
from chalicelib.fund.store import bank_claims
from chalicelib.fund.store import care_actions as care_store
from chalicelib.fund.store import disbursements as store
from chalicelib.ledger.verify import Commitment, Fact

KINDS: Final = frozenset({PAID_KIND})


def disbursement_facts() -> Iterator[Fact]:
    """Every payment, and every one that came back, with the entry that it must have."""
    for of in store.all_disbursements():
        for payment in of.payments:
            what = f"disbursement {of.id} attempt {payment.attempt}"
            yield Fact(payment.entry_key, PAID_KIND, what)
            if payment.bounced_on is not None:
                yield Fact(payment.bounced_entry_key, BOUNCED_KIND, f"{what} bounced")


def disbursement_commitments() -> Iterator[Commitment]:
    """What final approvals took away from the pots: it stays committed when it is paid."""
    for of in store.all_disbursements():
        if of.is_reserved:
            yield Commitment(of.pot_id, of.amount_fen, f"disbursement {of.id}")


def disbursement_problems() -> Iterator[str]:
    """Budgets, spending lines and bank lines that do not agree with the disbursements."""
    asked: Counter[tuple[str, str]] = Counter()
    paid: Counter[tuple[str, str]] = Counter()
    expected: Counter[tuple[str, int]] = Counter()
    for of in store.all_disbursements():
        line = (of.care_action_id, of.category)
        if of.care_action_id and of.state not in ("rejected", "cancelled"):
            asked[line] += of.amount_fen
        if of.care_action_id and of.state == "paid":
            paid[line] += of.amount_fen
        for payment in of.payments:
            expected[(payment.entry_key, of.amount_fen)] += 1
            yield from _claimed(payment.bank_account_id, payment.serial, payment.entry_key)
            if payment.bounced_on is not None:
                expected[(payment.bounced_entry_key, -of.amount_fen)] += 1
                yield from _claimed(payment.bank_account_id, payment.bounced_serial, payment.bounced_entry_key)
        if len({of.requested_by, *(one.by for one in of.approvals)}) != 1 + len(of.approvals):
            yield f"disbursement {of.id}: somebody decided twice"
    written = Counter((one.entry_key, one.amount_fen) for one in store.all_spending())
    for key, amount_fen in (written - expected) + (expected - written):
        yield f"spending line {key}: {amount_fen} fen stands once in the lines or payments, but not in the other"
    for action in care_store.all_care_actions():
        for budget in action.budget:
            key_of = (action.id, budget.category)
            if (budget.asked_fen, budget.paid_fen) != (asked[key_of], paid[key_of]):
                yield f"care action {action.id}: {budget.category} differs from its disbursements"
            if budget.asked_fen > budget.amount_fen or budget.paid_fen > budget.asked_fen:
                yield f"care action {action.id}: {budget.category} is over its budget"


def _claimed(account_id: str, serial: str, entry_key: str) -> Iterator[str]:
    line = bank_claims.find(account_id, serial)
    if line is None or line.entry_key != entry_key:
        yield f"bank line {account_id}:{serial}: not claimed by {entry_key}"
