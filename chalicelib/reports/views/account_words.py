"""Accounts and entries as a Chinese bookkeeper calls them; the address stays beside the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.reports.views.public_page import CHANNELS, TIERS

_HEADS: Final = {
    "asset:bank": "银行存款",
    "asset:stripe": "线上收款待结算",
    "asset:transit": "结算在途",
    "asset:disputed": "争议款项",
    "asset:cashbox": "现金箱",
    "asset:inkind": "实物",
    "asset:clawback": "待抵扣积分",
    "liability:merchant": "应付商家",
    "liability:refunds": "应退捐款",
    "liability:suspense": "待查款项",
    "liability:wallet": "志愿者积分",
    "liability:pool": "互助积分池",
    "equity:opening": "期初余额",
    "equity:transfer": "用途调整",
    "equity:issued": "累计发放积分",
    "equity:redeemed": "已结算积分",
    "equity:expired": "已过期积分",
    "income": "捐赠收入",
    "expense": "支出",
}
_WITHOUT_NAMES: Final = ("liability:wallet", "asset:clawback", "asset:transit")
"""Somebody's own, or one of many: the address beside the name tells them apart."""
KINDS: Final = {
    "gift": "捐赠",
    "fee": "支付手续费",
    "refund": "退捐",
    "refund_failed": "退捐未成",
    "dispute_opened": "争议",
    "dispute_won": "争议胜出",
    "dispute_lost": "争议退款",
    "payout": "结算到账",
    "disbursement": "付款",
    "reversal": "冲回",
    "award": "积分发放",
    "award_reversal": "积分更正",
    "capture": "核销",
    "return": "积分退回",
    "expiry": "积分过期",
    "opening": "期初",
}


@dataclass(frozen=True, slots=True)
class AccountNames:
    """Names by id, for what an address holds."""

    banks: Mapping[str, str] = field(default_factory=dict)
    pots: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    merchants: Mapping[str, str] = field(default_factory=dict)
    communities: Mapping[str, str] = field(default_factory=dict)

    def of(self, account: str) -> str:
        """``expense:relief:elders`` → ``支出 · 困难帮扶 · 困境老人``; what has no name shows its id."""
        head = next((h for h in (":".join(account.split(":")[:depth]) for depth in (2, 1)) if h in _HEADS), "")
        if not head:
            return account
        named = len(account) > len(head) and head not in _WITHOUT_NAMES
        rest = account[len(head) + 1 :].split(":") if named else []
        return " · ".join([_HEADS[head], *(self._part(head, at, part) for at, part in enumerate(rest))])

    def _part(self, head: str, at: int, part: str) -> str:
        by_place: dict[str, tuple[Mapping[str, str], ...]] = {
            "asset:bank": (self.banks,),
            "liability:merchant": (self.merchants,),
            "liability:pool": (self.communities,),
            "equity:issued": (self.communities,),
            "equity:opening": (self.pots,),
            "equity:transfer": (self.pots,),
            "asset:inkind": (self.pots,),
            "income": (self.pots, TIERS, CHANNELS),
            "expense": (self.pots, self.categories),
        }
        places = by_place.get(head, ())
        return places[at].get(part, part) if at < len(places) else part
