"""The disbursement report on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.reports.model.disbursement_report import ReportHead, ReportRow, ReportSums
from chalicelib.reports.views.spreadsheet import BASES, agreement
from chalicelib.web import charts
from chalicelib.web import format as fmt
from chalicelib.web.charts import Slice

ROWS_A_PAGE: Final = 50


def page_data(
    head: ReportHead, rows: Sequence[ReportRow], sums: ReportSums, names: Mapping[str, str], page: int
) -> dict[str, Any]:
    """``rows`` are all of the report; one page of them is shown."""
    pages = max((len(rows) + ROWS_A_PAGE - 1) // ROWS_A_PAGE, 1)
    page = min(max(page, 1), pages)
    slices = [Slice(names.get(slug, slug), fen) for slug, fen in sorted(sums.by_category.items(), key=lambda o: -o[1])]
    actions = [
        (sums.titles[key], fmt.money(fen), str(sums.served.get(key, 0) or "—"))
        for key, fen in sorted(sums.by_care_action.items(), key=lambda one: sums.titles.get(one[0], ""))
        if key
    ]
    return {
        "head": head,
        "basis": BASES[head.period.basis],
        "sums": sums,
        "chart": charts.bars("支出:按类别", slices, fmt.money) if slices else "",
        "actions": actions,
        "rows": rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        "names": names,
        "agreement": agreement(head, sums),
        "agrees": head.ledger_fen == sums.amount_fen,
        "page": page,
        "pages": pages,
    }
