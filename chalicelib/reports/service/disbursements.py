"""The disbursement report: by period, pot, category and care action, agreeing with the journal to the fen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from chalicelib import clock
from chalicelib.fund.service import care_actions, payments, setup, spending
from chalicelib.identity.service import Actor, contact, names
from chalicelib.ledger.entry import BookedEntry
from chalicelib.ledger.store import journal
from chalicelib.reports.model import disbursement_report as model
from chalicelib.reports.model.disbursement_report import Filter, ReportHead, ReportRow, ReportSums
from chalicelib.reports.model.period import Period, period

__all__ = ["Filter", "Period", "ReportHead", "ReportRow", "ReportSums", "head", "period", "rows", "sums_of"]

SPENDING_KINDS = frozenset({payments.PAID_KIND, payments.BOUNCED_KIND})


def rows(actor: Actor, of: Period, chosen: Filter, now_ms: int) -> Iterator[ReportRow]:
    """The rows in order of the bank's day. Those of a booked period are found in the journal by the day of
    booking, whatever day the bank shows.

    Raises NotAllowed, PotUnknown, CategoryUnknown.
    """
    care_actions.require_read(actor)
    if chosen.pot_id:
        setup.pot(chosen.pot_id)
    if chosen.category:
        setup.categories.category(chosen.category)
    first, last, only = of.first, of.last, None
    if of.basis == "booked":
        booked = {entry.key: entry.value_date for entry in _entries(of, now_ms)}
        if not booked:
            return
        first, last, only = min(booked.values()), max(booked.values()), set(booked)
    people: dict[str, str] = {}
    found = spending.rows(
        first, last, pot_id=chosen.pot_id, category=chosen.category, care_action_id=chosen.care_action_id
    )
    for one in found:
        line = one.line
        if only is not None and line.entry_key not in only:
            continue
        who = {line.requested_by, *line.approved_by} - people.keys() - {""}
        people |= dict.fromkeys(who, "") | names(who)
        yield ReportRow(
            day=line.day,
            pot_id=line.pot_id,
            pot_name=one.pot_name,
            category=line.category,
            care_action_id=line.care_action_id,
            care_action=line.care_action_title,
            payee=line.payee,
            purpose=line.purpose,
            amount_fen=line.amount_fen,
            bank_account=line.bank_account_id,
            serial=line.serial,
            requested_by=people.get(line.requested_by, ""),
            approved_by="、".join(people.get(by, "") for by in line.approved_by),
            person_times=one.person_times,
            came_back=line.what == "bounced",
        )


def sums_of(found: Iterable[ReportRow]) -> ReportSums:
    """The sums of rows, read once."""
    return model.sums(found)


def head(actor: Actor, of: Period, chosen: Filter, now_ms: int) -> ReportHead:
    """What the report covers, and what the journal itself says for the same period. Raises NotAllowed."""
    care_actions.require_read(actor)
    ledger_fen = sum(
        model.journal_amount(((p.account, p.amount) for p in entry.postings), entry.dims, chosen)
        for entry in _entries(of, now_ms)
    )
    street = contact()
    return ReportHead(street.name if street else "", of, chosen, now_ms, ledger_fen)


def _entries(of: Period, now_ms: int) -> Iterator[BookedEntry]:
    today: date = clock.shanghai_day(now_ms)
    if of.basis == "booked":
        found = journal.booked_between(of.first, min(of.last, today))
    else:
        found = journal.valued_between(of.first, of.last, today)
    return (entry for entry in found if entry.kind in SPENDING_KINDS)
