"""Sharded sums per owner and booked month, added to in each entry's own transaction.

Owners are pots, merchants, communities, and the books (everything that belongs to none of them).
A random shard is taken at each attempt, so nothing that many people touch at one moment is a single
item; reading sums the shards. A finished month can be carried into one row per owner.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path

from chalicelib import clock, table
from chalicelib.config import settings
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import Entry, totals_of
from chalicelib.table import BalanceItem, Write

BOOKS: Final = "books"
MONTH_GRACE_MS: Final = 15 * 60 * 1000
"""A month's sums are final this long after its Shanghai end; nothing can be booked into it later."""
Sums = dict[tuple[Asset, str], int]
"""``{(asset, control account): sum in minor units}``."""


class OwnerItem(BalanceItem):
    """``OWNERS`` / ``<kind>:<id>``: the register of whose totals exist, and since which month."""

    opened_month = UnicodeAttribute()


class TotalsItem(BalanceItem):
    """``T#<owner>#<shard>`` / ``<booked yyyymm>``. Beside these, one flat number attribute per asset
    and account, named ``CNY|income:…``; ``in`` is what came into the pot; ``count`` the entries."""

    pot_in_fen = NumberAttribute(attr_name="in", default=0)
    entry_count = NumberAttribute(attr_name="count", default=0)


class CarryItem(BalanceItem):
    """``T#<owner>#carry`` / ``-``: the sum of all finished months through ``through_month``."""

    through_month = UnicodeAttribute()
    sums = UnicodeAttribute()
    pot_in_fen = NumberAttribute(attr_name="in")
    entry_count = NumberAttribute(attr_name="count")


class Totals:
    """The sums of one owner, for all months or for one."""

    __slots__ = ("count", "pot_in_fen", "sums")

    def __init__(self) -> None:
        self.sums: Sums = {}
        self.pot_in_fen = 0
        self.count = 0

    def add(self, sums: Sums, pot_in_fen: int, count: int) -> None:
        for name, amount in sums.items():
            self.sums[name] = self.sums.get(name, 0) + amount
        self.pot_in_fen += pot_in_fen
        self.count += count

    def of(self, account: str, asset: Asset = "CNY") -> int:
        return self.sums.get((asset, account), 0)


def owner(kind: str, owner_id: str) -> str:
    """``pot:<id>``, ``merchant:<id>`` or ``community:<id>``."""
    return f"{kind}:{owner_id}"


def owner_writes(kind: str, owner_id: str, opened_month: str = "") -> list[Write]:
    """Register an owner: written in the transaction that creates the pot, merchant or community."""
    name = owner(kind, owner_id)
    return [table.create(OwnerItem(pk="OWNERS", sk=name, opened_month=opened_month or "000000"))]


def owners(skip: table.Skip | None = None) -> list[str]:
    """All registered owners, and the books. ``skip`` is told of those that cannot be read."""
    return [BOOKS, *(item.sk for item in table.query(OwnerItem, "OWNERS", consistent=True, skip=skip))]


def add_writes(entry: Entry, booked_month: str, shard: int) -> list[Write]:
    """What an entry adds to its owners' totals: one item, two where a merchant and a wallet meet."""
    sums = totals_of(entry.postings, entry.owner, entry.wallet_owner)
    if entry.pot_in_fen:
        sums.setdefault(entry.owner, {})
    writes = []
    for name, of in sums.items():
        item = TotalsItem(pk=_pk(name, shard), sk=booked_month)
        adds = [Path([_attribute(asset, account)]).add(amount) for (asset, account), amount in sorted(of.items())]
        adds.append(TotalsItem.entry_count.add(1))
        if entry.pot_in_fen and name == entry.owner:
            adds.append(TotalsItem.pot_in_fen.add(entry.pot_in_fen))
        # No condition: the first entry of a month makes the row, any later one adds to it.
        writes.append(Write("update", item, actions=tuple(adds)))
    return writes


def read(name: str) -> Totals:
    """The sums of one owner over all months: the carried row and the rows of the months after it."""
    result, first = Totals(), "000000"
    carried = table.get(CarryItem, _pk(name, "carry"), "-")
    if carried is not None:
        result.add(_sums(json.loads(carried.sums)), int(carried.pot_in_fen), int(carried.entry_count))
        first = _after(carried.through_month)
    for _, sums, pot_in_fen, count in _rows(name, first, "999999"):
        result.add(sums, pot_in_fen, count)
    return result


