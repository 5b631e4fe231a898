"""What can go wrong, as facts with a stable code. Nothing here knows about HTTP or languages.

Each domain names its own errors as subclasses of the kinds below, e.g.
``class InsufficientPoints(Refused): code = "insufficient_points"``, raised with the facts as
keyword arguments: ``raise InsufficientPoints(available_centi=300, asked_centi=500)``.
The web layer maps the kind to a status and the code to a sentence.
"""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A fact about why something was not done. ``fields`` are its particulars, safe to show."""

    code: ClassVar[str] = "error"

    def __init__(self, **fields: object) -> None:
        self.fields: dict[str, object] = fields
        super().__init__(self.code, fields)

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code}({inside})"


class NotFound(DomainError):
    """The thing asked for does not exist, or the asker may not know that it does."""

    code = "not_found"


class Invalid(DomainError):
    """The input could never be right, whatever the state."""

    code = "invalid"


class Refused(DomainError):
    """The input is well formed, but a rule says no in the present state."""

    code = "refused"


class NotAllowed(Refused):
    """The person asking may not do this."""

    code = "not_allowed"


class SignInNeeded(Refused):
    """Nobody is signed in, and this needs somebody."""

    code = "sign_in_needed"


class TooMany(Refused):
    """Asked too often; ``retry_after_s`` says when to come back."""

    code = "too_many"


class Conflict(DomainError):
    """Somebody else changed the same thing at the same moment, or it was done before differently."""

    code = "conflict"


class Stale(Conflict):
    """What was read has changed before it was written. The caller reads afresh and decides again."""

    code = "stale"


class Unavailable(DomainError):
    """Something outside does not answer, or a setting that this needs is missing."""

    code = "unavailable"


class Corrupt(DomainError):
    """An invariant does not hold. Never a person's fault; always a bug or tampering."""

    code = "corrupt"
