"""Structured lines in the log: one JSON object each, so that an alarm can count them. Ids and codes only."""

from __future__ import annotations

import json
import logging

_log = logging.getLogger("linli.schedule")
# Where nothing else is set, as in Lambda, a logger only tells warnings
_log.setLevel(logging.INFO)


def ran(schedule: str, **facts: object) -> None:
    """A schedule ran, and what it did."""
    _log.info(json.dumps({"schedule": schedule, **facts}, ensure_ascii=False))


def found(schedule: str, **facts: object) -> None:
    """A schedule found something that somebody has to look at."""
    _log.error(json.dumps({"schedule": schedule, **facts}, ensure_ascii=False))
