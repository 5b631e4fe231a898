"""Check-ins, the one that a member has open, and what waits for a coordinator or assessor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.faults import CheckInUnknown, DigitsTooMany
from chalicelib.table import AppItem, ModelAttribute, Write

Kind = Literal["confirm", "assess"]
TRIES_WINDOW_MS: Final = 10 * 60_000


class CheckInItem(AppItem):
    """``CHECKIN#<id>`` / ``#``. ``by_1``: of an activity, ``by_2``: of a member, both by time."""

    value = ModelAttribute(CheckIn)


class OpenItem(AppItem):
    """``OPEN#<member>`` / ``#``: the one check-in that a member has open. ``by_1``: all of them, by the
    time after which they are forgotten."""

    check_in_id = UnicodeAttribute()


class TodoItem(AppItem):
    """``TODO#<confirm|assess>#<community>`` / ``<due yyyymmdd>#<check-in>``: consistent to read, the most
    urgent first."""

    check_in_id = UnicodeAttribute()


class TriesItem(AppItem):
    """``TRIES#<whose>`` / ``<window>``: wrong six-digit codes of one browser, or for one activity."""

    tried = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class Todo:
    check_in_id: str
    due: str
    """``yyyymmdd``."""


def find(check_in_id: str) -> CheckInItem | None:
    return table.get(CheckInItem, f"CHECKIN#{check_in_id}", "#")


def read(check_in_id: str) -> CheckInItem:
    """Raises CheckInUnknown."""
    item = find(check_in_id)
    if item is None:
        raise CheckInUnknown()
    return item


def open_of(member_id: str) -> CheckInItem | None:
    """The check-in that this member has open, if any."""
    item = table.get(OpenItem, f"OPEN#{member_id}", "#")
    return read(item.check_in_id) if item is not None else None


def in_writes(new: CheckIn) -> list[Write]:
    """Stale when the member has checked in somewhere meanwhile: fresh reads then say where."""
    opened = OpenItem(
        pk=f"OPEN#{new.member_id}",
        sk="#",
        check_in_id=new.id,
        pk_1="OPEN-CHECKINS",
        sk_1=f"{new.last_out_at:013d}#{new.member_id}",
    )
    return [table.create(_item(new), Stale(), rank=1), table.create(opened, Stale())]


def replace_writes(after: CheckIn, before: CheckInItem) -> list[Write]:
    return [table.replace_version(_item(after), int(before.version))]


def no_longer_open_writes(of: CheckIn) -> list[Write]:
    item = OpenItem(pk=f"OPEN#{of.member_id}", sk="#")
    return [table.delete(item, OpenItem.check_in_id == of.id, Stale())]


def todo_writes(kind: Kind, of: CheckIn) -> list[Write]:
    return [table.put(_todo(kind, of))]


def done_writes(kind: Kind, of: CheckIn) -> list[Write]:
    return [table.delete(_todo(kind, of))]


def todos(kind: Kind, community_id: str, *, limit: int = 20, cursor: str = "") -> tuple[list[Todo], str]:
    """What waits in a community, the most urgent first."""
    items, more = table.page(TodoItem, f"TODO#{kind}#{community_id}", newest_first=False, limit=limit, cursor=cursor)
    return [Todo(item.check_in_id, item.sk[:8]) for item in items], more


def overdue(kind: Kind, community_id: str, today: str, *, limit: int = 200) -> int:
    """How many were due before ``today`` (``yyyymmdd``), counted up to ``limit``."""
    late = table.query(
        TodoItem, f"TODO#{kind}#{community_id}", condition=TodoItem.sk < today, limit=limit, consistent=True
    )
    return sum(1 for _ in late)


