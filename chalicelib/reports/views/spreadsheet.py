"""The disbursement report as CSV and XLSX: Chinese headings, safe for spreadsheets, row by row."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from chalicelib import clock
from chalicelib.reports.model.disbursement_report import ReportHead, ReportRow, ReportSums
from chalicelib.web import format as fmt

HEADINGS: Final = (
    "付款日期", "资金池", "支出类别", "关爱行动", "收款方", "用途", "金额(元)",
    "银行账户", "银行流水号", "申请人", "审批人", "服务人次", "备注",
)  # fmt: skip
WIDTHS: Final = (12, 18, 16, 24, 20, 30, 14, 14, 22, 12, 16, 10, 10)
AMOUNT_COLUMN: Final = 6
BASES: Final = {"value": "按付款日期(银行入账日)", "booked": "按记账日期"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_report(
    head: ReportHead, rows: Iterable[ReportRow], sums: ReportSums, category_names: dict[str, str]
) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, so that Excel shows the Chinese; CRLF; a text that a spreadsheet
    would take for a formula is led by an apostrophe."""
    yield "\ufeff".encode()
    for line in title_lines(head):
        yield _csv([line])
    yield _csv(HEADINGS)
    for row in rows:
        yield _csv([cell if isinstance(cell, str) else str(cell) for cell in _cells(row, category_names)], numbers=True)
    for label, fen in _closing(head, sums, category_names):
        yield _csv([label, "", "", "", "", "", fmt.yuan_text(fen).replace(",", "")], numbers=True)
    yield _csv(["服务人次合计(每个关爱行动计一次)", "", "", "", "", "", "", "", "", "", "", str(sums.person_times)])


def xlsx_report(head: ReportHead, rows: Iterable[ReportRow], sums: ReportSums, category_names: dict[str, str]) -> bytes:
    """A formatted workbook. Rows go to disk as they come, so memory does not grow with their number."""
    import xlsxwriter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with xlsxwriter.Workbook(str(path), options) as book:
            _fill(book, head, rows, sums, category_names)
        return path.read_bytes()


def title_lines(head: ReportHead) -> list[str]:
    """What the report is, of whom, over which days, by which date, and when it was made."""
    of = head.period
    return [
        f"{head.street} 支出明细报告".strip(),
        f"期间:{of.first} 至 {of.last}  {BASES[of.basis]}",
        f"制表时间:{clock.shanghai(head.made_ms):%Y-%m-%d %H:%M}  金额单位:元",
    ]


def agreement(head: ReportHead, sums: ReportSums) -> str:
    """Whether the report and the journal say the same, in words."""
    if head.ledger_fen == sums.amount_fen:
        return f"与账簿核对一致:支出分录合计 {fmt.yuan_text(head.ledger_fen)} 元"
    difference = fmt.yuan_text(sums.amount_fen - head.ledger_fen)
    return f"与账簿不一致:支出分录合计 {fmt.yuan_text(head.ledger_fen)} 元,相差 {difference} 元,请联系管理员核查"


def safe(text: str) -> str:
    """Text that no spreadsheet runs as a formula (CSV injection)."""
    return "'" + text if text.startswith(_FORMULA) else text


def _cells(row: ReportRow, category_names: dict[str, str]) -> list[str | int]:
    return [
        row.day.isoformat(), safe(row.pot_name), category_names.get(row.category, row.category),
        safe(row.care_action), safe(row.payee), safe(row.purpose), _yuan(row.amount_fen), safe(row.bank_account),
        safe(row.serial), safe(row.requested_by), safe(row.approved_by), row.person_times or "",
        "退回" if row.came_back else "",
    ]  # fmt: skip


def _closing(head: ReportHead, sums: ReportSums, category_names: dict[str, str]) -> Iterator[tuple[str, int]]:
    for category, fen in sorted(sums.by_category.items()):
        yield f"小计:{category_names.get(category, category)}", fen
    for care_action_id, fen in sorted(sums.by_care_action.items()):
        if care_action_id:
            yield safe(f"小计:{sums.titles[care_action_id]}"), fen
    yield "合计", sums.amount_fen
    yield agreement(head, sums), head.ledger_fen


def _yuan(fen: int) -> str:
    return fmt.yuan_text(fen).replace(",", "")


def _csv(cells: Sequence[str], *, numbers: bool = False) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells if numbers else [safe(cell) for cell in cells])
    return text.getvalue().encode()


def _fill(
    book: Any, head: ReportHead, rows: Iterable[ReportRow], sums: ReportSums, category_names: dict[str, str]
) -> None:
    # A number in a workbook is binary floating point by its format; the text of two decimals converts to the
    # nearest one, and Excel shows exactly the fen again for any amount below 10^13 yuan.
    from decimal import Decimal

    title = book.add_format({"bold": True, "font_size": 16})
    plain = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "border_color": "#dcdfd9"})
    heading = book.add_format({"bold": True, "bg_color": "#067a46", "font_color": "#ffffff", "border": 1})
    money = book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00", "border": 1, "border_color": "#dcdfd9"})
    total = book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00", "bold": True, "top": 2})
    strong = book.add_format({"bold": True, "top": 2})
    sheet = book.add_worksheet("支出明细")
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    lines = title_lines(head)
    for number, line in enumerate(lines):
        sheet.write_string(number, 0, line, title if number == 0 else None)
    at = len(lines) + 1
    sheet.write_row(at, 0, HEADINGS, heading)
    sheet.freeze_panes(at + 1, 1)
    first = at + 1
    at = first
    for row in rows:
        for column, cell in enumerate(_cells(row, category_names)):
            if column == AMOUNT_COLUMN:
                sheet.write_number(at, column, Decimal(row.amount_fen) / 100, money)
            elif isinstance(cell, int):
                sheet.write_number(at, column, cell, plain)
            else:
                sheet.write_string(at, column, cell, plain)
        at += 1
    if at > first:
        sheet.autofilter(first - 1, 0, at - 1, len(HEADINGS) - 1)
    letter = chr(ord("A") + AMOUNT_COLUMN)
    for label, fen in _closing(head, sums, category_names):
        sheet.write_string(at, 0, label, strong)
        if label == "合计" and at > first:
            # Both: the formula for whoever adds a row, the value for whoever only reads it.
            summed = f"=SUM({letter}{first + 1}:{letter}{first + sums.rows})"
            sheet.write_formula(at, AMOUNT_COLUMN, summed, total, Decimal(fen) / 100)
        else:
            sheet.write_number(at, AMOUNT_COLUMN, Decimal(fen) / 100, total)
        at += 1
    sheet.write_string(at, 0, "服务人次合计(每个关爱行动计一次)", strong)
    sheet.write_number(at, AMOUNT_COLUMN + 5, sums.person_times, strong)
