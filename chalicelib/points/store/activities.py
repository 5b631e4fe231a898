"""Activities, the numbers that lead to them, and who has a seat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.faults import ActivityUnknown
from chalicelib.table import AppItem, ModelAttribute, Write


class ActivityItem(AppItem):
    """``ACTIVITY#<id>`` / ``#``. ``by_1``: a community's, by start; ``by_2``: all, by start. ``state`` and
    ``joined`` stand outside the body because conditions ask for them."""

    value = ModelAttribute(Activity)
    state = UnicodeAttribute()
    joined = NumberAttribute(default=0)


class ActivityNumberItem(AppItem):
    """``ACTIVITYNO#<number>`` / ``#``: a number belongs to one activity for ever."""

    activity_id = UnicodeAttribute()


class SeatItem(AppItem):
    """``ACTIVITY#<id>`` / ``SEAT#<member>``: this member has checked in at least once; the last check-in."""

    check_in_id = UnicodeAttribute()


def find(activity_id: str) -> ActivityItem | None:
    return table.get(ActivityItem, f"ACTIVITY#{activity_id}", "#")


def read(activity_id: str) -> ActivityItem:
    """Raises ActivityUnknown."""
    item = find(activity_id)
    if item is None:
        raise ActivityUnknown()
    return item


def activity(item: ActivityItem) -> Activity:
    return replace(item.value, joined=int(item.joined))


def id_by_number(number: str) -> str:
    item = table.get(ActivityNumberItem, f"ACTIVITYNO#{number}", "#")
    return str(item.activity_id) if item is not None else ""


def create_writes(new: Activity) -> list[Write]:
    number = ActivityNumberItem(pk=f"ACTIVITYNO#{new.number}", sk="#", activity_id=new.id)
    return [table.create(_item(new)), table.create(number, Stale())]


def replace_writes(after: Activity, before: ActivityItem) -> list[Write]:
    return [table.replace_version(_item(after), int(before.version))]


def seat(activity_id: str, member_id: str) -> str:
    """The member's last check-in at this activity, or ""."""
    item = table.get(SeatItem, f"ACTIVITY#{activity_id}", f"SEAT#{member_id}")
    return str(item.check_in_id) if item is not None else ""


def seat_writes(activity: Activity, member_id: str, check_in_id: str, before: str) -> list[Write]:
    """The first check-in takes a seat if one is left and the activity is open; a later one needs only
    that it is open. Stale when that changed, so that the refusal is decided on fresh reads."""
    seat = SeatItem(pk=f"ACTIVITY#{activity.id}", sk=f"SEAT#{member_id}", check_in_id=check_in_id)
    item = ActivityItem(pk=f"ACTIVITY#{activity.id}", sk="#")
    is_open = ActivityItem.state == "open"
    if before:
        same = table.update(seat, [SeatItem.check_in_id.set(check_in_id)], SeatItem.check_in_id == before)
        return [same, table.check(item, is_open, Stale())]
    takes = [ActivityItem.joined.add(1), ActivityItem.version.add(1)]
    left = is_open & (ActivityItem.joined < activity.capacity)
    return [table.create(seat), table.update(item, takes, left)]


def of_community(
    community_id: str, *, from_ms: int = 0, limit: int = 20, cursor: str = ""
) -> tuple[list[Activity], str]:
    """A community's activities that start at ``from_ms`` or later, latest start first."""
    return _page(f"COMMUNITY-ACTIVITIES#{community_id}", "by_1", from_ms, limit, cursor)


def of_street(*, from_ms: int = 0, limit: int = 20, cursor: str = "") -> tuple[list[Activity], str]:
    return _page("ACTIVITIES", "by_2", from_ms, limit, cursor)


def all_activities() -> Iterator[Activity]:
    """For verification only."""
    for item in table.scan(ActivityItem, ActivityItem.pk.startswith("ACTIVITY#") & (ActivityItem.sk == "#")):
        yield activity(item)


def all_seats() -> Iterator[tuple[str, str]]:
    """(activity, member): for verification only."""
    wanted = SeatItem.pk.startswith("ACTIVITY#") & SeatItem.sk.startswith("SEAT#")
    for item in table.scan(SeatItem, wanted):
        yield item.pk.partition("#")[2], item.sk.partition("#")[2]


def _page(pk: str, index: str, from_ms: int, limit: int, cursor: str) -> tuple[list[Activity], str]:
    sort = ActivityItem.sk_1 if index == "by_1" else ActivityItem.sk_2
    later = sort >= f"{from_ms:013d}" if from_ms else None
    items, more = table.page(ActivityItem, pk, index=index, condition=later, limit=limit, cursor=cursor)
    return [activity(item) for item in items], more


def _item(value: Activity) -> ActivityItem:
    when = f"{value.starts_at:013d}#{value.id}"
    return ActivityItem(
        pk=f"ACTIVITY#{value.id}",
        sk="#",
        value=value,
        state=value.state,
        joined=value.joined,
        pk_1=f"COMMUNITY-ACTIVITIES#{value.community_id}",
        sk_1=when,
        pk_2="ACTIVITIES",
        sk_2=when,
    )
