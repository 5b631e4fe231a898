"""One way to a Checkout page for whatever can be paid there: a gift, or the first month of a monthly one.

A try to pay is written down first, and its key and every parameter follow from what is written, so a
double click, a lost answer or a crash leads to the same session. A new try begins only when the old
session is over or Stripe answered that it failed itself, which it would repeat for the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chalicelib.fund import gateway
from chalicelib.fund.model.stripe_objects import Checkout, NotAtStripe, OpenedCheckout, PaymentsUnavailable

CHECKOUT_LIFE_MS: Final = 60 * 60 * 1000
"""A session is open for an hour: long enough for a queue, short enough to know soon."""
SAME_TRY_MS: Final = 25 * 60 * 1000
"""Stripe wants at least half an hour from its now to a session's end."""


@dataclass(frozen=True, slots=True)
class Try:
    """The present try of something payable."""

    number: int
    begun_ms: int
    session_id: str

    def is_fresh(self, now_ms: int) -> bool:
        return self.begun_ms <= now_ms < self.begun_ms + SAME_TRY_MS

    @property
    def expires_at(self) -> int:
        return self.begun_ms + CHECKOUT_LIFE_MS


@dataclass(frozen=True, slots=True)
class Payable:
    """How ``url`` reads and moves its subject. ``current`` raises when it may not be paid (any more);
    ``settle`` books what a session says; ``next_try`` begins the try after the given number, unless
    somebody else just did; ``open`` asks Stripe; ``keep`` writes the session down."""

    current: Callable[[], Try]
    settle: Callable[[Checkout], object]
    next_try: Callable[[int], None]
    open: Callable[[Try], OpenedCheckout]
    keep: Callable[[Try, OpenedCheckout], None]


def url(of: Payable, now_ms: int) -> str:
    """Where to pay. Raises what ``current`` raises; PaymentsUnavailable, PaymentsRefused, ForeignMoney."""
    present = of.current()
    if present.session_id:
        found = _look(present.session_id)
        if found is not None and found.state == "open" and found.url:
            return found.url
        if found is not None:
            of.settle(found)
        of.current()
        of.next_try(present.number)
        present = of.current()
    elif not present.is_fresh(now_ms):
        of.next_try(present.number)
        present = of.current()
    try:
        opened = of.open(present)
    except PaymentsUnavailable as error:
        if error.answered:
            of.next_try(present.number)
        raise
    of.keep(present, opened)
    return opened.url


def _look(session_id: str) -> Checkout | None:
    try:
        return gateway.checkout(session_id)
    except NotAtStripe:
        return None
