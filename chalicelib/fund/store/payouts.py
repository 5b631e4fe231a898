"""Payouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib import table
from chalicelib.fund.model.payouts import BookedPayout
from chalicelib.table import AppItem, ModelAttribute, Write


class PayoutItem(AppItem):
    """``PAYOUT#<Stripe's id>`` / ``-``. ``by_1``: ``PAYOUTS`` / ``<created ms>#<id>``."""

    payout = ModelAttribute(BookedPayout)


@dataclass(frozen=True, slots=True)
class Read:
    payout: BookedPayout
    version: int


def find(payout_id: str) -> Read | None:
    item = table.get(PayoutItem, f"PAYOUT#{payout_id}", "-")
    return Read(item.payout, int(item.version)) if item else None


def writes(after: BookedPayout, before: Read | None) -> list[Write]:
    at = f"{after.created_ms:013d}#{after.id}"
    item = PayoutItem(pk=f"PAYOUT#{after.id}", sk="-", payout=after, pk_1="PAYOUTS", sk_1=at)
    return [table.create(item)] if before is None else [table.replace_version(item, before.version)]


def all_payouts() -> Iterator[BookedPayout]:
    for item in table.scan(PayoutItem, PayoutItem.pk.startswith("PAYOUT#")):
        yield item.payout
