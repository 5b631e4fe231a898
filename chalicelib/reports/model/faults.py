"""Why a report is not made."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused, TooMany, Unavailable


class PeriodInvalid(Invalid):
    """The first day lies after the last, or a day is not a date."""

    code = "period_invalid"


class PeriodTooLong(Invalid):
    """Longer than a report covers. Field: ``days_max``."""

    code = "period_too_long"


class BasisUnknown(Invalid):
    """A report goes by value date or by booked date."""

    code = "basis_unknown"


class OwnerUnknown(Invalid):
    """No account of the books has this name. Field: ``account``."""

    code = "statement_unknown"


class ExportKindUnknown(Invalid):
    """Nothing of this name is exported."""

    code = "export_kind_unknown"


class ExportUnknown(NotFound):
    """No such job, or somebody else's: who may not see it does not learn that it exists."""

    code = "export_unknown"


class ExportOpen(Conflict):
    """The same person has one of the same kind on its way. Field: ``export``, its id."""

    code = "export_open"


class ExportSentDifferently(Conflict):
    """The same form (or key) asked for something else before."""

    code = "export_sent_differently"


class ExportsTooMany(TooMany):
    """So many of one kind were asked for on this day. Field: ``most``."""

    code = "exports_too_many"


class ExportNotDone(Refused):
    """There is no file yet, or there will be none."""

    code = "export_not_done"


class ExportFileGone(Refused):
    """The file was kept for a week."""

    code = "export_file_gone"


class ExportOver(Refused):
    """It is over: there is nothing to cancel."""

    code = "export_over"


class ExportBusy(Conflict):
    """Another run works on it at this moment."""

    code = "export_busy"


class ExportInterrupted(Unavailable):
    """Its runs were broken off, again and again, or nobody took it up."""

    code = "export_interrupted"


class ExportOutOfTime(Refused):
    """One run may take so long and no longer."""

    code = "export_out_of_time"


class ExportBroken(Unavailable):
    """Something went wrong that should not; it stands in the log."""

    code = "export_broken"


class WorkbookFull(Refused):
    """A sheet holds no more rows. Field: ``rows_max``."""

    code = "workbook_full"


class FilesUnavailable(Unavailable):
    """The store of files does not answer. Field: ``reason``."""

    code = "files_unavailable"


class QueueUnavailable(Unavailable):
    """The queue of exports does not answer. Field: ``reason``."""

    code = "exports_queue_unavailable"


class AlarmUnavailable(Unavailable):
    """The topic that people listen to took no message. Field: ``reason``."""

    code = "alarm_unavailable"


class VerificationOutOfTime(Refused):
    """The books are too large to be read within the time of one run. Field: ``entries``, read until then."""

    code = "verification_out_of_time"
