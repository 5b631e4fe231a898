"""The three tables, what an item is, and ``commit()``: the one place where a transaction is made.

A store describes its items as subclasses of ``AppItem`` (or, for the ledger, ``JournalItem`` and
``BalanceItem``) and returns lists of ``Write``; a service gathers them and calls ``commit`` once.
Key grammar: ``pk`` and ``sk`` are ``KIND#<id>`` texts; ``by_1`` and ``by_2`` are the app table's two
sparse indexes, whose meaning each item class states.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, Final, Generic, Literal, ParamSpec, TypeVar

import msgspec
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import (
    DoesNotExist,
    PynamoDBException,
    QueryError,
    TableDoesNotExist,
    TransactWriteError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, AddAction
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib import clock
from chalicelib.config import settings
from chalicelib.errors import Conflict, DomainError, Invalid, Stale, Unavailable

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I", bound="Item")  # noqa: E741 - an item class

TRANSACTION_ITEMS_MAX: Final = 100
COMMIT_ATTEMPTS_MAX: Final = 6
FRESH_READS_MAX: Final = 14


class StoreUnavailable(Unavailable):
    """The database did not answer, or not in time. Whether the write happened is not known:
    repeating the request with the same key gives the right answer."""

    code = "store_unavailable"


class Busy(Conflict):
    """So many others change the same thing that it could not be done now. Trying again is safe."""

    code = "busy"


class BadCursor(Invalid):
    """A page position that this list never gave out."""

    code = "bad_cursor"


# --- items -----------------------------------------------------------------------------------

_lock = RLock()
_shared: Connection | None = None
_tables: dict[str, TableConnection] = {}


class Item(Model):
    """An item of one of our tables. All classes share one client: creating one costs a cold start
    tens of milliseconds."""

    class Meta:
        abstract = True

    @classmethod
    def _table_name(cls) -> str:
        raise NotImplementedError

    @classmethod
    def _get_connection(cls) -> TableConnection:
        global _shared
        name = cls._table_name()
        found = _tables.get(name)
        if found is not None and cls.Meta.table_name == name:  # type: ignore[attr-defined]
            return found
        with _lock:
            cls.Meta.table_name = name  # type: ignore[attr-defined]
            if name not in _tables:
                if _shared is None:
                    _shared = Connection(
                        connect_timeout_seconds=3, read_timeout_seconds=8, max_retry_attempts=3, max_pool_connections=32
                    )
                    _shared.client  # noqa: B018 - made once, under the lock
                schema = cls._get_schema()
                table = TableConnection(name)
                table.connection = _shared
                _shared.add_meta_table(
                    MetaTable(
                        {
                            "TableName": name,
                            "KeySchema": schema["key_schema"],
                            "AttributeDefinitions": schema["attribute_definitions"],
                            "GlobalSecondaryIndexes": [
                                {"IndexName": index["index_name"], "KeySchema": index["key_schema"]}
                                for index in schema["global_secondary_indexes"]
                            ],
                            "LocalSecondaryIndexes": [],
                        }
                    )
                )
                _tables[name] = table
            return _tables[name]


class _ByDay(GlobalSecondaryIndex["JournalItem"]):
    class Meta:
        index_name = "by_day"
        projection = AllProjection()

    day = UnicodeAttribute(hash_key=True, attr_name="d")
    at = UnicodeAttribute(range_key=True, attr_name="s")


class _ByAccount(GlobalSecondaryIndex["JournalItem"]):
    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account_1 = UnicodeAttribute(hash_key=True, attr_name="a1")
    at = UnicodeAttribute(range_key=True, attr_name="s")


class _ByAccount2(GlobalSecondaryIndex["JournalItem"]):
    class Meta:
        index_name = "by_account_2"
        projection = AllProjection()

    account_2 = UnicodeAttribute(hash_key=True, attr_name="a2")
    at = UnicodeAttribute(range_key=True, attr_name="s")


class _Late(GlobalSecondaryIndex["JournalItem"]):
    class Meta:
        index_name = "late"
        projection = AllProjection()

    late_month = UnicodeAttribute(hash_key=True, attr_name="l")
    at = UnicodeAttribute(range_key=True, attr_name="s")


class JournalItem(Item):
    """An entry: put once, never changed. Index attributes are not part of what is hashed."""

    class Meta:
        table_name = ""
        billing_mode = "PAY_PER_REQUEST"
        stream_view_type = "NEW_AND_OLD_IMAGES"

    @classmethod
    def _table_name(cls) -> str:
        return settings().table_journal

    pk = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(attr_name="d")
    at = UnicodeAttribute(attr_name="s")
    account_1 = UnicodeAttribute(attr_name="a1", null=True)
    account_2 = UnicodeAttribute(attr_name="a2", null=True)
    late_month = UnicodeAttribute(attr_name="l", null=True)
    by_day = _ByDay()
    by_account = _ByAccount()
    by_account_2 = _ByAccount2()
    late = _Late()


class BalanceItem(Item):
    """Something that the entries add up to; kept in the entries' own transactions."""

    class Meta:
        table_name = ""
        billing_mode = "PAY_PER_REQUEST"

    @classmethod
    def _table_name(cls) -> str:
        return settings().table_balances

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _By1(GlobalSecondaryIndex["AppItem"]):
    class Meta:
        index_name = "by_1"
        projection = AllProjection()

    pk_1 = UnicodeAttribute(hash_key=True)
    sk_1 = UnicodeAttribute(range_key=True)


