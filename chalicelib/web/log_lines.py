"""One record of the log as one line of JSON. Loads Powertools; import it only to write a line."""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from chalicelib import trace
from chalicelib.errors import DomainError
from chalicelib.web.log_output import OURS

_ROOT = Path(__file__).parents[2]
_FRAMES_MAX: Final = 12
_CAUSES_MAX: Final = 4
_OVER = "(withheld)"

# A second net below the first: what looks like a key, a phone number, an e-mail address, a card or
# an account number, or an address of the network is taken out of whatever line it got into.
_NET = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]+|whsec_[A-Za-z0-9+/=]+"
    r"|(?:\+?86)?1[3-9][0-9]{9}|[0-9]{15,19}[Xx]?"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
    r")(?![A-Za-z0-9_])"
)


def line(record: logging.LogRecord) -> str:
    """The line for one record; of a metric the embedded metric format that CloudWatch counts."""
    metric = getattr(record, "metric", None)
    if metric:
        return _written(_counted(record, *metric))
    text: str = _formatter().format(_clean(record))
    return text


def _clean(record: logging.LogRecord) -> logging.LogRecord:
    """The record without values that are not ours to tell."""
    ours = record.name == OURS or record.name.startswith(OURS + ".")
    # A template that has arguments is a text of the program; one without may have its values in it.
    said = record.getMessage() if ours else str(record.msg) if record.args else _OVER
    told = logging.makeLogRecord(
        {
            **{
                name: getattr(record, name)
                for name in ("levelname", "levelno", "created", "msecs", "lineno", "funcName")
            },
            "logger": record.name,
            "msg": said,
            "location": f"{record.module}:{record.lineno}",
            "correlation_id": trace.correlation_id() or None,
            **(_facts(record) if ours else {}),
        }
    )
    if record.exc_info and record.exc_info[1] is not None:
        told.__dict__["error"] = described(record.exc_info[1])
    return told


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """The facts under names that the line does not have already."""
    from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS

    taken = {*RESERVED_LOG_ATTRS, "message", "service", "logger", "correlation_id", "error"}
    return {name + "_" if name in taken else name: value for name, value in getattr(record, "facts", {}).items()}


def described(error: BaseException) -> list[dict[str, object]]:
    """Of an error and what caused it: kind, code, and where in the program; not a word of its text."""
    found: list[dict[str, object]] = []
    one: BaseException | None = error
    while one is not None and len(found) < _CAUSES_MAX:
        frames = traceback.extract_tb(one.__traceback__)[-_FRAMES_MAX:]
        told: dict[str, object] = {
            "kind": f"{type(one).__module__}.{type(one).__qualname__}",
            "at": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if isinstance(one, DomainError):
            told["code"] = one.code
        found.append(told)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT):
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])


def _counted(record: logging.LogRecord, name: str, value: int) -> Any:
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

    counted = AmazonCloudWatchEMFProvider(namespace="Linli", service=_service())
    counted.set_timestamp(int(record.created * 1000))
    counted.add_metric(name, "Count", value)
    for key, fact in {**getattr(record, "facts", {}), "correlation_id": trace.correlation_id()}.items():
        counted.add_metadata(key, fact)
    return counted.serialize_metric_set()


def _written(told: Any) -> str:
    return json.dumps(_netted(told), ensure_ascii=False, separators=(",", ":"))


def _netted(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(name): _netted(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_netted(one) for one in value]
    return _NET.sub("(removed)", str(value))


@lru_cache(maxsize=1)
def _formatter() -> Any:
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    return LambdaPowertoolsFormatter(
        service=_service(), utc=True, use_rfc3339=True, serialize_stacktrace=False, json_serializer=_written,
        function_name=os.environ.get("AWS_LAMBDA_FUNCTION_NAME"), location=None,
    )  # fmt: skip


def _service() -> str:
    return f"linli-{os.environ.get('LINLI_STAGE', 'dev')}"
