"""Issue → capture or release: exactly one of the two, and everything comes back that should."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib import clock, table
from chalicelib.errors import NotAllowed
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.merchants import service
from chalicelib.merchants.service import faults
from chalicelib.merchants.store import offers as offer_store
from tests.store.merchants.scene import DAY, HOUR, MINUTE, NOW, Scene, available, award, form, held


def issued(scene: Scene, offer: service.Offer, **more: object) -> service.Voucher:
    asked = {"agreed_centi": offer.terms.price_centi, "submission": form(), "now_ms": NOW} | more
    return service.issue(scene.zhou, offer.id, **asked)  # type: ignore[arg-type]


def left(offer: service.Offer) -> int:
    stock = offer_store.stock(offer.id)
    assert stock is not None
    return stock.left


def test_issuing_holds_the_points_and_takes_one_from_stock(scene: Scene) -> None:
    award(scene.zhou, 120_00)
    offer = scene.offer()
    voucher = issued(scene, offer)
    assert (available(scene.zhou), held(scene.zhou), left(offer)) == (70_00, 50_00, 9)
    assert voucher.last_day == date(2026, 12, 11)
    assert voucher.lots == {"never": 50_00}
    assert service.find(scene.clerk, voucher.code, now_ms=NOW).voucher == voucher
    # nothing is booked before the capture
    assert journal.statement(f"liability:merchant:{scene.shop.id}")[0] == []


def test_the_same_form_makes_one_voucher(scene: Scene) -> None:
    award(scene.zhou, 120_00)
    offer = scene.offer()
    once = form()
    first = issued(scene, offer, submission=once)
    assert issued(scene, offer, submission=once) == first
    assert (held(scene.zhou), left(offer)) == (50_00, 9)
    # … even when the points would not suffice for another, and the offer is paused meanwhile
    service.set_status(scene.coordinator, offer.id, "paused", now_ms=NOW)
    assert issued(scene, offer, submission=once) == first


def test_capture_books_the_points_to_the_merchant(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issued(scene, scene.offer())
    with table.counting() as units:
        done = service.capture(scene.clerk, voucher.id, submission=form(), now_ms=NOW + HOUR)
    assert units.write > 0
    assert (done.status, done.closed_at, done.goods) == ("captured", NOW + HOUR, "大米5公斤×1")
    assert (available(scene.zhou), held(scene.zhou)) == (0, 0)
    for account in (f"liability:merchant:{scene.shop.id}", f"liability:wallet:{scene.zhou.id}"):
        entries, _ = journal.statement(account)
        assert entries[0].key == f"capture:{voucher.id}"
        assert (entries[0].owner, entries[0].wallet_owner) == (f"merchant:{scene.shop.id}", "community:anfu")
    owed = service.owed(scene.clerk, scene.shop.id, now_ms=NOW + HOUR)
    assert owed.points_centi == {"TIME": 50_00, "MEDAL": 0}
    assert (owed.tally.captured, owed.tally.reimbursement_fen) == (1, 28_00)
    # no money is in the books for it
    assert all(asset != "CNY" for asset, _ in totals.trial_balance())


def test_a_second_scan_says_when_it_was_redeemed(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issued(scene, scene.offer())
    once = form()
    first = service.capture(scene.clerk, voucher.id, submission=once, now_ms=NOW)
    assert service.capture(scene.clerk, voucher.id, submission=once, now_ms=NOW + MINUTE) == first
    for clerk, again in ((scene.clerk, form()), (scene.second_clerk, form()), (scene.second_clerk, once)):
        with pytest.raises(faults.AlreadyCaptured) as refused:
            service.capture(clerk, voucher.id, submission=again, now_ms=NOW + MINUTE)
        assert refused.value.fields == {"captured_at": NOW, "goods": "大米5公斤×1"}
    refusal = service.find(scene.clerk, voucher.code, now_ms=NOW + MINUTE).refusal
    assert isinstance(refusal, faults.AlreadyCaptured)


def test_cancelling_gives_everything_back(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    offer = scene.offer(stock=1, per_person_max=1)
    voucher = issued(scene, offer)
    cancelled = service.cancel(scene.zhou, voucher.id, now_ms=NOW + HOUR)
    assert (cancelled.status, available(scene.zhou), held(scene.zhou), left(offer)) == ("cancelled", 50_00, 0, 1)
    assert service.cancel(scene.zhou, voucher.id, now_ms=NOW + DAY) == cancelled
    with pytest.raises(faults.VoucherCancelled):
        service.capture(scene.clerk, voucher.id, submission=form(), now_ms=NOW + HOUR)
    again = issued(scene, offer)
    service.capture(scene.clerk, again.id, submission=form(), now_ms=NOW)
    with pytest.raises(faults.UsedNotCancellable):
        service.cancel(scene.zhou, again.id, now_ms=NOW)


def test_a_voucher_is_good_to_the_last_minute_of_its_last_day(scene: Scene) -> None:
    award(scene.zhou, 100_00)
    offer = scene.offer(valid_days=1)
    one, two = issued(scene, offer), issued(scene, offer)
    midnight = clock.day_start_ms(date(2026, 11, 13))
    service.capture(scene.clerk, one.id, submission=form(), now_ms=midnight - 1)
    with pytest.raises(faults.VoucherExpired) as refused:
        service.capture(scene.clerk, two.id, submission=form(), now_ms=midnight)
    assert refused.value.fields == {"last_day": date(2026, 11, 12)}
    # trying it has released it
    assert (available(scene.zhou), left(offer)) == (50_00, 9)
    assert service.voucher(scene.zhou, two.id).status == "expired"


def test_the_schedule_releases_what_is_overdue_once(scene: Scene) -> None:
    award(scene.zhou, 150_00)
    offer = scene.offer(valid_days=1)
    one, two, three = (issued(scene, offer) for _ in range(3))
    service.capture(scene.clerk, one.id, submission=form(), now_ms=NOW)
    service.cancel(scene.zhou, two.id, now_ms=NOW)
    assert service.expire_due(NOW + DAY).done == 0
    assert service.expire_due(NOW + 2 * DAY).done == 1
    assert service.expire_due(NOW + 2 * DAY).done == 0
    assert service.voucher(scene.zhou, three.id).status == "expired"
    assert (available(scene.zhou), held(scene.zhou), left(offer)) == (100_00, 0, 9)


def test_an_overdue_hold_does_not_stand_in_the_way(scene: Scene) -> None:
    """Before the schedule has run, the points, the limit and the last piece are free again."""
    award(scene.zhou, 50_00)
    offer = scene.offer(valid_days=1, per_person_max=1)
    first = issued(scene, offer)
    later = NOW + 3 * DAY
    assert service.purse(scene.zhou, offer, now_ms=NOW).missing_centi == 50_00
    assert service.purse(scene.zhou, offer, now_ms=later).enough
    second = issued(scene, offer, now_ms=later)
    assert service.voucher(scene.zhou, first.id).status == "expired"
    assert second.status == "open"


def test_points_whose_lot_died_meanwhile_expire_when_released(scene: Scene) -> None:
    award(scene.zhou, 30_00, "MEDAL", "2026-11")
    award(scene.zhou, 30_00, "MEDAL", "2027-12")
    voucher = issued(scene, scene.offer(asset="MEDAL"))
    assert voucher.lots == {"2026-11": 30_00, "2027-12": 20_00}
    december = clock.day_start_ms(date(2026, 12, 2))
    version = balances.wallet(scene.zhou.id).version
    service.cancel(scene.zhou, voucher.id, now_ms=december)
    assert available(scene.zhou, "MEDAL", december) == 30_00
    expiry = journal.statement(f"liability:wallet:{scene.zhou.id}")[0][0]
    assert (expiry.key, expiry.kind) == (f"expiry:{scene.zhou.id}:{version}", "expiry")
    assert expiry.amount("equity:expired", "MEDAL") == -30_00


def test_captured_points_whose_lot_died_are_still_the_merchants(scene: Scene) -> None:
    award(scene.zhou, 50_00, "MEDAL", "2026-11")
    voucher = issued(scene, scene.offer(asset="MEDAL"))
    service.capture(scene.clerk, voucher.id, submission=form(), now_ms=clock.day_start_ms(date(2026, 12, 2)) + 9 * HOUR)
    assert service.owed(scene.clerk, scene.shop.id, now_ms=NOW).points_centi["MEDAL"] == 50_00


def test_not_enough_points_says_how_many_are_missing(scene: Scene) -> None:
    award(scene.zhou, 42_50)
    with pytest.raises(faults.PointsShort) as short:
        issued(scene, scene.offer())
    assert short.value.fields == {
        "asset": "TIME",
        "available_centi": 42_50,
        "asked_centi": 50_00,
        "missing_centi": 7_50,
    }


def test_points_of_the_other_asset_do_not_count(scene: Scene) -> None:
    award(scene.zhou, 500_00, "MEDAL")
    with pytest.raises(faults.PointsShort):
        issued(scene, scene.offer())


def test_stock_runs_out(scene: Scene) -> None:
    award(scene.zhou, 200_00)
    offer = scene.offer(stock=1)
    issued(scene, offer)
    with pytest.raises(faults.OfferSoldOut):
        issued(scene, offer)
    service.restock(scene.coordinator, offer.id, 2, submission=form(), now_ms=NOW)
    issued(scene, offer)
    assert left(offer) == 1


def test_limits_per_person_and_per_shanghai_month(scene: Scene) -> None:
    award(scene.zhou, 1000_00)
    offer = scene.offer(per_person_max=3, per_month_max=2)
    for _ in range(2):
        issued(scene, offer)
    with pytest.raises(faults.MonthLimitReached) as refused:
        issued(scene, offer)
    assert refused.value.fields == {"limit": 2, "again_on": date(2026, 12, 1)}
    # 30 November 16:00 UTC is 1 December in Shanghai
    december = clock.day_start_ms(date(2026, 12, 1))
    with pytest.raises(faults.MonthLimitReached):
        issued(scene, offer, now_ms=december - 1)
    issued(scene, offer, now_ms=december)
    with pytest.raises(faults.PersonLimitReached):
        issued(scene, offer, now_ms=december)


def test_a_price_that_changed_is_not_taken(scene: Scene) -> None:
    award(scene.zhou, 100_00)
    with pytest.raises(faults.OfferChanged):
        issued(scene, scene.offer(), agreed_centi=40_00)


def test_a_paused_offer_and_a_suspended_merchant_give_nothing(scene: Scene) -> None:
    award(scene.zhou, 200_00)
    offer, other = scene.offer(), scene.offer(scene.barber, title="理发")
    voucher = issued(scene, other)
    service.set_status(scene.coordinator, offer.id, "paused", now_ms=NOW)
    with pytest.raises(faults.OfferPaused):
        issued(scene, offer)
    service.suspend(scene.coordinator, scene.barber.id, why="停业整顿", now_ms=NOW)
    with pytest.raises(faults.MerchantSuspended):
        issued(scene, other)
    with pytest.raises(faults.MerchantSuspended):
        service.capture(scene.barber_clerk, voucher.id, submission=form(), now_ms=NOW)
    assert [one.offer.id for one in service.offers()[0]] == []
    # the member can still have the points back
    assert service.cancel(scene.zhou, voucher.id, now_ms=NOW).status == "cancelled"
    service.resume(scene.approver, scene.barber.id, now_ms=NOW)
    assert [one.offer.id for one in service.offers()[0]] == [other.id]


def test_hours_are_asked_at_the_till(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issued(scene, scene.offer(hours=service.Hours((1, 2, 3, 4, 5), 9 * 60, 17 * 60)))
    seven_in_the_evening = NOW + 9 * HOUR
    with pytest.raises(faults.OutsideHours) as refused:
        service.capture(scene.clerk, voucher.id, submission=form(), now_ms=seven_in_the_evening)
    assert refused.value.fields == {"weekdays": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"}
    saturday = NOW + 3 * DAY
    assert isinstance(service.show(scene.clerk, voucher.id, now_ms=saturday).refusal, faults.OutsideHours)
    service.capture(scene.clerk, voucher.id, submission=form(), now_ms=saturday + 2 * DAY)


def test_a_coordinator_issues_for_somebody_without_a_phone(scene: Scene) -> None:
    award(scene.zhou, 100_00)
    offer = scene.offer()
    voucher = service.issue(
        scene.coordinator, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW, member_id=scene.zhou.id
    )
    assert (voucher.member_id, voucher.issued_by) == (scene.zhou.id, scene.coordinator.id)
    assert service.voucher(scene.zhou, voucher.id) == service.voucher(scene.coordinator, voucher.id)
    with pytest.raises(NotAllowed):
        service.issue(scene.clerk, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW, member_id=scene.zhou.id)


def test_nobody_sees_or_cancels_the_voucher_of_another(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issued(scene, scene.offer())
    for stranger in (scene.clerk, scene.member(), scene.admin):
        with pytest.raises(faults.VoucherUnknown):
            service.cancel(stranger, voucher.id, now_ms=NOW)


def test_a_return_gives_at_least_thirty_days(scene: Scene) -> None:
    award(scene.zhou, 20_00, "MEDAL", "2026-11")
    award(scene.zhou, 30_00, "MEDAL", "2027-12")
    voucher = issued(scene, scene.offer(asset="MEDAL"))
    service.capture(scene.clerk, voucher.id, submission=form(), now_ms=NOW)
    once = form()
    args = {"why": "米有虫", "submission": once, "now_ms": NOW + DAY}
    _, part = service.return_points(scene.coordinator, voucher.id, 40_00, **args)
    assert (part.number, part.lots) == (1, {"2027-12": 30_00, "2026-11": 10_00})
    assert balances.wallet(scene.zhou.id).lots["MEDAL"] == {"2027-12": 30_00, "2026-12": 10_00}
    assert service.return_points(scene.coordinator, voucher.id, 40_00, **args)[1] == part
    with pytest.raises(faults.ReturnTooLarge) as refused:
        service.return_points(scene.coordinator, voucher.id, 11_00, why="再退", submission=form(), now_ms=NOW + DAY)
    assert refused.value.fields == {"left_centi": 10_00}
    _, rest = service.return_points(scene.coordinator, voucher.id, 10_00, why="再退", submission=form(), now_ms=NOW)
    assert (rest.number, rest.lots) == (2, {"2026-11": 10_00})
    assert service.owed(scene.clerk, scene.shop.id, now_ms=NOW).points_centi["MEDAL"] == 0
    with pytest.raises(NotAllowed):
        service.return_points(scene.clerk, voucher.id, 1, why="退", submission=form(), now_ms=NOW)


def test_only_what_was_captured_can_be_returned(scene: Scene) -> None:
    award(scene.zhou, 50_00)
    voucher = issued(scene, scene.offer())
    with pytest.raises(faults.NotCaptured):
        service.return_points(scene.coordinator, voucher.id, 1, why="退", submission=form(), now_ms=NOW)


def test_the_list_of_today_and_its_sums(scene: Scene) -> None:
    award(scene.zhou, 500_00)
    award(scene.zhou, 500_00, "MEDAL")
    rice, haircut = scene.offer(), scene.offer(asset="MEDAL", title="洗衣液", reimbursement_fen=0)
    yesterday = issued(scene, rice)
    service.capture(scene.clerk, yesterday.id, submission=form(), now_ms=NOW - 11 * HOUR)
    for number, offer in enumerate((rice, haircut, rice)):
        voucher = issued(scene, offer)
        service.capture(scene.second_clerk, voucher.id, submission=form(), now_ms=NOW + number * MINUTE)
    day = service.today(scene.clerk, scene.shop.id, now_ms=NOW + HOUR, limit=2)
    assert [v.title for v in day.vouchers] == ["大米5公斤", "洗衣液"]
    assert (day.tally.captured, day.tally.time_centi, day.tally.medal_centi) == (3, 100_00, 50_00)
    rest = service.today(scene.clerk, scene.shop.id, now_ms=NOW + HOUR, limit=2, cursor=day.cursor)
    assert [v.closed_at for v in rest.vouchers] == [NOW]
    owed = service.owed(scene.clerk, scene.shop.id, now_ms=NOW + HOUR)
    assert (owed.points_centi, owed.tally.reimbursement_fen) == ({"TIME": 150_00, "MEDAL": 50_00}, 84_00)
    with pytest.raises(NotAllowed):
        service.today(scene.barber_clerk, scene.shop.id, now_ms=NOW)
    with pytest.raises(NotAllowed):
        service.owed(scene.zhou, scene.shop.id, now_ms=NOW)
