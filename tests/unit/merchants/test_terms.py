"""What may stand in an offer, and when it is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.merchants.model import faults
from chalicelib.merchants.model.merchants import Merchant
from chalicelib.merchants.model.offers import Hours, Terms, checked

RICE = Terms(title="大米5公斤", asset="TIME", price_centi=50_00)
SHOP = Merchant("M1", "惠民粮油店", "anfu", "安福路12号", "", applied_by="A", applied_at=1)


def test_good_terms_come_out_clean() -> None:
    terms = checked(replace(RICE, title="  大米  5公斤 ", hours=Hours((5, 1, 1), 540, 1440)))
    assert (terms.title, terms.hours.weekdays) == ("大米 5公斤", (1, 5))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": " "}, faults.TextInvalid),
        ({"title": "米" * 41}, faults.TextInvalid),
        ({"detail": "米" * 201}, faults.TextInvalid),
        ({"asset": "CNY"}, faults.PriceInvalid),
        ({"price_centi": 0}, faults.PriceInvalid),
        ({"price_centi": -1}, faults.PriceInvalid),
        ({"price_centi": 100_000_01}, faults.PriceInvalid),
        ({"stock": -1}, faults.StockInvalid),
        ({"stock": 1_000_001}, faults.StockInvalid),
        ({"per_person_max": -1}, faults.LimitInvalid),
        ({"per_person_max": 1, "per_month_max": 2}, faults.LimitInvalid),
        ({"valid_days": 0}, faults.ValidDaysInvalid),
        ({"valid_days": 181}, faults.ValidDaysInvalid),
        ({"reimbursement_fen": -1}, faults.ReimbursementInvalid),
        ({"reimbursement_fen": 10_000_01}, faults.ReimbursementInvalid),
        ({"hours": Hours(())}, faults.HoursInvalid),
        ({"hours": Hours((0, 8))}, faults.HoursInvalid),
        ({"hours": Hours(opens_minute=600, closes_minute=600)}, faults.HoursInvalid),
        ({"hours": Hours(closes_minute=1441)}, faults.HoursInvalid),
    ],
)
def test_each_wrong_value_has_its_own_fact(change: dict[str, Any], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        checked(replace(RICE, **change))


@pytest.mark.parametrize(
    ("hour", "day", "is_open"), [(9, 11, True), (17, 11, False), (8, 11, False), (9, 14, False), (16, 13, True)]
)
def test_hours_are_shanghai_weekdays_and_minutes(hour: int, day: int, is_open: bool) -> None:
    hours = Hours((1, 2, 3, 4, 5), 9 * 60, 17 * 60)
    moment = clock.day_start_ms(date(2026, 11, day)) + hour * 3_600_000
    if is_open:
        hours.require_open(moment)
    else:
        with pytest.raises(faults.OutsideHours):
            hours.require_open(moment)


def test_whoever_applied_cannot_decide() -> None:
    with pytest.raises(faults.OwnApplication):
        SHOP.approved("A", "协议1号", 2)
    with pytest.raises(faults.OwnApplication):
        SHOP.rejected("A", "不行", 2)


def test_an_approval_names_the_agreement_and_is_given_once() -> None:
    with pytest.raises(faults.AgreementMissing):
        SHOP.approved("B", "  ", 2)
    active = SHOP.approved("B", " 协议 1号 ", 2)
    assert (active.status, active.agreement, active.decided_by, active.version) == ("active", "协议 1号", "B", 1)
    with pytest.raises(faults.MerchantDecided):
        active.rejected("C", "晚了", 3)


def test_a_shop_is_open_only_while_active() -> None:
    with pytest.raises(faults.MerchantNotActive):
        SHOP.require_open()
    active = SHOP.approved("B", "协议1号", 2)
    active.require_open()
    stopped = active.suspended("停业")
    with pytest.raises(faults.MerchantSuspended):
        stopped.require_open()
    assert stopped.suspended("又一次") is stopped
    assert stopped.resumed().status == "active"
    with pytest.raises(faults.MerchantNotActive):
        SHOP.rejected("B", "材料不全", 2).resumed()
