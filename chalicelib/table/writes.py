"""``commit()``: the one place where a transaction is made, and the writes that it takes."""

from __future__ import annotations

import functools
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, ParamSpec, TypeVar

from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, AddAction

from chalicelib import clock, trace
from chalicelib.errors import DomainError, Stale
from chalicelib.table.faults import Busy, StoreUnavailable, failure
from chalicelib.table.items import AppItem, Item, JournalItem, connection

P = ParamSpec("P")
T = TypeVar("T")

TRANSACTION_ITEMS_MAX: Final = 100
COMMIT_ATTEMPTS_MAX: Final = 6
FRESH_READS_MAX: Final = 14


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is new at each attempt to commit: the time in ms, and random bits to pick shards by."""

    now_ms: int
    random_bits: int


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a transaction, and the error to raise if its condition fails.

    A write of higher ``rank`` is asked first when several conditions fail at once.
    """

    op: Literal["check", "delete", "put", "update"]
    item: Item
    condition: Condition | None = None
    actions: tuple[Action, ...] = ()
    error: DomainError = field(default_factory=Stale)
    rank: int = 0

    @property
    def target(self) -> tuple[str, str, str]:
        return (self.item._table_name(), str(self.item.pk), str(getattr(self.item, "sk", "")))  # type: ignore[attr-defined]


Timed = Callable[[Attempt], Sequence[Write]]
"""Writes that depend on the moment of the commit, such as an entry's time and shard."""


def create(item: Item, error: DomainError | None = None, *, rank: int = 0) -> Write:
    """Put an item that must not be there yet."""
    return Write("put", item, type(item).pk.does_not_exist(), error=error or Stale(), rank=rank)  # type: ignore[attr-defined]


def put(item: Item) -> Write:
    """Put an item whatever is there: only for what has no history, such as a session's last use."""
    return Write("put", item)


def replace_version(item: AppItem, read_version: int, error: DomainError | None = None) -> Write:
    """Put an item in place of the version that was read; the stored version is one higher."""
    item.version = read_version + 1
    return Write("put", item, AppItem.version == read_version, error=error or Stale())


def update(item: Item, actions: Sequence[Action], condition: Condition, error: DomainError | None = None) -> Write:
    """Change attributes of an item that is there. The condition is required: an update never creates."""
    exists = type(item).pk.exists()  # type: ignore[attr-defined]
    return Write("update", item, exists & condition, tuple(actions), error=error or Stale())


def check(item: Item, condition: Condition, error: DomainError) -> Write:
    """Nothing is written, but the condition must hold at the moment of the commit."""
    return Write("check", item, condition, error=error)


def delete(item: Item, condition: Condition | None = None, error: DomainError | None = None) -> Write:
    return Write("delete", item, condition, error=error or Stale())


_ORDER: Final = {"check": 0, "delete": 1, "put": 2, "update": 3}
_RETRIED: Final = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "ItemCollectionBusy"}


def commit(writes: Sequence[Write | Timed]) -> Attempt:
    """Write everything or nothing, and say when.

    Conflicts between transactions are tried again a few times with a new time and shard. A
    condition that fails raises its write's own error; if several fail, the one of highest rank.

    Raises:
        DomainError: the error attached to the write whose condition failed.
        Busy: conflicts went on through all attempts.
        StoreUnavailable: the database did not answer.
        TableMissing, PermissionMissing: it did, and the deployment is not complete.
    """
    with trace.step("commit"):
        for number in range(COMMIT_ATTEMPTS_MAX):
            attempt = Attempt(clock.now_ms(), random.getrandbits(32))
            if _send(_merge(_settle(writes, attempt))):
                return attempt
            _back_off(number)
        raise Busy()


def fresh_reads(use_case: Callable[P, T]) -> Callable[P, T]:
    """Run a use case again from its reads when what it read was changed under it (``Stale``)."""

    @functools.wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for number in range(FRESH_READS_MAX):
            try:
                return use_case(*args, **kwargs)
            except Stale:
                _back_off(number)
        raise Busy()

    return run


