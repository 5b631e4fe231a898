"""Payouts: from Stripe's balance through transit to the bank; or back."""

from __future__ import annotations

from chalicelib import clock
from chalicelib.fund import gateway
from chalicelib.fund.model import payouts as model
from chalicelib.fund.model.bank_lines import BankLine, read_serial
from chalicelib.fund.model.payouts import BookedPayout, PayoutBankMissing, PayoutNotPositive, Step
from chalicelib.fund.model.stripe_objects import Payout
from chalicelib.fund.service import setup
from chalicelib.fund.store import bank_claims
from chalicelib.fund.store import payouts as store
from chalicelib.ledger import entry as entries
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry, Posting
from chalicelib.ledger.store import journal, totals
from chalicelib.table import Write, commit, fresh_reads


def follow(payout_id: str, now_ms: int) -> None:
    """Look at a payout again and book every step that is not booked, in order.

    Raises PayoutNotPositive, PayoutBankMissing, NotAtStripe, PaymentsUnavailable.
    """
    found = gateway.payout(payout_id)
    if found.amount_fen <= 0:
        raise PayoutNotPositive(amount_fen=found.amount_fen)
    while _next_step(found, now_ms):
        pass


@fresh_reads
def _next_step(found: Payout, now_ms: int) -> bool:
    read = store.find(found.payout_id)
    booked = read.payout if read else BookedPayout(found.payout_id, found.amount_fen, found.created_ms)
    due = model.due_steps(booked, found.state)
    if not due:
        return False
    step = due[0]
    bank_id = booked.bank_id or (_bank() if step == "arrived" else "")
    key = entry_key(found.payout_id, step)
    inputs: dict[str, object] = {"payout": found.payout_id, "amount_fen": found.amount_fen}
    at_ms = {"sent": found.created_ms, "arrived": found.arrival_ms}.get(step, now_ms)
    entry = Entry(
        key=key,
        kind="payout",
        postings=_postings(found, step, bank_id),
        value_date=clock.shanghai_day(at_ms),
        owner=totals.BOOKS,
        inputs=inputs,
        ref=found.payout_id,
    )
    claim = _claim(found.payout_id, step, bank_id, key)
    commit(store.writes(booked.with_step(step, bank_id), read) + claim + journal.entry_writes(entry))
    return True


def entry_key(payout_id: str, step: Step) -> str:
    if step == "returned":
        return f"reversal:{entries.entry_id(entry_key(payout_id, 'arrived'))}"
    return f"payout:{payout_id}:{step}"


def _postings(found: Payout, step: Step, bank_id: str) -> tuple[Posting, ...]:
    if step == "sent":
        return events.payout_sent(found.payout_id, found.amount_fen)
    if step == "failed":
        return events.payout_failed(found.payout_id, found.amount_fen)
    arrived = events.payout_arrived(found.payout_id, bank_id, found.amount_fen)
    return arrived if step == "arrived" else events.mirror(arrived)


def _claim(payout_id: str, step: Step, bank_id: str, key: str) -> list[Write]:
    if step not in ("arrived", "returned"):
        return []
    serial = read_serial(payout_id if step == "arrived" else f"{payout_id}-BACK")
    return bank_claims.claim_writes(BankLine(bank_id, serial, payout_id, key))


def _bank() -> str:
    for account in setup.fund().bank_accounts:
        if account.active:
            return account.id
    raise PayoutBankMissing()
