"""Disputes: what the donor's bank takes back, and gives back or keeps. Posted without condition."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from chalicelib import clock
from chalicelib.fund import gateway
from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.refunds import DisputeCase
from chalicelib.fund.model.stripe_objects import Dispute
from chalicelib.fund.service.booking import dims
from chalicelib.fund.service.origins import gift_of
from chalicelib.fund.store import gifts, refunds
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry, Posting
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import commit, fresh_reads


def follow(dispute_id: str, now_ms: int) -> None:
    """Look at a dispute again and book what is not booked. An inquiry that took no money books nothing.

    Raises GiftNotYetKnown(object_id), after it was kept for later; NotAtStripe, PaymentsUnavailable.
    """
    found = gateway.dispute(dispute_id)
    gift_id = gift_of(found.intent_id, dispute_id, now_ms)
    if found.withdrawn_fen == 0:
        return
    _open(found, gift_id)
    if found.state == "won" and found.reinstated_fen:
        _close(found, gift_id, "won", now_ms)
    elif found.state == "lost":
        _close(found, gift_id, "lost", now_ms)


@fresh_reads
def _open(found: Dispute, gift_id: str) -> None:
    key = f"dispute:{found.dispute_id}:opened"
    inputs: dict[str, object] = {"gift": gift_id, "amount_fen": found.withdrawn_fen}
    if journal.find(key, "dispute_opened", inputs):
        return
    read = gifts.read(gift_id)
    gift, taken, fee = read.gift, found.withdrawn_fen, found.fee_fen
    case = DisputeCase(found.dispute_id, gift_id, gift.pot_id, taken, fee, found.created_ms)
    postings = events.dispute_opened(gift.pot_id, taken, fee)
    entry = _entry(gift, key, "dispute_opened", postings, inputs, found.created_ms)
    commit(
        refunds.create_case_writes(case)
        + gifts.writes(replace(gift, dispute="open"), read)
        + balances.commit_writes(gift.pot_id, taken + fee)
        + journal.entry_writes(entry)
    )


@fresh_reads
def _close(found: Dispute, gift_id: str, outcome: Literal["won", "lost"], now_ms: int) -> None:
    key, kind = f"dispute:{found.dispute_id}:{outcome}", f"dispute_{outcome}"
    inputs: dict[str, object] = {"gift": gift_id, "amount_fen": found.withdrawn_fen}
    if journal.find(key, kind, inputs):
        return
    read, case = gifts.read(gift_id), refunds.find_case(found.dispute_id)
    if case is None or case.case.outcome != "open":
        return
    gift, amount = read.gift, case.case.amount_fen
    if outcome == "won":
        postings, freed = events.dispute_won(amount), balances.release_writes(gift.pot_id, amount)
    else:
        postings, freed = events.dispute_lost(gift.pot_id, gift.tier, gift.channel, amount), []
    commit(
        refunds.case_writes(replace(case.case, outcome=outcome), case)
        + gifts.writes(replace(gift, dispute=outcome), read)
        + freed
        + journal.entry_writes(_entry(gift, key, kind, postings, inputs, now_ms))
    )


def _entry(
    gift: Gift, key: str, kind: str, postings: tuple[Posting, ...], inputs: dict[str, object], at_ms: int
) -> Entry:
    return Entry(
        key=key,
        kind=kind,
        postings=postings,
        value_date=clock.shanghai_day(at_ms),
        owner=totals.owner("pot", gift.pot_id),
        inputs=inputs,
        ref=gift.id,
        dims=dims(gift),
    )
