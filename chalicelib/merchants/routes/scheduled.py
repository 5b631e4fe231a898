"""What happens by the clock: vouchers whose last day is over give their points back."""

from __future__ import annotations

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.merchants import service
from chalicelib.web import background, logs

bp = Blueprint(__name__)


@bp.schedule("rate(10 minutes)")
@logs.function
def expire_vouchers(event: CloudWatchEvent) -> None:
    """May run twice or beside a till: each voucher is released once."""
    background.went("expire_vouchers", service.expire_due(clock.now_ms(), background.time_left(event)))
