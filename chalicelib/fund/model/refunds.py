"""Giving a gift back, whole or in part, and disputes about it. Pure; amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from chalicelib.fund.model import wording
from chalicelib.fund.model.gift_faults import RefundReasonMissing
from chalicelib.fund.model.stripe_objects import StripeRefund

REASON_CHARACTERS_MAX: Final = 200
OUTSIDE: Final = "outside"
"""Who asked for a refund that was made at Stripe itself."""


@dataclass(frozen=True, slots=True)
class Refund:
    """``reserved``: taken from the pot, Stripe not yet asked or its answer lost. ``sent``: Stripe has
    it and its entry is booked; ``stripe_state`` is how far. ``failed``: it came back, and the donor
    is still owed it (liability:refunds). ``refused``: Stripe never made it; the reservation is free."""

    id: str
    gift_id: str
    pot_id: str
    amount_fen: int
    reason: str
    requested_by: str
    requested_ms: int
    intent_id: str
    state: Literal["reserved", "sent", "failed", "refused"] = "reserved"
    attempt: int = 1
    stripe_id: str = ""
    stripe_state: str = ""

    @property
    def outside(self) -> bool:
        return self.requested_by == OUTSIDE

    @property
    def is_settled(self) -> bool:
        """Nothing more is expected."""
        return self.state in ("failed", "refused") or self.stripe_state == "succeeded"


@dataclass(frozen=True, slots=True)
class DisputeCase:
    """A dispute of a gift as booked so far."""

    id: str
    gift_id: str
    pot_id: str
    amount_fen: int
    fee_fen: int
    opened_ms: int
    outcome: Literal["open", "won", "lost"] = "open"


def reason(text: str) -> str:
    """Raises RefundReasonMissing, TextTooLong."""
    said = wording.line(text, "reason", REASON_CHARACTERS_MAX, required=False)
    if len(said) < 2:
        raise RefundReasonMissing()
    return said


def sent(refund: Refund, found: StripeRefund) -> Refund:
    return replace(refund, state="sent", stripe_id=found.refund_id, stripe_state=found.state)


def failed(refund: Refund, found: StripeRefund) -> Refund:
    return replace(refund, state="failed", stripe_state=found.state)
