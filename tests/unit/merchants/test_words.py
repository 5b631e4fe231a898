"""What stands on vouchers and at the till, word for word; and residents' pages whole in English."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jinja2 import Environment

import app  # noqa: F401  registers the sentences
from chalicelib import clock
from chalicelib.merchants import views
from chalicelib.merchants.model.faults import AlreadyCaptured, VoucherExpired
from chalicelib.merchants.model.merchants import Merchant
from chalicelib.merchants.model.offers import DAY_MINUTES, Hours, Offer, Terms
from chalicelib.merchants.model.vouchers import issue
from chalicelib.web.i18n import translations
from chalicelib.web.pages import TEMPLATES

NOW = clock.day_start_ms(date(2026, 11, 11)) + 10 * 3_600_000 + 21 * 60_000
SHOP = Merchant("01M745AQ804ARV789RV5QAQ21H", "惠民粮油店", "anfu", "安福路12号", "", "A", 1, status="active")
OFFER = Offer("01M745AQ804ARV789RV5QAQ21J", SHOP.id, SHOP.name, Terms("大米5公斤", "TIME", 50_00), "A", 1)
VOUCHER = issue(
    "01M745AQ804ARV789RV5QAQ21K", OFFER, SHOP, "01M745AQ804ARV789RV5QAQ21M", "anfu", "A", {"never": 50_00}, NOW
)

_EXTRACTS = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)  # the pages' own does without


def test_the_sentence_on_every_voucher() -> None:
    said = views.voucher_card(VOUCHER, NOW, "zh").sentence
    assert said == "兑换券:大米5公斤×1,50积分已暂扣,核销后扣除;2026年12月11日前未用自动退回。请当面出示,勿转发。"
    english = views.voucher_card(VOUCHER, NOW, "en").sentence
    assert "not used by 11 Dec 2026, they come back by themselves" in english


def test_the_red_sentence_has_the_time_and_another_days_date() -> None:
    refusal = AlreadyCaptured(captured_at=NOW, goods=VOUCHER.goods)
    assert views.refusal_text(refusal, NOW + 60_000, "zh")[0] == "此券10:21已核销,请勿重复交付。"
    next_day = views.refusal_text(refusal, NOW + 86_400_000, "zh")[0]
    assert next_day == "此券2026年11月11日 10:21已核销,请勿重复交付。"


def test_an_overdue_voucher_reads_expired_before_the_schedule_has_run() -> None:
    card = views.voucher_card(VOUCHER, VOUCHER.expires_at, "zh")
    assert (card.state, card.open) == ("已过期", False)
    says, then = views.refusal_text(VoucherExpired(last_day=VOUCHER.last_day), NOW, "zh")
    assert says == "此券已过期(最后一天是2026年12月11日),请勿交付。"
    assert then == "积分已自动退回,请顾客重新兑换。"


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (Hours(), "每天", "Every day"),
        (Hours((1, 2, 3, 4, 5), 540, 1020), "周一至周五 09:00–17:00", "Mon to Fri 09:00–17:00"),
        (Hours((1, 3)), "周一、周三", "Mon, Wed"),
        (Hours((6, 7), 0, DAY_MINUTES), "周六、周日", "Sat, Sun"),
        (Hours((1, 2, 3, 4, 5, 6, 7), 0, 720), "每天 00:00–12:00", "Every day 00:00–12:00"),
    ],
)
def test_hours_are_said_in_a_few_words(hours: Hours, zh: str, en: str) -> None:
    assert (views.hours_text(hours, "zh"), views.hours_text(hours, "en")) == (zh, en)


def test_limits_are_said_only_where_there_are_any() -> None:
    assert views.limits(OFFER, "zh") == []
    limited = replace(OFFER, terms=replace(OFFER.terms, per_person_max=5, per_month_max=2))
    assert views.limits(limited, "zh") == ["每人每月限2份", "每人限5份"]


def residents() -> list[Path]:
    return [TEMPLATES / "merchants" / f"{name}.html" for name in ("offers", "offer", "vouchers", "voucher", "scanned")]


@pytest.mark.parametrize("path", residents(), ids=lambda p: p.stem)
def test_residents_pages_are_whole_in_english(path: Path) -> None:
    english = translations("en")
    found = _EXTRACTS.extract_translations(path.read_text())  # type: ignore[attr-defined]
    messages = {message for _, _, message in found if isinstance(message, str)}
    assert messages
    assert sorted(m for m in messages if english.gettext(m) == m) == []
