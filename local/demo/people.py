"""The street, its communities, staff with their roles, volunteers, one paper card."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.identity import service
from chalicelib.identity.service import STREET, Role, community_scope
from chalicelib.points.service import rule_sheets
from local.demo import story
from local.demo.scene import HOUR_MS, Act, Scene, Step

_YEARS_MS = 3 * 365 * 24 * HOUR_MS
ROLES = {
    "manager": (Role.FUND_MANAGER, STREET),
    "cashier": (Role.FUND_MANAGER, STREET),
    "approver": (Role.APPROVER, STREET),
    "supervisor": (Role.SUPERVISOR, STREET),
    "coordinator": (Role.COORDINATOR, community_scope("jinxiu")),
    "assessor": (Role.ASSESSOR, community_scope("jinxiu")),
}


def steps(scene: Scene) -> Iterator[Step]:
    start = scene.moment(story.BEGAN_DAYS_AGO, 9)

    def street(now_ms: int) -> None:
        name, contact, supervision = story.STREET
        service.set_up_street(name=name, contact_phone=contact, supervision_phone=supervision, by=None, now_ms=now_ms)
        for community_id, community in story.COMMUNITIES:
            service.add_community(community_id, community, by=None, now_ms=now_ms)
        name, _, phone, _ = story.STAFF["admin"]
        if service.administrators(now_ms):
            scene.members["admin"] = service.member_by_phone(phone).id
        else:
            scene.members["admin"] = service.make_first_administrator(phone, name, now_ms).id
        rule_sheets.publish(None, rule_sheets.first_sheet(scene.day(story.BEGAN_DAYS_AGO)), now_ms=now_ms)

    yield "街道与社区", start, street
    people = {key: row[:3] for key, row in story.STAFF.items() if key != "admin"} | dict(story.VOLUNTEERS)
    for number, (key, (name, community, phone)) in enumerate(people.items(), start=1):
        yield f"登记 {name}", start + number * 60_000, _register(scene, key, name, community, phone)
    for number, (key, (role, scope)) in enumerate(ROLES.items(), start=1):
        yield f"授权 {key}", start + 2 * HOUR_MS + number * 60_000, _grant(scene, key, role, scope)
    yield "周阿姨的纸质卡", start + 3 * HOUR_MS, _card(scene)


def find(scene: Scene) -> None:
    """The staff of a data set that is loaded already, by their phones."""
    for key, (_, _, phone, _) in story.STAFF.items():
        scene.members[key] = service.member_by_phone(phone).id


def _register(scene: Scene, key: str, name: str, community: str, phone: str) -> Act:
    def act(now_ms: int) -> None:
        member = service.register_member(
            scene.by("admin", now_ms),
            name=name,
            community_id=community,
            consent_on_paper=True,
            phone=phone,
            submission=scene.submission(f"member-{key}", now_ms),
            now_ms=now_ms,
        )
        scene.members[key] = member.id

    return act


def _grant(scene: Scene, key: str, role: Role, scope: str) -> Act:
    def act(now_ms: int) -> None:
        service.grant_role(
            scene.by("admin", now_ms),
            scene.members[key],
            role,
            scope,
            ends_at=now_ms + _YEARS_MS,
            reason="街道办公会决定",
            submission=scene.submission(f"grant-{key}", now_ms),
            now_ms=now_ms,
        )

    return act


def _card(scene: Scene) -> Act:
    def act(now_ms: int) -> None:
        for key in ("zhou", "luo", "deng"):
            service.print_card(scene.by("coordinator", now_ms), scene.members[key], now_ms=now_ms)

    return act
