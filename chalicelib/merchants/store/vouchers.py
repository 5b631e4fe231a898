"""Vouchers and their typed codes, as items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.merchants.model.vouchers import Voucher
from chalicelib.table import AppItem, ModelAttribute, Write

DUE_SHARDS: Final = 4


class VoucherItem(AppItem):
    """``VOUCHER#<id>`` / ``#``, replaced by version. ``by_1``: while open ``VOUCHERS-DUE#<shard>`` /
    ``<expires ms>#<id>``, once captured ``CAPTURED#<merchant>`` / ``<captured ms>#<id>``;
    ``by_2``: ``VOUCHERS-OF#<member>`` / ``<issued ms>#<id>``."""

    body = ModelAttribute(Voucher)


class CodeItem(AppItem):
    """``VOUCHER-CODE#<code>`` / ``#``: leads to its voucher for ever, so that a used code says so."""

    voucher_id = UnicodeAttribute()


def voucher(voucher_id: str) -> Voucher | None:
    item = table.get(VoucherItem, _pk(voucher_id), "#")
    return item.body if item is not None else None


def voucher_id_of(code: str) -> str:
    """The voucher that a code leads to, or ""."""
    item = table.get(CodeItem, f"VOUCHER-CODE#{code}", "#")
    return str(item.voucher_id) if item is not None else ""


def vouchers_of(member_id: str, *, limit: int, cursor: str = "") -> tuple[list[Voucher], str]:
    """A member's vouchers, newest first, and the next page's cursor."""
    items, more = table.page(VoucherItem, f"VOUCHERS-OF#{member_id}", index="by_2", limit=limit, cursor=cursor)
    return [item.body for item in items], more


def captured_at(
    merchant_id: str, first_ms: int, end_ms: int, *, limit: int, cursor: str = ""
) -> tuple[list[Voucher], str]:
    """A merchant's vouchers captured from ``first_ms`` up to, not including, ``end_ms``, newest first."""
    items, more = table.page(
        VoucherItem,
        f"CAPTURED#{merchant_id}",
        index="by_1",
        condition=VoucherItem.sk_1.between(f"{first_ms:013d}", f"{end_ms:013d}"),
        limit=limit,
        cursor=cursor,
    )
    return [item.body for item in items], more


def overdue(now_ms: int, skip: table.Skip | None = None) -> Iterator[Voucher]:
    """Open vouchers whose last day is over, as they are consumed. A moment behind the truth."""
    for shard in range(DUE_SHARDS):
        until = VoucherItem.sk_1 <= f"{now_ms:013d}#~"
        for item in table.query(VoucherItem, f"VOUCHERS-DUE#{shard}", index="by_1", condition=until, skip=skip):
            yield item.body


def create_writes(voucher: Voucher) -> list[Write]:
    """A new voucher, which outranks what else may fail: a repeated request learns that it was done."""
    code = CodeItem(pk=f"VOUCHER-CODE#{voucher.code}", sk="#", voucher_id=voucher.id)
    return [table.create(_item(voucher), Stale(), rank=5), table.create(code, Stale(), rank=4)]


def replace_writes(read: Voucher, after: Voucher) -> list[Write]:
    """Replace a voucher as it was read; Stale when it changed meanwhile."""
    write = table.replace_version(_item(after), read.version)
    return [replace(write, rank=5)]


def all_vouchers() -> Iterator[Voucher]:
    """For verification only."""
    for item in table.scan(VoucherItem, VoucherItem.pk.startswith("VOUCHER#")):
        yield item.body


def _item(voucher: Voucher) -> VoucherItem:
    item = VoucherItem(pk=_pk(voucher.id), sk="#", body=voucher, version=voucher.version)
    if voucher.status == "open":
        item.pk_1, item.sk_1 = f"VOUCHERS-DUE#{_shard(voucher.id)}", f"{voucher.expires_at:013d}#{voucher.id}"
    elif voucher.status == "captured":
        item.pk_1, item.sk_1 = f"CAPTURED#{voucher.merchant_id}", f"{voucher.closed_at:013d}#{voucher.id}"
    item.pk_2, item.sk_2 = f"VOUCHERS-OF#{voucher.member_id}", f"{voucher.issued_at:013d}#{voucher.id}"
    return item


def _shard(voucher_id: str) -> int:
    return ord(voucher_id[-1]) % DUE_SHARDS


def _pk(voucher_id: str) -> str:
    return f"VOUCHER#{voucher_id}"
