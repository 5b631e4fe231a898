"""From minutes to points, in integers only. Pure.

points = minutes ÷ 60 × rate × coefficient × grade, rounded half up once, then cut to what the day's cap
leaves. What went in is kept with what came out, so that every point recomputes itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.points.model.rule_sheets import RuleSheet

_HOUR_MINUTES: Final = 60
_MILLI: Final = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """One asset's points, in hundredths, and how they came about. ``full_centi`` is before the cap;
    ``cap_centi`` 0 means none; ``used_centi`` is what that day had given already."""

    asset: Asset
    minutes: int
    rate_centi_per_hour: int
    coefficient_milli: int
    grade_milli: int
    cap_centi: int
    used_centi: int

    @property
    def full_centi(self) -> int:
        return points_centi(self.minutes, self.rate_centi_per_hour, self.coefficient_milli, self.grade_milli)

    @property
    def awarded_centi(self) -> int:
        if not self.cap_centi:
            return self.full_centi
        return min(self.full_centi, max(self.cap_centi - self.used_centi, 0))

    @property
    def is_capped(self) -> bool:
        return self.awarded_centi < self.full_centi


def points_centi(minutes: int, rate_centi_per_hour: int, coefficient_milli: int, grade_milli: int) -> int:
    """Hundredths of a point, rounded half up once."""
    if min(minutes, rate_centi_per_hour, coefficient_milli, grade_milli) < 0:
        raise ValueError("service never gives less than nothing")
    exact = minutes * rate_centi_per_hour * coefficient_milli * grade_milli
    whole = _HOUR_MINUTES * _MILLI * _MILLI
    return (2 * exact + whole) // (2 * whole)


def score(
    sheet: RuleSheet, category: str, grade_code: str, minutes: int, used_centi: Mapping[Asset, int]
) -> tuple[Score, ...]:
    """What a service gives, for each asset. Raises CategoryUnknown, GradeUnknown."""
    line, grade = sheet.line(category), sheet.grade(grade_code)
    return tuple(
        Score(
            asset=asset,
            minutes=minutes,
            rate_centi_per_hour=line.rate_centi_per_hour(asset),
            coefficient_milli=line.coefficient_milli,
            grade_milli=grade.milli,
            cap_centi=sheet.cap_centi_per_day(asset),
            used_centi=used_centi.get(asset, 0),
        )
        for asset in POINTS
    )


def awarded(scores: tuple[Score, ...]) -> dict[Asset, int]:
    """Points above zero, by asset."""
    return {score.asset: score.awarded_centi for score in scores if score.awarded_centi}


def explanation(scores: tuple[Score, ...], sheet_version: int, grade_code: str) -> dict[str, Any]:
    """What the entry keeps: enough to compute its points again, short enough for an item of one KB.
    Pairs are in the order of ``POINTS``; category and day stand in the entry itself."""
    first = scores[0]
    return {
        "minutes": first.minutes,
        "coefficient_milli": first.coefficient_milli,
        "grade": grade_code,
        "grade_milli": first.grade_milli,
        "sheet": sheet_version,
        "rate": [score.rate_centi_per_hour for score in scores],
        "cap": [score.cap_centi for score in scores],
        "used": [score.used_centi for score in scores],
    }


def recompute(why: Mapping[str, Any]) -> dict[Asset, int]:
    """The points of an entry, from its own explanation."""
    return awarded(
        tuple(
            Score(
                asset=asset,
                minutes=why["minutes"],
                rate_centi_per_hour=why["rate"][place],
                coefficient_milli=why["coefficient_milli"],
                grade_milli=why["grade_milli"],
                cap_centi=why["cap"][place],
                used_centi=why["used"][place],
            )
            for place, asset in enumerate(POINTS)
        )
    )
