"""What can go wrong around people and their sign-in, as facts."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused, TooMany, Unavailable


class PhoneInvalid(Invalid):
    """Not a mobile number of mainland China in any usual spelling."""

    code = "phone_invalid"


class PhoneMissing(Invalid):
    """No phone number was given."""

    code = "phone_missing"


class PhoneIsLandline(Invalid):
    """A landline or service number: it receives no one-time code."""

    code = "phone_is_landline"


class PhoneForeign(Invalid):
    """A number of another country or region; codes are sent to +86 only."""

    code = "phone_foreign"


class PhoneTaken(Conflict):
    """The phone already points to another member."""

    code = "phone_taken"


class NameMissing(Invalid):
    """No name was given."""

    code = "name_missing"


class NameTooLong(Invalid):
    """Field: ``characters_max``."""

    code = "name_too_long"


class NameInvalid(Invalid):
    """A name with emoji, line breaks or invisible characters, or without a single letter."""

    code = "name_invalid"


class ConsentMissing(Invalid):
    """The privacy notice was not agreed to; nothing is kept without it (个人信息保护法 art. 13)."""

    code = "consent_missing"


class CommunityUnknown(Invalid):
    """No such community in this street."""

    code = "community_unknown"


class CommunityIdInvalid(Invalid):
    """A community's id is 2 to 32 of a-z, 0-9 and hyphen, starting with a letter."""

    code = "community_id_invalid"


class CommunityExists(Conflict):
    """A community with this id is there already, under another name. Field: ``name``."""

    code = "community_exists"


class StreetNotSetUp(Unavailable):
    """Nobody has entered the street's own data yet."""

    code = "street_not_set_up"


class MemberUnknown(NotFound):
    """No member of that id, number or phone."""

    code = "member_unknown"


class CodeMalformed(Invalid):
    """What was typed is not six digits. Does not count as a try."""

    code = "code_malformed"


class CodeWrong(Refused):
    """Six digits, but not those that were sent. Field: ``tries_left``."""

    code = "code_wrong"


class CodeExpired(Refused):
    """Sent more than five minutes ago. Field: ``minutes``, its life."""

    code = "code_expired"


class CodeTriesUsedUp(Refused):
    """Five wrong tries; this code is dead."""

    code = "code_tries_used_up"


class CodeUsed(Refused):
    """Somebody signed in with this code already."""

    code = "code_used"


class CodeUnknown(NotFound):
    """No code was asked for under this id, or long ago."""

    code = "code_unknown"


class CodeTooSoon(TooMany):
    """A code was sent less than a minute ago. Field: ``retry_after_s``."""

    code = "code_too_soon"


class CodesTooMany(TooMany):
    """Five codes to this phone within an hour, or too many from one place. Field: ``retry_after_s``."""

    code = "codes_too_many"


class SmsUnavailable(Unavailable):
    """The message service did not take the message."""

    code = "sms_unavailable"


class SignUpExpired(Refused):
    """The proof of the phone is over half an hour old, or was used."""

    code = "sign_up_expired"


class SessionUnknown(NotFound):
    """No such session of this member."""

    code = "session_unknown"


class RoleUnknown(Invalid):
    """No role of that name."""

    code = "role_unknown"


class ScopeInvalid(Invalid):
    """The role cannot be held over that scope. Fields: ``role``, ``scope``."""

    code = "scope_invalid"


class GrantEndInvalid(Invalid):
    """A grant ends in the future, at most three years on."""

    code = "grant_end_invalid"


class GrantExists(Conflict):
    """The member holds this role over this scope already."""

    code = "grant_exists"


class GrantUnknown(NotFound):
    """The member holds no such grant."""

    code = "grant_unknown"


class LastAdministrator(Refused):
    """Revoking this would leave nobody who can grant a role."""

    code = "last_administrator"


class AdministratorExists(Refused):
    """There is a first administrator already; the next is made by that one."""

    code = "administrator_exists"


class ReasonMissing(Invalid):
    """What touches a person's data or power needs a reason, at least two characters."""

    code = "reason_missing"


class ReasonTooLong(Invalid):
    """Field: ``characters_max``."""

    code = "reason_too_long"


class NoPhone(Refused):
    """The member has no phone to show."""

    code = "no_phone"


class CardUnknown(NotFound):
    """No card with that number."""

    code = "card_unknown"


class CardRevoked(Refused):
    """The card was replaced or reported lost. Field: ``revoked_at``, ms."""

    code = "card_revoked"


class CardMissing(Refused):
    """The member has no valid card."""

    code = "card_missing"


class TokenMalformed(Invalid):
    """Not one of our codes at all, or cut off."""

    code = "token_malformed"


class TokenForged(Refused):
    """Unknown key, wrong signature, or signed for another purpose."""

    code = "token_forged"


class TokenExpired(Refused):
    """Genuine, but over its time. Field: ``expired_at``, ms."""

    code = "token_expired"


class KeyMissing(Invalid):
    """This operation must carry an Idempotency-Key."""

    code = "idempotency_key_missing"


class KeyInvalid(Invalid):
    """An Idempotency-Key is 8 to 100 visible ASCII characters."""

    code = "idempotency_key_invalid"
