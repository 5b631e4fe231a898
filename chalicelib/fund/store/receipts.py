"""Bank receipts that wait for their check, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute

from chalicelib import table
from chalicelib.fund.model.receipts import Receipt, ReceiptSerialWaiting, ReceiptUnknown
from chalicelib.table import AppItem, ModelAttribute, Write


class ReceiptItem(AppItem):
    """``RECEIPT#<receipt>`` / ``-``. ``by_1``: ``RECEIPTS#<fund>`` / ``<entered ms>#<receipt>``. ``by_2``, sparse:
    ``RECEIPTWAIT#<fund>`` / ``<entered ms>#<receipt>`` until it is decided."""

    receipt = ModelAttribute(Receipt)


class WaitingSerialItem(AppItem):
    """``RECEIPTSERIAL#<account>:<serial>`` / ``-``: one waiting receipt a serial; deleted when decided."""

    receipt_id = UnicodeAttribute()


@dataclass(frozen=True, slots=True)
class Read:
    receipt: Receipt
    version: int


def find(receipt_id: str) -> Read | None:
    item = table.get(ReceiptItem, f"RECEIPT#{receipt_id}", "-") if receipt_id else None
    return Read(item.receipt, int(item.version)) if item else None


def read(receipt_id: str) -> Read:
    """Raises ReceiptUnknown."""
    found = find(receipt_id)
    if found is None:
        raise ReceiptUnknown()
    return found


def create_writes(receipt: Receipt) -> list[Write]:
    """Raises ReceiptSerialWaiting (at commit) when another receipt with its serial waits."""
    return [table.create(_item(receipt)), table.create(_serial(receipt), ReceiptSerialWaiting())]


def decide_writes(after: Receipt, before: Read) -> list[Write]:
    return [table.replace_version(_item(after), before.version), table.delete(_serial(after))]


def replace_writes(after: Receipt, before: Read) -> list[Write]:
    """Its decision stays as it is."""
    return [table.replace_version(_item(after), before.version)]


def page(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Receipt], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(ReceiptItem, f"RECEIPTS#{fund_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.receipt for item in items], after


def waiting(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Receipt], str]:
    """Those that wait, oldest first. Raises BadCursor."""
    items, after = table.page(
        ReceiptItem, f"RECEIPTWAIT#{fund_id}", index="by_2", limit=limit, cursor=cursor, newest_first=False
    )
    return [item.receipt for item in items], after


def all_receipts(skip: table.Skip | None = None) -> Iterator[Receipt]:
    for item in table.scan(ReceiptItem, ReceiptItem.pk.startswith("RECEIPT#"), skip=skip):
        yield item.receipt


def _item(receipt: Receipt) -> ReceiptItem:
    at = f"{receipt.entered_ms:013d}#{receipt.id}"
    item = ReceiptItem(pk=f"RECEIPT#{receipt.id}", sk="-", receipt=receipt, pk_1=f"RECEIPTS#{receipt.fund_id}", sk_1=at)
    if receipt.state == "waiting":
        item.pk_2, item.sk_2 = f"RECEIPTWAIT#{receipt.fund_id}", at
    return item


def _serial(receipt: Receipt) -> WaitingSerialItem:
    return WaitingSerialItem(pk=f"RECEIPTSERIAL#{receipt.account_id}:{receipt.serial}", sk="-", receipt_id=receipt.id)
