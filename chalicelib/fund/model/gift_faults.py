"""What can be wrong with a gift, a monthly gift, or giving one back."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused


class GiftUnknown(NotFound):
    """No gift of that id."""

    code = "gift_unknown"


class MonthlyUnknown(NotFound):
    """No monthly gift of that id."""

    code = "monthly_unknown"


class GiftAmountTooSmall(Invalid):
    """Field: ``limit_fen``."""

    code = "gift_amount_too_small"


class GiftAmountTooLarge(Invalid):
    """More than one gift through the page may be; larger ones go by bank transfer. Field: ``limit_fen``."""

    code = "gift_amount_too_large"


class DonorNameMissing(Invalid):
    """Not anonymous, yet no name."""

    code = "donor_name_missing"


class DonorNameInvalid(Invalid):
    """A name with emoji or invisible characters, or without a single letter."""

    code = "donor_name_invalid"


class NotTheGiver(NotFound):
    """The gift's own link is missing or wrong; nothing personal is shown."""

    code = "gift_link_needed"


class GiftPaid(Refused):
    """The money of this gift has arrived; it is not paid twice."""

    code = "gift_paid_already"


class GiftConfirming(Refused):
    """The payment is on its way; paying again now could charge twice."""

    code = "gift_confirming"


class GiftNotPaid(Refused):
    """No money of this gift has arrived, so none can go back."""

    code = "gift_not_paid"


class GiftNotByStripe(Refused):
    """This gift came by bank or cash; it is given back by hand."""

    code = "gift_not_by_stripe"


class RefundTooLarge(Refused):
    """More than what is left of the gift. Field: ``left_fen``."""

    code = "refund_too_large"


class GiftDisputed(Refused):
    """The donor's bank has taken the money back or is asking; refunding it too would pay twice."""

    code = "gift_disputed"


class RefundReasonMissing(Invalid):
    """A refund says why, in at least two characters."""

    code = "refund_reason_missing"


class RefundUnknown(NotFound):
    """No refund of that id."""

    code = "refund_unknown"


class RefundRefused(Refused):
    """The payment service did not refund; what was reserved is free again. Field: ``reason``."""

    code = "refund_refused"


class MonthlyEnded(Refused):
    """This monthly gift has ended."""

    code = "monthly_ended"


class MonthlyNotStarted(Refused):
    """No first payment has been made yet."""

    code = "monthly_not_started"


class SubmittedDifferently(Conflict):
    """The same form was sent before with other contents. Nothing was changed."""

    code = "submitted_differently"
