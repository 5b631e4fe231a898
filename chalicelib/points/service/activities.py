"""Activities: created, shown, closed and cancelled by a coordinator of the community."""

from __future__ import annotations

from chalicelib import clock, ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Community, Role, community_scope
from chalicelib.points import codes
from chalicelib.points.model import activities as model
from chalicelib.points.model.activities import Activity, Draft, State
from chalicelib.points.model.faults import (
    ActivityCancelled,
    ActivityNotYet,
    ActivityOver,
    ActivityUnknown,
    NumbersUsedUp,
)
from chalicelib.points.service import rule_sheets
from chalicelib.points.store import activities as store
from chalicelib.table import commit, fresh_reads


@fresh_reads
def create(actor: Actor, draft: Draft, *, submission: str, now_ms: int) -> Activity:
    """A new activity; the same ``submission`` again returns it.

    Raises NotAllowed, CommunityUnknown, CategoryUnknown, SheetMissing, ActivityTextMissing,
    ActivityTextTooLong, ActivityTimesWrong, CapacityWrong, NumbersUsedUp.
    """
    activity_id = ids.derived_ulid(ids.ulid_ms(submission), "activity", submission, actor.member_id)
    before = store.find(activity_id)
    if before is not None:
        return store.activity(before)
    community = identity.community(draft.community_id)
    actor.require(Role.COORDINATOR, community_scope(community.id))
    model.check_times(draft, now_ms)
    rule_sheets.on(clock.shanghai_day(draft.starts_at)).line(draft.category)
    new = model.plan(draft, activity_id, _free_number(activity_id), actor.member_id, now_ms)
    commit(store.create_writes(new))
    return new


def get(activity_id: str) -> Activity:
    """Raises ActivityUnknown."""
    if not ids.is_ulid(activity_id):
        raise ActivityUnknown()
    return store.activity(store.read(activity_id))


def by_number(number: str) -> Activity:
    """Raises ActivityUnknown."""
    return get(store.id_by_number(number))


def managed(actor: Actor, activity_id: str) -> Activity:
    """The activity, for one of its community's coordinators. Raises ActivityUnknown, NotAllowed."""
    found = get(activity_id)
    actor.require(Role.COORDINATOR, community_scope(found.community_id))
    return found


def is_coordinator(actor: Actor | None, activity: Activity) -> bool:
    return actor is not None and actor.may(Role.COORDINATOR, community_scope(activity.community_id))


def shown_code(actor: Actor, activity_id: str, now_ms: int) -> tuple[Activity, codes.Shown]:
    """What the coordinator's screen shows at this moment.

    Raises ActivityUnknown, NotAllowed, ActivityCancelled, ActivityNotYet, ActivityOver.
    """
    found = managed(actor, activity_id)
    if found.state == "cancelled":
        raise ActivityCancelled()
    if now_ms < found.opens_at:
        raise ActivityNotYet(opens_at=found.opens_at)
    if not found.shows_code(now_ms):
        raise ActivityOver(ended_at=found.ends_at)
    return found, codes.show(found.id, found.number, now_ms)


@fresh_reads
def turn(actor: Actor, activity_id: str, state: State, *, now_ms: int) -> Activity:
    """Close check-in, open it again, or cancel the whole activity. Doing it again changes nothing.

    Raises ActivityUnknown, NotAllowed, ActivityCancelled.
    """
    managed(actor, activity_id)
    read = store.read(activity_id)
    before = store.activity(read)
    after = model.turned(before, state, actor.member_id, now_ms)
    if after != before:
        commit(store.replace_writes(after, read))
    return after


def communities(actor: Actor, role: Role) -> list[Community]:
    """The communities in which the actor holds a role, or may look over the shoulder of who does."""
    return [one for one in identity.communities() if actor.may_read(role, community_scope(one.id))]


def chosen(actor: Actor, role: Role, asked: str) -> tuple[list[Community], str]:
    """The communities to choose from and the one that was asked for; else one's own, else the first, else ""."""
    offered = communities(actor, role)
    known = [one.id for one in offered]
    own = actor.community_id if actor.community_id in known else ""
    return offered, asked or own or (known[0] if known else "")


def coming(*, community_id: str = "", now_ms: int, limit: int = 20, cursor: str = "") -> tuple[list[Activity], str]:
    """Activities of today and later, of one community or of the street, latest start first. Raises BadCursor."""
    since = clock.day_start_ms(clock.shanghai_day(now_ms))
    if community_id:
        return store.of_community(community_id, from_ms=since, limit=limit, cursor=cursor)
    return store.of_street(from_ms=since, limit=limit, cursor=cursor)


def of_community(actor: Actor, community_id: str, *, limit: int = 20, cursor: str = "") -> tuple[list[Activity], str]:
    """All activities of a community, for its coordinators. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.COORDINATOR, community_scope(community_id))
    return store.of_community(community_id, limit=limit, cursor=cursor)


def _free_number(activity_id: str) -> str:
    for number in model.numbers(activity_id):
        if not store.id_by_number(number):
            return number
    raise NumbersUsedUp()
