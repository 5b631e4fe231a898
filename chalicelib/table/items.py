"""What an item is: the three tables with their keys and indexes, on one shared connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Generic, Self, TypeVar

import msgspec
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib import cloud
from chalicelib.config import settings
from chalicelib.table import wire
from chalicelib.table.faults import ItemUnreadable, StoreUnavailable

T = TypeVar("T")

_lock = RLock()
_shared: SharedConnection | None = None
_tables: dict[str, TableConnection] = {}


Watcher = Callable[[str, Mapping[str, Any], Mapping[str, Any]], None]
"""Is told an operation, its arguments and its answer, which is empty where there was none."""

watchers: list[Watcher] = []


class SharedConnection(Connection):
    """pynamodb's connection, whose requests about items go over our own wire where there is one."""

    def __init__(self) -> None:
        super().__init__(
            connect_timeout_seconds=wire.CONNECT_SECONDS_MAX,
            read_timeout_seconds=wire.READ_SECONDS_MAX,
            max_retry_attempts=wire.ATTEMPTS_MAX - 1,
            max_pool_connections=32,
        )
        self._client_lock = RLock()
        self._own = _Client(wire.from_environment(), self._botocore)

    @property
    def session(self) -> Any:
        return cloud.session()

    @property
    def client(self) -> Any:
        return self._own

    def _botocore(self) -> Any:
        with self._client_lock:  # clients are not made for several threads at once
            return super().client

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        try:
            answer = super()._make_api_call(operation_name, operation_kwargs)
            return answer
        finally:
            for watcher in watchers:
                watcher(operation_name, operation_kwargs, answer)


class _Client:
    """botocore's client, made when something is asked of it that the wire does not do."""

    def __init__(self, own: wire.Wire | None, botocore: Callable[[], Any]) -> None:
        self._wire, self._botocore = own, botocore

    def _make_api_call(self, operation: str, arguments: dict[str, Any]) -> Any:
        if self._wire is not None and operation in wire.OPERATIONS:
            return self._wire.call(operation, arguments)
        return self._botocore()._make_api_call(operation, arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._botocore(), name)


class Item(Model):
    """An item of one of our tables. All classes share one client: creating one costs a cold start
    tens of milliseconds."""

    class Meta:
        abstract = True

    @classmethod
    def _table_name(cls) -> str:
        raise NotImplementedError

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Raises ItemUnreadable."""
        try:
            return super().from_raw_data(data)
        except Exception as error:
            pk, sk = (next(iter(data.get(name, {"S": ""}).values())) for name in ("pk", "sk"))
            raise ItemUnreadable(pk=str(pk), sk=str(sk)) from error

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
                    _shared = SharedConnection()
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


def connection() -> SharedConnection:
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
