"""The public page's figures: from the totals, nobody in them, no dearer with every gift."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from chalicelib import clock, ids, table
from chalicelib.fund.service import care_actions, gifts, receipts, setup
from chalicelib.fund.service.receipts import BankLineForm, OfflineGift
from chalicelib.identity import service as identity
from chalicelib.reports.service.public import public_figures
from tests.journeys.verified import verified
from tests.store.fund import spending as fund
from tests.store.fund.people import APPROVER, MANAGER, NOW, OTHER_MANAGER, SECOND_APPROVER, submission
from tests.store.fund.test_setup import FACTS
from tests.store.identity.browser import Browser

pytestmark = pytest.mark.usefixtures("tables")


def open_fund() -> None:
    setup.describe_fund(MANAGER, replace(FACTS), 0, NOW)
    setup.add_bank_account(MANAGER, "basic", "基本户 尾号6688", NOW)
    setup.open_pot(MANAGER, "relief", "困难帮扶", "charity", (fund.ELDERS,), submission=submission("pot"), now_ms=NOW)


def give(number: int, fen: int = 5_000, name: str = "", **consents: bool) -> None:
    """A transfer that one person enters and another checks."""
    line = BankLineForm("basic", f"G{number:04d}", clock.shanghai_day(NOW), fen, name or "匿名")
    what = OfflineGift("relief", "partner", "企业捐赠", "fixed", name, not name, **consents)
    now_ms = NOW + number * 60_000
    entered = receipts.enter_gift(MANAGER, line, what, submission=ids.derived_ulid(now_ms, "gift"), now_ms=now_ms)
    receipts.check(OTHER_MANAGER, entered.id, now_ms)


def completed(name: str, person_times: int, now_ms: int = NOW) -> None:
    action = fund.approved_plan(name, {fund.ELDERS: 100})
    care_actions.start(MANAGER, action.id, now_ms=NOW)
    care_actions.sign_off(SECOND_APPROVER, action.id, person_times=person_times, note="都送到了", now_ms=now_ms)


def test_the_figures_cost_the_same_after_five_gifts_and_after_fifty() -> None:
    open_fund()
    with clock.at(NOW):
        for number in range(5):
            give(number)
        with table.counting() as few:
            assert public_figures(NOW).money.received_fen == 5 * 5_000
        Browser().get("/")  # the street's name is kept for a minute
        with table.counting() as page_few:
            Browser().get("/")
        for number in range(5, 50):
            give(number)
        with table.counting() as many:
            assert public_figures(NOW).money.received_fen == 50 * 5_000
        with table.counting() as page_many:
            assert Browser().get("/").status == 200
    assert (few.read, few.requests) == (many.read, many.requests)
    assert few.requests < 25
    # the whole page shows the newest gifts besides, in as many requests
    assert page_many.requests == page_few.requests
    verified(NOW)


def test_small_care_actions_are_merged_and_cannot_be_found_by_subtracting() -> None:
    open_fund()
    with clock.at(NOW):
        completed("重阳敬老", 86)
        completed("修屋顶", 3)
        care = public_figures(NOW).care
        assert [(one.title, one.person_times) for one in care.shown] == [("重阳敬老", 86)]
        assert (care.merged, care.merged_person_times, care.actions, care.person_times) == (1, 0, 2, 86)
        page = Browser().get("/").text
        assert "不足5人次" in page
        assert "修屋顶" not in page
        assert "3 人次" not in page
        completed("陪诊", 4)
        care = public_figures(NOW).care
        assert (care.merged, care.merged_person_times, care.person_times) == (2, 7, 93)
        page = Browser().get("/").text
        assert "陪诊" not in page
        assert "2 项,合并显示" in page


def test_care_actions_of_the_year_before_the_last_are_left_out() -> None:
    open_fund()
    with clock.at(NOW):
        completed("重阳敬老", 86)
    later = clock.day_start_ms(date(2027, 12, 2))
    assert public_figures(later).care.actions == 0


def test_donors_stand_by_date_and_only_with_what_they_agreed_to() -> None:
    open_fund()
    with clock.at(NOW):
        give(1, 123_45, "蒋文博", publish_name=True, publish_amount=True)
        give(2, 777_77, "沈静怡", publish_name=True)
        give(3, 888_88, "曾秀兰", publish_amount=True)
        give(4, 999_99, "彭大院")
        page = Browser().get("/").text
    listed = page.partition("最近的捐赠")[2].partition("</ul>")[0]
    assert "蒋文博" in listed
    assert "¥123.45" in listed
    assert "沈静怡" in listed
    assert "¥888.88" in listed
    for hidden in ("¥777.77", "曾秀兰", "彭大院", "¥999.99"):
        assert hidden not in listed
    assert "爱心居民" in listed
    assert "按日期排列" in page
    assert [gift.amount_fen for gift in gifts.published_gifts()[0]] == [99_999, 88_888, 77_777, 12_345]


def test_the_foot_is_the_agreed_sentence_and_an_empty_street_has_a_page() -> None:
    with clock.at(NOW):
        assert Browser().get("/").status == 200
        identity.set_up_street(
            name="示范街道", contact_phone="0813-8100000", supervision_phone="0813-8100009", by=None, now_ms=NOW
        )
        open_fund()
        page = Browser().get("/").text
    assert (
        "数据来自账簿,截至2026年11月22日 10:00。为保护隐私,不公开受助人身份,不足5人的合并显示。监督电话:0813-8100009"
        in page
    )


def test_what_is_approved_is_no_longer_to_spend() -> None:
    open_fund()
    with clock.at(NOW):
        give(1, 100_000)
        asked = fund.ask(30_000)
        assert public_figures(NOW).spendable_fen == 100_000
        fund.approve(asked, by=APPROVER)
        figures = public_figures(NOW)
        assert (figures.spendable_fen, figures.money.spent_fen) == (70_000, 0)
        fund.pay(asked)
        figures = public_figures(NOW)
    assert (figures.spendable_fen, figures.money.spent_fen) == (70_000, 30_000)
    assert dict(figures.money.by_category) == {fund.ELDERS: 30_000}
    assert (dict(figures.money.by_tier), dict(figures.money.by_channel)) == ({"fixed": 100_000}, {"partner": 100_000})


def test_the_same_figures_as_json() -> None:
    open_fund()
    with clock.at(NOW):
        give(1, 100_000)
        completed("修屋顶", 3)
        found = json.loads(Browser().get("/api/v1/public/summary").text)
    assert found == {
        "as_of_ms": NOW,
        "received_fen": 100_000,
        "spent_fen": 0,
        "spendable_fen": 100_000,
        "received_by_tier_fen": {"fixed": 100_000},
        "received_by_channel_fen": {"partner": 100_000},
        "spent_by_category_fen": {},
        "care_actions": 1,
        "person_times": 0,
        "points_issued_centi": {"TIME": 0, "MEDAL": 0},
        "points_redeemed_centi": {"TIME": 0, "MEDAL": 0},
    }
