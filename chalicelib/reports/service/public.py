"""The public page's figures, from the totals of the books: the reads do not grow with history."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib import clock
from chalicelib.fund.service import care_actions, setup
from chalicelib.ledger.store import balances, totals
from chalicelib.reports.model import public_figures as model
from chalicelib.reports.model.public_figures import PublicFigures

CARE_ACTIONS_SHOWN_MAX = 20


def public_figures(now_ms: int) -> PublicFigures:
    """Received, spent and served until now. Care actions are those signed off in the last twelve months."""
    pots = [pot.id for pot in setup.pots()]
    committed_fen = sum(balances.committed(pot_id) for pot_id in pots)
    of_pots = [totals.read(totals.owner("pot", pot_id)) for pot_id in pots]
    communities = [name for name in totals.owners() if name.startswith("community:")]
    today = clock.shanghai_day(now_ms)
    signed_off = (
        (one.title, clock.shanghai_day(one.signed_off_at), one.person_times)
        for one in care_actions.signed_off_between(_a_year_before(today), today)
    )
    return PublicFigures(
        as_of_ms=now_ms,
        money=model.money(of.sums for of in of_pots),
        points=model.points(totals.read(name).sums for name in communities),
        care=model.care_figures(signed_off, CARE_ACTIONS_SHOWN_MAX),
        spendable_fen=sum(of.pot_in_fen for of in of_pots) - committed_fen,
    )


def _a_year_before(day: date) -> date:
    return (day - timedelta(days=365)).replace(day=1)
