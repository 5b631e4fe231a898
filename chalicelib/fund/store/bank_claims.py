"""Every entry that touches a bank account claims its line of the statement once."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib import table
from chalicelib.fund.model.bank_lines import BankLine
from chalicelib.fund.model.setup_faults import BankSerialUsed
from chalicelib.table import AppItem, ModelAttribute, Write


class BankLineItem(AppItem):
    """``BANKLINE#<account>:<serial>`` / ``-``: put once, never changed."""

    line = ModelAttribute(BankLine)


def claim_writes(line: BankLine) -> list[Write]:
    """Claim a line, in the transaction that books it. Its error is BankSerialUsed(account_id, serial)."""
    item = BankLineItem(pk=_pk(line.account_id, line.serial), sk="-", line=line)
    return [table.create(item, BankSerialUsed(account_id=line.account_id, serial=line.serial))]


def find(account_id: str, serial: str) -> BankLine | None:
    """Who claimed this line, if anybody, read consistently."""
    item = table.get(BankLineItem, _pk(account_id, serial), "-")
    return item.line if item else None


def must_be_free(account_id: str, serial: str, ref: str) -> None:
    """Raises BankSerialUsed(account_id, serial) when another fact than ``ref`` holds the line."""
    held = find(account_id, serial)
    if held is not None and held.ref != ref:
        raise BankSerialUsed(account_id=account_id, serial=serial)


def all_lines() -> Iterator[BankLine]:
    """Every claimed line: for verification."""
    for item in table.scan(BankLineItem, BankLineItem.pk.startswith("BANKLINE#")):
        yield item.line


def _pk(account_id: str, serial: str) -> str:
    return f"BANKLINE#{account_id}:{serial}"
