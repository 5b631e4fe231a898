"""Why a report is not made."""

from __future__ import annotations

from chalicelib.errors import Invalid


class PeriodInvalid(Invalid):
    """The first day lies after the last, or a day is not a date."""

    code = "period_invalid"


class PeriodTooLong(Invalid):
    """Longer than a report covers. Field: ``days_max``."""

    code = "period_too_long"


class BasisUnknown(Invalid):
    """A report goes by value date or by booked date."""

    code = "basis_unknown"


class OwnerUnknown(Invalid):
    """No account of the books has this name. Field: ``account``."""

    code = "statement_unknown"
