"""An offer: goods or a service for points of one asset, with stock, limits and hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from chalicelib import clock
from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.merchants.model.faults import (
    HoursInvalid,
    LimitInvalid,
    MonthLimitReached,
    OfferChanged,
    OfferPaused,
    OfferSoldOut,
    OutsideHours,
    PersonLimitReached,
    PriceInvalid,
    ReimbursementInvalid,
    StockInvalid,
    ValidDaysInvalid,
)
from chalicelib.merchants.model.merchants import text

OfferStatus = Literal["active", "paused"]

PRICE_CENTI_MAX: Final = 100_000_00
STOCK_MAX: Final = 1_000_000
LIMIT_MAX: Final = 1_000
VALID_DAYS_MAX: Final = 180
REIMBURSEMENT_FEN_MAX: Final = 10_000_00
TITLE_CHARACTERS_MAX: Final = 40
DETAIL_CHARACTERS_MAX: Final = 200
DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """When vouchers can be redeemed: weekdays (1 Monday to 7 Sunday) and minutes of the Shanghai day,
    from ``opens_minute`` up to, not including, ``closes_minute``."""

    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    opens_minute: int = 0
    closes_minute: int = DAY_MINUTES

    def require_open(self, now_ms: int) -> None:
        """Raises OutsideHours."""
        now = clock.shanghai(now_ms)
        minute = now.hour * 60 + now.minute
        if now.isoweekday() not in self.weekdays or not self.opens_minute <= minute < self.closes_minute:
            raise OutsideHours(
                weekdays=list(self.weekdays), opens=as_time(self.opens_minute), closes=as_time(self.closes_minute)
            )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the merchant and the street agreed on for one offer.

    ``stock`` None is unlimited, else the number at the beginning; ``per_person_max`` and
    ``per_month_max`` count one person's vouchers, ever and issued in one Shanghai month; 0 is no
    limit. ``reimbursement_fen`` is what the fund owes the merchant for one, 0 is 商家让利; it is
    never shown to the public, as points have no price in yuan.
    """

    title: str
    asset: Asset
    price_centi: int
    detail: str = ""
    stock: int | None = None
    per_person_max: int = 0
    per_month_max: int = 0
    hours: Hours = field(default_factory=Hours)
    valid_days: int = 30
    reimbursement_fen: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms of a merchant that members can exchange points for. What is left stands beside it."""

    id: str
    merchant_id: str
    merchant_name: str
    terms: Terms
    created_by: str
    created_at: int
    status: OfferStatus = "active"
    version: int = 0

    @property
    def limited(self) -> bool:
        return self.terms.stock is not None


@dataclass(frozen=True, slots=True)
class Stock:
    """Of a limited offer: ``left`` can still be given out of ``total`` that were ever put in."""

    offer_id: str
    total: int
    left: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How many vouchers of an offer one member has or has used: in all, and by Shanghai month
    (``yyyymm``) of issue. What is cancelled or expires is given back."""

    offer_id: str
    member_id: str
    total: int = 0
    by_month: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def taking(self, month: str) -> Usage:
        return self._changed(month, 1)

    def giving_back(self, month: str) -> Usage:
        return self._changed(month, -1)

    def _changed(self, month: str, by: int) -> Usage:
        months = {**self.by_month, month: self.by_month.get(month, 0) + by}
        kept = {m: n for m, n in sorted(months.items()) if n}
        return Usage(self.offer_id, self.member_id, self.total + by, kept, self.version + 1)


def checked(terms: Terms) -> Terms:
    """The terms with clean texts, if every value is allowed.

    Raises TextInvalid, PriceInvalid, StockInvalid, LimitInvalid, HoursInvalid, ValidDaysInvalid,
    ReimbursementInvalid.
    """
    if terms.asset not in POINTS or not 1 <= terms.price_centi <= PRICE_CENTI_MAX:
        raise PriceInvalid(limit_centi=PRICE_CENTI_MAX)
    if terms.stock is not None and not 0 <= terms.stock <= STOCK_MAX:
        raise StockInvalid(limit=STOCK_MAX)
    limits = (terms.per_person_max, terms.per_month_max)
    if not all(0 <= limit <= LIMIT_MAX for limit in limits) or (0 < terms.per_person_max < terms.per_month_max):
        raise LimitInvalid(limit=LIMIT_MAX)
    hours = terms.hours
    weekdays = tuple(sorted(set(hours.weekdays)))
    if not weekdays or not set(weekdays) <= set(range(1, 8)):
        raise HoursInvalid()
    if not 0 <= hours.opens_minute < hours.closes_minute <= DAY_MINUTES:
        raise HoursInvalid()
    if not 1 <= terms.valid_days <= VALID_DAYS_MAX:
        raise ValidDaysInvalid(limit=VALID_DAYS_MAX)
    if not 0 <= terms.reimbursement_fen <= REIMBURSEMENT_FEN_MAX:
        raise ReimbursementInvalid(limit_fen=REIMBURSEMENT_FEN_MAX)
    return Terms(
        title=text("title", terms.title, TITLE_CHARACTERS_MAX),
        detail=text("detail", terms.detail, DETAIL_CHARACTERS_MAX, required=False),
        asset=terms.asset,
        price_centi=terms.price_centi,
        stock=terms.stock,
        per_person_max=terms.per_person_max,
        per_month_max=terms.per_month_max,
        hours=Hours(weekdays, hours.opens_minute, hours.closes_minute),
        valid_days=terms.valid_days,
        reimbursement_fen=terms.reimbursement_fen,
    )


def require_available(offer: Offer, stock: Stock | None, usage: Usage, today: date) -> None:
    """Raises OfferPaused, OfferSoldOut, PersonLimitReached, MonthLimitReached."""
    if offer.status != "active":
        raise OfferPaused(title=offer.terms.title)
    if stock is not None and stock.left < 1:
        raise OfferSoldOut(title=offer.terms.title)
    limit = offer.terms.per_person_max
    if limit and usage.total >= limit:
        raise PersonLimitReached(limit=limit)
    limit = offer.terms.per_month_max
    if limit and usage.by_month.get(f"{today:%Y%m}", 0) >= limit:
        again_on = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        raise MonthLimitReached(limit=limit, again_on=again_on)


def require_price(offer: Offer, agreed_centi: int) -> None:
    """The price that the member saw when confirming. Raises OfferChanged."""
    if offer.terms.price_centi != agreed_centi:
        raise OfferChanged(asked_centi=offer.terms.price_centi, agreed_centi=agreed_centi)


def as_time(minute: int) -> str:
    """540 → ``09:00``; the end of the day is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
