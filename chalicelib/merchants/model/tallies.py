"""What a merchant took in over some days. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Tally:
    """Captured vouchers, their points by asset, what the fund would reimburse, and what was returned.

    ``reimbursement_fen`` is information only: no money is owed in the books before a settlement.
    """

    captured: int = 0
    time_centi: int = 0
    medal_centi: int = 0
    reimbursement_fen: int = 0
    returned_time_centi: int = 0
    returned_medal_centi: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))
