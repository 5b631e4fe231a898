"""The journal as plain-text accounting that others can read: hledger, ledger, beancount converters.

Accounts and commodities are declared, so ``hledger check --strict`` finds a wrong address or a price
inferred between two unbalanced assets. The date is the value date; ``booked`` stands in a tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib import clock
from chalicelib.ledger.entry import BookedEntry

_HEAD = """\
; Linli: journal export. CNY in yuan, TIME and MEDAL in points; two decimals, exact.
commodity 1000.00 CNY
commodity 1000.00 TIME
commodity 1000.00 MEDAL
"""


def hledger_journal(entries: Iterable[BookedEntry]) -> Iterator[str]:
    """Text pieces of the journal, streamed: each account is declared before its first use."""
    yield _HEAD
    declared: set[str] = set()
    for entry in entries:
        new = [account for account in dict.fromkeys(p.account for p in entry.postings) if account not in declared]
        declared.update(new)
        lines = [f"\naccount {account}" for account in new]
        booked = f"{clock.shanghai(entry.booked_ms):%Y-%m-%dT%H:%M:%S}"
        tags = f"id:{entry.id}, key:{entry.key}, booked:{booked}"
        lines.append(f"\n\n{entry.value_date} * {entry.kind}  ; {tags}")
        lines.extend(f"\n    {p.account}  {minor(p.amount)} {p.asset}" for p in entry.postings)
        yield "".join(lines) + "\n"


def minor(amount: int) -> str:
    """Hundredths as text with two decimals, without floats: -5 → '-0.05'."""
    sign, digits = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{digits // 100}.{digits % 100:02d}"
