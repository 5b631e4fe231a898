"""What webhooks did not bring: asked for again, by schedule or by hand. Everything here may run twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from chalicelib.errors import DomainError
from chalicelib.fund import gateway
from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.monthly import Monthly
from chalicelib.fund.model.refunds import Refund
from chalicelib.fund.model.stripe_objects import Event, NotAtStripe, PaymentsUnavailable
from chalicelib.fund.service import booking, early, gifts, monthly, refunds, setup, webhooks
from chalicelib.fund.store import gifts as gift_store
from chalicelib.fund.store import monthly as monthly_store
from chalicelib.fund.store import refunds as refund_store
from chalicelib.identity.service import Actor, Role, fund_scope

T = TypeVar("T")
P = TypeVar("P", Gift, Monthly)
PAYING_MS: Final = 5 * 60 * 1000
"""An open payment is left alone so long; its webhook is on the way."""
FEE_MS: Final = 10 * 60 * 1000
REFUND_MS: Final = 2 * 60 * 1000
DAY_MS: Final = 24 * 60 * 60 * 1000
ROUND_MAX: Final = 100
LOOKED_THROUGH_MAX: Final = 5_000
_log = logging.getLogger("linli.fund")


@dataclass(slots=True)
class Swept:
    """How much of each was looked at, and codes of what went wrong by object."""

    events: int = 0
    gifts: int = 0
    fees: int = 0
    monthlies: int = 0
    refunds: int = 0
    early: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def sweep_by_hand(actor: Actor, now_ms: int, fund_id: str = setup.MAIN_FUND) -> Swept:
    """Raises NotAllowed."""
    actor.require(Role.FUND_MANAGER, fund_scope(fund_id))
    return sweep(now_ms)


def sweep(now_ms: int) -> Swept:
    """One round; each part goes on where another failed. Does nothing more when Stripe does not answer."""
    done = Swept()
    try:
        done.events = _events(done, now_ms)
        unpaid = _worth_a_look(gift_store.waiting("pay", now_ms - PAYING_MS, LOOKED_THROUGH_MAX), now_ms)
        done.gifts = _each(done, unpaid, _gift_id, lambda g: _gift(g, now_ms))
        feeless = gift_store.waiting("fee", now_ms - FEE_MS, ROUND_MAX)
        done.fees = _each(done, feeless, _gift_id, lambda g: _fee(g, now_ms))
        begun = _worth_a_look(monthly_store.waiting(now_ms - PAYING_MS, LOOKED_THROUGH_MAX), now_ms)
        done.monthlies = _each(done, begun, _monthly_id, lambda m: _monthly(m, now_ms))
        waiting = refund_store.waiting(now_ms - REFUND_MS, ROUND_MAX)
        done.refunds = _each(done, waiting, _refund_id, lambda r: _refund(r, now_ms))
        done.early = early.apply_all(now_ms)
    except PaymentsUnavailable as error:
        done.problems["stripe"] = error.code
    if done.problems:
        _log.warning("sweep: %s", done.problems)
    return done


def _each(done: Swept, found: Iterable[T], name: Callable[[T], str], look: Callable[[T], None]) -> int:
    count = 0
    for one in found:
        count += 1
        try:
            look(one)
        except PaymentsUnavailable:
            raise
        except DomainError as error:
            done.problems[name(one)] = error.code
    return count


def _events(done: Swept, now_ms: int) -> int:
    try:
        waiting = list(gateway.undelivered_events(ROUND_MAX))
    except PaymentsUnavailable:
        raise
    except DomainError as error:
        done.problems["events"] = error.code
        return 0
    return _each(done, waiting, _event_id, lambda e: _event(e, now_ms))


def _worth_a_look(waiting: list[P], now_ms: int) -> list[P]:
    """Those that Stripe may know something of, or that are to be given up. Giving needs no sign-in, so what
    never reached Stripe, however much it is, must not stand before what did."""
    return [one for one in waiting if one.session_id or _given_up(one, now_ms)][:ROUND_MAX]


def _given_up(one: Gift | Monthly, now_ms: int) -> bool:
    return one.created_ms < now_ms - DAY_MS


def _event(event: Event, now_ms: int) -> None:
    webhooks.handle(event, now_ms)


def _gift(gift: Gift, now_ms: int) -> None:
    if gift.session_id:
        try:
            gifts.settle(gateway.checkout(gift.session_id), now_ms)
        except NotAtStripe:
            gifts.abandon(gift.id, gift.session_id)
    elif _given_up(gift, now_ms):
        gifts.abandon(gift.id)


def _fee(gift: Gift, now_ms: int) -> None:
    fee = gateway.charge(gift.charge_id).fee
    if fee is not None:
        booking.book_fee(gift.id, fee, now_ms)


def _monthly(one: Monthly, now_ms: int) -> None:
    if one.session_id:
        try:
            monthly.settle(gateway.checkout(one.session_id), now_ms)
        except NotAtStripe:
            monthly.abandon(one.id, one.session_id)
    elif _given_up(one, now_ms):
        monthly.abandon(one.id)


def _refund(refund: Refund, now_ms: int) -> None:
    if refund.state == "reserved":
        refunds.send(refund.id, now_ms)
    else:
        refunds.follow(refund.stripe_id, now_ms)


def _event_id(event: Event) -> str:
    return event.event_id


def _gift_id(gift: Gift) -> str:
    return gift.id


def _monthly_id(one: Monthly) -> str:
    return one.id


def _refund_id(refund: Refund) -> str:
    return refund.id