def by_month(name: str, first_month: str = "000000", last_month: str = "999999") -> dict[str, Totals]:
    """The sums of one owner for each booked month that has entries."""
    months: dict[str, Totals] = {}
    for month, sums, pot_in_fen, count in _rows(name, first_month, last_month):
        months.setdefault(month, Totals()).add(sums, pot_in_fen, count)
    return dict(sorted(months.items()))


def trial_balance() -> Sums:
    """Every account's sum over all owners; each asset sums to zero."""
    result = Totals()
    for name in owners():
        found = read(name)
        result.add(found.sums, 0, 0)
    return {name: amount for name, amount in sorted(result.sums.items()) if amount}


def extent() -> tuple[date | None, int]:
    """The first day of the first month in which anything was booked, and how many entries there are: those that
    stand with two owners are counted twice."""
    first, entries = "", 0
    for name in owners():
        for month, of in by_month(name).items():
            first, entries = min(first or month, month), entries + of.count
    return (date(int(first[:4]), int(first[4:]), 1) if first else None), entries


def carry(now_ms: int, go_on: Callable[[], bool] = table.always) -> table.Round:
    """Carry every owner's finished months into one row; how many rows were renewed.

    A month is finished 15 minutes after its Shanghai end: no entry can be booked into it any more,
    so its sums are final. Safe to repeat.
    """
    through = clock.shanghai_month(clock.day_start_ms(clock.shanghai_day(now_ms - MONTH_GRACE_MS).replace(day=1)) - 1)
    return table.each(owners, str, lambda name: _carry(name, through), go_on)


def _carry(name: str, through: str) -> int:
    carried = table.get(CarryItem, _pk(name, "carry"), "-")
    if carried is not None and carried.through_month >= through:
        return 0
    whole = Totals()
    for _, sums, pot_in_fen, count in _rows(name, "000000", through):
        whole.add(sums, pot_in_fen, count)
    item = CarryItem(
        pk=_pk(name, "carry"),
        sk="-",
        through_month=through,
        sums=json.dumps({_attribute(*key): amount for key, amount in sorted(whole.sums.items()) if amount}),
        pot_in_fen=whole.pot_in_fen,
        entry_count=whole.count,
    )
    not_newer = CarryItem.pk.does_not_exist() | (CarryItem.through_month < through)
    try:
        table.commit([Write("put", item, not_newer)])
    except table.Stale:
        return 0  # another run has just done it
    return 1


def carried_through(name: str) -> str:
    """The last month (``yyyymm``) in the owner's carried row, '' when there is none."""
    carried = table.get(CarryItem, _pk(name, "carry"), "-")
    return carried.through_month if carried else ""


def rebuild(name: str, month: str, sums: Sums, pot_in_fen: int, count: int) -> None:
    """Replace one owner's rows of a month by what a replay of the journal says.

    Only for a finished month, or with all writes stopped.
    """
    for shard in range(settings().totals_shards):
        attributes: dict[str, Any] = {"in": {"N": "0"}, "count": {"N": "0"}}
        if shard == 0:
            attributes = {"in": {"N": str(pot_in_fen)}, "count": {"N": str(count)}}
            attributes |= {_attribute(asset, account): {"N": str(n)} for (asset, account), n in sums.items()}
        TotalsItem._get_connection().put_item(_pk(name, shard), range_key=month, attributes=attributes)


def _rows(name: str, first: str, last: str) -> Iterator[tuple[str, Sums, int, int]]:
    # Raw items: the account attributes are not known to the class.
    connection = TotalsItem._get_connection()
    for shard in range(settings().totals_shards):
        start = None
        while True:
            with table.answers():
                found = connection.query(
                    _pk(name, shard),
                    range_key_condition=TotalsItem.sk.between(first, last),
                    consistent_read=True,
                    exclusive_start_key=start,
                )
            for raw in found["Items"]:
                sums = _sums({name: int(value["N"]) for name, value in raw.items() if "|" in name})
                yield raw["sk"]["S"], sums, int(raw.get("in", {"N": "0"})["N"]), int(raw["count"]["N"])
            start = found.get("LastEvaluatedKey")
            if not start:
                break


def _sums(flat: dict[str, int]) -> Sums:
    sums: Sums = {}
    for attribute, amount in flat.items():
        asset, _, account = attribute.partition("|")
        sums[(cast(Asset, asset), account)] = amount
    return sums


def _after(month: str) -> str:
    year, number = int(month[:4]), int(month[4:])
    return f"{year + number // 12:04d}{number % 12 + 1:02d}"


def _pk(name: str, shard: int | str) -> str:
    return f"T#{name}#{shard}"


def _attribute(asset: str, account: str) -> str:
    return f"{asset}|{account}"
