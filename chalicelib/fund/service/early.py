"""What came back of a payment before the payment itself was known."""

from __future__ import annotations

import logging

from chalicelib.errors import Corrupt, DomainError, Unavailable
from chalicelib.fund.service import disputes, refunds
from chalicelib.fund.store import stripe_ids
from chalicelib.table import Busy, Skip

_log = logging.getLogger("linli.fund")


def apply(intent_id: str, now_ms: int) -> None:
    """Book the refunds and disputes that came before their gift, now that it is in the books. What cannot
    be booked is kept, and holds up neither the gift nor the others. Raises Unavailable, Busy, Corrupt."""
    for object_id in stripe_ids.early(intent_id):
        follow = refunds.follow if object_id.startswith(("re_", "pyr_")) else disputes.follow
        try:
            follow(object_id, now_ms)
        except (Unavailable, Busy, Corrupt):
            raise
        except DomainError as error:
            _log.warning("early: %s %s", object_id, error.code)
        else:
            stripe_ids.forget_early(intent_id, object_id)


def waiting(limit: int, skip: Skip | None = None) -> list[str]:
    """Payments whose gift is known by now, of which something that came before it waits."""
    return [i for i in dict.fromkeys(i for i, _ in stripe_ids.all_early(limit, skip)) if stripe_ids.fact_of(i, "gift")]
