"""What stands in the pots, and what was spent: for the staff's overview, reports and the giving page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.fund.model import spending as model
from chalicelib.fund.model.care_actions import CareAction
from chalicelib.fund.model.disbursements import Disbursement
from chalicelib.fund.model.setup import FundPot
from chalicelib.fund.model.spending import QuarterFigures, SpendingLine, SpendingRow
from chalicelib.fund.service import setup
from chalicelib.fund.service.care_actions import require_read, signed_off_between
from chalicelib.fund.service.setup import MAIN_FUND
from chalicelib.fund.store import care_actions as care_store
from chalicelib.fund.store import disbursements as store
from chalicelib.identity.service import Actor
from chalicelib.ledger.store import balances

__all__ = [
    "Overview",
    "PotMoney",
    "QuarterFigures",
    "SpendingLine",
    "SpendingRow",
    "last_quarter_figures",
    "lines",
    "overview",
    "pot_money",
    "rows",
]

WAITING_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class PotMoney:
    """A pot and its money in fen: what came in, what is committed, and what may still be spent."""

    pot: FundPot
    in_fen: int
    committed_fen: int

    @property
    def spendable_fen(self) -> int:
        return self.in_fen - self.committed_fen


@dataclass(frozen=True, slots=True)
class Overview:
    """The staff's first page: every pot, and the newest of what waits for somebody. ``more_*``: there are more."""

    pots: tuple[PotMoney, ...]
    to_approve: tuple[Disbursement, ...]
    more_to_approve: bool
    to_pay: tuple[Disbursement, ...]
    more_to_pay: bool
    plans: tuple[CareAction, ...]
    running: tuple[CareAction, ...]


def pot_money(pot: FundPot) -> PotMoney:
    money = balances.pot(pot.id)
    return PotMoney(pot, money.in_fen, money.committed_fen)


def overview(actor: Actor, fund_id: str = MAIN_FUND) -> Overview:
    """Raises NotAllowed."""
    require_read(actor, fund_id)
    to_approve, more_to_approve = store.by_state(fund_id, "requested", limit=WAITING_SHOWN_MAX)
    to_pay, more_to_pay = store.by_state(fund_id, "approved", limit=WAITING_SHOWN_MAX)
    plans, _ = care_store.care_actions(fund_id, "planned", limit=WAITING_SHOWN_MAX)
    running, _ = care_store.care_actions(fund_id, "running", limit=WAITING_SHOWN_MAX)
    return Overview(
        pots=tuple(pot_money(pot) for pot in setup.pots(fund_id)),
        to_approve=tuple(to_approve),
        more_to_approve=bool(more_to_approve),
        to_pay=tuple(to_pay),
        more_to_pay=bool(more_to_pay),
        plans=tuple(plans),
        running=tuple(running),
    )


def lines(first: date, last: date, fund_id: str = MAIN_FUND) -> Iterator[SpendingLine]:
    """Every payment, and every one that came back with a minus, by the bank's day, both days included."""
    return store.spending(fund_id, first, last)


def rows(
    first: date,
    last: date,
    *,
    pot_id: str = "",
    category: str = "",
    care_action_id: str = "",
    fund_id: str = MAIN_FUND,
) -> Iterator[SpendingRow]:
    """The disbursement report: the lines of a period, of one pot, category or care action if asked, with the
    pot's name and the care action's person-times."""
    names = {pot.id: pot.name for pot in setup.pots(fund_id)}
    person_times = {"": 0}
    for line in store.spending(fund_id, first, last):
        if any(asked and asked != is_ for asked, is_ in _asked(line, pot_id, category, care_action_id)):
            continue
        if line.care_action_id not in person_times:
            action = care_store.care_action(line.care_action_id)
            person_times[line.care_action_id] = action.person_times if action else 0
        yield SpendingRow(line, names.get(line.pot_id, line.pot_id), person_times[line.care_action_id])


def last_quarter_figures(now_ms: int, fund_id: str = MAIN_FUND) -> QuarterFigures:
    """What was spent in the last calendar quarter, person-times of what was signed off in it, and management
    costs per mille of the spending: the sentence that stands before one gives."""
    first, last = model.last_quarter(clock.shanghai_day(now_ms))
    served = sum(action.person_times for action in signed_off_between(first, last, fund_id))
    return model.quarter_figures(first, last, store.spending(fund_id, first, last), served)


def _asked(line: SpendingLine, pot_id: str, category: str, care_action_id: str) -> tuple[tuple[str, str], ...]:
    return (pot_id, line.pot_id), (category, line.category), (care_action_id, line.care_action_id)
