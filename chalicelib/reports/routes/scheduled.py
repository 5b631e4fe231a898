"""What keeps the books honest by the clock."""

from __future__ import annotations

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.reports.service import books, nightly
from chalicelib.web import background, logs

bp = Blueprint(__name__)


@bp.schedule("cron(20 19 * * ? *)")
@logs.function
def verify_books_nightly(event: CloudWatchEvent) -> None:
    """At 03:20 in Shanghai. One line per finding, and one that says that it ran; an alarm counts both."""
    report, findings = nightly.verify_by_night(clock.now_ms, background.time_left(event))
    for one in findings:
        logs.found("verify_books_nightly", check=one.check, about=one.about, detail=one.detail)
    logs.ran("verify_books_nightly", findings=report.findings, entries=report.entries)
    logs.count("VerificationRan")
    logs.count("VerificationFindings", report.findings)


@bp.schedule("cron(40 16 * * ? *)")
@logs.function
def carry_finished_months(event: CloudWatchEvent) -> None:
    """At 00:40 in Shanghai, every day: a month that ended is carried once, and one that was missed is caught up."""
    background.went("carry_finished_months", books.carry_finished_months(clock.now_ms(), background.time_left(event)))