def of_activity(activity_id: str, *, limit: int = 50, cursor: str = "") -> tuple[list[CheckIn], str]:
    """Newest first."""
    items, more = table.page(CheckInItem, f"ACTIVITY-CHECKINS#{activity_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.value for item in items], more


def of_member(member_id: str, *, limit: int = 10, cursor: str = "") -> tuple[list[CheckIn], str]:
    """Newest first."""
    items, more = table.page(CheckInItem, f"MEMBER-CHECKINS#{member_id}", index="by_2", limit=limit, cursor=cursor)
    return [item.value for item in items], more


def of_member_between(member_id: str, from_ms: int, before_ms: int) -> Iterator[CheckIn]:
    span = CheckInItem.sk_2.between(f"{from_ms:013d}", f"{before_ms:013d}")
    for item in table.query(CheckInItem, f"MEMBER-CHECKINS#{member_id}", index="by_2", condition=span):
        yield item.value


def forgotten_since(now_ms: int, skip: table.Skip | None = None) -> Iterator[str]:
    """Ids of check-ins that are open though their last moment for a check-out has passed."""
    passed = OpenItem.sk_1 <= f"{now_ms:013d}~"
    for item in table.query(OpenItem, "OPEN-CHECKINS", index="by_1", condition=passed, skip=skip):
        yield item.check_in_id


def all_check_ins() -> Iterator[CheckIn]:
    """For verification only."""
    for item in table.scan(CheckInItem, CheckInItem.pk.startswith("CHECKIN#")):
        yield item.value


def all_open() -> Iterator[tuple[str, str]]:
    """(member, check-in): for verification only."""
    for item in table.scan(OpenItem, OpenItem.pk.startswith("OPEN#")):
        yield item.pk.partition("#")[2], item.check_in_id


def all_todos() -> Iterator[tuple[str, str]]:
    """(kind, check-in): for verification only."""
    for item in table.scan(TodoItem, TodoItem.pk.startswith("TODO#")):
        yield item.pk.split("#")[1], item.check_in_id


def try_writes(whose: str, most: int, now_ms: int) -> list[Write]:
    """Count one try. Raises DigitsTooMany(retry_after_s) at commit when there were ``most`` already."""
    window = now_ms // TRIES_WINDOW_MS
    retry = DigitsTooMany(retry_after_s=window_left_s(now_ms))
    room = TriesItem.tried.does_not_exist() | (TriesItem.tried < most)
    return [Write("update", _tries(whose, window), room, (*_kept(now_ms), TriesItem.tried.add(1)), error=retry)]


def forgive_writes(whose: str, now_ms: int) -> list[Write]:
    """A right code was no wrong try."""
    item = _tries(whose, now_ms // TRIES_WINDOW_MS)
    return [table.update(item, [TriesItem.tried.add(-1)], TriesItem.tried > 0)]


def tries(whose: str, now_ms: int) -> int:
    item = table.get(TriesItem, f"TRIES#{whose}", f"{now_ms // TRIES_WINDOW_MS}")
    return int(item.tried) if item is not None else 0


def window_left_s(now_ms: int) -> int:
    """Seconds until wrong tries are forgotten."""
    return (TRIES_WINDOW_MS - now_ms % TRIES_WINDOW_MS) // 1000 + 1


def _tries(whose: str, window: int) -> TriesItem:
    return TriesItem(pk=f"TRIES#{whose}", sk=f"{window}")


def _kept(now_ms: int) -> tuple[Action, ...]:
    return (TriesItem.expires_at.set((now_ms + 2 * TRIES_WINDOW_MS) // 1000),)


def _todo(kind: Kind, of: CheckIn) -> TodoItem:
    return TodoItem(pk=f"TODO#{kind}#{of.community_id}", sk=f"{of.assess_by:%Y%m%d}#{of.id}", check_in_id=of.id)


def _item(value: CheckIn) -> CheckInItem:
    when = f"{value.in_at:013d}#{value.id}"
    return CheckInItem(
        pk=f"CHECKIN#{value.id}",
        sk="#",
        value=value,
        pk_1=f"ACTIVITY-CHECKINS#{value.activity_id}",
        sk_1=when,
        pk_2=f"MEMBER-CHECKINS#{value.member_id}",
        sk_2=when,
    )
