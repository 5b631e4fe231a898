"""A transfer on the charity's bank account that one person enters and another checks. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from chalicelib import clock
from chalicelib.errors import Invalid, NotFound, Refused
from chalicelib.fund.model.gifts import Donor, Gift
from chalicelib.fund.model.setup import Channel, Tier


class ReceiptUnknown(NotFound):
    """No bank receipt of that id."""

    code = "receipt_unknown"


class ReceiptDecided(Refused):
    """This receipt was checked or rejected already."""

    code = "receipt_decided"


class CheckerIsCreator(Refused):
    """Who entered a receipt does not check it: a second person looks at the bank statement."""

    code = "checker_is_creator"


class ReceiptDayInvalid(Invalid):
    """A transfer's day lies in the future, or more than ten years back."""

    code = "receipt_day_invalid"


class ReceiptAmountInvalid(Invalid):
    """Not a positive amount in fen."""

    code = "receipt_amount_invalid"


class ReceiptSerialWaiting(Refused):
    """Another receipt with this serial waits for its check."""

    code = "receipt_serial_waiting"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bank statement says, and what it is for: an instalment of a pledge, or a gift of
    its own. The payer's name is kept sealed; ``payer_masked`` is what lists show."""

    id: str
    fund_id: str
    account_id: str
    serial: str
    value_day: str
    amount_fen: int
    payer_sealed: str
    payer_masked: str
    entered_by: str
    entered_ms: int
    pot_id: str
    tier: Tier
    channel: Channel
    label: str
    donor: Donor
    pledge_id: str = ""
    instalment: int = 0
    state: Literal["waiting", "booked", "rejected"] = "waiting"
    decided_by: str = ""
    decided_ms: int = 0
    why_rejected: str = ""
    gift_id: str = ""

    @property
    def entry_key(self) -> str:
        return f"bank:{self.account_id}:{self.serial}"


def check_day(day: date, now_ms: int) -> date:
    """Raises ReceiptDayInvalid."""
    today = clock.shanghai_day(now_ms)
    if not 0 <= (today - day).days <= 3660:
        raise ReceiptDayInvalid()
    return day


def may_decide(receipt: Receipt, by: str) -> None:
    """Raises ReceiptDecided, CheckerIsCreator."""
    if receipt.state != "waiting":
        raise ReceiptDecided()
    if receipt.entered_by == by:
        raise CheckerIsCreator()


def booked(receipt: Receipt, by: str, gift_id: str, now_ms: int) -> Receipt:
    return replace(receipt, state="booked", decided_by=by, decided_ms=now_ms, gift_id=gift_id)


def rejected(receipt: Receipt, by: str, why: str, now_ms: int) -> Receipt:
    return replace(receipt, state="rejected", decided_by=by, decided_ms=now_ms, why_rejected=why)


def gift_of(receipt: Receipt) -> Gift:
    """The gift that a checked receipt is: its money is there and brings nothing less than itself."""
    paid_ms = clock.day_start_ms(date.fromisoformat(receipt.value_day))
    return Gift(
        id=receipt.id,
        fund_id=receipt.fund_id,
        pot_id=receipt.pot_id,
        tier=receipt.tier,
        channel=receipt.channel,
        label=receipt.label,
        amount_fen=receipt.amount_fen,
        donor=receipt.donor,
        created_ms=receipt.entered_ms,
        method="bank",
        state="paid",
        entry_key=receipt.entry_key,
        paid_ms=paid_ms,
        counted_fen=receipt.amount_fen,
        ref=receipt.pledge_id or receipt.id,
    )
