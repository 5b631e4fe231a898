"""What can go wrong around merchants, offers, vouchers and the till, as facts."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from chalicelib.ledger.errors import InsufficientPoints


class MerchantUnknown(NotFound):
    """No merchant of that id."""

    code = "merchant_unknown"


class MerchantNotActive(Refused):
    """Not approved yet, or rejected. Field: ``name``."""

    code = "merchant_not_active"


class MerchantSuspended(Refused):
    """Suspended: nothing can be exchanged or redeemed there for now. Field: ``name``."""

    code = "merchant_suspended"


class OwnApplication(NotAllowed):
    """Who entered an application may not decide on it."""

    code = "merchant_own_application"


class MerchantDecided(Conflict):
    """Somebody has decided on this application. Field: ``status``."""

    code = "merchant_decided"


class AgreementMissing(Invalid):
    """An approval names the signed agreement."""

    code = "merchant_agreement_missing"


class TextInvalid(Invalid):
    """A text is empty or too long. Fields: ``name`` of the text, ``characters_max``."""

    code = "merchant_text_invalid"


class OfferUnknown(NotFound):
    """No offer of that id."""

    code = "offer_unknown"


class OfferPaused(Refused):
    """The offer is not given out at the moment. Field: ``title``."""

    code = "offer_paused"


class OfferSoldOut(Refused):
    """Nothing is left in stock. Field: ``title``."""

    code = "offer_sold_out"


class OfferChanged(Conflict):
    """The price is another than the one that was agreed to. Fields: ``asked_centi``, ``agreed_centi``."""

    code = "offer_changed"


class PersonLimitReached(Refused):
    """This person has had as many of this offer as one person may. Field: ``limit``."""

    code = "offer_person_limit"


class MonthLimitReached(Refused):
    """As many as one person may have in a Shanghai month. Fields: ``limit``, ``again_on``."""

    code = "offer_month_limit"


class PointsShort(InsufficientPoints):
    """Not enough points. Fields: ``asset``, ``available_centi``, ``asked_centi``, ``missing_centi``."""

    code = "voucher_points_short"


class PriceInvalid(Invalid):
    """A price is in TIME or MEDAL, from one hundredth to ``limit_centi``."""

    code = "offer_price_invalid"


class StockInvalid(Invalid):
    """Stock is a whole number from 0 to ``limit``; never less than nothing is left."""

    code = "offer_stock_invalid"


class StockUnlimited(Refused):
    """The offer has no stock to be changed."""

    code = "offer_stock_unlimited"


class LimitInvalid(Invalid):
    """A limit per person is a whole number from 1 to ``limit``, the month's not above the whole."""

    code = "offer_limit_invalid"


class HoursInvalid(Invalid):
    """Hours need at least one weekday, and an end after their beginning."""

    code = "offer_hours_invalid"


class ValidDaysInvalid(Invalid):
    """A voucher is valid from 1 to ``limit`` days."""

    code = "offer_valid_days_invalid"


class ReimbursementInvalid(Invalid):
    """A reimbursement is 0 (商家让利) to ``limit_fen``."""

    code = "offer_reimbursement_invalid"


class VoucherUnknown(NotFound):
    """No voucher of that id or code, or not this person's."""

    code = "voucher_unknown"


class VoucherCodeMalformed(Invalid):
    """Not nine characters of the voucher alphabet. Field: ``characters``, how many it should be."""

    code = "voucher_code_malformed"


class VoucherCodeMistyped(Invalid):
    """The check character does not fit: one character is wrong or two are swapped."""

    code = "voucher_code_mistyped"


class NotAVoucher(Invalid):
    """A code of another kind: a check-in, a paper card, a poster, or somebody else's."""

    code = "not_a_voucher"


class VoucherForged(Refused):
    """A voucher's QR code with a wrong signature or unknown key."""

    code = "voucher_forged"


class ForeignVoucher(Refused):
    """The voucher belongs to another merchant. Field: ``name`` of that merchant."""

    code = "voucher_foreign"


class AlreadyCaptured(Refused):
    """Captured before. Fields: ``captured_at`` (ms), ``goods``."""

    code = "voucher_captured"


class VoucherCancelled(Refused):
    """The member has cancelled it. Field: ``cancelled_at`` (ms)."""

    code = "voucher_cancelled"


class VoucherExpired(Refused):
    """Its last day is over. Field: ``last_day``."""

    code = "voucher_expired"


class OutsideHours(Refused):
    """It cannot be redeemed at this hour. Fields: ``weekdays``, ``opens``, ``closes``."""

    code = "voucher_outside_hours"


class UsedNotCancellable(Refused):
    """Captured, so it cannot be cancelled. Field: ``captured_at`` (ms)."""

    code = "voucher_used"


class NotCaptured(Refused):
    """Only captured points can be returned."""

    code = "voucher_not_captured"


class ReturnTooLarge(Refused):
    """More than what was captured and not yet returned. Field: ``left_centi``."""

    code = "voucher_return_too_large"
