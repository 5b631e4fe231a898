"""The addresses of service and points. ``blueprints`` are what the app registers."""

from __future__ import annotations

from chalicelib.points.routes import (
    activities,
    api,
    assessments,
    attendance,
    cards,
    checkins,
    my_points,
    rule_sheets,
    scheduled,
    sentences,
)

sentences.register()
blueprints = (
    activities.bp,
    attendance.bp,
    cards.bp,
    checkins.bp,
    assessments.bp,
    rule_sheets.bp,
    my_points.bp,
    api.bp,
    scheduled.bp,
)
