"""A rule sheet as an administrator types it: one line each, words parted by spaces. Pure.

Categories: ``elderly 助老服务 1.00 0.50 1.20`` (code, name, TIME and MEDAL per hour, coefficient).
Grades: ``good 良好 1.00``. Levels: ``暖心 20``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.points.model.faults import SheetLineUnread
from chalicelib.points.model.rule_sheets import Grade, Level, RuleLine, RuleSheet

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_FULL_WIDTH = {0xFF10 + i: 0x30 + i for i in range(10)} | {0xFF0E: 0x2E, 0x3000: 0x20, 0x09: 0x20}


def read_lines(text: str) -> tuple[RuleLine, ...]:
    """Raises SheetLineUnread(line)."""
    return tuple(
        RuleLine(words[0], words[1], _scaled(words[2], 2, n), _scaled(words[3], 2, n), _scaled(words[4], 3, n))
        for n, words in _words(text, 5)
    )


def read_grades(text: str) -> tuple[Grade, ...]:
    """Raises SheetLineUnread(line)."""
    return tuple(Grade(words[0], words[1], _scaled(words[2], 3, n)) for n, words in _words(text, 3))


def read_levels(text: str) -> tuple[Level, ...]:
    """Raises SheetLineUnread(line)."""
    return tuple(Level(words[0], _scaled(words[1], 2, n)) for n, words in _words(text, 2))


def read_cap(text: str) -> int:
    """Points per day in hundredths; empty or 0 for none. Raises SheetLineUnread(line)."""
    plain = text.translate(_FULL_WIDTH).strip()
    return _scaled(plain, 2, 1) if plain else 0


def lines_text(sheet: RuleSheet) -> str:
    return "\n".join(
        f"{line.category} {line.name} {_written(line.time_centi_per_hour, 2)} "
        f"{_written(line.medal_centi_per_hour, 2)} {_written(line.coefficient_milli, 3)}"
        for line in sheet.lines
    )


def grades_text(sheet: RuleSheet) -> str:
    return "\n".join(f"{grade.code} {grade.name} {_written(grade.milli, 3)}" for grade in sheet.grades)


def levels_text(sheet: RuleSheet) -> str:
    return "\n".join(f"{level.name} {_written(level.from_centi, 2)}" for level in sheet.levels)


def cap_text(cap_centi: int) -> str:
    return _written(cap_centi, 2)


def _words(text: str, count: int) -> Sequence[tuple[int, list[str]]]:
    found = []
    for n, line in enumerate(text.translate(_FULL_WIDTH).split("\n"), 1):
        words = line.split()
        if words and len(words) != count:
            raise SheetLineUnread(line=n)
        if words:
            found.append((n, words))
    return found


def _scaled(text: str, places: int, line: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise SheetLineUnread(line=line)
    whole, _, rest = text.partition(".")
    if len(rest) > places:
        raise SheetLineUnread(line=line)
    return int(whole + rest.ljust(places, "0"))


def _written(value: int, places: int) -> str:
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{f'{rest:0{places}d}'.rstrip('0').ljust(2, '0')}"
