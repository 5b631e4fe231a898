"""The sentences of the reports' errors."""

from __future__ import annotations

from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    register_sentences(
        {
            "period_invalid": (
                N_("这段日期不对。"),
                N_("请选开始日期不晚于结束日期的一段时间,例如 2026-01-01 到 2026-06-30。"),
            ),
            "period_too_long": (N_("一次最多看 {days_max} 天。"), N_("请把时间分成几段来看。")),
            "basis_unknown": (N_("报告按付款日期或记账日期。"), N_("请在页面上选一种。")),
            "statement_unknown": (
                N_("没有“{account}”这个可查流水的账户。"),
                N_("请核对科目全名,可查商家和个人积分账户。"),
            ),
        }
    )
