"""Disbursements: asked for by one person, approved by others, paid outside, written down. Pure; fen.

The system sends no money itself. Requester, approver and payee are different people, and none of them is
declared to be related to the payee (慈善法 art. 40, 59).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from chalicelib.fund.model import wording
from chalicelib.fund.model.care_actions import Step, spendable_amount
from chalicelib.fund.model.spending_faults import (
    AlreadyApproved,
    AlreadyPaid,
    AttemptUnknown,
    DisbursementNotOpen,
    NotDeclared,
    PaidDayInvalid,
    PayeeAccountInvalid,
    PayeeKindUnknown,
    RelatedParty,
    SamePerson,
)

State = Literal["requested", "approved", "paid", "rejected", "cancelled"]
STATES: Final[tuple[State, ...]] = ("requested", "approved", "paid", "rejected", "cancelled")
PayeeKind = Literal["person", "organisation"]
_ACCOUNT: Final = re.compile(r"[0-9]{8,32}")


@dataclass(frozen=True, slots=True)
class Payee:
    """``account_masked`` shows the last four digits; the number itself is sealed. ``member_id`` and
    ``related_ids`` (members declared to be related to the payee) keep those people out of the decision."""

    kind: PayeeKind
    name: str
    bank: str
    account_masked: str
    account_sealed: str
    member_id: str = ""
    related_ids: tuple[str, ...] = ()

    @property
    def name_masked(self) -> str:
        """A person's name is masked; an organisation's is public."""
        if self.kind == "organisation":
            return self.name
        return self.name[:1] + "*" * min(max(len(self.name) - 1, 0), 3)

    def must_be_unrelated(self, member_id: str) -> None:
        """Raises RelatedParty."""
        if member_id in (self.member_id, *self.related_ids):
            raise RelatedParty()


@dataclass(frozen=True, slots=True)
class Approval:
    """``form`` is the submission, so that a double click is no second approval."""

    by: str
    at: int
    form: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay, as the bank's statement shows it; ``bounced_on`` None while the money is out."""

    attempt: int
    paid_on: date
    bank_account_id: str
    serial: str
    entry_key: str
    by: str
    at: int
    evidence: str = ""
    bounced_on: date | None = None
    bounced_serial: str = ""
    bounced_by: str = ""
    bounced_at: int = 0
    bounced_why: str = ""
    bounced_entry_key: str = ""


