"""Asking Stripe again: what cannot be read is named and stands before nothing, and the time is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import table
from chalicelib.config import settings
from chalicelib.fund.service import sweep
from tests.store.fund.giving import MINUTE_MS, Giving, gift_now, open_for_gifts
from tests.store.fund.people import NOW

pytestmark = pytest.mark.usefixtures("tables")
LATER = NOW + 6 * MINUTE_MS


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def paid_but_not_told(giving: Giving, key: str) -> str:
    gift = giving.start(key=key)
    giving.stripe.pay(giving.session_of(gift.id))
    giving.stripe.pending_events()  # lost on the way
    return gift.id


def write(gift_id: str, value: dict[str, Any]) -> dict[str, Any]:
    """Somebody writes past us; what stood there before."""
    before: dict[str, Any] = table.connection().client.update_item(
        TableName=settings().table_app,
        Key={"pk": {"S": f"GIFT#{gift_id}"}, "sk": {"S": "-"}},
        UpdateExpression="SET gift = :v",
        ExpressionAttributeValues={":v": value},
        ReturnValues="UPDATED_OLD",
    )["Attributes"]["gift"]
    return before


def test_a_gift_that_cannot_be_read_holds_up_none(giving: Giving) -> None:
    broken, whole = paid_but_not_told(giving, "one"), paid_but_not_told(giving, "two")
    before = write(broken, {"S": '{"id":'})
    swept = sweep.sweep(LATER)
    assert swept.problems[f"GIFT#{broken}"] == "item_unreadable"
    assert gift_now(whole).state == "paid"
    write(broken, before)
    assert sweep.sweep(LATER).problems == {}
    assert gift_now(broken).state == "paid"


def test_a_round_stops_when_the_time_is_up_and_the_next_goes_on(giving: Giving) -> None:
    first, second = paid_but_not_told(giving, "one"), paid_but_not_told(giving, "two")
    left = [True, False]
    swept = sweep.sweep(LATER, lambda: left.pop(0) if left else False)
    assert swept.cut_short
    assert sorted([gift_now(first).state, gift_now(second).state]) == ["open", "paid"]
    swept = sweep.sweep(LATER)
    assert not swept.cut_short
    assert {gift_now(first).state, gift_now(second).state} == {"paid"}
