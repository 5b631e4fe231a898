"""The chart of accounts: the only place where an address is spelt.

Addresses are colon-separated under the five roots. Assets of the journal and their minor units:
``CNY`` in fen, ``TIME`` and ``MEDAL`` in hundredths of a point.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from chalicelib.ledger.errors import BadAccount

Asset = Literal["CNY", "TIME", "MEDAL"]
ASSETS: Final[tuple[Asset, ...]] = ("CNY", "TIME", "MEDAL")
POINTS: Final[tuple[Asset, ...]] = ("TIME", "MEDAL")

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")

STRIPE: Final = "asset:stripe"
DISPUTED: Final = "asset:disputed"
REFUNDS: Final = "liability:refunds"
SUSPENSE: Final = "liability:suspense"
REDEEMED: Final = "equity:redeemed"
EXPIRED: Final = "equity:expired"
OPENING_POINTS: Final = "equity:opening"

FEES: Final = "fees"
REDEMPTION: Final = "redemption"
CASH_DIFFERENCE: Final = "cash-difference"

_SHAPES: Final = {
    "asset:bank": 1,
    "asset:stripe": 0,
    "asset:transit": 1,
    "asset:disputed": 0,
    "asset:cashbox": 1,
    "asset:inkind": 1,
    "asset:clawback": 1,
    "income": 3,
    "expense": 2,
    "liability:merchant": 1,
    "liability:refunds": 0,
    "liability:suspense": 0,
    "liability:wallet": 1,
    "liability:pool": 1,
    "equity:opening": (0, 1),
    "equity:transfer": 1,
    "equity:issued": 1,
    "equity:redeemed": 0,
    "equity:expired": 0,
}

# One account per person or payout would swell the sums; they are kept under their control account,
# and each person's own balance stands in the wallet.
_CONTROLLED: Final = ("liability:wallet", "asset:clawback", "asset:transit")
_OWN_STATEMENT: Final = ("liability:wallet:", "liability:merchant:")


def bank(account_id: str) -> str:
    return _spell("asset:bank", account_id)


def transit(payout_id: str) -> str:
    return _spell("asset:transit", payout_id)


def cashbox(box_id: str) -> str:
    return _spell("asset:cashbox", box_id)


def in_kind(pot_id: str) -> str:
    return _spell("asset:inkind", pot_id)


def clawback(member_id: str) -> str:
    return _spell("asset:clawback", member_id)


def income(pot_id: str, tier: str, channel: str) -> str:
    return _spell("income", pot_id, tier, channel)


def expense(pot_id: str, category: str) -> str:
    return _spell("expense", pot_id, category)


def merchant(merchant_id: str) -> str:
    return _spell("liability:merchant", merchant_id)


def wallet(member_id: str) -> str:
    return _spell("liability:wallet", member_id)


def pool(community_id: str) -> str:
    return _spell("liability:pool", community_id)


def issued(community_id: str) -> str:
    return _spell("equity:issued", community_id)


def opening(pot_id: str) -> str:
    return _spell("equity:opening", pot_id)


def transfer(pot_id: str) -> str:
    return _spell("equity:transfer", pot_id)


def check(account: str) -> str:
    """The address itself, if it is in the chart. Raises BadAccount."""
    parts = account.split(":")
    for depth in (2, 1):
        shape = _SHAPES.get(":".join(parts[:depth]))
        if shape is None:
            continue
        rest = parts[depth:]
        lengths = shape if isinstance(shape, tuple) else (shape,)
        if len(rest) in lengths and all(_SEGMENT.match(part) for part in rest):
            return account
    raise BadAccount(account=account)


def control(account: str) -> str:
    """The name under which the totals keep an account: personal ones share a control account."""
    for prefix in _CONTROLLED:
        if account.startswith(prefix + ":"):
            return prefix
    return account


def has_statement(account: str) -> bool:
    """Whether entries are listed by this account. Never an account that many share."""
    return account.startswith(_OWN_STATEMENT)


def root(account: str) -> str:
    """``asset``, ``liability``, ``equity``, ``income`` or ``expense``."""
    return account.partition(":")[0]


def last(account: str) -> str:
    """The last segment: whose account it is, or which category."""
    return account.rpartition(":")[2]


def _spell(*parts: str) -> str:
    return check(":".join(parts))
