"""What the checks find when something was changed behind the services' back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chalicelib import clock, table
from chalicelib.errors import Stale
from chalicelib.ledger.store import balances
from chalicelib.merchants import service
from chalicelib.merchants.store import merchants as merchant_store
from chalicelib.merchants.store import offers as offer_store
from chalicelib.merchants.store import tallies
from chalicelib.merchants.store import vouchers as store
from tests.store.merchants import scene as made
from tests.store.merchants.scene import NOW, Scene, award, form


@pytest.fixture
def street(tables: object) -> Iterator[tuple[Scene, service.Offer, service.Voucher, service.Voucher]]:
    """Not the usual scene: these tests leave books that do not hold."""
    scene = made.open_scene()
    award(scene.zhou, 200_00)
    offer = scene.offer(per_person_max=3)
    used, open_ = (
        service.issue(scene.zhou, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW) for _ in range(2)
    )
    used = service.capture(scene.clerk, used.id, submission=form(), now_ms=NOW)
    assert made.findings() == []
    return scene, offer, used, open_


Street = tuple[Scene, service.Offer, service.Voucher, service.Voucher]


def lose_a_piece(street: Street) -> None:
    table.commit(offer_store.take_writes(street[1]))


def invent_a_piece(street: Street) -> None:
    """Total and left fit each other, but nobody put it in."""
    item = offer_store.StockItem(pk=f"OFFER#{street[1].id}", sk="STOCK", total=11, left=9)
    table.commit([table.put(item)])


def forget_a_use(street: Street) -> None:
    scene, offer, used, _ = street
    read = offer_store.usage(offer.id, scene.zhou.id)
    table.commit(offer_store.usage_writes(read, read.giving_back(used.issued_month)))


def count_twice(street: Street) -> None:
    table.commit(tallies.captured_writes(street[2], clock.shanghai_day(NOW)))


def reopen(street: Street) -> None:
    used = street[2]
    table.commit(store.replace_writes(used, replace(used, status="open", version=used.version + 1)))


def close_without_entry(street: Street) -> None:
    open_ = street[3]
    table.commit(store.replace_writes(open_, open_.captured("X", form(), NOW)))


def drop_the_hold(street: Street) -> None:
    read = balances.wallet(street[0].zhou.id)
    table.commit(balances.wallet_writes(read, replace(read, holds={})))


def lead_a_code_elsewhere(street: Street) -> None:
    item = store.CodeItem(pk=f"VOUCHER-CODE#{street[3].code}", sk="#", voucher_id=street[2].id)
    table.commit([table.put(item)])


def approve_oneself(street: Street) -> None:
    shop = service.merchant(street[0].shop.id)
    alone = replace(shop, decided_by=shop.applied_by, version=shop.version + 1)
    table.commit(merchant_store.replace_writes(shop, alone))


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (lose_a_piece, "7 left and 2 out of 10"),
        (invent_a_piece, "begun 10"),
        (forget_a_use, "counter 1, vouchers 2"),
        (count_twice, "tally"),
        (reopen, "entry without its fact"),
        (close_without_entry, "no capture entry"),
        (drop_the_hold, "wallet None"),
        (lead_a_code_elsewhere, "its code leads elsewhere"),
        (approve_oneself, "approved by nobody else"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_difference_is_found(street: Street, wrong: Callable[[Street], None], found: str) -> None:
    wrong(street)
    findings = made.findings()
    assert any(found in finding.detail for finding in findings), findings


def test_what_was_read_before_is_not_written_over(street: Street) -> None:
    used = street[2]
    stale = replace(used, version=used.version - 1)
    with pytest.raises(Stale):
        table.commit(store.replace_writes(stale, replace(used, status="open")))
