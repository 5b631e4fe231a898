"""A pot of the fund: what it may spend. Pure; amounts in fen.

Spendable = ``in`` − ``committed``. ``in`` only ever grows; everything that takes away goes into
``committed``: reservations, refunds, reversed gifts, open disputes, moves out, shortages.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.ledger.errors import PotCannotCover


@dataclass(frozen=True, slots=True)
class Pot:
    """As read: ``in_fen`` may be a little behind, never ahead, so a decision on it is safe."""

    pot_id: str
    in_fen: int
    committed_fen: int

    @property
    def spendable_fen(self) -> int:
        """May be negative after a dispute or a refund from outside; then nothing can be reserved."""
        return self.in_fen - self.committed_fen

    def must_cover(self, amount_fen: int, not_yet_in_fen: int = 0) -> None:
        """Raises PotCannotCover unless the pot covers the amount.

        ``not_yet_in_fen`` is what a gift being refunded has not yet brought in: its refund may use it.
        """
        available = self.spendable_fen + not_yet_in_fen
        if amount_fen > available:
            raise PotCannotCover(
                pot_id=self.pot_id, available_fen=max(available, 0), missing_fen=amount_fen - available
            )
