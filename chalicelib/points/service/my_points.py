"""What a member sees of their own: points, medal, hours, records, statement."""

from __future__ import annotations

from chalicelib import clock
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor
from chalicelib.ledger import accounts
from chalicelib.ledger.entry import BookedEntry
from chalicelib.ledger.store import balances, journal
from chalicelib.points.model import my_points as model
from chalicelib.points.model.medals import medal_state
from chalicelib.points.model.my_points import MyPoints, Record
from chalicelib.points.service import activities, assessments
from chalicelib.points.store import assessments as assessment_store
from chalicelib.points.store import checkins as store


def my_points(actor: Actor, *, now_ms: int) -> MyPoints:
    """Raises WalletMissing."""
    purse = balances.wallet(actor.member_id)
    latest = assessment_store.latest_sheet()
    opened = store.open_of(actor.member_id)
    return MyPoints(
        balances=model.balances(purse, clock.shanghai_day(now_ms)),
        medal=medal_state(latest.levels if latest else (), purse.lifetime_medal_centi),
        hours=assessment_store.hours(actor.member_id),
        open_check_in=opened.value if opened else None,
        open_activity_name=activities.get(opened.value.activity_id).name if opened else "",
    )


def records(actor: Actor, *, limit: int = 10, cursor: str = "") -> tuple[list[Record], str]:
    """One's own check-ins with their assessments, newest first. Raises BadCursor."""
    listed, more = store.of_member(actor.member_id, limit=limit, cursor=cursor)
    named = assessments.activity_names(listed)
    return [Record(one, named[one.activity_id], found) for one, found in assessments.with_assessments(listed)], more


def statement(actor: Actor, *, limit: int = 20, cursor: str = "") -> tuple[list[BookedEntry], str]:
    """Entries of one's own wallet, newest first. Raises BadCursor."""
    return journal.statement(accounts.wallet(actor.member_id), limit=limit, cursor=cursor)


def member_community(member_id: str) -> str:
    """The community that a member belongs to: whose totals their points are part of. Raises MemberUnknown."""
    return identity.member(member_id).community_id


def account(actor: Actor) -> str:
    """The address of one's own wallet in the journal."""
    return accounts.wallet(actor.member_id)
