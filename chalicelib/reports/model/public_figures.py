"""What came in and what went out, for everybody to read. Pure; fen and hundredths of a point.

Made from the totals of the books alone. No person, no employer, no building, no ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

Sums = Mapping[tuple[Any, str], int]
SMALLEST_GROUP: Final = 5
"""Groups of fewer people are merged: somebody might be recognised."""


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Received less refunds, by tier, by channel and by both; spent by category."""

    received_fen: int
    spent_fen: int
    by_tier: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_category: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PointFigures:
    """Issued since the start, and redeemed in shops (less returns)."""

    issued_centi: Mapping[str, int]
    redeemed_centi: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CareFigure:
    """A care action of at least five person-times, as the public sees it."""

    title: str
    signed_off_on: date
    person_times: int


@dataclass(frozen=True, slots=True)
class CareFigures:
    """``shown`` newest first, at most so many. Those of fewer than five are merged: ``merged`` says how
    many, without a title; ``merged_person_times`` 0: even together fewer than five. ``person_times``
    leaves these out, so that nobody finds them by subtracting."""

    shown: tuple[CareFigure, ...]
    merged: int
    merged_person_times: int
    actions: int
    person_times: int


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """The public page. ``as_of_ms``: when the books were read."""

    as_of_ms: int
    money: MoneyFigures
    points: PointFigures
    care: CareFigures
    spendable_fen: int


def money(pots: Iterable[Sums]) -> MoneyFigures:
    """From the totals of all pots: income and expense accounts."""
    by_tier: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    by_category: dict[str, int] = {}
    for sums in pots:
        for (asset, account), amount in sums.items():
            root, *rest = account.split(":")
            if asset == "CNY" and root == "income":
                _, tier, channel = rest
                by_tier[tier] = by_tier.get(tier, 0) - amount
                by_channel[channel] = by_channel.get(channel, 0) - amount
            elif asset == "CNY" and root == "expense":
                by_category[rest[1]] = by_category.get(rest[1], 0) + amount
    return MoneyFigures(
        received_fen=sum(by_tier.values()),
        spent_fen=sum(by_category.values()),
        by_tier=by_tier,
        by_channel=by_channel,
        by_category={slug: fen for slug, fen in by_category.items() if fen},
    )


def points(communities: Iterable[Sums]) -> PointFigures:
    """From the totals of all communities. A capture takes points from a wallet, which stands in the
    member's community, and gives them to a merchant, which does not: what the communities' accounts
    do not sum to zero by is what was redeemed, less returns."""
    issued: dict[str, int] = {"TIME": 0, "MEDAL": 0}
    redeemed: dict[str, int] = {"TIME": 0, "MEDAL": 0}
    for sums in communities:
        for (asset, account), amount in sums.items():
            if asset in issued:
                redeemed[asset] += amount
                if account.startswith("equity:issued:"):
                    issued[asset] += amount
    return PointFigures(issued, redeemed)


def care_figures(found: Iterable[tuple[str, date, int]], shown_max: int) -> CareFigures:
    """From (title, day of sign-off, person-times)."""
    newest_first = sorted(found, key=lambda one: one[1], reverse=True)
    large = [CareFigure(*one) for one in newest_first if one[2] >= SMALLEST_GROUP]
    small = [times for _, _, times in newest_first if times < SMALLEST_GROUP]
    merged_times = sum(small) if sum(small) >= SMALLEST_GROUP else 0
    return CareFigures(
        shown=tuple(large[:shown_max]),
        merged=len(small),
        merged_person_times=merged_times,
        actions=len(newest_first),
        person_times=sum(one.person_times for one in large) + merged_times,
    )
