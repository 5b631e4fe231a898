"""The disbursement report as a workbook: one sheet of payments, one of sums, ready to print."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from chalicelib import clock
from chalicelib.reports.model.disbursement_report import ReportHead, ReportRow, ReportSums
from chalicelib.reports.model.faults import WorkbookFull
from chalicelib.reports.views import report_words as words

ROWS_MAX: Final = 1_048_000
"""A sheet ends after 1,048,576 rows, and the library leaves out what would stand below without a word."""
_PIECE_BYTES: Final = 1024 * 1024
DETAILS: Final = "支出明细"
SUMMARY: Final = "汇总"
WIDTHS: Final = (13, 18, 16, 26, 20, 30, 15, 14, 22, 12, 16, 14, 8)
AMOUNT: Final = words.HEADINGS.index("金额(元)")
_MONEY: Final = "#,##0.00;[Red]-#,##0.00"
_EDGE: Final = {"border": 1, "border_color": "#dcdfd9", "valign": "top"}


def xlsx_report(head: ReportHead, rows: Iterable[ReportRow], category_names: Mapping[str, str]) -> bytes:
    """The whole file. Raises WorkbookFull(rows_max)."""
    return b"".join(xlsx_pieces(head, rows, category_names))


def xlsx_pieces(
    head: ReportHead,
    rows: Iterable[ReportRow],
    category_names: Mapping[str, str],
    rows_max: int = ROWS_MAX,
) -> Iterator[bytes]:
    """The file piece by piece. Rows go to disk as they come, so memory does not grow with their number. Every text
    is a text: nothing that somebody typed becomes a formula or a link.

    Raises WorkbookFull(rows_max).
    """
    import xlsxwriter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with xlsxwriter.Workbook(str(path), options) as book:
            made = clock.shanghai(head.made_ms).replace(tzinfo=None)
            book.set_properties({"title": words.title_lines(head)[0], "author": head.street, "created": made})
            styles = _styles(book)
            sums = _details(book, styles, head, _up_to(rows_max, rows), category_names)
            _summary(book, styles, head, sums, category_names)
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def _up_to(rows_max: int, rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
    for number, row in enumerate(rows):
        if number == rows_max:
            raise WorkbookFull(rows_max=rows_max)
        yield row


def _styles(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "soft": book.add_format({"font_color": "#565d58"}),
        "heading": book.add_format(
            {"bold": True, "bg_color": "#067a46", "font_color": "#ffffff", "border": 1, "text_wrap": True}
        ),
        "text": book.add_format({**_EDGE, "text_wrap": True}),
        "day": book.add_format({**_EDGE, "num_format": "yyyy-mm-dd", "align": "left"}),
        "number": book.add_format({**_EDGE, "num_format": "#,##0"}),
        "money": book.add_format({**_EDGE, "num_format": _MONEY}),
        "total": book.add_format({"bold": True, "top": 2}),
        "total_number": book.add_format({"bold": True, "top": 2, "num_format": "#,##0"}),
        "total_money": book.add_format({"bold": True, "top": 2, "num_format": _MONEY}),
    }


def _details(
    book: Any, styles: dict[str, Any], head: ReportHead, rows: Iterable[ReportRow], category_names: Mapping[str, str]
) -> ReportSums:
    sheet = book.add_worksheet(DETAILS)
    _on_paper(sheet)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    at = _headed(sheet, styles, head)
    sheet.repeat_rows(at)
    sheet.write_row(at, 0, words.HEADINGS, styles["heading"])
    sheet.freeze_panes(at + 1, 1)
    first = at + 1
    at = first
    sums = ReportSums()
    for row in rows:
        sums.add(row)
        _row(sheet, styles, at, row, category_names)
        at += 1
    if sums.rows:
        sheet.autofilter(first - 1, 0, at - 1, len(words.HEADINGS) - 1)
    sheet.write_string(at, 0, "合计", styles["total"])
    for column in range(1, len(words.HEADINGS)):
        sheet.write_blank(at, column, None, styles["total"])
    _sum(sheet, at, AMOUNT, (first, sums.rows), sums.amount_fen, styles)
    sheet.write_string(at + 2, 0, words.NOTE, styles["soft"])
    return sums


def _row(sheet: Any, styles: dict[str, Any], at: int, row: ReportRow, category_names: Mapping[str, str]) -> None:
    sheet.write_datetime(at, 0, datetime(row.day.year, row.day.month, row.day.day), styles["day"])  # noqa: DTZ001
    before = (row.pot_name, category_names.get(row.category, row.category), row.care_action, row.payee, row.purpose)
    for column, text in enumerate(before, start=1):
        sheet.write_string(at, column, text, styles["text"])
    sheet.write_number(at, AMOUNT, _yuan(row.amount_fen), styles["money"])
    after = (row.bank_account, row.serial, row.requested_by, row.approved_by)
    for column, text in enumerate(after, start=AMOUNT + 1):
        sheet.write_string(at, column, text, styles["text"])
    if row.person_times:
        sheet.write_number(at, AMOUNT + 5, row.person_times, styles["number"])
    else:
        sheet.write_blank(at, AMOUNT + 5, None, styles["number"])
    sheet.write_string(at, AMOUNT + 6, words.CAME_BACK if row.came_back else "", styles["text"])


def _summary(
    book: Any, styles: dict[str, Any], head: ReportHead, sums: ReportSums, category_names: Mapping[str, str]
) -> None:
    sheet = book.add_worksheet(SUMMARY)
    _on_paper(sheet)
    for column, width in enumerate((36, 18, 14)):
        sheet.set_column(column, column, width)
    at = _headed(sheet, styles, head)
    for title, block in words.blocks(sums, category_names):
        sheet.write_row(at, 0, (title, "金额(元)", "服务人次"), styles["heading"])
        first = at + 1
        for at, (name, fen, person_times) in enumerate(block, start=first):
            sheet.write_string(at, 0, name, styles["text"])
            sheet.write_number(at, 1, _yuan(fen), styles["money"])
            if person_times:
                sheet.write_number(at, 2, person_times, styles["number"])
            else:
                sheet.write_blank(at, 2, None, styles["number"])
        at = first + len(block)
        sheet.write_string(at, 0, "合计", styles["total"])
        _sum(sheet, at, 1, (first, len(block)), sums.amount_fen, styles)
        times = sum(person_times for _, _, person_times in block)
        if times:
            sheet.write_formula(at, 2, f"=SUM(C{first + 1}:C{at})", styles["total_number"], times)
        else:
            sheet.write_blank(at, 2, None, styles["total"])
        at += 2
    for note in (words.agreement(head, sums), words.besides(head)):
        if note:
            sheet.write_string(at, 0, note, styles["soft"])
            at += 1


def _headed(sheet: Any, styles: dict[str, Any], head: ReportHead) -> int:
    """What the report covers, at the head of a sheet; the row where its table begins."""
    lines = words.title_lines(head)
    for at, line in enumerate(lines):
        sheet.write_string(at, 0, line, styles["title" if at == 0 else "soft"])
    return len(lines) + 1


def _sum(sheet: Any, at: int, column: int, over: tuple[int, int], fen: int, styles: dict[str, Any]) -> None:
    """Both: the formula for whoever adds a row, the value for whoever only reads it."""
    first, number = over
    letter = chr(ord("A") + column)
    if number:
        summed = f"=SUM({letter}{first + 1}:{letter}{first + number})"
        sheet.write_formula(at, column, summed, styles["total_money"], _yuan(fen))
    else:
        sheet.write_number(at, column, _yuan(fen), styles["total_money"])


def _on_paper(sheet: Any) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页,共 &N 页")


def _yuan(fen: int) -> Decimal:
    """A number in a workbook is binary floating point by its format; that of two decimals is the nearest
    one, and shows exactly the fen again for any amount below 10^13 yuan."""
    return Decimal(fen) / 100
