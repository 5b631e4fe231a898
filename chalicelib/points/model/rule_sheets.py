"""The rule sheet 积分细则, by versions: what an hour of service gives. Pure.

Rates are centi-points per hour for TIME and MEDAL apart, 0 where a line gives none; coefficients and
grades are integer thousandths. A version is never changed: a new one takes its place from a day on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.ledger.entry import NEVER
from chalicelib.points.model.faults import CategoryUnknown, GradeUnknown, SheetExists, SheetInvalid

RATE_CENTI_MAX: Final = 1000_00
MILLI_MAX: Final = 10_000
CAP_CENTI_MAX: Final = 10_000_00
LINES_MAX: Final = 40
GRADES_MAX: Final = 10
LEVELS_MAX: Final = 12
NAME_CHARACTERS_MAX: Final = 20
_CODE = re.compile(r"[a-z][a-z0-9-]{0,23}")

Expiry = Literal["never", "next_year_end"]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What one category of service gives per hour, in hundredths of a point; ``coefficient_milli``
    weighs it: 1200 is 1.20."""

    category: str
    name: str
    time_centi_per_hour: int
    medal_centi_per_hour: int
    coefficient_milli: int = 1000

    def rate_centi_per_hour(self, asset: Asset) -> int:
        return self.time_centi_per_hour if asset == "TIME" else self.medal_centi_per_hour


@dataclass(frozen=True, slots=True)
class Grade:
    """An effect grade: 1200 is 1.20, 0 gives nothing."""

    code: str
    name: str
    milli: int


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the 爱心奖章: reached with so many MEDAL points in a lifetime, whatever was spent."""

    name: str
    from_centi: int


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """One version of the scheme. Caps are hundredths per member and Shanghai day of check-in, 0 for none;
    ``objection_days`` is how long a volunteer may object to an assessment."""

    version: int
    effective_from: date
    lines: tuple[RuleLine, ...]
    grades: tuple[Grade, ...]
    time_cap_centi_per_day: int
    medal_cap_centi_per_day: int
    levels: tuple[Level, ...]
    time_expiry: Expiry = "never"
    medal_expiry: Expiry = "next_year_end"
    objection_days: int = 15
    published_by: str = ""
    published_at: int = 0

    def line(self, category: str) -> RuleLine:
        """Raises CategoryUnknown."""
        for line in self.lines:
            if line.category == category:
                return line
        raise CategoryUnknown(category=category[:24])

    def grade(self, code: str) -> Grade:
        """Raises GradeUnknown."""
        for grade in self.grades:
            if grade.code == code:
                return grade
        raise GradeUnknown(grade=code[:24])

    def cap_centi_per_day(self, asset: Asset) -> int:
        return self.time_cap_centi_per_day if asset == "TIME" else self.medal_cap_centi_per_day

    def expiry(self, asset: Asset, day: date) -> str:
        """The lot of points earned by service on ``day``: ``yyyy-mm`` or ``never``."""
        rule = self.time_expiry if asset == "TIME" else self.medal_expiry
        return NEVER if rule == "never" else f"{day.year + 1}-12"


def check(sheet: RuleSheet) -> RuleSheet:
    """The sheet itself, if every part of it can be applied. Raises SheetInvalid(what)."""
    _check_list("lines", [line.category for line in sheet.lines], [line.name for line in sheet.lines], LINES_MAX)
    _check_list("grades", [grade.code for grade in sheet.grades], [grade.name for grade in sheet.grades], GRADES_MAX)
    for line in sheet.lines:
        _check_range("rate", line.time_centi_per_hour, RATE_CENTI_MAX)
        _check_range("rate", line.medal_centi_per_hour, RATE_CENTI_MAX)
        _check_range("coefficient", line.coefficient_milli, MILLI_MAX)
    for grade in sheet.grades:
        _check_range("grade", grade.milli, MILLI_MAX)
    for asset in POINTS:
        _check_range("cap", sheet.cap_centi_per_day(asset), CAP_CENTI_MAX)
    _check_levels(sheet.levels)
    if not 1 <= sheet.objection_days <= 365 or sheet.version < 1:
        raise SheetInvalid(what="objection_days")
    return sheet


def check_version(sheet: RuleSheet, before: RuleSheet | None, today: date) -> None:
    """The next number, and in force from tomorrow at the soonest, unless it is the first.

    Raises SheetExists(version), SheetInvalid(what).
    """
    if before is None:
        if sheet.version != 1:
            raise SheetInvalid(what="version")
        return
    if sheet.version <= before.version:
        raise SheetExists(version=before.version)
    if sheet.version != before.version + 1:
        raise SheetInvalid(what="version")
    if sheet.effective_from <= today or sheet.effective_from < before.effective_from:
        raise SheetInvalid(what="effective_from")


def _check_list(what: str, codes: list[str], names: list[str], most: int) -> None:
    if not 1 <= len(codes) <= most or len(set(codes)) != len(codes) or len(set(names)) != len(names):
        raise SheetInvalid(what=what)
    if not all(_CODE.fullmatch(code) for code in codes):
        raise SheetInvalid(what=what)
    if not all(0 < len(name) <= NAME_CHARACTERS_MAX for name in names):
        raise SheetInvalid(what=what)


def _check_range(what: str, value: int, most: int) -> None:
    if type(value) is not int or not 0 <= value <= most:
        raise SheetInvalid(what=what)


def _check_levels(levels: tuple[Level, ...]) -> None:
    marks = [level.from_centi for level in levels]
    rising = all(a < b for a, b in pairwise(marks))
    named = all(0 < len(level.name) <= NAME_CHARACTERS_MAX for level in levels)
    if len(levels) > LEVELS_MAX or not rising or not named or any(mark < 1 for mark in marks):
        raise SheetInvalid(what="levels")


def first_sheet(effective_from: date) -> RuleSheet:
    """A sheet to begin with; every number of it can be changed in the next version."""
    return RuleSheet(
        version=1,
        effective_from=effective_from,
        lines=(
            RuleLine("elderly", "助老服务", 100, 50, 1200),
            RuleLine("children", "护苗助学", 100, 50, 1100),
            RuleLine("environment", "环境整治", 100, 50, 1000),
            RuleLine("order", "文明劝导", 100, 50, 1000),
            RuleLine("patrol", "平安巡防", 100, 50, 1100),
            RuleLine("culture", "文体宣传", 80, 50, 1000),
        ),
        grades=(
            Grade("excellent", "优", 1200),
            Grade("good", "良好", 1000),
            Grade("passed", "合格", 800),
            Grade("failed", "不合格", 0),
        ),
        time_cap_centi_per_day=10_00,
        medal_cap_centi_per_day=6_00,
        levels=(
            Level("初心", 5_00),
            Level("暖心", 20_00),
            Level("同心", 60_00),
            Level("恒心", 150_00),
        ),
    )
