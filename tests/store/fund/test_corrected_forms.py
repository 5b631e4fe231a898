"""A form sent again with something changed is not taken for the first: a correction is never dropped silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.fund.model.gift_faults import SubmittedDifferently
from chalicelib.fund.service import gifts, monthly, pledges, receipts, setup
from tests.store.fund.giving import Giving, balance, open_for_gifts
from tests.store.fund.people import MANAGER, NOW, submission

pytestmark = pytest.mark.usefixtures("tables")
SHOP = monthly.MonthlyForm(10_000, "巷口面馆", phone="13800001234", publish_name=True)
PLEDGE = pledges.PledgeForm(
    "relief",
    "邻里社会企业",
    "2027年度定捐",
    date(2026, 11, 20),
    [(date(2026, 12, 1), 5_000), (date(2027, 1, 1), 5_000)],
)
LINE = receipts.BankLineForm("main", "20261122001", date(2026, 11, 21), 5_000, "邻里社会企业有限公司")
OFFLINE = receipts.OfflineGift("relief", "online", "日常", name="周秀英", anonymous=False)


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


@pytest.mark.parametrize(
    "changed",
    [
        {"pot_id": "study"},
        {"label": "2028年度定捐"},
        {"channel": "event"},
        {"signed_day": date(2026, 11, 19)},
        {"instalments": [(date(2026, 12, 1), 4_000), (date(2027, 1, 1), 6_000)]},
        {"instalments": [(date(2026, 12, 2), 5_000), (date(2027, 1, 1), 5_000)]},
    ],
)
def test_a_pledge_corrected_on_the_same_form_is_not_taken_for_the_first(
    giving: Giving, changed: dict[str, Any]
) -> None:
    setup.open_pot(MANAGER, "study", "助学", "charity", ("hardship",), submission=submission("pot2"), now_ms=NOW)
    first = pledges.sign_pledge(MANAGER, PLEDGE, submission=submission("pledge"), now_ms=NOW)
    assert pledges.sign_pledge(MANAGER, PLEDGE, submission=submission("pledge"), now_ms=NOW) == first
    with pytest.raises(SubmittedDifferently):
        pledges.sign_pledge(MANAGER, replace(PLEDGE, **changed), submission=submission("pledge"), now_ms=NOW)


@pytest.mark.parametrize("changed", [{"value_day": date(2026, 11, 20)}, {"payer": "别的公司"}, {"number": 2}])
def test_a_transfer_corrected_on_the_same_form_is_not_taken_for_the_first(
    giving: Giving, changed: dict[str, Any]
) -> None:
    pledge = pledges.sign_pledge(MANAGER, PLEDGE, submission=submission("pledge"), now_ms=NOW)

    def enter(line: receipts.BankLineForm = LINE, number: int = 1) -> receipts.Receipt:
        return receipts.enter_for_pledge(MANAGER, line, pledge.id, number, submission=submission("line"), now_ms=NOW)

    assert enter() == enter()
    number = changed.pop("number", 1)
    with pytest.raises(SubmittedDifferently):
        enter(replace(LINE, **changed), number)


@pytest.mark.parametrize(
    "changed",
    [{"pot_id": "study"}, {"tier": "fixed"}, {"channel": "event"}, {"label": "重阳"}, {"name": "周秀兰"}],
)
def test_an_offline_gift_corrected_on_the_same_form_is_not_taken_for_the_first(
    giving: Giving, changed: dict[str, Any]
) -> None:
    setup.open_pot(MANAGER, "study", "助学", "charity", ("hardship",), submission=submission("pot2"), now_ms=NOW)
    line = replace(LINE, serial="WX20261121")

    def enter(what: receipts.OfflineGift = OFFLINE) -> receipts.Receipt:
        return receipts.enter_gift(MANAGER, line, what, submission=submission("offline"), now_ms=NOW)

    assert enter() == enter()
    with pytest.raises(SubmittedDifferently):
        enter(replace(OFFLINE, **changed))


def test_one_key_for_two_posters_is_refused(giving: Giving) -> None:
    other = setup.make_poster(
        MANAGER, "relief", channel="online", label="日常", submission=submission("poster2"), now_ms=NOW
    )
    giving.start()
    form = gifts.GiftForm(5_000)
    again = f" {giving.poster[:4].lower()}-{giving.poster[4:]}"
    assert gifts.start_gift(again, form, submission=submission("gift"), now_ms=NOW).poster == giving.poster
    with pytest.raises(SubmittedDifferently):
        gifts.start_gift(other.code, form, submission=submission("gift"), now_ms=NOW)

    monthly.start_monthly(giving.poster, SHOP, submission=submission("shop"), now_ms=NOW)
    for code, asked in ((other.code, SHOP), (giving.poster, replace(SHOP, phone="13900001234"))):
        with pytest.raises(SubmittedDifferently):
            monthly.start_monthly(code, asked, submission=submission("shop"), now_ms=NOW)
    assert balance("asset:stripe") == 0
