"""A voucher: issued with a hold, then captured or released, exactly one of the two. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from chalicelib import clock
from chalicelib.ledger.accounts import Asset
from chalicelib.merchants.model.codes import code_of
from chalicelib.merchants.model.faults import (
    AlreadyCaptured,
    NotCaptured,
    ReturnTooLarge,
    UsedNotCancellable,
    VoucherCancelled,
    VoucherExpired,
)
from chalicelib.merchants.model.merchants import NOTE_CHARACTERS_MAX, Merchant, text
from chalicelib.merchants.model.offers import Hours, Offer

VoucherStatus = Literal["open", "captured", "cancelled", "expired"]
Released = Literal["cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Return:
    """Captured points that went back to the member. ``lots`` are those of the capture that they
    came from; in the wallet they have at least 30 days."""

    number: int
    points_centi: int
    lots: Mapping[str, int]
    returned_at: int
    returned_by: str
    why: str
    form_id: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """The right to one piece of an offer, with everything frozen that was agreed to at its issue.

    ``lots`` is the allocation ``{expiry: hundredths}`` that the wallet holds for it.
    ``closed_form`` is the submission that captured it, so that its repeat gets its first answer.
    """

    id: str
    code: str
    offer_id: str
    merchant_id: str
    merchant_name: str
    place: str
    member_id: str
    community_id: str
    title: str
    asset: Asset
    points_centi: int
    reimbursement_fen: int
    hours: Hours
    issued_at: int
    issued_by: str
    expires_at: int
    stock_taken: bool
    lots: Mapping[str, int]
    status: VoucherStatus = "open"
    closed_at: int = 0
    closed_by: str = ""
    closed_form: str = ""
    returns: tuple[Return, ...] = field(default=())
    version: int = 0

    @property
    def goods(self) -> str:
        """``大米5公斤×1``."""
        return f"{self.title}×1"

    @property
    def last_day(self) -> date:
        """The last Shanghai day on which it can be redeemed."""
        return clock.shanghai_day(self.expires_at - 1)

    @property
    def issued_month(self) -> str:
        return clock.shanghai_month(self.issued_at)

    @property
    def returned_centi(self) -> int:
        return sum(part.points_centi for part in self.returns)

    def overdue(self, now_ms: int) -> bool:
        """Still open, but its last day is over: its points are on their way back."""
        return self.status == "open" and now_ms >= self.expires_at

    def state(self, now_ms: int) -> VoucherStatus:
        """What people are told: an overdue voucher is expired whether or not the job has run."""
        return "expired" if self.overdue(now_ms) else self.status

    def require_usable(self, now_ms: int) -> None:
        """Raises AlreadyCaptured, VoucherCancelled, VoucherExpired."""
        if self.status == "captured":
            raise AlreadyCaptured(captured_at=self.closed_at, goods=self.goods)
        if self.status == "cancelled":
            raise VoucherCancelled(cancelled_at=self.closed_at)
        if self.state(now_ms) == "expired":
            raise VoucherExpired(last_day=self.last_day)

    def captured(self, by: str, form_id: str, now_ms: int) -> Voucher:
        """Raises as ``require_usable``, and OutsideHours."""
        self.require_usable(now_ms)
        self.hours.require_open(now_ms)
        return replace(
            self, status="captured", closed_at=now_ms, closed_by=by, closed_form=form_id, version=self.version + 1
        )

    def released(self, status: Released, by: str, now_ms: int) -> Voucher:
        """Raises UsedNotCancellable; a voucher that was released stays as it is."""
        if self.status == "captured":
            raise UsedNotCancellable(captured_at=self.closed_at)
        if self.status != "open":
            return self
        return replace(self, status=status, closed_at=now_ms, closed_by=by, version=self.version + 1)

    def returning(self, points_centi: int, by: str, why: str, form_id: str, now_ms: int) -> tuple[Voucher, Return]:
        """The next return, from the lots that last longest.

        Raises NotCaptured, ReturnTooLarge(left_centi), TextInvalid.
        """
        if self.status != "captured":
            raise NotCaptured()
        left = self.points_centi - self.returned_centi
        if not 0 < points_centi <= left:
            raise ReturnTooLarge(left_centi=left)
        part = Return(
            number=len(self.returns) + 1,
            points_centi=points_centi,
            lots=_latest_first(self._lots_left(), points_centi),
            returned_at=now_ms,
            returned_by=by,
            why=text("why", why, NOTE_CHARACTERS_MAX),
            form_id=form_id,
        )
        return replace(self, returns=(*self.returns, part), version=self.version + 1), part

    def _lots_left(self) -> dict[str, int]:
        left = dict(self.lots)
        for part in self.returns:
            for expiry, amount in part.lots.items():
                left[expiry] -= amount
        return left


def issue(
    voucher_id: str,
    offer: Offer,
    merchant: Merchant,
    member_id: str,
    community_id: str,
    issued_by: str,
    lots: Mapping[str, int],
    now_ms: int,
    code_attempt: int = 0,
) -> Voucher:
    """A new voucher, valid through the ``valid_days``-th Shanghai day after today."""
    terms = offer.terms
    last_day = clock.shanghai_day(now_ms) + timedelta(days=terms.valid_days)
    return Voucher(
        id=voucher_id,
        code=code_of(voucher_id, code_attempt),
        offer_id=offer.id,
        merchant_id=merchant.id,
        merchant_name=merchant.name,
        place=merchant.place,
        member_id=member_id,
        community_id=community_id,
        title=terms.title,
        asset=terms.asset,
        points_centi=terms.price_centi,
        reimbursement_fen=terms.reimbursement_fen,
        hours=terms.hours,
        issued_at=now_ms,
        issued_by=issued_by,
        expires_at=clock.day_start_ms(last_day + timedelta(days=1)),
        stock_taken=offer.limited,
        lots=dict(lots),
    )


def _latest_first(lots: Mapping[str, int], points_centi: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    wanted = points_centi
    for expiry in sorted(lots, reverse=True):
        take = min(lots[expiry], wanted)
        if take:
            taken[expiry] = take
            wanted -= take
    return taken
