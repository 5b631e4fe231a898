"""What the database says when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.exceptions import PynamoDBException, TableDoesNotExist

from chalicelib.errors import Conflict, Invalid, Unavailable


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


@contextmanager
def answers() -> Iterator[None]:
    """Turn a failure of the database into StoreUnavailable."""
    try:
        yield
    except (PynamoDBException, TableDoesNotExist) as error:
        raise StoreUnavailable(reason=getattr(error, "cause_response_code", None) or "no_answer") from error
