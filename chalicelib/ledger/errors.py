"""What the ledger refuses, and what must never be."""

from __future__ import annotations

from chalicelib.errors import Conflict, Corrupt, Invalid, NotFound, Refused, Stale


class LedgerCorrupt(Corrupt):
    """An invariant of the books does not hold. Fields say which."""

    code = "ledger_corrupt"


class Unbalanced(Invalid):
    """Postings that do not sum to zero in some asset, or are not integers, or are zero."""

    code = "entry_unbalanced"


class BadAccount(Invalid):
    """An account address outside the chart. Field: ``account``."""

    code = "account_unknown"


class AlreadyBooked(Stale):
    """An entry with this key was booked a moment ago. The use case reads it and returns its result."""

    code = "already_booked"


class IdempotencyMismatch(Conflict):
    """The same key was used before with other inputs. Field: ``key``."""

    code = "idempotency_mismatch"


class WalletMissing(NotFound):
    """This member has no wallet. Field: ``member_id``."""

    code = "wallet_missing"


class InsufficientPoints(Refused):
    """Not enough available points. Fields: ``asset``, ``available_centi``, ``asked_centi``."""

    code = "insufficient_points"


class HoldMissing(Refused):
    """The wallet holds nothing for this voucher (any more). Field: ``voucher_id``."""

    code = "hold_missing"


class PotMissing(NotFound):
    """There is no such pot. Field: ``pot_id``."""

    code = "pot_missing"


class PotCannotCover(Refused):
    """The pot cannot cover this. Fields: ``pot_id``, ``available_fen``, ``missing_fen``."""

    code = "pot_cannot_cover"
