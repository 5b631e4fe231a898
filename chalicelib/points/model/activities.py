"""Activities 活动: what one is, and when people may check in. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from chalicelib.points.model.faults import (
    ActivityCancelled,
    ActivityClosed,
    ActivityFull,
    ActivityNotYet,
    ActivityOver,
    ActivityTextMissing,
    ActivityTextTooLong,
    ActivityTimesWrong,
    CapacityWrong,
)

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
OPENS_BEFORE_MS: Final = 30 * _MINUTE_MS
"""Check-in opens this long before the start."""
OUT_AFTER_MS: Final = 30 * _MINUTE_MS
"""After the end there is a queue at the door: check-out stays possible this long."""
HOURS_MAX: Final = 24
AHEAD_MAX_MS: Final = 400 * _DAY_MS
PEOPLE_MAX: Final = 5000
CHARACTERS_MAX: Final = {"name": 40, "place": 60, "content": 500, "organisation": 40}

State = Literal["open", "closed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a coordinator fills in. Times in ms."""

    community_id: str
    category: str
    name: str
    place: str
    content: str
    organisation: str
    starts_at: int
    ends_at: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as 志愿服务记录与证明出具办法 art. 7 wants it recorded: name, date, place, content,
    organisation, person in charge. ``number`` is short enough to type; ``joined`` is how many
    different people have checked in; ``closed_by`` and ``closed_at`` are of the last change of state."""

    id: str
    number: str
    community_id: str
    category: str
    name: str
    place: str
    content: str
    organisation: str
    coordinator_id: str
    starts_at: int
    ends_at: int
    capacity: int
    created_at: int
    state: State = "open"
    closed_by: str = ""
    closed_at: int = 0
    joined: int = 0

    @property
    def opens_at(self) -> int:
        return self.starts_at - OPENS_BEFORE_MS

    @property
    def last_out_at(self) -> int:
        """Who has not checked out by then has forgotten it."""
        return self.ends_at + OUT_AFTER_MS

    def is_over(self, now_ms: int) -> bool:
        return now_ms >= self.ends_at

    def shows_code(self, now_ms: int) -> bool:
        """The same code serves in and out, so the screen runs a little past the end, and past closing."""
        return self.state != "cancelled" and self.opens_at <= now_ms < self.last_out_at

    def require_open(self, now_ms: int) -> None:
        """Raises ActivityCancelled, ActivityClosed, ActivityNotYet, ActivityOver."""
        if self.state == "cancelled":
            raise ActivityCancelled()
        if self.state == "closed":
            raise ActivityClosed()
        if now_ms < self.opens_at:
            raise ActivityNotYet(opens_at=self.opens_at)
        if self.is_over(now_ms):
            raise ActivityOver(ended_at=self.ends_at)

    def require_seat(self) -> None:
        """Raises ActivityFull."""
        if self.joined >= self.capacity:
            raise ActivityFull(capacity=self.capacity)


def check_times(draft: Draft, now_ms: int) -> None:
    """Before anything is looked up by its day, which may be none of the calendar's. Raises ActivityTimesWrong."""
    lasts = draft.ends_at - draft.starts_at
    in_time = now_ms < draft.ends_at and draft.starts_at <= now_ms + AHEAD_MAX_MS
    if not (0 < lasts <= HOURS_MAX * 60 * _MINUTE_MS and in_time):
        raise ActivityTimesWrong(hours_max=HOURS_MAX)


def plan(draft: Draft, activity_id: str, number: str, coordinator_id: str, now_ms: int) -> Activity:
    """A new activity. Raises ActivityTextMissing, ActivityTextTooLong, ActivityTimesWrong, CapacityWrong."""
    for field, limit in CHARACTERS_MAX.items():
        text = getattr(draft, field)
        if not text:
            raise ActivityTextMissing(field=field)
        if len(text) > limit:
            raise ActivityTextTooLong(field=field, characters_max=limit)
    check_times(draft, now_ms)
    if not 1 <= draft.capacity <= PEOPLE_MAX:
        raise CapacityWrong(people_max=PEOPLE_MAX)
    return Activity(
        id=activity_id,
        number=number,
        community_id=draft.community_id,
        category=draft.category,
        name=draft.name,
        place=draft.place,
        content=draft.content,
        organisation=draft.organisation,
        coordinator_id=coordinator_id,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        capacity=draft.capacity,
        created_at=now_ms,
    )


def turned(activity: Activity, state: State, by: str, now_ms: int) -> Activity:
    """Check-in closed or opened again, or the whole activity cancelled, which is final. Check-out stays
    possible whatever the state. Raises ActivityCancelled."""
    if activity.state == state:
        return activity
    if activity.state == "cancelled":
        raise ActivityCancelled()
    return replace(activity, state=state, closed_by=by, closed_at=now_ms)


def numbers(activity_id: str) -> Iterator[str]:
    """Numbers to try for an activity, five digits first, the same ones for the same activity."""
    for n in range(24):
        digest = hashlib.sha256(f"{activity_id}#{n}".encode()).digest()
        places = 5 if n < 16 else 6
        low = 10 ** (places - 1)
        yield str(low + int.from_bytes(digest[:8], "big") % (9 * low))
