"""The disbursement report on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.reports.model.disbursement_report import ReportHead, ReportRow, ReportSums
from chalicelib.reports.views import report_words as words
from chalicelib.web import charts
from chalicelib.web import format as fmt
from chalicelib.web.charts import Slice

ROWS_A_PAGE: Final = 50


def page_data(head: ReportHead, rows: Iterable[ReportRow], names: Mapping[str, str], page: int) -> dict[str, Any]:
    """``rows`` are all of the report, read once; only those of one page are kept."""
    sums = ReportSums()
    shown: list[ReportRow] = []
    for row in rows:
        if (page - 1) * ROWS_A_PAGE <= sums.rows < page * ROWS_A_PAGE:
            shown.append(row)
        sums.add(row)
    (_, by_category), (_, by_pot), (_, by_action) = words.blocks(sums, names)
    slices = [Slice(name, fen) for name, fen, _ in by_category]
    return {
        "head": head,
        "basis": words.BASES[head.period.basis],
        "sums": sums,
        "chart": charts.bars("支出:按类别", slices, fmt.money) if slices else "",
        "by_pot": [(name, fmt.money(fen)) for name, fen, _ in by_pot],
        "by_action": [(name, fmt.money(fen), str(times or "—")) for name, fen, times in by_action],
        "rows": shown,
        "names": names,
        "agreement": words.agreement(head, sums),
        "agrees": head.ledger_fen == sums.amount_fen,
        "besides": words.besides(head),
        "page": page,
        "pages": max((sums.rows + ROWS_A_PAGE - 1) // ROWS_A_PAGE, 1),
    }
