"""What webhooks did not bring: asked for again, by schedule or by hand. Everything here may run twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
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
from chalicelib.table import ItemUnreadable, always

T = TypeVar("T")
P = TypeVar("P", Gift, Monthly)
PAYING_MS: Final = 5 * 60 * 1000
"""An open payment is left alone so long; its webhook is on the way."""
FEE_MS: Final = 10 * 60 * 1000
REFUND_MS: Final = 2 * 60 * 1000
DAY_MS: Final = 24 * 60 * 60 * 1000
ROUND_MAX: Final = 100
LOOKED_THROUGH_MAX: Final = 5_000
EVENTS_MAX: Final = 1_000
BY_HAND_S: Final = 15
"""Somebody waits at the screen, and API Gateway for 29 seconds at most; the schedule does the rest."""


@dataclass(slots=True)
class Swept:
    """How much of each was looked at, and what went wrong by object. ``cut_short``: the time was up."""

    events: int = 0
    gifts: int = 0
    fees: int = 0
    monthlies: int = 0
    refunds: int = 0
    early: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)
    cut_short: bool = False

    @property
    def problems(self) -> dict[str, str]:
        """Codes of what went wrong, by object."""
        return {what: error.code if isinstance(error, DomainError) else "error" for what, error in self.failed.items()}

    def unreadable(self, error: ItemUnreadable) -> None:
        self.failed[str(error.fields["pk"])] = error


def sweep_by_hand(actor: Actor, now_ms: int, fund_id: str = setup.MAIN_FUND) -> Swept:
    """Raises NotAllowed."""
    actor.require(Role.FUND_MANAGER, fund_scope(fund_id))
    ends = time.monotonic() + BY_HAND_S
    return sweep(now_ms, lambda: time.monotonic() < ends)


def sweep(now_ms: int, go_on: Callable[[], bool] = always) -> Swept:
    """One round; what fails is named and holds up nothing else. Does nothing more when Stripe does not answer
    or ``go_on()`` says that the time is up."""
    done = Swept()
    paying, feeless, refund = now_ms - PAYING_MS, now_ms - FEE_MS, now_ms - REFUND_MS
    most, skip = LOOKED_THROUGH_MAX, done.unreadable
    try:
        done.events = _each(done, go_on, _undelivered(done), _event_id, lambda e: _event(e, now_ms))
        unpaid = _worth_a_look(gift_store.waiting("pay", paying, most, skip), now_ms)
        done.gifts = _each(done, go_on, unpaid, _gift_id, lambda g: _gift(g, now_ms))
        no_fee = gift_store.waiting("fee", feeless, most, skip)
        done.fees = _each(done, go_on, no_fee, _gift_id, lambda g: _fee(g, now_ms))
        begun = _worth_a_look(monthly_store.waiting(paying, most, skip), now_ms)
        done.monthlies = _each(done, go_on, begun, _monthly_id, lambda m: _monthly(m, now_ms))
        sent = refund_store.waiting(refund, most, skip)
        done.refunds = _each(done, go_on, sent, _refund_id, lambda r: _refund(r, now_ms))
        done.early = _each(done, go_on, early.waiting(most, skip), str, lambda i: early.apply(i, now_ms))
    except PaymentsUnavailable as error:
        done.failed["stripe"] = error
    return done


def _each(
    done: Swept,
    go_on: Callable[[], bool],
    found: Iterable[T],
    name: Callable[[T], str],
    look: Callable[[T], bool | None],
) -> int:
    """How many were looked at: ROUND_MAX that came to something (``look`` says False where nothing was to do).
    What fails does not count: a hundred that always fail must not stand before the rest for ever."""
    looked_at = fruitful = 0
    for one in found:
        if fruitful == ROUND_MAX:
            break
        if not go_on():
            done.cut_short = True
            break
        looked_at += 1
        try:
            fruitful += look(one) is not False
        except PaymentsUnavailable:
            raise
        except Exception as error:
            done.failed[name(one)] = error
    return looked_at


def _undelivered(done: Swept) -> Iterator[Event]:
    try:
        yield from gateway.undelivered_events(EVENTS_MAX)
    except PaymentsUnavailable:
        raise
    except DomainError as error:
        done.failed["events"] = error


def _worth_a_look(waiting: list[P], now_ms: int) -> list[P]:
    """Those that Stripe may know something of, or that are to be given up. Giving needs no sign-in, so what
    never reached Stripe, however much it is, must not stand before what did."""
    return [one for one in waiting if one.session_id or _given_up(one, now_ms)]


def _given_up(one: Gift | Monthly, now_ms: int) -> bool:
    return one.created_ms < now_ms - DAY_MS


def _event(event: Event, now_ms: int) -> bool:
    # Stripe goes on listing what it could not deliver, also what we have asked for since
    return webhooks.handle(event, now_ms).outcome != "repeated"


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
