"""A gift that repeats every month by card 小微商户月捐. Pure; amounts in fen, times in ms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from chalicelib import ids
from chalicelib.fund.model.gift_faults import MonthlyEnded, MonthlyNotStarted
from chalicelib.fund.model.gifts import Donor, Gift
from chalicelib.fund.model.setup import Channel
from chalicelib.fund.model.stripe_objects import Checkout, Invoice, Payment, Subscription

State = Literal["open", "active", "past_due", "ending", "ended", "expired"]


@dataclass(frozen=True, slots=True)
class Monthly:
    """``state``: ``open`` until the first payment; ``past_due`` when a month could not be charged;
    ``ending`` after the present period; ``ended``; ``expired`` if never begun. ``ends_ms`` is when
    it ends or ended. ``phone_sealed`` is the shop's number, encrypted, or ""."""

    id: str
    fund_id: str
    pot_id: str
    channel: Channel
    label: str
    amount_fen: int
    donor: Donor
    created_ms: int
    poster: str = ""
    lang: str = "zh"
    phone_sealed: str = ""
    phone_masked: str = ""
    state: State = "open"
    attempt: int = 1
    attempt_ms: int = 0
    session_id: str = ""
    session_url: str = ""
    subscription_id: str = ""
    period_end_ms: int = 0
    ends_ms: int = 0
    months_paid: int = 0
    last_paid_ms: int = 0
    failed_invoice: str = ""
    cancelled_by: str = ""

    @property
    def is_running(self) -> bool:
        return self.state in ("active", "past_due", "ending")


def next_attempt(monthly: Monthly, now_ms: int) -> Monthly:
    """A new try to begin: another idempotency key, another session."""
    return replace(monthly, state="open", attempt=monthly.attempt + 1, attempt_ms=now_ms, session_id="", session_url="")


def with_session(monthly: Monthly, session_id: str, url: str) -> Monthly:
    return replace(monthly, session_id=session_id, session_url=url)


def followed(monthly: Monthly, checkout: Checkout) -> Monthly:
    """What its Checkout says; a running one is not changed by an old session."""
    if monthly.subscription_id or checkout.session_id != monthly.session_id:
        return monthly
    if checkout.state == "subscribed":
        return replace(monthly, subscription_id=checkout.subscription_id, session_url="")
    if checkout.state == "expired":
        return replace(monthly, state="expired", session_url="")
    return monthly


def followed_subscription(monthly: Monthly, found: Subscription) -> Monthly:
    """What the subscription itself says, read afresh."""
    state: State = monthly.state
    ends_ms = found.period_end_ms if found.cancel_at_period_end else 0
    if found.state in ("canceled", "incomplete_expired"):
        state, ends_ms = "ended", found.ended_ms or found.period_end_ms
    elif found.cancel_at_period_end:
        state = "ending"
    elif found.state in ("past_due", "unpaid"):
        state = "past_due"
    elif found.state in ("active", "trialing"):
        state = "active"
    paid_up = state in ("active", "ended")
    return replace(
        monthly,
        subscription_id=found.subscription_id,
        state=state,
        period_end_ms=found.period_end_ms,
        ends_ms=ends_ms,
        session_url="",
        failed_invoice="" if paid_up else monthly.failed_invoice,
    )


def payment_failed(monthly: Monthly, invoice_id: str) -> Monthly:
    """A month could not be charged; Stripe tries again by itself."""
    if not monthly.is_running and monthly.state != "open":
        return monthly
    return replace(monthly, failed_invoice=invoice_id)


def month_paid(monthly: Monthly, payment: Payment) -> Monthly:
    return replace(
        monthly,
        months_paid=monthly.months_paid + 1,
        last_paid_ms=max(monthly.last_paid_ms, payment.paid_ms),
        failed_invoice="",
    )


def may_cancel(monthly: Monthly) -> None:
    """Raises MonthlyEnded, MonthlyNotStarted."""
    if monthly.state in ("ended", "expired"):
        raise MonthlyEnded()
    if not monthly.subscription_id:
        raise MonthlyNotStarted()


def gift_of_month(monthly: Monthly, invoice: Invoice, payment: Payment) -> Gift:
    """One paid month: a gift of its own, the same from the same invoice."""
    return Gift(
        id=ids.derived_ulid(invoice.created_ms, "invoice", invoice.invoice_id),
        fund_id=monthly.fund_id,
        pot_id=monthly.pot_id,
        tier="monthly",
        channel=monthly.channel,
        label=monthly.label,
        amount_fen=payment.amount_fen,
        donor=monthly.donor,
        created_ms=invoice.created_ms,
        poster=monthly.poster,
        lang=monthly.lang,
        ref=monthly.id,
    )
