"""What can be wrong with a fund's setup, or closed because something of it is missing."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused


class TextMissing(Invalid):
    """A text that is needed is empty. Field: ``field``."""

    code = "fund_text_missing"


class TextTooLong(Invalid):
    """Fields: ``field``, ``characters_max``."""

    code = "fund_text_too_long"


class SlugInvalid(Invalid):
    """Not 2 to 32 of a-z, 0-9 and hyphen starting with a letter. Field: ``field``."""

    code = "fund_slug_invalid"


class LinkInvalid(Invalid):
    """Not a full https address. Field: ``field``."""

    code = "fund_link_invalid"


class RefundDaysInvalid(Invalid):
    """The days within which a gift made by mistake is given back: 1 to 365."""

    code = "refund_days_invalid"


class ApprovalsInvalid(Invalid):
    """The approvals that a disbursement needs: 1 to 5."""

    code = "approvals_needed_invalid"


class GivingClosed(Refused):
    """The host charity's data is not complete, so nothing may be raised from the public (慈善法 art. 24–27).

    Fields: ``contact``, whom to ask; ``missing``, names of the settings.
    """

    code = "giving_closed"


class FundUnknown(NotFound):
    """No fund of that id. Field: ``fund_id``."""

    code = "fund_unknown"


class PotUnknown(NotFound):
    """No pot of that id. Field: ``pot_id``."""

    code = "fund_pot_unknown"


class PotExists(Conflict):
    """A pot of this id is there already, with other facts. Field: ``name``."""

    code = "fund_pot_exists"


class PotClosed(Refused):
    """The pot takes no gifts and no new requests any more. Field: ``name``."""

    code = "fund_pot_closed"


class PotSourceUnknown(Invalid):
    """A pot's money comes from charity, fiscal, party or sponsor."""

    code = "fund_pot_source_unknown"


class PurposesMissing(Invalid):
    """A pot needs at least one filed purpose."""

    code = "fund_purposes_missing"


class CategoryUnknown(Invalid):
    """No such category of spending, or one that only the system books. Field: ``category``."""

    code = "fund_category_unknown"


class PurposeNotCovered(Refused):
    """The pot's filed purposes do not cover this category (慈善法 art. 54, 56). Fields: ``pot``, ``category``."""

    code = "fund_purpose_not_covered"


class BankAccountUnknown(NotFound):
    """The fund has no such bank account. Field: ``account_id``."""

    code = "fund_bank_account_unknown"


class BankAccountExists(Conflict):
    """The fund has a bank account of this id already, with another label. Field: ``label``."""

    code = "fund_bank_account_exists"


class BankAccountClosed(Refused):
    """The bank account is no longer used. Field: ``label``."""

    code = "fund_bank_account_closed"


class PosterUnknown(NotFound):
    """No poster with this code."""

    code = "poster_unknown"


class PosterRetired(Refused):
    """The poster was taken out of use. Field: ``label``."""

    code = "poster_retired"


class TierUnknown(Invalid):
    """A gift's tier is fixed, monthly or individual."""

    code = "tier_unknown"


class ChannelUnknown(Invalid):
    """A gift's channel is partner, online or event."""

    code = "channel_unknown"


class BankSerialInvalid(Invalid):
    """A bank serial is 4 to 40 letters, digits, hyphens or underscores."""

    code = "bank_serial_invalid"


class BankSerialUsed(Refused):
    """This line of the bank statement is in the books already. Fields: ``account_id``, ``serial``."""

    code = "bank_serial_used"
