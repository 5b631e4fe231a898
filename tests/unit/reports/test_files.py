"""What a spreadsheet program is given: whole numbers of fen, Chinese intact, nothing that runs."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

import openpyxl
import pytest

from chalicelib import clock
from chalicelib.reports.model.disbursement_report import Filter, ReportHead, ReportRow, sums
from chalicelib.reports.model.period import Period
from chalicelib.reports.views import report_words as words
from chalicelib.reports.views.csv_file import as_text, csv_report, safe
from chalicelib.reports.views.workbook import xlsx_report

NAMES = {"elders": "困境老人", "hardship": "困难群众"}
ROW = ReportRow(
    day=date(2026, 11, 20),
    pot_id="relief",
    pot_name="邻里关爱资金",
    category="elders",
    care_action_id="A1",
    care_action="重阳敬老",
    payee="吴**",
    purpose="大米二十袋",
    amount_fen=20_010,
    bank_account="基本户 尾号6688",
    serial="202611220000012345678",
    requested_by="李会计",
    approved_by="王主任、陈书记",
    person_times=86,
    came_back=False,
)
ROWS = [
    ROW,
    replace(ROW, amount_fen=-20_010, came_back=True, serial="R1", day=date(2026, 11, 21)),
    replace(ROW, amount_fen=9, category="hardship", care_action_id="", care_action="", person_times=0),
]
HEAD = ReportHead(
    street="示范街道",
    period=Period(date(2026, 11, 1), date(2026, 11, 30)),
    chosen=Filter("relief"),
    pot_name="邻里关爱资金",
    category_name="",
    care_action="",
    made_ms=clock.day_start_ms(date(2026, 11, 22)) + 36_000_000,
    ledger_fen=9,
    other_fen=123,
)


def table(head: ReportHead = HEAD, rows: list[ReportRow] = ROWS) -> list[list[str]]:
    whole = b"".join(csv_report(head, rows, NAMES))
    assert whole.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline="")))


def test_csv_lines_end_as_excel_wants_them() -> None:
    whole = b"".join(csv_report(HEAD, ROWS, NAMES))
    assert whole.endswith(b"\r\n")
    assert b"\n" not in whole.replace(b"\r\n", b"")


def test_csv_says_what_it_is_and_has_every_dimension() -> None:
    lines = table()
    assert lines[0] == ["示范街道 支出明细报告"]
    assert lines[1] == ["期间:2026-11-01 至 2026-11-30  按付款日期(银行入账日)"]
    assert lines[2] == ["范围:资金池:邻里关爱资金"]
    assert lines[3] == ["制表时间:2026-11-22 10:00  金额单位:元"]
    assert lines[4] == list(words.HEADINGS)
    assert lines[5] == [
        "2026-11-20", "邻里关爱资金", "困境老人", "重阳敬老", "吴**", "大米二十袋", "200.10",
        "基本户 尾号6688", "202611220000012345678\t", "李会计", "王主任、陈书记", "86", "",
    ]  # fmt: skip
    assert (lines[6][6], lines[6][12]) == ("-200.10", "退回")
    found = {line[0]: line for line in lines[8:] if line}
    assert found["困难群众"][6] == "0.09"
    assert found["困境老人"][6] == "0.00"
    assert found["邻里关爱资金"][6] == "0.09"
    assert found["重阳敬老"][6::5] == ["0.00", "86"]
    assert found[words.OUTSIDE][6] == "0.09"
    assert found["服务人次合计(每个关爱行动计一次)"][11] == "86"
    assert "与账簿核对一致:账簿中的支出合计 ¥0.09" in found
    assert "另有支付手续费等由账簿直接列支 ¥1.23,不在本表明细内" in found


def test_a_difference_is_said() -> None:
    lines = table(replace(HEAD, ledger_fen=10))
    assert ["与账簿不一致:账簿中的支出合计 ¥0.10,相差 -¥0.01,请联系管理员核查"] in lines


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+86 138",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        " =1",
        "\u3000=1",
    ],
)
def test_what_somebody_typed_never_runs(typed: str) -> None:
    assert safe(typed) == "'" + typed
    row = replace(ROW, purpose=typed, payee=typed, care_action=typed, pot_name=typed, requested_by=typed)
    cells = table(rows=[row])[5]
    assert [cells[column] for column in (1, 3, 4, 5, 9)] == ["'" + typed] * 5
    summary = [line[0] for line in table(rows=[row])[7:] if line]
    assert typed not in summary
    assert "'" + typed in summary


@pytest.mark.parametrize("plain", ["大米", "", "3-5号楼", "周**", "a=b", "2026-11-20"])
def test_other_text_stays_as_it_is(plain: str) -> None:
    assert safe(plain) == plain


@pytest.mark.parametrize(
    ("serial", "cell"),
    [("20261122001", "20261122001"), ("202611220012", "202611220012\t"), ("0012", "0012\t"), ("=A1", "'=A1")],
)
def test_a_serial_keeps_its_digits(serial: str, cell: str) -> None:
    assert as_text(serial) == cell


def test_workbook_reads_back() -> None:
    typed = replace(ROW, purpose='=HYPERLINK("http://x","y")', payee="http://x.example", amount_fen=1)
    rows = [*ROWS, typed]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_report(HEAD, rows, NAMES)))
    values = openpyxl.load_workbook(io.BytesIO(xlsx_report(HEAD, rows, NAMES)), data_only=True)
    assert book.sheetnames == ["支出明细", "汇总"]
    sheet, seen = book["支出明细"], values["支出明细"]
    assert sheet["A1"].value == "示范街道 支出明细报告"
    assert [cell.value for cell in sheet[6]] == list(words.HEADINGS)
    assert (sheet["A6"].font.bold, sheet["A6"].fill.fgColor.rgb) == (True, "FF067A46")
    assert sheet.freeze_panes == "B7"
    assert sheet.auto_filter.ref == "A6:M10"
    assert sheet.print_title_rows == "$6:$6"
    assert sheet["A7"].value == datetime(2026, 11, 20)  # noqa: DTZ001
    assert sheet["A7"].number_format == "yyyy-mm-dd"
    assert [sheet[f"G{row}"].value for row in range(7, 11)] == [200.10, -200.10, 0.09, 0.01]
    assert sheet["G7"].number_format == "#,##0.00;[Red]-#,##0.00"
    assert sheet["I7"].value == "202611220000012345678"
    assert (sheet["J7"].value, sheet["K7"].value) == ("李会计", "王主任、陈书记")
    # text, not formula and not link
    assert (sheet["F10"].value, sheet["F10"].data_type) == ('=HYPERLINK("http://x","y")', "s")
    assert sheet["E10"].hyperlink is None
    assert (sheet["A11"].value, sheet["G11"].value, seen["G11"].value) == ("合计", "=SUM(G7:G10)", 0.1)


def test_workbook_sums_by_every_dimension() -> None:
    values = openpyxl.load_workbook(io.BytesIO(xlsx_report(HEAD, ROWS, NAMES)), data_only=True)["汇总"]
    formulas = openpyxl.load_workbook(io.BytesIO(xlsx_report(HEAD, ROWS, NAMES)))["汇总"]
    lines = [tuple(cell.value for cell in row) for row in values.iter_rows(min_row=6)]
    assert lines == [
        ("按支出类别", "金额(元)", "服务人次"),
        ("困难群众", 0.09, None),
        ("困境老人", 0, None),
        ("合计", 0.09, None),
        (None, None, None),
        ("按资金池", "金额(元)", "服务人次"),
        ("邻里关爱资金", 0.09, None),
        ("合计", 0.09, None),
        (None, None, None),
        ("按关爱行动", "金额(元)", "服务人次"),
        (words.OUTSIDE, 0.09, None),
        ("重阳敬老", 0, 86),
        ("合计", 0.09, 86),
        (None, None, None),
        ("与账簿核对一致:账簿中的支出合计 ¥0.09", None, None),
        ("另有支付手续费等由账簿直接列支 ¥1.23,不在本表明细内", None, None),
    ]
    assert [formulas[cell].value for cell in ("B9", "B13", "B18", "C18")] == [
        "=SUM(B7:B8)", "=SUM(B12:B12)", "=SUM(B16:B17)", "=SUM(C16:C17)",
    ]  # fmt: skip


def test_an_empty_report_is_still_a_file() -> None:
    head = replace(HEAD, ledger_fen=0)
    values = openpyxl.load_workbook(io.BytesIO(xlsx_report(head, [], NAMES)), data_only=True)["支出明细"]
    assert (values["A7"].value, values["G7"].value) == ("合计", 0)
    assert any(line[:1] == ["合计"] and line[6] == "0.00" for line in table(head, []))


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        for _ in csv_report(HEAD, islice(_endless(), rows), NAMES):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)  # what is loaded once
    assert peak(5000) < peak(500) + 50_000


def _endless() -> Iterator[ReportRow]:
    number = 0
    while True:
        number += 1
        yield replace(ROW, serial=f"S{number}", amount_fen=number)


def test_sums_count_each_care_action_once() -> None:
    found = sums(ROWS)
    assert (found.amount_fen, found.rows, found.person_times) == (9, 3, 86)
    assert found.by_category == {"elders": 0, "hardship": 9}
    for _, block in words.blocks(found, NAMES):
        assert sum(fen for _, fen, _ in block) == 9
