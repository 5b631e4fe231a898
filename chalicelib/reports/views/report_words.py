"""The words of the disbursement report, the same on the page and in both files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib import clock
from chalicelib.reports.model.disbursement_report import ReportHead, ReportSums
from chalicelib.web import format as fmt

HEADINGS: Final = (
    "付款日期", "资金池", "支出类别", "关爱行动", "收款方", "用途", "金额(元)",
    "银行账户", "银行流水号", "申请人", "审批人", "行动服务人次", "备注",
)  # fmt: skip
BASES: Final = {"value": "按付款日期(银行入账日)", "booked": "按记账日期"}
OUTSIDE: Final = "(不属于关爱行动)"
CAME_BACK: Final = "退回"
NOTE: Final = "“行动服务人次”是整个关爱行动的人次,每行重复,请勿相加;合计见汇总。退回的款项为负数。"


def title_lines(head: ReportHead) -> list[str]:
    """What the report is, of whom, over which days, by which date, what was chosen, and when it was made."""
    of = head.period
    chosen = [
        f"{label}:{name}"
        for label, name in (
            ("资金池", head.pot_name),
            ("支出类别", head.category_name),
            ("关爱行动", head.care_action),
        )
        if name
    ]
    return [
        f"{head.street} 支出明细报告".strip(),
        f"期间:{of.first} 至 {of.last}  {BASES[of.basis]}",
        f"范围:{'  '.join(chosen) or '全部'}",
        f"制表时间:{clock.shanghai(head.made_ms):%Y-%m-%d %H:%M}  金额单位:元",
    ]


def agreement(head: ReportHead, sums: ReportSums) -> str:
    """Whether the report and the books say the same, in words."""
    if head.ledger_fen == sums.amount_fen:
        return f"与账簿核对一致:账簿中的支出合计 {fmt.money(head.ledger_fen)}"
    difference = fmt.money(sums.amount_fen - head.ledger_fen)
    return f"与账簿不一致:账簿中的支出合计 {fmt.money(head.ledger_fen)},相差 {difference},请联系管理员核查"


def besides(head: ReportHead) -> str:
    """What the books spent that nobody asked for, '' where there is nothing."""
    if not head.other_fen:
        return ""
    return f"另有支付手续费等由账簿直接列支 {fmt.money(head.other_fen)},不在本表明细内"


def blocks(sums: ReportSums, category_names: Mapping[str, str]) -> list[tuple[str, list[tuple[str, int, int]]]]:
    """The summary: for each dimension its title, and (name, fen, person-times) largest first. Every block
    adds up to the whole."""
    by_category = [(category_names.get(slug, slug), fen, 0) for slug, fen in sums.by_category.items()]
    by_pot = [(sums.pot_names[pot_id], fen, 0) for pot_id, fen in sums.by_pot.items()]
    by_action = [
        (sums.titles[action_id] or OUTSIDE, fen, sums.served.get(action_id, 0))
        for action_id, fen in sums.by_care_action.items()
    ]
    titled = (("按支出类别", by_category), ("按资金池", by_pot), ("按关爱行动", by_action))
    return [(title, sorted(rows, key=lambda row: (-row[1], row[0]))) for title, rows in titled]


def yuan(fen: int) -> str:
    """123450 → ``1234.50``: two decimals, no grouping, as every program reads it."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"
