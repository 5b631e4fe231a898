"""A form that was not accepted, shown again as it was typed, with what is wrong beside the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Refused, SignInNeeded
from chalicelib.web.faults import Malformed, UnsupportedMedia
from chalicelib.web.forms import FormView
from chalicelib.web.http import Request
from chalicelib.web.respond import status_of

MENDABLE: Final[tuple[type[DomainError], ...]] = (Invalid, Refused, NotFound, Conflict)
_NOT_BY_TYPING: Final = (NotAllowed, SignInNeeded, Malformed, UnsupportedMedia)


def asked_again(request: Request, error: DomainError, fields: Mapping[str, str]) -> tuple[FormView, int]:
    """The form and the status. ``fields``: code of an error → the field that it stands beside.

    Raises the error itself where no other typing would mend it.
    """
    if isinstance(error, _NOT_BY_TYPING):
        raise error
    beside = fields.get(error.code, "")
    named = error.fields.get("field")
    if not beside and isinstance(named, str) and error.code.startswith("fund_"):
        beside = named
    return FormView.of(request, error, beside), status_of(error)
