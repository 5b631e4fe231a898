"""The disbursement report as CSV: UTF-8 with a byte order mark, so that Excel shows the Chinese; CRLF."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from chalicelib.reports.model.disbursement_report import ReportHead, ReportRow, ReportSums
from chalicelib.reports.views import report_words as words

# What spreadsheets take for the beginning of a formula, the full-width signs too
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
_DIGITS_KEPT: Final = 11
"""Excel shows longer numbers as 2.02611E+16, and loses the digits after the fifteenth."""


def csv_report(head: ReportHead, rows: Iterable[ReportRow], category_names: Mapping[str, str]) -> Iterator[bytes]:
    """Row by row: memory does not grow with their number."""
    sums = ReportSums()
    yield "\ufeff".encode()
    for line in words.title_lines(head):
        yield _line([safe(line)])
    yield _line(words.HEADINGS)
    for row in rows:
        sums.add(row)
        yield _line(_cells(row, category_names))
    yield _total("合计", sums.amount_fen)
    yield _line([])
    for title, block in words.blocks(sums, category_names):
        yield _line([title])
        for name, fen, person_times in block:
            yield _total(safe(name), fen, person_times)
    yield _line([])
    yield _total("服务人次合计(每个关爱行动计一次)", None, sums.person_times)
    for note in (words.agreement(head, sums), words.besides(head), words.NOTE):
        if note:
            yield _line([note])


def safe(text: str) -> str:
    """Text that no spreadsheet runs as a formula (CSV injection): led by an apostrophe."""
    return "'" + text if text.lstrip(" \u3000\ufeff").startswith(_FORMULA) else text


def as_text(digits: str) -> str:
    """A long number, or one that begins with 0, followed by a tab: a spreadsheet keeps all its digits."""
    long = digits.isascii() and digits.isdigit() and (len(digits) > _DIGITS_KEPT or digits.startswith("0"))
    return digits + "\t" if long else safe(digits)


def _cells(row: ReportRow, category_names: Mapping[str, str]) -> list[str]:
    return [
        row.day.isoformat(), safe(row.pot_name), category_names.get(row.category, row.category),
        safe(row.care_action), safe(row.payee), safe(row.purpose), words.yuan(row.amount_fen),
        safe(row.bank_account), as_text(row.serial), safe(row.requested_by), safe(row.approved_by),
        str(row.person_times or ""), words.CAME_BACK if row.came_back else "",
    ]  # fmt: skip


def _total(label: str, fen: int | None, person_times: int = 0) -> bytes:
    """Under the same columns as the rows."""
    cells = [""] * len(words.HEADINGS)
    cells[0] = label
    cells[words.HEADINGS.index("金额(元)")] = "" if fen is None else words.yuan(fen)
    cells[words.HEADINGS.index("行动服务人次")] = str(person_times or "")
    return _line(cells)


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
