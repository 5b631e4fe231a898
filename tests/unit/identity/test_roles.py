from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.errors import NotAllowed
from chalicelib.identity.model.faults import GrantEndInvalid, RoleUnknown, ScopeInvalid
from chalicelib.identity.model.member import Member
from chalicelib.identity.model.roles import STREET, Actor, Grant, Role, check_grant, role_of
from chalicelib.identity.model.sessions import STAFF_SESSION_MS, VOLUNTEER_SESSION_MS, Session

NOW = 1_794_000_000_000
DAY = 24 * 60 * 60 * 1000


def grant(role: Role, scope: str, ends_at: int = NOW + DAY) -> Grant:
    return Grant("G", role, scope, ends_at, NOW, "A", "why")


def actor(*grants: Grant) -> Actor:
    return Actor("M", "周秀英", "S", grants)


def test_a_role_reaches_as_far_as_its_scope() -> None:
    one = actor(grant(Role.COORDINATOR, "community:longjing"))
    assert one.may(Role.COORDINATOR, "community:longjing")
    assert not one.may(Role.COORDINATOR, "community:hehua")
    assert not one.may(Role.COORDINATOR, STREET)
    assert not one.may(Role.ASSESSOR, "community:longjing")
    whole = actor(grant(Role.COORDINATOR, STREET))
    assert whole.may(Role.COORDINATOR, "community:hehua")


def test_no_role_contains_another() -> None:
    admin = actor(grant(Role.ADMIN, STREET))
    assert not any(admin.may(role, STREET) for role in Role if role is not Role.ADMIN)


def test_the_supervisor_reads_everything_and_changes_nothing() -> None:
    one = actor(grant(Role.SUPERVISOR, STREET))
    for role in set(Role) - {Role.SUPERVISOR}:
        one.require_read(role, "fund:f1")
        with pytest.raises(NotAllowed):
            one.require(role, "fund:f1")
    with pytest.raises(NotAllowed):
        actor().require_read(Role.APPROVER, STREET)


def test_a_clerk_belongs_to_a_shop_and_an_end_lies_ahead() -> None:
    check_grant(Role.CLERK, "merchant:M1", NOW + DAY, NOW)
    for role, scope in (
        (Role.CLERK, STREET),
        (Role.CLERK, "merchant:"),
        (Role.CLERK, "merchant:<b>"),
        (Role.ADMIN, "community:x"),
        (Role.APPROVER, "merchant:M1"),
        (Role.COORDINATOR, "x" * 1000),
    ):
        with pytest.raises(ScopeInvalid):
            check_grant(role, scope, NOW + DAY, NOW)
    for ends_at in (NOW, NOW - 1, NOW + 4 * 366 * DAY):
        with pytest.raises(GrantEndInvalid):
            check_grant(Role.ADMIN, STREET, ends_at, NOW)
    with pytest.raises(RoleUnknown):
        role_of("emperor")


MEMBER = Member("M", "V00000000", "周秀英", "longjing", "zh", NOW)


def test_an_ended_grant_is_not_in_force() -> None:
    member = replace(MEMBER, grants=(grant(Role.ADMIN, STREET, NOW + 5),))
    assert member.as_actor("S", NOW + 4).is_admin
    assert not member.as_actor("S", NOW + 5).is_admin


def test_a_session_holds_thirty_days_and_twelve_hours_while_one_holds_a_role() -> None:
    session = Session("S", "M", NOW)
    staff = replace(MEMBER, grants=(grant(Role.CLERK, "merchant:M1", NOW + 300 * DAY),))
    assert session.holds_for(MEMBER, NOW + VOLUNTEER_SESSION_MS - 1)
    assert not session.holds_for(MEMBER, NOW + VOLUNTEER_SESSION_MS)
    assert session.holds_for(staff, NOW + STAFF_SESSION_MS - 1)
    assert not session.holds_for(staff, NOW + STAFF_SESSION_MS)
    assert not session.holds_for(replace(MEMBER, sessions_from=NOW + 1), NOW + 2)
