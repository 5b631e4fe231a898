"""Watching the journal: whoever looks after the system is told of everything that never happens by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib import clock
from chalicelib.ledger.watch import Suspicion, suspicion
from chalicelib.reports.gateway import alarms

__all__ = ["Suspicion", "Watched", "watch"]
TOLD_MAX: Final = 20
"""So many entries are named in one message; the log names all."""


@dataclass(slots=True)
class Watched:
    """What a batch of the stream came to. ``failed``: why a record could not be judged or told, by its sequence
    number."""

    suspicions: list[Suspicion] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)


def watch(records: Iterable[Mapping[str, Any]], stage: str, now_ms: int, found: Callable[[Suspicion], None]) -> Watched:
    """Judge every record, whatever the others are, and tell of all that is suspicious in one message; ``found`` is
    told of each before. Telling twice does no harm. Raises SettingMissing."""
    alarms.topic()
    made = Watched()
    suspected: list[str] = []
    for record in records:
        number = sequence_number(record)
        try:
            one = suspicion(record)
        except Exception as error:
            made.failed[number] = error
            continue
        if one is not None:
            found(one)
            made.suspicions.append(one)
            suspected.append(number)
    if made.suspicions:
        try:
            alarms.tell(_subject(made.suspicions, stage), _text(made.suspicions, stage, now_ms))
        except Exception as error:
            made.failed |= dict.fromkeys(suspected, error)
    return made


def sequence_number(record: Mapping[str, Any]) -> str:
    """By which Lambda knows a record of a stream; "" stands for the whole batch."""
    told = record.get("dynamodb")
    return str(told.get("SequenceNumber", "")) if isinstance(told, Mapping) else ""


def _subject(found: list[Suspicion], stage: str) -> str:
    return f"Linli {stage}: journal changed ({len(found)})"[:100]


def _text(found: list[Suspicion], stage: str, now_ms: int) -> str:
    lines = [f"{_WHAT[one.what]}: {one.entry_id} ({one.detail})" for one in found[:TOLD_MAX]]
    if len(found) > TOLD_MAX:
        lines.append(f"… {len(found) - TOLD_MAX} more in the log")
    return _MESSAGE.format(stage=stage, at=f"{clock.shanghai(now_ms):%Y-%m-%d %H:%M}", lines="\n".join(lines))


_WHAT: Final[Mapping[str, str]] = {
    "changed": "分录被改动 entry changed",
    "removed": "分录被删除 entry removed",
    "wrong": "写入的分录不对 entry put that is not right",
}
_MESSAGE: Final = """\
邻里 {stage}:账本出现了系统自身不会做的改动({at},北京时间)。
{lines}

怎么办:
1. 立即停用可疑的密钥和账号,在 CloudTrail 里查是谁、从哪里写了账本表。
2. 不要改回去。把账本表恢复到改动前的时间点(恢复成另一张表),对照上面的编号。
3. 在“账簿与核对”页面运行一次核对,按 docs/OPERATIONS.md 的“Journal changed”处理。

Linli {stage}: something happened to the journal that the system never does ({at}, Beijing time).
1. Stop the keys and accounts under suspicion; see in CloudTrail who wrote to the journal table, and from where.
2. Do not change it back. Restore the table to the moment before, beside it, and compare the entries named above.
3. Verify the books and follow "Journal changed" in docs/OPERATIONS.md.
"""
