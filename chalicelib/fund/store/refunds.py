"""Refunds and disputes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib import table
from chalicelib.fund.model.refunds import DisputeCase, Refund
from chalicelib.table import AppItem, ModelAttribute, Write


class RefundItem(AppItem):
    """``REFUND#<refund>`` / ``-``. ``by_1``: ``REFUNDS#<gift>`` / ``<requested ms>#<refund>``. ``by_2``, sparse:
    ``REFUNDWAIT`` / ``<requested ms>#<refund>`` until it is settled."""

    refund = ModelAttribute(Refund)


class DisputeItem(AppItem):
    """``DISPUTE#<Stripe's id>`` / ``-``. ``by_1``: ``DISPUTES#<gift>`` / ``<opened ms>#<id>``."""

    case = ModelAttribute(DisputeCase)


@dataclass(frozen=True, slots=True)
class Read:
    refund: Refund
    version: int


@dataclass(frozen=True, slots=True)
class ReadCase:
    case: DisputeCase
    version: int


def find(refund_id: str) -> Read | None:
    item = table.get(RefundItem, f"REFUND#{refund_id}", "-")
    return Read(item.refund, int(item.version)) if item else None


def create_writes(refund: Refund) -> list[Write]:
    return [table.create(_item(refund))]


def writes(after: Refund, before: Read) -> list[Write]:
    return [table.replace_version(_item(after), before.version)]


def of_gift(gift_id: str) -> list[Refund]:
    """Newest first; a gift has few."""
    found = table.query(RefundItem, f"REFUNDS#{gift_id}", index="by_1", newest_first=True, limit=50)
    return [item.refund for item in found]


def waiting(before_ms: int, limit: int, skip: table.Skip | None = None) -> list[Refund]:
    until = RefundItem.sk_2 < f"{before_ms:013d}"
    found = table.query(RefundItem, "REFUNDWAIT", index="by_2", condition=until, limit=limit, skip=skip)
    return [item.refund for item in found]


def all_refunds() -> Iterator[Refund]:
    for item in table.scan(RefundItem, RefundItem.pk.startswith("REFUND#")):
        yield item.refund


def find_case(dispute_id: str) -> ReadCase | None:
    item = table.get(DisputeItem, f"DISPUTE#{dispute_id}", "-")
    return ReadCase(item.case, int(item.version)) if item else None


def create_case_writes(case: DisputeCase) -> list[Write]:
    return [table.create(_case_item(case))]


def case_writes(after: DisputeCase, before: ReadCase) -> list[Write]:
    return [table.replace_version(_case_item(after), before.version)]


def cases_of(gift_id: str) -> list[DisputeCase]:
    found = table.query(DisputeItem, f"DISPUTES#{gift_id}", index="by_1", newest_first=True, limit=20)
    return [item.case for item in found]


def all_cases() -> Iterator[DisputeCase]:
    for item in table.scan(DisputeItem, DisputeItem.pk.startswith("DISPUTE#")):
        yield item.case


def _item(refund: Refund) -> RefundItem:
    at = f"{refund.requested_ms:013d}#{refund.id}"
    item = RefundItem(pk=f"REFUND#{refund.id}", sk="-", refund=refund, pk_1=f"REFUNDS#{refund.gift_id}", sk_1=at)
    if not refund.is_settled:
        item.pk_2, item.sk_2 = "REFUNDWAIT", at
    return item


def _case_item(case: DisputeCase) -> DisputeItem:
    at = f"{case.opened_ms:013d}#{case.id}"
    return DisputeItem(pk=f"DISPUTE#{case.id}", sk="-", case=case, pk_1=f"DISPUTES#{case.gift_id}", sk_1=at)
