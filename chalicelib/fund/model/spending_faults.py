"""Why money was not planned, approved, paid or signed off."""

from __future__ import annotations

from chalicelib.errors import Conflict, Invalid, NotFound, Refused


class SpendAmountInvalid(Invalid):
    """An amount in fen is a whole number from 1 to ``limit_fen``. Field: ``limit_fen``."""

    code = "spend_amount_invalid"


class BudgetMissing(Invalid):
    """A plan needs at least one category with an amount."""

    code = "budget_missing"


class BudgetTwice(Invalid):
    """A category stands twice in one budget."""

    code = "budget_category_twice"


class PlanDatesInvalid(Invalid):
    """A plan ends on the day it starts or later."""

    code = "plan_dates_invalid"


class AliasInvalid(Invalid):
    """A beneficiary is known by a short alias; this looks like a phone or identity number. Field: ``alias``."""

    code = "alias_invalid"


class TooManyAliases(Invalid):
    """Field: ``limit``."""

    code = "aliases_too_many"


class PersonTimesInvalid(Invalid):
    """Person-times served are a whole number from 1 to 1,000,000, and not fewer than the aliases.

    Field: ``least``."""

    code = "person_times_invalid"


class PaidDayInvalid(Invalid):
    """A payment was made on a day that is not in the future, nor before its request. Fields: ``earliest_day``,
    ``latest_day``."""

    code = "paid_day_invalid"


class PayeeAccountInvalid(Invalid):
    """A bank account number is 8 to 32 digits."""

    code = "payee_account_invalid"


class PayeeKindUnknown(Invalid):
    """A payee is a person or an organisation."""

    code = "payee_kind_unknown"


class CareActionUnknown(NotFound):
    """No care action of that id."""

    code = "care_action_unknown"


class DisbursementUnknown(NotFound):
    """No disbursement of that id."""

    code = "disbursement_unknown"


class WrongFund(Refused):
    """The pot and the care action belong to different funds."""

    code = "pot_of_another_fund"


class CareActionNotOpen(Refused):
    """The care action's state does not allow this. Fields: ``title``, ``state``."""

    code = "care_action_not_open"


class CareActionBusy(Refused):
    """Requests of the care action are still open: approved or waiting. Field: ``open_fen``."""

    code = "care_action_has_open_requests"


class NotInBudget(Refused):
    """The care action has no budget for this category. Field: ``category``."""

    code = "category_not_in_budget"


class BudgetExceeded(Refused):
    """More than what is left of the budget. Fields: ``category``, ``left_fen``, ``asked_fen``."""

    code = "budget_exceeded"


class SamePerson(Refused):
    """Two different people are needed for this, and they are the same. Field: ``who`` the other was:
    requester, planner, approver."""

    code = "second_person_needed"


class RelatedParty(Refused):
    """The payee is this person, or is declared to be related to them (慈善法 art. 40, 59)."""

    code = "related_party"


class NotDeclared(Refused):
    """Whoever asks for or approves money declares that the payee is no relation of theirs."""

    code = "no_relation_not_declared"


class AlreadyApproved(Refused):
    """This person has approved it already. Field: ``approved_at``."""

    code = "already_approved"


class DisbursementNotOpen(Refused):
    """The disbursement's state does not allow this. Field: ``state``."""

    code = "disbursement_not_open"


class AlreadyPaid(Refused):
    """It was paid already. Fields: ``paid_day``, ``serial``."""

    code = "already_paid"


class AttemptUnknown(Conflict):
    """The page was made before something else happened to this payment. Field: ``attempt``."""

    code = "payment_attempt_unknown"


class SubmittedDifferently(Conflict):
    """The same form was sent before with another content."""

    code = "form_sent_differently"
