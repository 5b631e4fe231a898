"""Where lines go and how they look: JSON by Powertools' formatter, which is loaded with the first line.

In a Lambda function everything that is logged leaves through here, also what libraries say: of those
only the template of a warning, without the values that belong into it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from functools import lru_cache
from typing import Any, Final

OURS: Final = "linli"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_cold = [True]


def first_time() -> bool:
    """Whether this is the first invocation of the process; True once."""
    cold, _cold[:] = _cold[0], [False]
    return cold


class Lines(logging.Formatter):
    """Loads the formatter itself when there is something to format."""

    def format(self, record: logging.LogRecord) -> str:
        text: str = _lines().line(record)
        return text


class Output(logging.StreamHandler):  # type: ignore[type-arg]  # no parameter when it runs
    """Standard output, as it is at the moment; a line that cannot be made says only where it stood."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        told = f'{{"level":"ERROR","message":"line_not_made","location":"{record.module}:{record.lineno}"}}\n'
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(told)


def take_over(out: logging.Handler | None = None) -> None:
    """Everything that is logged leaves through ``out`` (standard output): in place of Lambda's own handler,
    which would print the words of errors."""
    out = out or Output()
    out.setFormatter(Lines())
    logging.root.handlers[:] = [out]
    # Of libraries warnings only, whatever the function's own settings ask for: below that they tell
    # requests and answers in full.
    logging.root.setLevel(logging.WARNING)


@lru_cache(maxsize=1)
def ready() -> None:
    """The level of our loggers, from LINLI_LOG_LEVEL, when the first thing runs. Metrics are told at any level.

    What a clock, a queue or a stream starts is a module of its own: app.py, which takes over, is not imported there.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and not any(isinstance(one, Output) for one in logging.root.handlers):
        take_over()
    asked = os.environ.get("LINLI_LOG_LEVEL", "") or "INFO"
    known = asked.upper() in LEVELS
    ours = logging.getLogger(OURS)
    ours.setLevel(asked.upper() if known else "INFO")
    logging.getLogger(OURS + ".metrics").setLevel(logging.INFO)
    if not known:
        ours.warning("setting_missing", extra={"facts": {"setting": "LINLI_LOG_LEVEL", "levels": LEVELS}})


@lru_cache(maxsize=1)
def _lines() -> Any:
    from chalicelib.web import log_lines

    return log_lines
