"""A street with two communities, its staff, volunteers and a first rule sheet, made through the services."""

from __future__ import annotations

from datetime import date

from chalicelib import ids
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Member, Role
from chalicelib.ledger import verify
from chalicelib.points.service import Activity, CheckIn, Draft, activities, checkins, rule_sheets, verification

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NINE = 1_772_672_400_000
"""Thursday 5 March 2026, 09:00 in Shanghai."""


def form(now_ms: int = NINE) -> str:
    """The ULID of a form as a page makes it."""
    return ids.ulid(now_ms)


class Street:
    def __init__(self, now_ms: int = NINE - 30 * DAY) -> None:
        self.now_ms = now_ms
        identity.set_up_street(
            name="示范街道", contact_phone="0813-1234567", supervision_phone="12345", by=None, now_ms=now_ms
        )
        first = identity.make_first_administrator("13800000001", "陈管理", now_ms)
        self.admin = identity.actor_for(first.id, now_ms)
        for community_id, name in (("longjing", "龙井社区"), ("hehua", "荷花社区")):
            identity.add_community(community_id, name, by=self.admin, now_ms=now_ms)
        rule_sheets.publish(self.admin, rule_sheets.first_sheet(date(2026, 1, 1)), now_ms=now_ms)
        self.coordinator = self.staff("李负责", Role.COORDINATOR)
        self.assessor = self.staff("王评价", Role.ASSESSOR)
        self.zhou = self.volunteer("周秀英")

    def volunteer(self, name: str, community_id: str = "longjing", phone: str = "") -> Member:
        return identity.register_member(
            self.admin,
            name=name,
            community_id=community_id,
            consent_on_paper=True,
            submission=form(self.now_ms),
            now_ms=self.now_ms,
            phone=phone,
        )

    def staff(self, name: str, role: Role, scope: str = "community:longjing", phone: str = "") -> Actor:
        return self.grant(self.volunteer(name, phone=phone), role, scope)

    def grant(self, member: Member, role: Role, scope: str = "community:longjing") -> Actor:
        identity.grant_role(
            self.admin,
            member.id,
            role,
            scope,
            ends_at=self.now_ms + 300 * DAY,
            reason="社区工作人员",
            submission=form(self.now_ms),
            now_ms=self.now_ms,
        )
        return identity.actor_for(member.id, self.now_ms)

    def actor(self, member: Member) -> Actor:
        return identity.actor_for(member.id, self.now_ms)

    def activity(
        self, name: str = "为独居老人送餐", *, starts_at: int = NINE, hours: int = 3, capacity: int = 30, **other: str
    ) -> Activity:
        draft = Draft(
            community_id=other.get("community_id", "longjing"),
            category=other.get("category", "elderly"),
            name=name,
            place="龙井社区食堂",
            content="送餐上门,陪老人说说话",
            organisation="龙井社区居委会",
            starts_at=starts_at,
            ends_at=starts_at + hours * HOUR,
            capacity=capacity,
        )
        return activities.create(self.coordinator, draft, submission=form(starts_at - DAY), now_ms=starts_at - DAY)

    def served(self, member: Member, activity: Activity, minutes: int, *, late: int = 0) -> CheckIn:
        """In ``late`` minutes after the start, and out after ``minutes``."""
        start = activity.starts_at + late * MINUTE
        checkins.check_in(member.id, activity.id, how="code", submission=form(start), now_ms=start)
        end = start + minutes * MINUTE
        return checkins.check_out(member.id, activity.id, how="code", submission=form(end), now_ms=end, sure=True)


def claims(now_ms: int = 0) -> verify.Claims:
    return verify.Claims(facts=verification.facts(), kinds=verification.kinds(), problems=verification.problems(now_ms))


def books_hold(now_ms: int = 0) -> None:
    """Every check of the ledger and of this folder."""
    assert verify.verify(lambda: claims(now_ms), tries=1) == []
