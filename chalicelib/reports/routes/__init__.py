"""The reports' addresses. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.reports.routes import books, disbursements, public, sentences

sentences.register()
blueprints = (public.bp, disbursements.bp, books.bp)
