"""The reports' addresses. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.reports.routes import (
    books,
    disbursements,
    exporting,
    exports,
    exports_api,
    public,
    scheduled,
    sentences,
    watching,
)

sentences.register()
blueprints = (
    public.bp,
    disbursements.bp,
    books.bp,
    exports.bp,
    exports_api.bp,
    exporting.bp,
    scheduled.bp,
    watching.bp,
)
