"""Eight threads want the same thing: exactly what is right passes, and the books hold."""

from __future__ import annotations

from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.ledger.store import journal
from chalicelib.merchants import service
from chalicelib.merchants.service import faults
from chalicelib.merchants.store import offers as offer_store
from chalicelib.points.service.expiry import expire_wallet
from tests.store.merchants.scene import DAY, NOW, Scene, at_once, available, award, form, held


def issue(scene: Scene, offer: service.Offer, **more: object) -> service.Voucher:
    asked = {"agreed_centi": offer.terms.price_centi, "submission": form(), "now_ms": NOW} | more
    return service.issue(scene.zhou, offer.id, **asked)  # type: ignore[arg-type]


def captures(of: service.Merchant) -> int:
    return len(journal.statement(f"liability:merchant:{of.id}", limit=100)[0])


def test_one_voucher_wanted_by_two_clerks(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issue(scene, scene.offer())
    clerks = [scene.clerk, scene.second_clerk] * 4
    results = at_once(*(partial(service.capture, clerk, voucher.id, submission=form(), now_ms=NOW) for clerk in clerks))
    assert sum(isinstance(r, service.Voucher) for r in results) == 1
    assert sum(isinstance(r, faults.AlreadyCaptured) for r in results) == 7
    assert captures(scene.shop) == 1


def test_a_double_click_at_the_till_is_one_answer(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issue(scene, scene.offer())
    once = form()
    results = at_once(
        *(partial(service.capture, scene.clerk, voucher.id, submission=once, now_ms=NOW) for _ in range(8))
    )
    assert {r.closed_at for r in results if isinstance(r, service.Voucher)} == {NOW}
    assert sum(isinstance(r, service.Voucher) for r in results) == 8
    assert captures(scene.shop) == 1


def test_capture_against_cancel_against_expiry(scene: Scene) -> None:
    award(scene.zhou, 300_00)
    offer = scene.offer(valid_days=1)
    used = 0
    for _ in range(6):
        voucher = issue(scene, offer)
        end = voucher.expires_at
        results = at_once(
            partial(service.capture, scene.clerk, voucher.id, submission=form(), now_ms=end - 1),
            partial(service.capture, scene.second_clerk, voucher.id, submission=form(), now_ms=end - 1),
            partial(service.cancel, scene.zhou, voucher.id, now_ms=end - 1),
            partial(service.cancel, scene.zhou, voucher.id, now_ms=end),
            partial(service.expire_due, end),
            partial(service.expire_due, end + DAY),
            partial(service.release_overdue, scene.zhou.id, end),
        )
        ended = service.voucher(scene.zhou, voucher.id)
        assert ended.status in ("captured", "cancelled", "expired")
        won = sum(isinstance(r, service.Voucher) and r.status == "captured" for r in results)
        assert won == (ended.status == "captured")
        used += won
        stock = offer_store.stock(offer.id)
        assert stock is not None
        assert stock.left == 10 - used
        assert (held(scene.zhou), available(scene.zhou)) == (0, 300_00 - used * 50_00)
    assert captures(scene.shop) == used


def test_one_wallet_wanted_by_ten_vouchers(scene: Scene) -> None:
    award(scene.zhou, 349_99)
    offers = [scene.offer(title=f"第{n}种") for n in range(5)]
    results = at_once(*(partial(issue, scene, offer) for offer in offers * 2))
    issued = [r for r in results if isinstance(r, service.Voucher)]
    short = [r for r in results if isinstance(r, faults.PointsShort)]
    assert (len(issued), len(short)) == (6, 4)
    assert (held(scene.zhou), available(scene.zhou)) == (300_00, 49_99)


def test_the_last_piece_wanted_by_eight(scene: Scene) -> None:
    offer = scene.offer(stock=1)
    members = [scene.member() for _ in range(8)]
    for member in members:
        award(member, 50_00)
    results = at_once(
        *(partial(service.issue, m, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW) for m in members)
    )
    assert sum(isinstance(r, service.Voucher) for r in results) == 1
    assert sum(isinstance(r, faults.OfferSoldOut) for r in results) == 7
    assert sorted(map(held, members)) == [0] * 7 + [50_00]


def test_a_double_click_on_the_last_piece_is_one_voucher(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    offer = scene.offer(stock=1, per_person_max=1)
    once = form()
    results = at_once(*(partial(issue, scene, offer, submission=once) for _ in range(8)))
    assert len({r.id for r in results if isinstance(r, service.Voucher)}) == 1
    assert sum(isinstance(r, service.Voucher) for r in results) == 8


def test_a_limit_wanted_by_eight_windows(scene: Scene) -> None:
    award(scene.zhou, 400_00)
    offer = scene.offer(per_person_max=2)
    results = at_once(*(partial(issue, scene, offer) for _ in range(8)))
    assert sum(isinstance(r, service.Voucher) for r in results) == 2
    assert sum(isinstance(r, faults.PersonLimitReached) for r in results) == 6


def test_a_release_into_a_dead_lot_beside_the_expiry_of_points(scene: Scene) -> None:
    """Both want the same wallet, and the key of an expiry is the version that it read."""
    december = clock.day_start_ms(date(2026, 12, 2))
    award(scene.zhou, 80_00, "MEDAL", "2026-11")
    vouchers = [issue(scene, scene.offer(asset="MEDAL", price_centi=20_00, valid_days=60)) for _ in range(3)]
    results = at_once(
        *(partial(service.cancel, scene.zhou, voucher.id, now_ms=december) for voucher in vouchers),
        *(partial(expire_wallet, scene.zhou.id, now_ms=december) for _ in range(5)),
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    assert (held(scene.zhou, "MEDAL"), available(scene.zhou, "MEDAL", december)) == (0, 0)
    entries, _ = journal.statement(f"liability:wallet:{scene.zhou.id}", limit=50)
    assert sum(e.amount("equity:expired", "MEDAL") for e in entries) == -80_00
