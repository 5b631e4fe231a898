"""How a shop comes to its till: application, another person's approval, clerks by phone number."""

from __future__ import annotations

import pytest

from chalicelib.errors import NotAllowed
from chalicelib.identity import service as identity
from chalicelib.ledger.errors import IdempotencyMismatch
from chalicelib.ledger.store import totals
from chalicelib.merchants import service
from chalicelib.merchants.service import faults
from tests.store.merchants.scene import DAY, NOW, YEAR, Scene, at_once, form, granted, opened, person


def applied(scene: Scene, submission: str = "") -> service.Merchant:
    return service.apply(
        scene.coordinator,
        name="  鲜果  铺 ",
        community_id="anfu",
        place="安福路20号",
        phone="",
        submission=submission or form(),
        now_ms=NOW,
    )


def test_application_then_approval_opens_the_account(scene: Scene) -> None:
    once = form()
    shop = applied(scene, once)
    assert (shop.status, shop.name, applied(scene, once)) == ("applied", "鲜果 铺", shop)
    assert f"merchant:{shop.id}" not in totals.owners()
    active = service.approve(scene.approver, shop.id, agreement="商协4号", now_ms=NOW)
    assert service.approve(scene.approver, shop.id, agreement="商协4号", now_ms=NOW) == active
    assert f"merchant:{shop.id}" in totals.owners()
    assert shop.id in {m.id for m in service.merchants(scene.coordinator, "active")[0]}


def test_nobody_approves_their_own_application(scene: Scene) -> None:
    both = granted(scene.admin, scene.coordinator, identity.Role.APPROVER, identity.STREET)
    shop = applied(scene)
    with pytest.raises(faults.OwnApplication):
        service.approve(both, shop.id, agreement="商协4号", now_ms=NOW)
    with pytest.raises(NotAllowed):
        service.approve(scene.coordinator, shop.id, agreement="商协4号", now_ms=NOW)


def test_two_approvers_at_once_decide_once(scene: Scene) -> None:
    other = granted(scene.admin, person(scene.admin, "钱审批", "13800000099"), identity.Role.APPROVER, identity.STREET)
    shop = applied(scene)
    results = at_once(
        lambda: service.approve(scene.approver, shop.id, agreement="商协4号", now_ms=NOW),
        lambda: service.reject(other, shop.id, why="材料不全", now_ms=NOW),
    )
    assert sum(isinstance(result, service.Merchant) for result in results) == 1
    assert sum(isinstance(result, faults.MerchantDecided) for result in results) == 1


def test_nothing_is_offered_before_the_approval(scene: Scene) -> None:
    shop = applied(scene)
    with pytest.raises(faults.MerchantNotActive):
        scene.offer(shop)
    rejected = service.reject(scene.approver, shop.id, why="材料不全", now_ms=NOW)
    assert (rejected.status, rejected.why) == ("rejected", "材料不全")
    with pytest.raises(faults.MerchantNotActive):
        service.add_clerk(
            scene.admin, shop.id, phone="13800000007", ends_at=NOW + DAY, reason="店员", submission=form(), now_ms=NOW
        )


def test_a_clerk_is_a_member_found_by_phone(scene: Scene) -> None:
    assert {clerk.name for clerk in service.clerks(scene.clerk, scene.shop.id, NOW)} == {"刘店长", "赵店员"}
    assert [m.id for m in service.merchants_of(scene.clerk)] == [scene.shop.id]
    with pytest.raises(identity.faults.MemberUnknown):
        service.add_clerk(
            scene.admin, scene.shop.id, phone="13999999999", ends_at=NOW + YEAR, reason="店员",
            submission=form(), now_ms=NOW,
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        service.add_clerk(
            scene.coordinator, scene.shop.id, phone="13800000007", ends_at=NOW + YEAR, reason="店员",
            submission=form(), now_ms=NOW,
        )  # fmt: skip


def test_offers_are_made_once_for_a_form_and_by_staff_only(scene: Scene) -> None:
    once = form()
    terms = service.Terms(title="理发", asset="TIME", price_centi=10_00)
    made = service.add_offer(scene.coordinator, scene.barber.id, terms, submission=once, now_ms=NOW)
    assert service.add_offer(scene.coordinator, scene.barber.id, terms, submission=once, now_ms=NOW) == made
    with pytest.raises(NotAllowed):
        service.add_offer(scene.barber_clerk, scene.barber.id, terms, submission=form(), now_ms=NOW)
    with pytest.raises(faults.PriceInvalid):
        scene.offer(price_centi=0)
    dearer = service.Terms(title="理发", asset="TIME", price_centi=12_00)
    with pytest.raises(IdempotencyMismatch):
        service.add_offer(scene.coordinator, scene.barber.id, dearer, submission=once, now_ms=NOW)
    seen, _ = service.offers_of(scene.barber_clerk, scene.barber.id)
    assert [(one.offer.id, one.stock) for one in seen] == [(made.id, None)]


def test_restocking_once_for_a_form_and_never_below_nothing(scene: Scene) -> None:
    offer = scene.offer(stock=3)
    once = form()
    for _ in range(2):
        assert service.restock(scene.coordinator, offer.id, 5, submission=once, now_ms=NOW).left == 8
    with pytest.raises(IdempotencyMismatch):
        service.restock(scene.coordinator, offer.id, 50, submission=once, now_ms=NOW)
    assert service.restock(scene.coordinator, offer.id, -8, submission=form(), now_ms=NOW).left == 0
    for pieces in (-1, 0, 2_000_000):
        with pytest.raises(faults.StockInvalid):
            service.restock(scene.coordinator, offer.id, pieces, submission=form(), now_ms=NOW)
    with pytest.raises(faults.StockUnlimited):
        service.restock(scene.coordinator, scene.offer(stock=None).id, 1, submission=form(), now_ms=NOW)
    again = form()
    results = at_once(
        *(lambda: service.restock(scene.coordinator, offer.id, 2, submission=again, now_ms=NOW) for _ in range(4))
    )
    assert [r.left for r in results if isinstance(r, service.Stock)] == [2] * 4


def test_lists_have_pages(scene: Scene) -> None:
    for number in range(5):
        scene.offer(title=f"第{number}种")
    first, cursor = service.offers(limit=3)
    rest, end = service.offers(limit=3, cursor=cursor)
    assert len({one.offer.id for one in first + rest}) == 5
    assert end == "" or service.offers(limit=3, cursor=end)[0] == []
    opened(scene.coordinator, scene.approver, "第三家")
    page, more = service.merchants(scene.approver, "active", limit=2)
    assert (len(page), bool(more)) == (2, True)
