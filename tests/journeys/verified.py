"""What stands at the end of every journey: the books and all that the domains say of them hold."""

from __future__ import annotations

from chalicelib.reports.service import verify_books


def verified(now_ms: int) -> None:
    """``now_ms``: the story's own time, by which nothing may be overdue."""
    assert verify_books(now_ms, tries=1) == []
