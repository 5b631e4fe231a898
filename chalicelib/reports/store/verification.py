"""Reports of verifications by night. The function that writes them may write nothing else."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute

from chalicelib import table
from chalicelib.reports.model.verification import VerificationReport
from chalicelib.table import AppItem, ModelAttribute, Write


class VerificationItem(AppItem):
    """``VERIFICATION#<Shanghai day yyyymmdd>`` / ``<started ms>``. ``by_1``: all, ``VERIFICATIONS`` /
    ``<started ms>``."""

    report = ModelAttribute(VerificationReport)
    findings = NumberAttribute()


def writes(day: str, report: VerificationReport) -> list[Write]:
    """What is known of the run by now; nobody else writes to it."""
    at = f"{report.started_ms:013d}"
    item = VerificationItem(
        pk=f"VERIFICATION#{day}", sk=at, pk_1="VERIFICATIONS", sk_1=at, report=report, findings=report.findings
    )
    return [table.put(item)]


def latest(limit: int) -> list[VerificationReport]:
    """Newest first; a moment behind the truth."""
    items, _ = table.page(VerificationItem, "VERIFICATIONS", index="by_1", limit=limit)
    return [item.report for item in items]
