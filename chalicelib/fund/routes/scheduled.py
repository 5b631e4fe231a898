"""What the fund does by the clock."""

from __future__ import annotations

import dataclasses

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.fund.service.sweep import sweep
from chalicelib.web import logs

bp = Blueprint(__name__)


@bp.schedule("rate(5 minutes)")
@logs.function
def ask_stripe_again(_event: CloudWatchEvent) -> None:
    """What webhooks did not bring: payments, fees, refunds, subscriptions."""
    done = sweep(clock.now_ms())
    # Object ids and codes only; nothing of the people who gave
    logs.ran("ask_stripe_again", **dataclasses.asdict(done))
