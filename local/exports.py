"""Exports on one machine: a thread that finds the open jobs in the table and runs them, one after the other.

Nobody else runs them here, so a job that was running when the process died is begun anew at the next start.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

_LOG = logging.getLogger("linli.exports")
LOOK_S: Final = 1.0
CLEAR_S: Final = 3600.0
JOIN_S: Final = 10.0
REST_S: Final = 10.0
"""After what may get better by itself, such as a full disk."""


class ExportWorker:
    """``with ExportWorker():`` runs what is open and what is asked for, until the block ends."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exports", daemon=True)

    def __enter__(self) -> ExportWorker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """A job that runs is put back and begun anew at the next start."""
        self._stopping.set()
        self._thread.join(timeout=JOIN_S)

    def _run(self) -> None:
        from chalicelib.reports.service import exports

        clear_at, rest_until = 0.0, dict[str, float]()
        while not self._stopping.wait(LOOK_S):
            try:
                if time.monotonic() >= clear_at:
                    clear_at = time.monotonic() + CLEAR_S
                    exports.clear_files()
                for job in list(exports.open_jobs()):
                    if time.monotonic() >= rest_until.get(job.id, 0):
                        rest_until[job.id] = time.monotonic() + REST_S
                        self._run_one(job.id)
            except Exception:
                _LOG.exception("looking for exports failed; it is tried again")

    def _run_one(self, job_id: str) -> None:
        from chalicelib.reports.routes import exporting
        from chalicelib.reports.service.export_runs import Stopped

        if self._stopping.is_set():
            return
        try:
            exporting.run_one(job_id, self._go_on, alone=True)
        except Stopped:
            _LOG.info("export %s was put back: the process ends", job_id)
        except Exception:
            _LOG.exception("export %s failed", job_id)

    def _go_on(self) -> float:
        from chalicelib.reports.service.export_runs import Stopped

        if self._stopping.is_set():
            raise Stopped()
        return float("inf")
