"""Sealed texts are read under every key, and all sealed again under the present one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

import pytest

from chalicelib.config import settings
from chalicelib.fund import seals
from chalicelib.fund.model.receipts import ReceiptSerialWaiting
from chalicelib.fund.service import disbursements, monthly, receipts, rekeying
from chalicelib.fund.store import monthly as monthly_store
from tests.store.fund import spending
from tests.store.fund.giving import Giving, open_for_gifts
from tests.store.fund.people import APPROVER, MANAGER, NOW, OTHER_MANAGER, submission

pytestmark = pytest.mark.usefixtures("tables")
OLD, NEW = "d1:" + "2b" * 32, "d2:" + "3c" * 32
FORM = monthly.MonthlyForm(10_000, "巷口面馆", phone="138 0000 1234", publish_name=True)


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def turn(keys: str) -> None:
    os.environ["LINLI_DATA_KEYS"] = keys  # open_for_gifts puts the environment back
    settings.cache_clear()


def enter(key: str, serial: str, payer: str) -> receipts.Receipt:
    line = receipts.BankLineForm("main", serial, date(2026, 11, 21), 8_800, payer)
    what = receipts.OfflineGift("relief", "online", "日常", name="周秀英", anonymous=False)
    return receipts.enter_gift(MANAGER, line, what, submission=submission(key), now_ms=NOW)


def test_accounts_payers_and_phones_pass_to_the_new_key_and_nothing_else_of_them_changes(giving: Giving) -> None:
    checked, waiting = enter("a", "20261121001", "周秀英"), enter("b", "20261121002", "李梅")
    receipts.check(APPROVER, checked.id, NOW)
    spending.bring_in("relief", 100_000)
    asked = spending.ask(category="hardship")
    shop = monthly.start_monthly(giving.poster, FORM, submission=submission("shop"), now_ms=NOW)

    turn(f"{NEW},{OLD}")
    late = enter("c", "20261121003", "陈伟")
    assert rekeying.seal_keys() == {"d1": 4, "d2": 1}
    assert receipts.payer_of(OTHER_MANAGER, checked.id) == "周秀英"
    assert rekeying.reseal().done == 4
    assert rekeying.seal_keys() == {"d2": 5}
    assert rekeying.reseal().done == 0

    turn(NEW)  # the old key is withdrawn
    payers = [receipts.payer_of(OTHER_MANAGER, one.id) for one in (checked, waiting, late)]
    assert payers == ["周秀英", "李梅", "陈伟"]
    number = disbursements.reveal_account(MANAGER, asked.id, reason="办理转账", now_ms=NOW)
    assert number == "6222021234566688"
    kept = monthly_store.read(shop.id).monthly
    assert seals.opened(kept.phone_sealed, monthly.PHONE_PURPOSE, kept.id) == "13800001234"
    assert disbursements.read(asked.id).state == asked.state
    with pytest.raises(ReceiptSerialWaiting):
        enter("d", "20261121002", "别人")
    receipts.check(APPROVER, waiting.id, NOW)


def test_what_no_key_opens_is_named_and_holds_up_nothing(giving: Giving) -> None:
    broken, good = enter("a", "20261121001", "周秀英"), enter("b", "20261121002", "李梅")
    turn("d7:" + "55" * 32)
    strange = enter("c", "20261121003", "陈伟")
    turn(f"{NEW},{OLD}")
    made = rekeying.reseal()
    assert made.done == 2
    assert {about: type(error) for about, error in made.failed.items()} == {strange.id: seals.SealBroken}
    assert {one.id for one in (broken, good)}.isdisjoint(made.failed)
