"""Assessments 评价 of a service by somebody else, numbered 1, 2, … per check-in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.ledger.accounts import Asset
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.faults import (
    AlreadyAssessed,
    MinutesWrong,
    NotConfirmed,
    OwnService,
    ReasonNeeded,
    ReasonTooLong,
    StillCheckedIn,
)
from chalicelib.points.model.scoring import Score

REASON_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the assessor says. ``minutes`` None recognises what was recorded."""

    grade: str
    minutes: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment. ``assessor_id`` is the handler 经办人, ``organisation`` the name that stands on the
    record. ``entry_key`` is "" where it gave no points; ``expiry`` the lots that the points went to.
    ``replaced_at`` (ms) is set when a later assessment took its place and its award was reversed.
    """

    check_in_id: str
    number: int
    member_id: str
    community_id: str
    assessor_id: str
    organisation: str
    at: int
    grade: str
    grade_name: str
    minutes: int
    sheet_version: int
    reason: str
    scores: tuple[Score, ...]
    points_centi: Mapping[Asset, int] = field(default_factory=dict)
    expiry: Mapping[Asset, str] = field(default_factory=dict)
    entry_key: str = ""
    objection_days: int = 15
    replaced_at: int = 0


def require_assessable(read: CheckIn, assessor_id: str, number: int, asked: Asked) -> int:
    """The minutes to recognise, if this may be assessed now as number ``number``.

    Raises OwnService, StillCheckedIn, NotConfirmed, AlreadyAssessed, MinutesWrong, ReasonNeeded,
    ReasonTooLong.
    """
    if assessor_id == read.member_id:
        raise OwnService()
    if read.state == "in":
        raise StillCheckedIn()
    if read.state == "forgotten":
        raise NotConfirmed()
    if number != read.assessed + 1:
        raise AlreadyAssessed(number=read.assessed)
    minutes = read.minutes if asked.minutes is None else asked.minutes
    if not 0 <= minutes <= read.minutes:
        raise MinutesWrong(limit_minutes=read.minutes)
    if len(asked.reason) > REASON_CHARACTERS_MAX:
        raise ReasonTooLong(characters_max=REASON_CHARACTERS_MAX)
    if (minutes < read.minutes or number > 1) and len(asked.reason) < 2:
        raise ReasonNeeded()
    return minutes


def same(before: Assessment, assessor_id: str, asked: Asked) -> bool:
    """Whether a repeated request asks for exactly what was decided."""
    minutes = before.minutes if asked.minutes is None else asked.minutes
    return (before.assessor_id, before.grade, before.minutes) == (assessor_id, asked.grade, minutes)


def award_key(check_in_id: str, number: int) -> str:
    return f"award:{check_in_id}:{number}"
