"""What is reported: one function per use case."""

from __future__ import annotations

from chalicelib.reports.service.books import verify_books

__all__ = ["verify_books"]
