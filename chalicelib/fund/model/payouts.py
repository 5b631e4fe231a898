"""Money on its way from Stripe to the charity's bank account, as booked so far. Pure; fen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from chalicelib.errors import Refused

Step = Literal["sent", "arrived", "returned", "failed"]


class PayoutNotPositive(Refused):
    """Stripe takes money from the bank account instead. Nobody here books that by itself."""

    code = "payout_not_positive"


class PayoutBankMissing(Refused):
    """The fund names no bank account in use, so that nobody knows where the payout arrived."""

    code = "payout_bank_missing"


@dataclass(frozen=True, slots=True)
class BookedPayout:
    id: str
    amount_fen: int
    created_ms: int
    steps: tuple[Step, ...] = ()
    bank_id: str = ""

    def with_step(self, step: Step, bank_id: str = "") -> BookedPayout:
        return replace(self, steps=(*self.steps, step), bank_id=bank_id or self.bank_id)


def due_steps(booked: BookedPayout, state: str) -> list[Step]:
    """What is still to be booked for a payout that Stripe says is in ``state``."""
    due: list[Step] = []
    if "sent" not in booked.steps:
        due.append("sent")
    if state == "paid" and "arrived" not in booked.steps:
        due.append("arrived")
    if state in ("failed", "canceled") and "failed" not in booked.steps:
        # A bank may send it back after it had arrived.
        if "arrived" in booked.steps and "returned" not in booked.steps:
            due.append("returned")
        due.append("failed")
    return due