def _back_off(number: int) -> None:
    time.sleep(random.uniform(0.002, 0.01) * 2 ** min(number, 5))


def _settle(writes: Sequence[Write | Timed], attempt: Attempt) -> list[Write]:
    settled: list[Write] = []
    for write in writes:
        settled.extend([write] if isinstance(write, Write) else write(attempt))
    return settled


def _merge(writes: list[Write]) -> list[Write]:
    """One write per item: two unconditional additions become one, anything else is a bug of ours."""
    merged: dict[tuple[str, str, str], Write] = {}
    for write in writes:
        if isinstance(write.item, JournalItem) and (write.op != "put" or write.condition is None):
            raise ValueError("the journal is only ever inserted into")
        before = merged.get(write.target)
        if before is None:
            merged[write.target] = write
        elif before.op == write.op == "update" and str(before.condition) == str(write.condition):
            merged[write.target] = replace(before, actions=_summed(before.actions + write.actions))
        else:
            raise ValueError(f"two writes to {write.target} in one transaction")
    if len(merged) > TRANSACTION_ITEMS_MAX:
        raise ValueError(f"{len(merged)} items in one transaction, at most {TRANSACTION_ITEMS_MAX}")
    return sorted(merged.values(), key=lambda w: _ORDER[w.op])


def _summed(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """One addition per attribute: DynamoDB refuses a path that an update names twice, the local engine does not."""
    added: dict[str, tuple[Path, int]] = {}
    others: list[Action] = []
    for action in actions:
        path = action.values[0]
        if isinstance(action, AddAction) and isinstance(path, Path):
            _, before = added.get(str(path), (path, 0))
            added[str(path)] = (path, before + int(action.values[1].values[0]["N"]))
        else:
            others.append(action)
    return (*others, *(AddAction(path, Value({"N": str(n)})) for path, n in added.values()))


def _send(writes: list[Write]) -> bool:
    """True when written, False when another transaction was in the way."""
    if not writes:
        return True
    operations: dict[str, list[dict[str, Any]]] = {op: [] for op in _ORDER}
    for write in writes:
        operations[write.op].append(_operation(write))
    try:
        connection().transact_write_items(
            condition_check_items=operations["check"],
            delete_items=operations["delete"],
            put_items=operations["put"],
            update_items=operations["update"],
            client_request_token=str(uuid.uuid4()),
        )
        return True
    except TransactWriteError as error:
        _raise_for(error, writes)
        return False
    except PynamoDBException as error:
        raise failure(error) from error


def _operation(write: Write) -> dict[str, Any]:
    item = write.item
    if write.op == "put":
        return item.get_save_kwargs_from_instance(condition=write.condition)
    if write.op == "update":
        return item.get_update_kwargs_from_instance(list(write.actions), condition=write.condition)
    if write.op == "delete":
        return item.get_delete_kwargs_from_instance(condition=write.condition)
    return type(item).get_operation_kwargs_from_class(
        item.pk,  # type: ignore[attr-defined]
        range_key=getattr(item, "sk", None),
        condition=write.condition,
    )


def _raise_for(error: TransactWriteError, writes: list[Write]) -> None:
    """Raise what a cancelled transaction means; return when it is worth trying again."""
    code = error.cause_response_code
    if code == "TransactionCanceledException":
        reasons = [(reason.code if reason else "") for reason in error.cancellation_reasons]
        failed = [w for w, reason in zip(writes, reasons, strict=True) if reason == "ConditionalCheckFailed"]
        if failed:
            raise max(failed, key=lambda w: w.rank).error from error
        if any(reason in _RETRIED for reason in reasons):
            return
        raise StoreUnavailable(reason=",".join(r for r in reasons if r)) from error
    if code in {"TransactionInProgressException", "ThrottlingException", "RequestLimitExceeded"}:
        return
    raise failure(error) from error
