"""What merchants do by the clock."""

from __future__ import annotations

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock
from chalicelib.merchants.service import expire_due
from chalicelib.web import logs

bp = Blueprint(__name__)


@bp.schedule("rate(1 hour)")
def release_overdue_vouchers(_event: CloudWatchEvent) -> None:
    """What was not used by its last day goes back to whom it belongs."""
    released = expire_due(clock.now_ms())
    logs.ran("release_overdue_vouchers", released=released)