class _By2(GlobalSecondaryIndex["AppItem"]):
    class Meta:
        index_name = "by_2"
        projection = AllProjection()

    pk_2 = UnicodeAttribute(hash_key=True)
    sk_2 = UnicodeAttribute(range_key=True)


class AppItem(Item):
    """Everything that is not money or points. ``expires_at`` is the table's TTL, epoch seconds;
    DynamoDB deletes late, so readers check it themselves."""

    class Meta:
        table_name = ""
        billing_mode = "PAY_PER_REQUEST"

    @classmethod
    def _table_name(cls) -> str:
        return settings().table_app

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    pk_1 = UnicodeAttribute(null=True)
    sk_1 = UnicodeAttribute(null=True)
    pk_2 = UnicodeAttribute(null=True)
    sk_2 = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    version = NumberAttribute(default=0)
    by_1 = _By1()
    by_2 = _By2()


class ModelAttribute(Attribute[T], Generic[T]):
    """A frozen dataclass kept as JSON text. Fields added later need defaults; unknown ones are
    ignored on reading, so that an older release can read what a newer one wrote."""

    attr_type = "S"

    def __init__(self, model: type[T], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._decoder = msgspec.json.Decoder(model)

    def serialize(self, value: T) -> str:
        text = msgspec.json.encode(value, order="deterministic")
        # What could not be read back must not be written: one bad fact would break every list it is in.
        self._decoder.decode(text)
        return text.decode()

    def deserialize(self, value: str) -> T:
        return self._decoder.decode(value)


# --- writes ----------------------------------------------------------------------------------


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
    """
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
        raise StoreUnavailable() from error


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
    if code == "ResourceNotFoundException":
        raise StoreUnavailable(reason="table_missing") from error
    raise StoreUnavailable(reason=code or "no_answer") from error


# --- reads -----------------------------------------------------------------------------------


def get(item_class: type[I], pk: str, sk: str | None = None, *, consistent: bool = True) -> I | None:
    """One item, or None. Consistent unless said otherwise: a page must see what was just written."""
    with answers():
        try:
            return item_class.get(pk, sk, consistent_read=consistent)
        except DoesNotExist:
            return None


def query(
    item_class: type[I],
    pk: str,
    *,
    index: str | None = None,
    condition: Condition | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    consistent: bool = False,
) -> Iterator[I]:
    """All items of one partition in key order, read page by page as they are consumed."""
    with answers():
        yield from item_class.query(
            pk,
            condition,
            index_name=index,
            scan_index_forward=not newest_first,
            limit=limit,
            consistent_read=consistent and index is None,
        )


def page(
    item_class: type[I],
    pk: str,
    *,
    index: str | None = None,
    condition: Condition | None = None,
    newest_first: bool = True,
    limit: int = 20,
    cursor: str = "",
) -> tuple[list[I], str]:
    """Up to ``limit`` items and the cursor of the next page ('' at the end).

    Raises:
        BadCursor: the cursor was not given out for this list.
    """
    start = _cursor_key(cursor)
    with answers():
        results = item_class.query(
            pk,
            condition,
            index_name=index,
            scan_index_forward=not newest_first,
            limit=limit,
            last_evaluated_key=start,
        )
        try:
            items = list(results)
        except QueryError as error:
            if cursor and error.cause_response_code == "ValidationException":
                raise BadCursor() from error
            raise
        last = results.last_evaluated_key
    return items, base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else ""


def scan(item_class: type[I], condition: Condition | None = None) -> Iterator[I]:
    """Every item of the table that fits: for verification and nothing that a page waits for."""
    with answers():
        yield from item_class.scan(condition)


def _cursor_key(cursor: str) -> dict[str, dict[str, Any]] | None:
    if not cursor:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error) as error:
        raise BadCursor() from error
    well_formed = isinstance(key, dict) and all(
        isinstance(name, str) and isinstance(value, dict) and set(value) == {"S"} and isinstance(value["S"], str)
        for name, value in key.items()
    )
    if not key or not well_formed:
        raise BadCursor()
    return key  # type: ignore[no-any-return]


@contextmanager
def answers() -> Iterator[None]:
    """Turn a failure of the database into StoreUnavailable."""
    try:
        yield
    except (PynamoDBException, TableDoesNotExist) as error:
        raise StoreUnavailable(reason=getattr(error, "cause_response_code", None) or "no_answer") from error


# --- connection, tables, counting ------------------------------------------------------------


def connection() -> Connection:
    """The one connection that all items share."""
    JournalItem._get_connection()
    BalanceItem._get_connection()
    AppItem._get_connection()
    if _shared is None:
        raise StoreUnavailable(reason="not_connected")
    return _shared


def forget_connections() -> None:
    """Connect afresh at the next use: after the endpoint or the table names change."""
    global _shared
    with _lock:
        _shared = None
        _tables.clear()


_TABLES: tuple[type[Item], ...] = (JournalItem, BalanceItem, AppItem)


def create_tables() -> None:
    """Create what is missing of the three tables: on one machine and in tests. In the cloud they
    are made by CloudFormation."""
    for item_class in _TABLES:
        item_class.create_table(wait=False, ignore_update_ttl_errors=True)


def delete_tables() -> None:
    for item_class in _TABLES:
        if item_class.exists():
            item_class.delete_table()


@dataclass(slots=True)
class Units:
    """Capacity units and requests counted from what DynamoDB itself reports."""

    write: float = 0
    read: float = 0
    requests: int = 0
    by_table: dict[str, float] = field(default_factory=dict)


_WRITES: Final = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


@contextmanager
def counting() -> Iterator[Units]:
    """Count the units that everything within the block consumes, of all threads of this process."""
    units = Units()
    client = connection().client

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        units.requests += 1
        consumed = parsed.get("ConsumedCapacity") or []
        for part in consumed if isinstance(consumed, list) else [consumed]:
            amount = float(part.get("CapacityUnits", 0))
            if model.name in _WRITES:
                units.write += amount
                units.by_table[part["TableName"]] = units.by_table.get(part["TableName"], 0) + amount
            else:
                units.read += amount

    name = f"count-{id(units)}"
    client.meta.events.register("after-call.dynamodb", note, unique_id=name)
    try:
        yield units
    finally:
        client.meta.events.unregister("after-call.dynamodb", note, unique_id=name)
