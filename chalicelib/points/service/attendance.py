"""What a coordinator does with the people of an activity: the live list, "not here", closing for somebody,
and the forgotten check-outs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib import ids, table
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Role, community_scope
from chalicelib.points.model import checkins as model
from chalicelib.points.model.activities import Activity
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.faults import CheckInUnknown
from chalicelib.points.service import activities, checkins
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import checkins as store
from chalicelib.points.store.checkins import CheckInItem, Todo
from chalicelib.table import Round, commit, fresh_reads


@dataclass(frozen=True, slots=True)
class Present:
    """One line of the live list. ``name`` is masked."""

    check_in: CheckIn
    name: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a coordinator or assessor; ``due`` is ``yyyymmdd``."""

    check_in: CheckIn
    activity: Activity
    name: str
    due: str


def people(actor: Actor, activity_id: str, *, limit: int = 50, cursor: str = "") -> tuple[Activity, list[Present], str]:
    """Who came, the newest first. Raises ActivityUnknown, NotAllowed, BadCursor."""
    found = activities.get(activity_id)
    actor.require_read(Role.COORDINATOR, community_scope(found.community_id))
    listed, more = store.of_activity(activity_id, limit=limit, cursor=cursor)
    named = identity.names(one.member_id for one in listed)
    return found, [Present(one, identity.masked_name(named.get(one.member_id, ""))) for one in listed], more


@fresh_reads
def flag_not_here(actor: Actor, check_in_id: str, *, now_ms: int, here_after_all: bool = False) -> CheckIn:
    """Say that this person is not to be seen, or was found after all. It voids nothing: who assesses
    sees it. Raises CheckInUnknown, NotAllowed, OwnService."""
    read = _managed(actor, check_in_id)
    by = actor.member_id
    after = model.unflag(read.value, by) if here_after_all else model.flag_not_here(read.value, by, now_ms)
    if after != read.value:
        commit(store.replace_writes(after, read))
    return after


def close_for(actor: Actor, check_in_id: str, *, submission: str, now_ms: int) -> CheckIn:
    """Check somebody out who has left without it; now counts as the end.

    Raises CheckInUnknown, NotAllowed, OwnService, AlreadyCheckedOut, CheckOutTooLate.
    """
    of = _managed(actor, check_in_id).value
    return checkins.check_out(
        of.member_id,
        of.activity_id,
        how="coordinator",
        submission=submission,
        now_ms=now_ms,
        by=actor.member_id,
        sure=True,
    )


def close_forgotten(*, now_ms: int, go_on: Callable[[], bool] = table.always) -> Round:
    """The schedule's use case: close every check-in that is open though its activity has ended and
    the last moment for a check-out has passed. Running it again finds only those that failed."""
    return table.each(
        lambda skip: list(store.forgotten_since(now_ms, skip)),
        str,
        lambda check_in_id: checkins.close_if_forgotten(check_in_id, now_ms=now_ms),
        go_on,
    )


@fresh_reads
def confirm(actor: Actor, check_in_id: str, minutes: int, *, now_ms: int) -> CheckIn:
    """Say how long somebody really served who forgot to check out. The same again is no error.

    Raises CheckInUnknown, NotAllowed, OwnService, NothingToConfirm, MinutesWrong(limit_minutes).
    """
    read = _managed(actor, check_in_id)
    before = read.value
    if before.state == "confirmed" and (before.confirmed_by, before.minutes) == (actor.member_id, minutes):
        return before
    after = model.confirm(before, actor.member_id, minutes, now_ms)
    commit(store.replace_writes(after, read) + store.done_writes("confirm", after) + store.todo_writes("assess", after))
    return after


def to_confirm(actor: Actor, community_id: str, *, limit: int = 20, cursor: str = "") -> tuple[list[Waiting], str]:
    """Forgotten check-outs of a community. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.COORDINATOR, community_scope(community_id))
    listed, more = store.todos("confirm", community_id, limit=limit, cursor=cursor)
    return waiting(listed), more


def waiting(listed: list[Todo]) -> list[Waiting]:
    """The check-ins behind a to-do list, with what a person needs to know them by."""
    read = [(todo, store.read(todo.check_in_id).value) for todo in listed]
    named = identity.names(one.member_id for _, one in read)
    of = {one.activity_id: activity_store.activity(activity_store.read(one.activity_id)) for _, one in read}
    return [
        Waiting(one, of[one.activity_id], identity.masked_name(named.get(one.member_id, "")), todo.due)
        for todo, one in read
    ]


def _managed(actor: Actor, check_in_id: str) -> CheckInItem:
    found = store.find(check_in_id) if ids.is_ulid(check_in_id) else None
    if found is None:
        raise CheckInUnknown()
    actor.require(Role.COORDINATOR, community_scope(found.value.community_id))
    return found
