"""Which gift it is that something came back of: a refund or a dispute only names the payment."""

from __future__ import annotations

from chalicelib.errors import Refused
from chalicelib.fund.store import stripe_ids


class GiftNotYetKnown(Refused):
    """Something came back of a payment that is not in the books yet. It is kept and applied when it is.
    Field: ``object_id``."""

    code = "gift_not_yet_known"


def gift_of(intent_id: str, object_id: str, now_ms: int) -> str:
    """The id of the gift that a payment is.

    Raises GiftNotYetKnown(object_id), after the refund or dispute was kept for later.
    """
    gift_id = stripe_ids.fact_of(intent_id, "gift")
    if gift_id:
        return gift_id
    stripe_ids.remember_early(intent_id, object_id, now_ms)
    # Whoever books the payment reads what was kept after it is booked: one of the two sees the other.
    gift_id = stripe_ids.fact_of(intent_id, "gift")
    if not gift_id:
        raise GiftNotYetKnown(object_id=object_id)
    stripe_ids.forget_early(intent_id, object_id)
    return gift_id
