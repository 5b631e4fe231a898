"""What can go wrong around activities, check-ins and assessments, as facts."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused, TooMany, Unavailable

# --- activities ------------------------------------------------------------------------------


class ActivityUnknown(NotFound):
    """No activity of that id or number."""

    code = "activity_unknown"


class ActivityTextMissing(Invalid):
    """Name, place, content or organisation is empty. Field: ``field``."""

    code = "activity_text_missing"


class ActivityTextTooLong(Invalid):
    """Fields: ``field``, ``characters_max``."""

    code = "activity_text_too_long"


class ActivityTimesWrong(Invalid):
    """It ends before it starts, is over already, lasts too long or lies too far ahead. Field: ``hours_max``."""

    code = "activity_times_wrong"


class CapacityWrong(Invalid):
    """Field: ``people_max``."""

    code = "capacity_wrong"


class CategoryUnknown(Invalid):
    """The rule sheet in force has no line for this category."""

    code = "category_unknown"


class NumbersUsedUp(Unavailable):
    """No free activity number was found; trying again finds another."""

    code = "activity_numbers_used_up"


class ActivityNotYet(Refused):
    """Check-in has not opened. Field: ``opens_at``, ms."""

    code = "activity_not_yet"


class ActivityOver(Refused):
    """Field: ``ended_at``, ms."""

    code = "activity_over"


class ActivityClosed(Refused):
    """The coordinator has closed check-in."""

    code = "activity_closed"


class ActivityCancelled(Refused):
    """The activity does not take place."""

    code = "activity_cancelled"


class ActivityFull(Refused):
    """Field: ``capacity``, people."""

    code = "activity_full"


# --- the rotating code -----------------------------------------------------------------------


class CodeMalformed(Invalid):
    """Not a check-in code of ours at all, or cut off."""

    code = "check_in_code_malformed"


class CodeForged(Refused):
    """Shaped like a check-in code, but not signed by this street for this activity."""

    code = "check_in_code_forged"


class CodeExpired(Refused):
    """Genuine, but no longer on the coordinator's screen."""

    code = "check_in_code_expired"


class DigitsWrong(Refused):
    """The typed number and six digits do not belong together now. Field: ``tries_left``."""

    code = "check_in_digits_wrong"


class DigitsMalformed(Invalid):
    """What was typed is not an activity number and six digits. Does not count as a try."""

    code = "check_in_digits_malformed"


class DigitsTooMany(TooMany):
    """Too many wrong tries. Field: ``retry_after_s``."""

    code = "check_in_digits_too_many"


class ClaimMissing(Refused):
    """This browser holds no claim: the code was never scanned here, or over ten minutes ago."""

    code = "check_in_claim_missing"


# --- check-ins -------------------------------------------------------------------------------


class CheckInUnknown(NotFound):
    """No check-in of that id."""

    code = "check_in_unknown"


class AlreadyCheckedIn(Refused):
    """The member is in at another activity. Fields: ``since`` (ms), ``activity`` (its name)."""

    code = "already_checked_in"


class NotCheckedIn(Refused):
    """A check-out without a check-in at this activity."""

    code = "not_checked_in"


class AlreadyCheckedOut(Refused):
    """The member has left already. Fields: ``since`` (ms of the check-out), ``minutes``."""

    code = "already_checked_out"


class CheckOutSoon(Refused):
    """Within five minutes of the check-in: asked first. Field: ``since`` (ms of the check-in)."""

    code = "check_out_soon"


class CheckInSoon(Refused):
    """A card scanned again within five minutes of its check-out: asked first. Field: ``since`` (ms of
    the check-out)."""

    code = "check_in_soon"


class CheckOutTooLate(Refused):
    """The activity ended long ago; the minutes must be confirmed. Field: ``ended_at``, ms."""

    code = "check_out_too_late"


class OwnService(Refused):
    """Nobody scans, closes, confirms or scores their own service."""

    code = "own_service"


class NothingToConfirm(Refused):
    """The check-in was not closed for want of a check-out, or has been confirmed already."""

    code = "nothing_to_confirm"


class MinutesWrong(Invalid):
    """Field: ``limit_minutes``."""

    code = "minutes_wrong"


# --- rule sheets and assessments -------------------------------------------------------------


class SheetMissing(Unavailable):
    """No rule sheet is in force on that day: nothing can be scored."""

    code = "rule_sheet_missing"


class SheetUnknown(NotFound):
    """No rule sheet of that version."""

    code = "rule_sheet_unknown"


class SheetInvalid(Invalid):
    """A rule sheet that cannot be applied. Field: ``what``."""

    code = "rule_sheet_invalid"


class SheetExists(Conflict):
    """Somebody published this version a moment ago. Field: ``version``."""

    code = "rule_sheet_exists"


class GradeUnknown(Invalid):
    """The rule sheet has no such grade."""

    code = "grade_unknown"


class StillCheckedIn(Refused):
    """The service is not over: no check-out yet."""

    code = "still_checked_in"


class NotConfirmed(Refused):
    """Closed for want of a check-out; the coordinator has not confirmed the minutes."""

    code = "minutes_not_confirmed"


class AlreadyAssessed(Conflict):
    """Somebody assessed this service differently a moment ago. Field: ``number`` of the assessment."""

    code = "already_assessed"


class ReasonNeeded(Invalid):
    """Fewer minutes than recorded, or a new assessment, needs a reason of at least two characters."""

    code = "assessment_reason_needed"


class ReasonTooLong(Invalid):
    """Field: ``characters_max``."""

    code = "assessment_reason_too_long"


class SheetLineUnread(Invalid):
    """A line of a rule sheet as typed cannot be read. Field: ``line``, its number."""

    code = "rule_sheet_line_unread"
