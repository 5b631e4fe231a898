"""What the fund does by the clock."""

from __future__ import annotations

from typing import Final

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.fund.service.sweep import sweep
from chalicelib.web import background, logs

bp = Blueprint(__name__)
STRIPE_RESERVE_MS: Final = 40_000
"""One thing more may ask Stripe several times, each with its own time-out and repetitions."""


@bp.schedule("rate(5 minutes)")
@logs.function
def ask_stripe_again(event: CloudWatchEvent) -> None:
    """What webhooks did not bring: payments, fees, refunds, subscriptions."""
    done = sweep(clock.now_ms(), background.time_left(event, STRIPE_RESERVE_MS))
    for about, error in done.failed.items():
        background.item_failed("ask_stripe_again", about, error)
    # Numbers only; nothing of the people who gave
    logs.ran(
        "ask_stripe_again",
        events=done.events,
        gifts=done.gifts,
        fees=done.fees,
        monthlies=done.monthlies,
        refunds=done.refunds,
        early=done.early,
        failed=len(done.failed),
        cut_short=done.cut_short,
    )
