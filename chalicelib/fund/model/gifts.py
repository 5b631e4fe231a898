"""A gift: money given, or being given, to a pot. Pure decisions; amounts in fen, times in ms.

Every kind of incoming money is a gift of its own: a payment by poster, each paid month of a monthly
gift, an instalment of a pledge, a transfer that two people checked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, Literal

from chalicelib import ids
from chalicelib.errors import Corrupt
from chalicelib.fund.model.gift_faults import (
    DonorNameInvalid,
    DonorNameMissing,
    GiftAmountTooLarge,
    GiftAmountTooSmall,
    GiftConfirming,
    GiftDisputed,
    GiftNotByStripe,
    GiftNotPaid,
    GiftPaid,
    RefundTooLarge,
)
from chalicelib.fund.model.setup import Channel, Tier
from chalicelib.fund.model.stripe_objects import Checkout, Fee, Payment

ANONYMOUS: Final = "爱心居民"
"""What stands for a donor who did not agree to be named."""
AMOUNT_FEN_MIN: Final = 1_00
NAME_CHARACTERS_MAX: Final = 40
CHECKOUT_LIFE_MS: Final = 60 * 60 * 1000
"""A Checkout session is open for an hour: long enough for a queue, short enough to know soon."""
State = Literal["open", "processing", "paid", "failed", "expired", "abandoned"]
Method = Literal["stripe", "bank", "cash"]


@dataclass(frozen=True, slots=True)
class Donor:
    """Who gives. ``name`` "" is anonymous. The two consents are apart: name and amount."""

    name: str = ""
    publish_name: bool = False
    publish_amount: bool = False

    @property
    def public_name(self) -> str:
        return self.name if self.name and self.publish_name else ANONYMOUS


@dataclass(frozen=True, slots=True)
class Gift:
    """``amount_fen``: what was asked, after payment what arrived (gross). ``entry_key`` names its entry once
    paid. ``attempt_ms``: when the present try to pay began. ``counted_fen``: what it has brought into its
    pot so far. ``refunded_fen`` includes refunds that are reserved. ``ref``: the monthly gift, pledge or
    bank receipt behind it."""

    id: str
    fund_id: str
    pot_id: str
    tier: Tier
    channel: Channel
    label: str
    amount_fen: int
    donor: Donor
    created_ms: int
    poster: str = ""
    lang: str = "zh"
    method: Method = "stripe"
    state: State = "open"
    attempt: int = 1
    attempt_ms: int = 0
    session_id: str = ""
    session_url: str = ""
    intent_id: str = ""
    charge_id: str = ""
    entry_key: str = ""
    paid_ms: int = 0
    fee_txn: str = ""
    fee_fen: int = 0
    counted_fen: int = 0
    refunded_fen: int = 0
    dispute: Literal["", "open", "won", "lost"] = ""
    ref: str = ""
    note: str = ""

    @property
    def is_paid(self) -> bool:
        return self.state == "paid"

    @property
    def fee_known(self) -> bool:
        return bool(self.fee_txn) or self.method != "stripe"

    @property
    def refundable_fen(self) -> int:
        return max(self.amount_fen - self.refunded_fen, 0) if self.is_paid and self.dispute in ("", "won") else 0

    @property
    def is_kept(self) -> bool:
        """Something of it stayed with the fund."""
        return self.is_paid and self.dispute != "lost" and self.refunded_fen < self.amount_fen

    @property
    def not_yet_in_fen(self) -> int:
        """What its own refund may use beyond what the pot has (DESIGN §3, Pots)."""
        return self.amount_fen - self.counted_fen + self.short_fen

    @property
    def short_fen(self) -> int:
        """By how much its fee is larger than itself: taken from the pot, since what came in never falls."""
        return max(self.fee_fen - self.amount_fen, 0)

    def __post_init__(self) -> None:
        if self.amount_fen < 0 or self.refunded_fen < 0 or self.counted_fen > self.amount_fen:
            raise Corrupt(gift=self.id, what="amounts")


def check_amount(amount_fen: int, limit_fen: int) -> int:
    """Raises GiftAmountTooSmall, GiftAmountTooLarge (limit_fen)."""
    if amount_fen < AMOUNT_FEN_MIN:
        raise GiftAmountTooSmall(limit_fen=AMOUNT_FEN_MIN)
    if amount_fen > limit_fen:
        raise GiftAmountTooLarge(limit_fen=limit_fen)
    return amount_fen


def donor(name: str, anonymous: bool, publish_name: bool, publish_amount: bool) -> Donor:
    """Raises DonorNameMissing, DonorNameInvalid. Anonymous wins over a name left in the field."""
    if anonymous:
        return Donor("", False, publish_amount)
    return Donor(donor_name(name), publish_name, publish_amount)


def donor_name(text: str) -> str:
    """The name of a person or shop in NFC, on one line. Raises DonorNameMissing, DonorNameInvalid."""
    name = " ".join(unicodedata.normalize("NFC", text[: NAME_CHARACTERS_MAX * 10]).split())
    if not name:
        raise DonorNameMissing()
    kinds = {unicodedata.category(c) for c in name}
    if len(name) > NAME_CHARACTERS_MAX or len(text) > NAME_CHARACTERS_MAX * 10:
        raise DonorNameInvalid(characters_max=NAME_CHARACTERS_MAX)
    if kinds & {"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn"} or not any(k.startswith("L") for k in kinds):
        raise DonorNameInvalid(characters_max=NAME_CHARACTERS_MAX)
    if re.search(r"[<>]", name):
        raise DonorNameInvalid(characters_max=NAME_CHARACTERS_MAX)
    return name


# --- paying ------------------------------------------------------------------------------------


def may_pay(gift: Gift) -> None:
    """Raises GiftPaid, GiftConfirming."""
    if gift.is_paid:
        raise GiftPaid()
    if gift.state == "processing":
        raise GiftConfirming()


def next_attempt(gift: Gift, now_ms: int) -> Gift:
    """A new try to pay: another idempotency key, another session."""
    return replace(gift, state="open", attempt=gift.attempt + 1, attempt_ms=now_ms, session_id="", session_url="")


def with_session(gift: Gift, session_id: str, url: str) -> Gift:
    return replace(gift, session_id=session_id, session_url=url)


def followed(gift: Gift, checkout: Checkout) -> Gift:
    """The gift as far as an unpaid Checkout of it says; a paid gift never goes back, and an older
    session says nothing about a newer one."""
    if gift.is_paid or checkout.session_id != gift.session_id:
        return gift
    if checkout.state in ("processing", "failed", "expired"):
        return replace(gift, state=checkout.state, session_url="")
    return gift


def paid(gift: Gift, payment: Payment, entry_key: str) -> Gift:
    """The gift with its money. What arrived counts, should it differ from what was asked."""
    return replace(
        gift,
        state="paid",
        amount_fen=payment.amount_fen,
        intent_id=payment.intent_id,
        charge_id=payment.charge_id,
        entry_key=entry_key,
        paid_ms=payment.paid_ms,
        session_url="",
    )


def second_payment(gift: Gift, payment: Payment) -> Gift:
    """A payment that came for a gift already paid otherwise: a gift of its own, to be looked at."""
    return Gift(
        id=ids.derived_ulid(payment.paid_ms, "payment", payment.intent_id),
        fund_id=gift.fund_id,
        pot_id=gift.pot_id,
        tier=gift.tier,
        channel=gift.channel,
        label=gift.label,
        amount_fen=payment.amount_fen,
        donor=gift.donor,
        created_ms=payment.paid_ms,
        poster=gift.poster,
        lang=gift.lang,
        ref=gift.id,
        note="second_payment",
    )


def with_fee(gift: Gift, fee: Fee) -> Gift:
    """The fee is known: gross − fee has come into the pot, or nothing where the fee is larger."""
    counted_fen = max(gift.amount_fen - fee.fee_fen, 0)
    return replace(gift, fee_txn=fee.transaction_id, fee_fen=fee.fee_fen, counted_fen=counted_fen)


# --- giving back -------------------------------------------------------------------------------


def reserving_refund(gift: Gift, amount_fen: int) -> Gift:
    """Raises GiftNotPaid, GiftNotByStripe, GiftDisputed, GiftAmountTooSmall, RefundTooLarge(left_fen)."""
    if not gift.is_paid:
        raise GiftNotPaid()
    if gift.method != "stripe":
        raise GiftNotByStripe()
    if gift.dispute in ("open", "lost"):
        raise GiftDisputed()
    if amount_fen < 1:
        raise GiftAmountTooSmall(limit_fen=1)
    if amount_fen > gift.refundable_fen:
        raise RefundTooLarge(left_fen=gift.refundable_fen)
    return replace(gift, refunded_fen=gift.refunded_fen + amount_fen)


def refunded_outside(gift: Gift, amount_fen: int) -> Gift:
    """What Stripe says was refunded is so, whatever we had planned."""
    return replace(gift, refunded_fen=gift.refunded_fen + amount_fen)


def not_refunded(gift: Gift, amount_fen: int) -> Gift:
    """A reservation that Stripe refused is free again."""
    return replace(gift, refunded_fen=gift.refunded_fen - amount_fen)
