"""The disbursement report: by period, pot, category and care action, agreeing with the journal to the fen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chalicelib import clock
from chalicelib.fund.service import care_actions, setup, spending
from chalicelib.identity.service import Actor, contact, names
from chalicelib.reports.model import disbursement_report as model
from chalicelib.reports.model.disbursement_report import Filter, ReportHead, ReportRow, ReportSums
from chalicelib.reports.model.period import Period, period
from chalicelib.reports.service import spent

__all__ = ["Filter", "Period", "Report", "ReportHead", "ReportRow", "ReportSums", "period", "report", "sums_of"]

_SYSTEM = frozenset(one.slug for one in setup.categories.CATEGORIES if not one.is_purpose)


@dataclass(frozen=True, slots=True)
class Report:
    """``rows()`` reads the rows anew at each call, one after the other, in order of the bank's day."""

    head: ReportHead
    rows: Callable[[], Iterator[ReportRow]]


def report(actor: Actor, of: Period, chosen: Filter, now_ms: int) -> Report:
    """The rows, and what the books say for the same days and filter. Rows of a booked period are found in
    the journal by the day of booking, whatever day the bank shows.

    Raises NotAllowed, PotUnknown, CategoryUnknown, CareActionUnknown.
    """
    care_actions.require_read(actor)
    pots = [setup.pot(chosen.pot_id)] if chosen.pot_id else setup.pots()
    category = setup.categories.category(chosen.category).name_zh if chosen.category else ""
    action = care_actions.care_action(actor, chosen.care_action_id).title if chosen.care_action_id else ""
    today = clock.shanghai_day(now_ms)
    if chosen.care_action_id:
        keys = (one.line.entry_key for one in _found(of, chosen, now_ms))
        in_books = spent.for_care_action(keys, chosen, _SYSTEM)
    else:
        in_books = spent.in_books(of, chosen, [pot.id for pot in pots], _SYSTEM, today)
    street = contact()
    head = ReportHead(
        street=street.name if street else "",
        period=of,
        chosen=chosen,
        pot_name=pots[0].name if chosen.pot_id else "",
        category_name=category,
        care_action=action,
        made_ms=now_ms,
        ledger_fen=in_books.asked_fen,
        other_fen=in_books.other_fen,
    )
    return Report(head, lambda: _rows(_found(of, chosen, now_ms)))


def sums_of(found: Iterable[ReportRow]) -> ReportSums:
    """The sums of rows, read once."""
    return model.sums(found)


def _found(of: Period, chosen: Filter, now_ms: int) -> Iterator[spending.SpendingRow]:
    booked = spent.booked_in(of, clock.shanghai_day(now_ms)) if of.basis == "booked" else None
    for one in spending.rows(
        booked.first_day if booked else of.first,
        of.last,
        pot_id=chosen.pot_id,
        category=chosen.category,
        care_action_id=chosen.care_action_id,
    ):
        if booked is None or booked.has(one.line.entry_key, one.line.day):
            yield one


def _rows(found: Iterable[spending.SpendingRow]) -> Iterator[ReportRow]:
    people: dict[str, str] = {}
    accounts = {account.id: account.label for account in setup.fund().bank_accounts}
    for one in found:
        line = one.line
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
            bank_account=accounts.get(line.bank_account_id, line.bank_account_id),
            serial=line.serial,
            requested_by=people.get(line.requested_by, ""),
            approved_by="、".join(filter(None, (people.get(by, "") for by in line.approved_by))),
            person_times=one.person_times,
            came_back=line.what == "bounced",
        )
