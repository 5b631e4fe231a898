"""Words and rows of the giving pages, made from the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.monthly import Monthly
from chalicelib.fund.model.pledges import Instalment, Pledge
from chalicelib.fund.model.receipts import Receipt
from chalicelib.fund.model.refunds import DisputeCase, Refund
from chalicelib.fund.model.setup import Fund
from chalicelib.fund.model.spending import QuarterFigures
from chalicelib.fund.views.spending import CHANNELS, TIERS
from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_

CHIPS_FEN: Final = (10_00, 20_00, 50_00, 100_00, 200_00, 500_00)
MONTHLY_CHIPS_FEN: Final = (50_00, 100_00, 200_00)

GIFT_STATES: Final = {
    "open": (N_("待支付"), "quiet"),
    "processing": (N_("确认中"), "warn"),
    "paid": (N_("已到账"), ""),
    "failed": (N_("支付失败"), "bad"),
    "expired": (N_("已过期"), "quiet"),
    "abandoned": (N_("未支付"), "quiet"),
}
"""State → its title and the kind of its tag."""
MONTHLY_STATES: Final = {
    "open": (N_("待首次支付"), "quiet"),
    "active": (N_("进行中"), ""),
    "past_due": (N_("扣款失败"), "bad"),
    "ending": (N_("本期后停止"), "warn"),
    "ended": (N_("已停止"), "quiet"),
    "expired": (N_("未开始"), "quiet"),
}
REFUND_STATES: Final = {
    "reserved": (N_("已登记,等待支付平台"), "warn"),
    "sent": (N_("已退款"), ""),
    "failed": (N_("退款被退回,仍欠捐赠人"), "bad"),
    "refused": (N_("支付平台未受理"), "quiet"),
}
INSTALMENT_STATES: Final = {
    "due": (N_("待到账"), "warn"),
    "invoiced": (N_("已发账单"), "warn"),
    "met": (N_("已到账"), ""),
}
RECEIPT_STATES: Final = {
    "waiting": (N_("待复核"), "warn"),
    "booked": (N_("已入账"), ""),
    "rejected": (N_("已退回"), "quiet"),
}
METHODS: Final = {"stripe": N_("在线支付"), "bank": N_("银行转账"), "cash": N_("现金")}
DISPUTES: Final = {"open": N_("银行正在调查"), "won": N_("已胜诉"), "lost": N_("已败诉")}


@dataclass(frozen=True, slots=True)
class Before:
    """The figures of the sentence that stands before one gives, as text."""

    spent: str
    person_times: str
    management: str
    refund_days: str
    refund_contact: str


def before(fund: Fund, figures: QuarterFigures) -> Before:
    return Before(
        spent=fmt.money(figures.spent_fen).removeprefix("¥"),
        person_times=f"{figures.person_times:,}",
        management=fmt.percent(figures.management_milli, 1000).removesuffix("%"),
        refund_days=str(fund.refund_days),
        refund_contact=fund.refund_contact,
    )


def thanks(gift: Gift, came_back: str) -> str:
    """What the donor's page says: ``paid``, ``waiting``, ``left`` (not paid, may go on), ``failed``, ``expired``."""
    if gift.is_paid:
        return "paid"
    if gift.state == "processing" or (gift.state == "open" and came_back == "paid"):
        return "waiting"
    if gift.state == "failed":
        return "failed"
    return "left" if gift.state == "open" else "expired"


def gift_rows(gifts: Iterable[Gift], lang: str) -> list[dict[str, Any]]:
    """By date, as they come; names masked."""
    return [
        {
            "id": gift.id,
            "when": fmt.moment(gift.paid_ms or gift.created_ms, lang),
            "who": fmt.masked_name(gift.donor.name) or N_("匿名"),
            "amount_fen": gift.amount_fen,
            "tier": TIERS[gift.tier],
            "channel": CHANNELS[gift.channel],
            "label": gift.label,
            "state": GIFT_STATES[gift.state],
            "refunded_fen": gift.refunded_fen,
            "second": gift.note == "second_payment",
        }
        for gift in gifts
    ]


def entry_keys(gift: Gift, refunds: Iterable[Refund], cases: Iterable[DisputeCase]) -> list[tuple[str, str]]:
    """``(title, entry key)`` of everything about a gift that stands in the books."""
    keys: list[tuple[str, str]] = []
    if gift.is_paid:
        keys.append((N_("捐赠"), gift.entry_key))
    if gift.fee_txn and gift.fee_fen:
        keys.append((N_("支付手续费"), f"fee:{gift.fee_txn}"))
    for refund in refunds:
        if refund.stripe_id:
            keys.append((N_("退款"), f"refund:{refund.stripe_id}"))
        if refund.state == "failed":
            keys.append((N_("退款被退回"), f"refund:{refund.stripe_id}:failed"))
    for case in cases:
        keys.append((N_("拒付"), f"dispute:{case.id}:opened"))
        if case.outcome != "open":
            keys.append((DISPUTES[case.outcome], f"dispute:{case.id}:{case.outcome}"))
    return keys


def monthly_rows(monthlies: Iterable[Monthly], lang: str) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "when": fmt.moment(one.created_ms, lang),
            "who": one.donor.name,
            "amount_fen": one.amount_fen,
            "months": one.months_paid,
            "state": MONTHLY_STATES[one.state],
        }
        for one in monthlies
    ]


def instalment_rows(pledge: Pledge) -> list[dict[str, Any]]:
    return [_instalment(one) for one in pledge.instalments]


def _instalment(one: Instalment) -> dict[str, Any]:
    return {
        "number": one.number,
        "due_day": one.due_day,
        "amount_fen": one.amount_fen,
        "state": (N_("已逾期"), "bad") if one.overdue and one.state != "met" else INSTALMENT_STATES[one.state],
        "url": one.invoice_url if one.state == "invoiced" else "",
        "gift_id": one.gift_id,
        "open": one.state != "met",
        "may_invoice": one.state == "due",
    }


def receipt_rows(receipts: Iterable[Receipt], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "account": labels.get(one.account_id, one.account_id),
            "serial": one.serial,
            "day": one.value_day,
            "amount_fen": one.amount_fen,
            "payer": one.payer_masked,
            "state": RECEIPT_STATES[one.state],
        }
        for one in receipts
    ]


def account_options(fund: Fund) -> list[tuple[str, str]]:
    return [(one.id, one.label) for one in fund.bank_accounts if one.active]


def filter_options(words: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Value and title of each; a title may stand with the kind of its tag."""
    return [(value, title if isinstance(title, str) else title[0]) for value, title in words.items()]
