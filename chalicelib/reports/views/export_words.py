"""Export jobs in words: their names, their files, how they stand. Chinese; the pages translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from chalicelib import clock
from chalicelib.reports.model.period import Period
from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT: Final = "text/plain; charset=utf-8"
KINDS: Final = {
    "report_csv": N_("支出明细报告(CSV)"),
    "report_xlsx": N_("支出明细报告(Excel)"),
    "journal": N_("日记账(hledger 格式)"),
    "verification": N_("核对全部账目"),
}
STATES: Final = {
    "queued": (N_("排队中"), "wait"),
    "running": (N_("进行中"), "wait"),
    "done": (N_("已完成"), "good"),
    "failed": (N_("没有完成"), "bad"),
    "cancelled": (N_("已取消"), ""),
}


def report_name(of: Period) -> str:
    return f"支出明细报告_{of.first:%Y%m%d}-{of.last:%Y%m%d}"


def journal_name(first: date | None, last: date | None, today: date) -> str:
    if first is None and last is None:
        return f"账簿_{today:%Y%m%d}.journal"
    return f"账簿_{first.strftime('%Y%m%d') if first else ''}-{last or today:%Y%m%d}.journal"


def verification_name(day: date) -> str:
    return f"账目核对_{day:%Y%m%d}.txt"


def verification_lines(findings: tuple[str, ...], now_ms: int) -> Iterator[bytes]:
    """A byte order mark, so that every editor shows the Chinese; CRLF."""
    head = (f"账目核对  {clock.shanghai(now_ms):%Y-%m-%d %H:%M}", f"发现 {len(findings)} 处不一致")
    yield "\ufeff".encode()
    for line in (*head, "", *findings):
        yield f"{line}\r\n".encode()


def covers(asked: Mapping[str, str], names: Mapping[str, str], lang: str) -> str:
    """The days and the choice of a job on one line; "" for all there is."""
    days = " – ".join(fmt.day(asked[end], lang) if asked.get(end) else "…" for end in ("first", "last"))
    parts = [days] if asked.get("first") or asked.get("last") else []
    parts += [names.get(asked[name], asked[name]) for name in ("pot", "category", "care_action") if asked.get(name)]
    return " · ".join(parts)


def size(number: int) -> str:
    """2097152 → ``2.0 MB``: as people read the size of a file."""
    if number < 1024 * 1024:
        return f"{max((number + 1023) // 1024, 1)} KB"
    tenths = (number * 10 + 512 * 1024) // (1024 * 1024)
    return f"{tenths // 10}.{tenths % 10} MB"
