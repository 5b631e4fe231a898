"""What service and points do by the clock."""

from __future__ import annotations

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.points.service import attendance, expiry
from chalicelib.web import background, logs

bp = Blueprint(__name__)


@bp.schedule("rate(10 minutes)")
@logs.function
def close_forgotten_check_outs(event: CloudWatchEvent) -> None:
    """Who forgot to check out waits for the coordinator's word."""
    made = attendance.close_forgotten(now_ms=clock.now_ms(), go_on=background.time_left(event))
    background.went("close_forgotten_check_outs", made)


@bp.schedule("cron(10 16 * * ? *)")
@logs.function
def expire_points(event: CloudWatchEvent) -> None:
    """At 00:10 in Shanghai: what was valid until the month that ended leaves the wallets."""
    made = expiry.expire_all(now_ms=clock.now_ms(), go_on=background.time_left(event))
    background.went("expire_points", made)
