"""What came in and what went out, for everybody to read. Pure; fen and hundredths of a point.

Made from the totals of the books alone. No person, no employer, no building, no ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    """A care action as the public sees it; ``person_times`` None: fewer than five."""

    title: str
    signed_off_on: str
    person_times: int | None


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """The public page. ``as_of_ms``: when the books were read."""

    as_of_ms: int
    money: MoneyFigures
    points: PointFigures
    care_actions: tuple[CareFigure, ...]
    person_times: int
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


def points(owners: Iterable[Sums]) -> PointFigures:
    """From the totals of communities and merchants."""
    issued: dict[str, int] = {"TIME": 0, "MEDAL": 0}
    redeemed: dict[str, int] = {"TIME": 0, "MEDAL": 0}
    for sums in owners:
        for (asset, account), amount in sums.items():
            if account.startswith("equity:issued:"):
                issued[asset] += amount
            elif account.startswith("liability:merchant:") and asset != "CNY":
                redeemed[asset] -= amount
    return PointFigures(issued, redeemed)


def care_figures(found: Iterable[tuple[str, str, int]]) -> tuple[CareFigure, ...]:
    """(title, day, person-times), newest first. Small ones keep their title and lose their number."""
    return tuple(
        CareFigure(title, day, number if number >= SMALLEST_GROUP else None)
        for title, day, number in sorted(found, key=lambda one: one[1], reverse=True)
    )
