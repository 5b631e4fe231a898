"""What a member has from service: points, medal, hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.ledger.entry import NEVER
from chalicelib.ledger.wallet import Wallet, live
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.medals import MedalState

EXPIRING_MONTHS: Final = 6
"""Lots are named this long before they expire."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One asset of a wallet, in hundredths. ``expiring``: (``yyyy-mm``, amount), the soonest first.
    ``owing`` is what a reversal left to be settled by the next award."""

    asset: Asset
    available_centi: int
    held_centi: int
    owing_centi: int
    expiring: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One check-in, and the assessment that counts if there is one."""

    check_in: CheckIn
    activity_name: str
    assessment: Assessment | None


@dataclass(frozen=True, slots=True)
class MyPoints:
    """``hours``: year of service → (minutes, services) as recognised by assessments."""

    balances: tuple[Balance, ...]
    medal: MedalState
    hours: Mapping[int, tuple[int, int]]
    open_check_in: CheckIn | None
    open_activity_name: str

    @property
    def minutes(self) -> int:
        return sum(minutes for minutes, _ in self.hours.values())

    @property
    def services(self) -> int:
        return sum(services for _, services in self.hours.values())


def balances(purse: Wallet, today: date) -> tuple[Balance, ...]:
    """The wallet as its owner sees it today: dead lots are gone, whether or not the job has run."""
    return tuple(
        Balance(
            asset=asset,
            available_centi=purse.available(asset, today),
            held_centi=purse.held(asset),
            owing_centi=purse.clawback.get(asset, 0),
            expiring=_expiring(live(purse.lots.get(asset, {}), today), today),
        )
        for asset in POINTS
    )


def _expiring(lots: Mapping[str, int], today: date) -> tuple[tuple[str, int], ...]:
    months = today.year * 12 + today.month - 1 + EXPIRING_MONTHS
    last = f"{months // 12:04d}-{months % 12 + 1:02d}"
    return tuple((lot, amount) for lot, amount in sorted(lots.items()) if lot != NEVER and lot <= last and amount)
