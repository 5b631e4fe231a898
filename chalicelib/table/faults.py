"""What the database says when it does not do what was asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pynamodb.exceptions import PynamoDBException, TableDoesNotExist

from chalicelib import cloud
from chalicelib.errors import Conflict, Corrupt, Invalid, Unavailable

_log = logging.getLogger("linli.table")
# PynamoDB writes the names of the tables into the text of the error that it wraps.
_OF_TABLES: Final = re.compile(r"on table \(([^)]*)\)")


class StoreUnavailable(Unavailable):
    """The database did not answer, or not in time. Whether the write happened is not known:
    repeating the request with the same key gives the right answer."""

    code = "store_unavailable"


class TableMissing(Unavailable):
    """A table that the settings name is not there. Field: ``table``, its name, or all that were asked for."""

    code = "table_missing"


class Busy(Conflict):
    """So many others change the same thing that it could not be done now. Trying again is safe."""

    code = "busy"


class BadCursor(Invalid):
    """A page position that this list never gave out."""

    code = "bad_cursor"


class ItemUnreadable(Corrupt):
    """An item is there and is not what its class describes: written past us, or damaged. Fields: ``pk``, ``sk``."""

    code = "item_unreadable"


@contextmanager
def answers() -> Iterator[None]:
    """Turn a failure of the database into StoreUnavailable, TableMissing or PermissionMissing."""
    try:
        yield
    except (PynamoDBException, TableDoesNotExist) as error:
        raise failure(error) from error


def failure(error: Exception) -> Unavailable:
    """What the database's refusal or silence is called here."""
    cause = getattr(error, "cause", None)
    told = _OF_TABLES.search(str(cause))
    tables = told[1] if told else str(getattr(error, "table_name", "") or "")
    code = str(getattr(error, "cause_response_code", None) or "")
    message = str(getattr(error, "cause_response_message", None) or "")
    operation = f"dynamodb:{getattr(cause, 'operation_name', '')}"
    denial = cloud.denied(code, message, operation, tables)
    if denial is not None:
        return denial
    if code == "ResourceNotFoundException" or isinstance(error, TableDoesNotExist):
        _log.error("table_missing: %s (%s)", tables, operation)
        return TableMissing(table=tables)
    return StoreUnavailable(reason=code or "no_answer")
