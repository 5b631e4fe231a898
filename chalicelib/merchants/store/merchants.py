"""Merchants as items."""

from __future__ import annotations

from chalicelib import table
from chalicelib.merchants.model.merchants import Merchant, Status
from chalicelib.table import AppItem, ModelAttribute, Write


class MerchantItem(AppItem):
    """``MERCHANT#<id>`` / ``#``. ``by_1``: ``MERCHANTS#<status>`` / ``<id>``; ids sort by time."""

    body = ModelAttribute(Merchant)


def merchant(merchant_id: str) -> Merchant | None:
    item = table.get(MerchantItem, _pk(merchant_id), "#")
    return item.body if item is not None else None


def merchants(status: Status, *, limit: int, cursor: str = "") -> tuple[list[Merchant], str]:
    """Merchants of one status, newest first, and the next page's cursor."""
    items, more = table.page(MerchantItem, f"MERCHANTS#{status}", index="by_1", limit=limit, cursor=cursor)
    return [item.body for item in items], more


def all_merchants() -> list[Merchant]:
    """For verification only."""
    return [item.body for item in table.scan(MerchantItem, MerchantItem.pk.startswith("MERCHANT#"))]


def create_writes(merchant: Merchant) -> list[Write]:
    return [table.create(_item(merchant))]


def replace_writes(read: Merchant, after: Merchant) -> list[Write]:
    """Replace a merchant as it was read; Stale when it changed meanwhile."""
    return [table.replace_version(_item(after), read.version)]


def _item(merchant: Merchant) -> MerchantItem:
    return MerchantItem(
        pk=_pk(merchant.id),
        sk="#",
        body=merchant,
        version=merchant.version,
        pk_1=f"MERCHANTS#{merchant.status}",
        sk_1=merchant.id,
    )


def _pk(merchant_id: str) -> str:
    return f"MERCHANT#{merchant_id}"
