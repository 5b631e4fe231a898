"""Setting up, registering, roles, cards, on the real engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity import service
from chalicelib.identity.service import Actor, Member, Role, faults

from .conftest import DAY, NOW, form


def register(by: Actor, name: str = "刘奶奶", community_id: str = "longjing", **more: str) -> Member:
    return service.register_member(
        by, name=name, community_id=community_id, consent_on_paper=True, submission=form(), now_ms=NOW, **more
    )


def give(by: Actor, member_id: str, role: Role, scope: str = "street") -> service.Grant:
    return service.grant_role(
        by, member_id, role, scope, ends_at=NOW + 90 * DAY, reason="工作需要", submission=form(), now_ms=NOW
    )


# --- setting up --------------------------------------------------------------------------------


def test_one_first_administrator_even_from_eight_commands_at_once(tables: object) -> None:
    def make(number: int) -> str:
        try:
            return service.make_first_administrator(f"1380000000{number}", "陈管理", NOW).id
        except faults.AdministratorExists as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(make, range(8)))
    assert told.count("administrator_exists") == 7
    assert len(service.administrators(NOW)) == 1
    assert list(service.verify_facts()) == []


def test_when_every_grant_has_ended_the_command_helps_again(admin: Actor) -> None:
    with pytest.raises(faults.AdministratorExists):
        service.make_first_administrator("13800000003", "新管理", NOW + 365 * DAY)
    after = service.make_first_administrator("13800000001", "陈管理", NOW + 366 * DAY)
    assert after.id == admin.member_id
    assert service.actor_for(after.id, NOW + 366 * DAY).is_admin


def test_street_and_communities(admin: Actor) -> None:
    assert service.street().name == "示范街道"
    assert [one.id for one in service.communities()] == ["hehua", "longjing"]
    assert service.add_community("hehua", "荷花社区", by=admin, now_ms=NOW).name == "荷花社区"
    with pytest.raises(faults.CommunityExists):
        service.add_community("hehua", "另一个", by=admin, now_ms=NOW)
    for wrong in ("", "X", "a", "a b", "荷花", "a" * 33, "-a"):
        with pytest.raises(faults.CommunityIdInvalid):
            service.add_community(wrong, "社区", by=admin, now_ms=NOW)


def test_before_anything_was_set_up(tables: object) -> None:
    with pytest.raises(faults.StreetNotSetUp):
        service.street()
    assert service.communities() == []


def test_only_an_administrator_sets_up(coordinator: Actor) -> None:
    with pytest.raises(NotAllowed):
        service.set_up_street(name="x街道", contact_phone="", supervision_phone="", by=coordinator, now_ms=NOW)
    with pytest.raises(NotAllowed):
        service.add_community("new", "新社区", by=coordinator, now_ms=NOW)


# --- members -----------------------------------------------------------------------------------


def test_registering_somebody_without_a_phone(coordinator: Actor) -> None:
    click = form()
    both = [
        service.register_member(
            coordinator, name="刘奶奶", community_id="longjing", consent_on_paper=True, submission=click, now_ms=NOW
        )
        for _ in range(2)
    ]
    assert both[0] == both[1]
    assert both[0].phone is None
    assert both[0].consents[0].how == "paper"
    number = both[0].number
    assert service.find_member(coordinator, f"{number[:1]} {number[1:5]}-{number[5:].lower()}") == both[0]
    assert list(service.verify_facts()) == []


def test_registering_needs_the_community_s_own_coordinator_and_a_signature(coordinator: Actor) -> None:
    with pytest.raises(NotAllowed):
        register(coordinator, community_id="hehua")
    with pytest.raises(NotAllowed):
        register(service.actor_for(register(coordinator).id, NOW))
    with pytest.raises(faults.ConsentMissing):
        service.register_member(
            coordinator, name="刘", community_id="longjing", consent_on_paper=False, submission=form(), now_ms=NOW
        )


def test_one_phone_one_member(coordinator: Actor) -> None:
    def enter(number: int) -> str:
        try:
            return register(coordinator, f"王{'一二三四五六七八'[number]}", phone="138 0000 0077").id
        except faults.PhoneTaken as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(enter, range(8)))
    assert told.count("phone_taken") == 7
    assert list(service.verify_facts()) == []


def test_finding_by_number_or_whole_phone_and_by_nothing_else(coordinator: Actor, admin: Actor) -> None:
    member = register(coordinator, phone="13800000077")
    assert service.find_member(coordinator, "+86 138-0000-0077").id == member.id
    for text, error in (
        ("13800000078", faults.MemberUnknown),
        ("V00000000", faults.PhoneInvalid),
        ("刘奶奶", faults.PhoneInvalid),
        ("1380000", faults.PhoneInvalid),
        ("", faults.PhoneMissing),
        ("x" * 100_000, faults.PhoneInvalid),
    ):
        with pytest.raises(error):
            service.find_member(coordinator, text)
    with pytest.raises(NotAllowed):
        service.find_member(service.actor_for(member.id, NOW), "13800000001")


def test_a_full_phone_is_shown_for_a_reason_and_logged(coordinator: Actor, admin: Actor) -> None:
    member = register(coordinator, phone="13800000077")
    assert member.phone_masked == "138****0077"
    with pytest.raises(faults.ReasonMissing):
        service.reveal_phone(coordinator, member.id, reason=" ", now_ms=NOW)
    assert service.reveal_phone(coordinator, member.id, reason="活动改期,通知本人", now_ms=NOW) == "13800000077"
    notes, _ = service.notes_about(service.actor_for(member.id, NOW), member.id)
    assert [(n.what, n.by, n.why) for n in notes if n.what == "reveal_phone"] == [
        ("reveal_phone", coordinator.member_id, "活动改期,通知本人")
    ]
    assert "13800000077" not in str(notes)
    with pytest.raises(NotAllowed):
        service.notes_about(coordinator, member.id)
    with pytest.raises(faults.NoPhone):
        service.reveal_phone(coordinator, register(coordinator).id, reason="联系本人", now_ms=NOW)


def test_a_supervisor_sees_but_does_not_touch(admin: Actor, coordinator: Actor) -> None:
    watcher = register(admin, "监督员甲")
    give(admin, watcher.id, Role.SUPERVISOR)
    eye = service.actor_for(watcher.id, NOW)
    member = register(coordinator, phone="13800000077")
    assert service.seen_member(eye, member.id).id == member.id
    assert service.members_of(eye, "longjing")[0]
    assert service.staff(eye)
    assert service.notes_in(eye, "202611")[0]
    for forbidden in (
        lambda: service.reveal_phone(eye, member.id, reason="想看看", now_ms=NOW),
        lambda: service.print_card(eye, member.id, now_ms=NOW),
        lambda: register(eye),
        lambda: give(eye, member.id, Role.CLERK, "merchant:M1"),
    ):
        with pytest.raises(NotAllowed):
            forbidden()


# --- roles -------------------------------------------------------------------------------------


def test_a_grant_is_in_force_at_once_and_gone_at_once(admin: Actor) -> None:
    member = register(admin)
    click = form()
    grants = [
        service.grant_role(
            admin, member.id, Role.ASSESSOR, "community:hehua",
            ends_at=NOW + DAY, reason="评价", submission=click, now_ms=NOW + 1,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert grants[0] == grants[1]
    assert service.actor_for(member.id, NOW).may(Role.ASSESSOR, "community:hehua")
    assert [one.id for one in service.holders(Role.ASSESSOR, "community:hehua", NOW)] == [member.id]
    with pytest.raises(faults.GrantExists):
        give(admin, member.id, Role.ASSESSOR, "community:hehua")
    assert not service.actor_for(member.id, NOW + DAY).grants
    service.revoke_grant(admin, member.id, grants[0].id, reason="调离", now_ms=NOW + 2)
    assert not service.actor_for(member.id, NOW).grants
    with pytest.raises(faults.GrantUnknown):
        service.revoke_grant(admin, member.id, grants[0].id, reason="调离", now_ms=NOW)
    notes, _ = service.notes_about(admin, member.id)
    assert [(n.what, n.why, n.detail) for n in notes][:2] == [
        ("revoke", "调离", "assessor community:hehua"),
        ("grant", "评价", "assessor community:hehua"),
    ]


@pytest.mark.parametrize(
    ("role", "scope", "error"),
    [
        (Role.COORDINATOR, "community:nowhere", faults.CommunityUnknown),
        (Role.COORDINATOR, "", faults.ScopeInvalid),
        (Role.CLERK, "street", faults.ScopeInvalid),
        (Role.ADMIN, "street'; --", faults.ScopeInvalid),
    ],
)
def test_a_grant_that_makes_no_sense(admin: Actor, role: Role, scope: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        give(admin, register(admin).id, role, scope)


def test_granting_is_for_administrators(coordinator: Actor, admin: Actor) -> None:
    with pytest.raises(NotAllowed):
        give(coordinator, coordinator.member_id, Role.FUND_MANAGER)
    with pytest.raises(faults.MemberUnknown):
        give(admin, form(), Role.APPROVER)


def test_two_administrators_who_revoke_each_other_leave_one(admin: Actor) -> None:
    other = register(admin, "副管理")
    give(admin, other.id, Role.ADMIN)
    two = [admin, service.actor_for(other.id, NOW)]

    def revoke(number: int) -> str:
        target = two[1 - number]
        try:
            service.revoke_grant(two[number], target.member_id, target.grants[0].id, reason="互相撤销", now_ms=NOW)
        except faults.LastAdministrator as error:
            return error.code
        return "revoked"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(revoke, range(2))) == ["last_administrator", "revoked"]
    assert len(service.administrators(NOW)) == 1


# --- cards -------------------------------------------------------------------------------------


def test_a_card_is_scanned_typed_lost_and_replaced(coordinator: Actor) -> None:
    member = register(coordinator)
    card = service.print_card(coordinator, member.id, now_ms=NOW)
    assert service.print_card(coordinator, member.id, now_ms=NOW) == card
    token = service.card_token(card.number)
    typed = f"{card.number[:1].lower()} {card.number[1:5]} {card.number[5:]}"
    for text in (token, f"https://x.example/api/c/{token}", card.number, typed, f" {token}\n"):
        assert service.member_by_card(text, NOW).id == member.id

    new = service.reprint_card(coordinator, member.id, old_number=card.number, reason="丢失", now_ms=NOW + 1)
    twice = service.reprint_card(coordinator, member.id, old_number=card.number, reason="丢失", now_ms=NOW + 2)
    assert new == twice
    for text in (token, card.number):
        with pytest.raises(faults.CardRevoked) as told:
            service.member_by_card(text, NOW + 2)
        assert told.value.fields == {"revoked_at": NOW + 1}
    assert service.member_by_card(service.card_token(new.number), NOW + 2).id == member.id

    service.revoke_card(coordinator, member.id, number=new.number, reason="不再需要", now_ms=NOW + 3)
    with pytest.raises(faults.CardRevoked):
        service.member_by_card(new.number, NOW + 4)
    assert list(service.verify_facts()) == []


def test_cards_that_are_not_ours(coordinator: Actor) -> None:
    member = register(coordinator)
    card = service.print_card(coordinator, member.id, now_ms=NOW)
    token = service.card_token(card.number)
    for text, error in (
        ("zz" + token[2:], faults.TokenForged),
        (service.sign_token("voucher", card.number), faults.TokenForged),
        (service.card_token("C00000000"), faults.CardUnknown),
        ("C00000000", faults.CardUnknown),
        ("hello", faults.TokenMalformed),
        ("", faults.TokenMalformed),
        ("https://example.com/", faults.TokenMalformed),
        ("x" * 100_000, faults.TokenMalformed),
    ):
        with pytest.raises(error):
            service.member_by_card(text, NOW)


def test_a_card_of_another_member_is_not_revoked(coordinator: Actor) -> None:
    one, two = register(coordinator), register(coordinator, "王五")
    card = service.print_card(coordinator, one.id, now_ms=NOW)
    with pytest.raises(faults.CardUnknown):
        service.revoke_card(coordinator, two.id, number=card.number, reason="弄错了", now_ms=NOW)
    with pytest.raises(faults.CardUnknown):
        service.reprint_card(coordinator, two.id, old_number=card.number, reason="弄错了", now_ms=NOW)


def test_eight_prints_at_once_make_one_card(coordinator: Actor) -> None:
    member = register(coordinator)
    with ThreadPoolExecutor(8) as pool:
        cards = list(pool.map(lambda _: service.print_card(coordinator, member.id, now_ms=NOW), range(8)))
    assert len({card.number for card in cards}) == 1
    assert list(service.verify_facts()) == []
