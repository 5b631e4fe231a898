"""The schedules of the cloud, run by a thread: each scheduled function of the app, at its own rate.

What is due is found in the app itself, so a schedule added there runs here too.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import Any

_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_LOG = logging.getLogger("linli.schedules")


def seconds_between(expression: str) -> int:
    """Of ``rate(5 minutes)``; a ``cron(…)`` is taken as daily, which is what ours are.

    Raises ValueError for anything else.
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return int(rate[1]) * _SECONDS[rate[2]]
    if expression.startswith("cron("):
        return _SECONDS["day"]
    raise ValueError(f"not a schedule: {expression!r}")


class Schedules:
    """``with Schedules():`` runs everything once soon after the start and then at its rate; ``also`` what is not the
    app's own, as ``scheduled()`` lists it."""

    def __init__(self, *also: tuple[str, int, Any]) -> None:
        self._also = also
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def __enter__(self) -> Schedules:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        due: dict[str, float] = {}
        while not self._stopping.wait(1):
            for name, seconds, call in [*self._also, *scheduled()]:
                if time.monotonic() >= due.get(name, 0):
                    due[name] = time.monotonic() + seconds
                    try:
                        call()
                    except Exception:
                        _LOG.exception("the schedule %s failed; it is tried again at its next time", name)


def scheduled() -> list[tuple[str, int, Any]]:
    """Name, seconds between runs and a call without arguments, of every scheduled function of the app."""
    from chalice.app import ScheduledEventConfig

    from app import app

    found = []
    for config in app.event_sources:
        if isinstance(config, ScheduledEventConfig):
            expression = config.schedule_expression
            text = expression if isinstance(expression, str) else expression.to_string()
            handler = app.handler_map[config.name]
            event = {
                "version": "0", "account": "local", "region": "local", "detail": {}, "detail-type": "Scheduled Event",
                "source": "aws.events", "time": "1970-01-01T00:00:00Z", "id": "local", "resources": [],
            }  # fmt: skip
            found.append(
                (config.name, seconds_between(text), lambda handler=handler, event=event: handler(event, None))
            )
    return found