@dataclass(frozen=True, slots=True)
class Disbursement:
    """``approvals_needed`` is frozen from the fund at the request. ``version`` counts changes."""

    id: str
    fund_id: str
    pot_id: str
    category: str
    amount_fen: int
    purpose: str
    payee: Payee
    requested_by: str
    requested_at: int
    request_hash: str
    approvals_needed: int
    care_action_id: str = ""
    care_action_title: str = ""
    state: State = "requested"
    approvals: tuple[Approval, ...] = ()
    payments: tuple[Payment, ...] = ()
    steps: tuple[Step, ...] = ()
    version: int = 0

    @property
    def is_reserved(self) -> bool:
        """Whether its amount stands in the pot's ``committed``: from final approval on, paid or not."""
        return self.state in ("approved", "paid")

    @property
    def next_attempt(self) -> int:
        return len(self.payments) + 1

    @property
    def paid(self) -> Payment | None:
        """The payment that holds, if it is paid."""
        return self.payments[-1] if self.state == "paid" else None

    def payment(self, attempt: int) -> Payment | None:
        return next((one for one in self.payments if one.attempt == attempt), None)

    def approval_of(self, member_id: str) -> Approval | None:
        return next((one for one in self.approvals if one.by == member_id), None)

    # --- decisions ---

    def approving(self, by: str, now_ms: int, form: str, note: str, no_relation: bool) -> Disbursement:
        """One approval more; with the last one needed the state is ``approved`` and the pot must cover it.

        Raises AlreadyApproved(approved_at), DisbursementNotOpen, SamePerson, RelatedParty, NotDeclared.
        """
        before = self.approval_of(by)
        if before is not None:
            raise AlreadyApproved(approved_at=before.at)
        self._must_be("requested")
        if by == self.requested_by:
            raise SamePerson(who="requester")
        self.payee.must_be_unrelated(by)
        if not no_relation:
            raise NotDeclared()
        said = wording.note(note, "note", required=False)
        approvals = (*self.approvals, Approval(by, now_ms, form, said))
        final = len(approvals) >= self.approvals_needed
        after = self._stepping("approved", by, now_ms, said, state="approved" if final else "requested")
        return replace(after, approvals=approvals)

    def rejecting(self, by: str, now_ms: int, reason: str) -> Disbursement:
        """Raises DisbursementNotOpen, SamePerson, TextMissing."""
        self._must_be("requested")
        if by == self.requested_by:
            raise SamePerson(who="requester")
        return self._stepping("rejected", by, now_ms, wording.note(reason, "reason"), state="rejected")

    def cancelling(self, by: str, now_ms: int, reason: str) -> Disbursement:
        """Before it is paid; what was reserved is released. Raises DisbursementNotOpen, AlreadyPaid, TextMissing."""
        self._must_not_be_paid()
        self._must_be("requested", "approved")
        return self._stepping("cancelled", by, now_ms, wording.note(reason, "reason"), state="cancelled")

    def paying(self, payment: Payment, today: date, earliest: date) -> Disbursement:
        """Paid, as the bank's statement says. Who approved it does not also write down that it was paid.

        Raises AlreadyPaid(paid_day, serial), DisbursementNotOpen, AttemptUnknown, SamePerson, RelatedParty,
        PaidDayInvalid, TextTooLong.
        """
        before = self.payment(payment.attempt)
        if before is not None:
            raise AlreadyPaid(paid_day=before.paid_on, serial=before.serial)
        self._must_not_be_paid()
        self._must_be("approved")
        if payment.attempt != self.next_attempt:
            raise AttemptUnknown(attempt=payment.attempt)
        if self.approval_of(payment.by) is not None:
            raise SamePerson(who="approver")
        self.payee.must_be_unrelated(payment.by)
        _in_range(payment.paid_on, earliest, today)
        seen = wording.note(payment.evidence, "evidence", required=False)
        after = self._stepping("paid", payment.by, payment.at, payment.serial, state="paid")
        return replace(after, payments=(*self.payments, replace(payment, evidence=seen)))

    def bouncing(
        self, attempt: int, on: date, serial: str, by: str, now_ms: int, reason: str, entry_key: str, today: date
    ) -> Disbursement:
        """The money came back: approved again, for another attempt. Its reservation stays.

        Raises DisbursementNotOpen, AttemptUnknown, PaidDayInvalid, TextMissing.
        """
        paid = self.paid
        if paid is None:
            raise DisbursementNotOpen(state=self.state)
        if paid.attempt != attempt:
            raise AttemptUnknown(attempt=attempt)
        _in_range(on, paid.paid_on, today)
        why = wording.note(reason, "reason")
        back = replace(
            paid,
            bounced_on=on,
            bounced_serial=serial,
            bounced_by=by,
            bounced_at=now_ms,
            bounced_why=why,
            bounced_entry_key=entry_key,
        )
        after = self._stepping("bounced", by, now_ms, why, state="approved")
        return replace(after, payments=(*self.payments[:-1], back))

    def _must_not_be_paid(self) -> None:
        if self.paid is not None:
            raise AlreadyPaid(paid_day=self.paid.paid_on, serial=self.paid.serial)

    def _must_be(self, *states: State) -> None:
        if self.state not in states:
            raise DisbursementNotOpen(state=self.state)

    def _stepping(self, what: str, by: str, at: int, note: str, state: State) -> Disbursement:
        return replace(self, state=state, steps=(*self.steps, Step(what, by, at, note)))


def requested(new: Disbursement, no_relation: bool) -> Disbursement:
    """A request as it may be kept: texts clean, amount in range, requester and payee unrelated.

    Raises SpendAmountInvalid, TextMissing, TextTooLong, RelatedParty, NotDeclared.
    """
    spendable_amount(new.amount_fen)
    new.payee.must_be_unrelated(new.requested_by)
    if not no_relation:
        raise NotDeclared()
    return replace(
        new,
        purpose=wording.note(new.purpose, "purpose"),
        steps=(Step("requested", new.requested_by, new.requested_at),),
    )


def payee_kind(text: str) -> PayeeKind:
    """Raises PayeeKindUnknown."""
    if text == "person":
        return "person"
    if text == "organisation":
        return "organisation"
    raise PayeeKindUnknown()


def read_account(text: str) -> str:
    """The digits of a bank account number, typed with or without spaces. Raises PayeeAccountInvalid."""
    plain = "".join(unicodedata.normalize("NFKC", text[:100]).replace("-", "").split())
    if not _ACCOUNT.fullmatch(plain):
        raise PayeeAccountInvalid()
    return plain


def masked_account(number: str) -> str:
    """``6222021234566688`` → ``****6688``."""
    return "****" + number[-4:]


def _in_range(day: date, earliest: date, latest: date) -> None:
    if not earliest <= day <= latest:
        raise PaidDayInvalid(earliest_day=earliest, latest_day=latest)
