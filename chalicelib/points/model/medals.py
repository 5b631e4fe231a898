"""The 爱心奖章 of a member: which level lifetime MEDAL points have reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.points.model.rule_sheets import Level


@dataclass(frozen=True, slots=True)
class MedalState:
    """``level`` is None before the first; ``next_level`` None after the last. Hundredths of a point."""

    lifetime_centi: int
    level: Level | None
    next_level: Level | None

    @property
    def missing_centi(self) -> int:
        return self.next_level.from_centi - self.lifetime_centi if self.next_level else 0


def medal_state(levels: tuple[Level, ...], lifetime_centi: int) -> MedalState:
    """What was spent does not count: the level is by what was ever issued, less reversals."""
    reached = [level for level in levels if lifetime_centi >= level.from_centi]
    ahead = [level for level in levels if lifetime_centi < level.from_centi]
    return MedalState(lifetime_centi, reached[-1] if reached else None, ahead[0] if ahead else None)
