"""Disbursements: asked for, approved by others, rejected or cancelled. Paying is in ``payments``.

Final approval reserves the amount in the pot in the same transaction as the fact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib import ids
from chalicelib.errors import NotFound
from chalicelib.fund import seals
from chalicelib.fund.model import categories, spending_faults, wording
from chalicelib.fund.model import disbursements as model
from chalicelib.fund.model.care_actions import Step, spendable_amount
from chalicelib.fund.model.disbursements import STATES, Approval, Disbursement, Payee, Payment
from chalicelib.fund.model.spending_faults import (
    CareActionUnknown,
    DisbursementUnknown,
    SubmittedDifferently,
    WrongFund,
)
from chalicelib.fund.service import setup
from chalicelib.fund.service.care_actions import require_read
from chalicelib.fund.service.setup import MAIN_FUND
from chalicelib.fund.store import care_actions as care_store
from chalicelib.fund.store import disbursements as store
from chalicelib.identity.service import Actor, Role, fund_scope, member_by_number, note_writes
from chalicelib.ledger.store import balances
from chalicelib.table import Write, commit, fresh_reads

__all__ = [
    "STATES",
    "Approval",
    "Disbursement",
    "NewPayee",
    "Payee",
    "Payment",
    "Step",
    "approve",
    "by_state",
    "cancel",
    "disbursement",
    "member_ids_by_number",
    "of_care_action",
    "reject",
    "request",
    "reveal_account",
    "spending_faults",
]

ACCOUNT_PURPOSE = "payee-account"


@dataclass(frozen=True, slots=True)
class NewPayee:
    """A payee as typed. ``member_id`` and ``related_ids`` are members who are the payee, or are related."""

    kind: str
    name: str
    bank: str
    account: str
    member_id: str = ""
    related_ids: tuple[str, ...] = ()


# --- reads -------------------------------------------------------------------------------------


def disbursement(actor: Actor, disbursement_id: str) -> Disbursement:
    """Raises DisbursementUnknown, NotAllowed."""
    found = read(disbursement_id)
    require_read(actor, found.fund_id)
    return found


def by_state(
    actor: Actor, state: str, *, cursor: str = "", limit: int = 20, fund_id: str = MAIN_FUND
) -> tuple[list[Disbursement], str]:
    """Newest first, and the cursor of the next page. Raises NotAllowed, BadCursor."""
    require_read(actor, fund_id)
    return store.by_state(fund_id, state, cursor, limit)


def of_care_action(
    actor: Actor, care_action_id: str, *, cursor: str = "", limit: int = 50, fund_id: str = MAIN_FUND
) -> tuple[list[Disbursement], str]:
    """Newest first, and the cursor of the next page. Raises NotAllowed, BadCursor."""
    require_read(actor, fund_id)
    return store.of_care_action(care_action_id, cursor, limit)


def read(disbursement_id: str) -> Disbursement:
    """Raises DisbursementUnknown."""
    found = store.disbursement(disbursement_id) if ids.is_ulid(disbursement_id) else None
    if found is None:
        raise DisbursementUnknown()
    return found


def member_ids_by_number(numbers: str) -> tuple[str, ...]:
    """The members behind volunteer numbers, separated by commas or spaces. Raises MemberUnknown."""
    parts = numbers[:400].replace("、", " ").replace(",", " ").replace(",", " ").split()
    return tuple(member_by_number(part).id for part in parts)


# --- request -----------------------------------------------------------------------------------


@fresh_reads
def request(
    actor: Actor,
    *,
    pot_id: str,
    category: str,
    amount_fen: int,
    purpose: str,
    payee: NewPayee,
    no_relation: bool,
    submission: str,
    now_ms: int,
    care_action_id: str = "",
) -> Disbursement:
    """Ask for money from a pot, for a care action within its budget or for none. ``no_relation``: the
    requester declares that the payee is no relation of theirs. A repeated submission gets its first answer.

    Raises NotAllowed, PotUnknown, PotClosed, CategoryUnknown, PurposeNotCovered, CareActionUnknown,
    CareActionNotOpen, NotInBudget, BudgetExceeded, WrongFund, SpendAmountInvalid, TextMissing, TextTooLong,
    PayeeKindUnknown, PayeeAccountInvalid, RelatedParty, NotDeclared, SubmittedDifferently.
    """
    pot = setup.pot(pot_id)
    actor.require(Role.FUND_MANAGER, fund_scope(pot.fund_id))
    account = model.read_account(payee.account)
    digest = _hash_of(actor, pot_id, category, amount_fen, purpose, payee, account, care_action_id)
    found = store.disbursement(submission)
    if found is not None:
        if found.request_hash != digest:
            raise SubmittedDifferently()
        return found
    pot.must_be_active()
    pot.must_cover_purpose(categories.purpose(category).slug)
    asked = model.requested(
        Disbursement(
            id=submission,
            fund_id=pot.fund_id,
            pot_id=pot.id,
            category=category,
            amount_fen=amount_fen,
            purpose=purpose,
            payee=_kept(payee, account, submission),
            requested_by=actor.member_id,
            requested_at=now_ms,
            request_hash=digest,
            approvals_needed=setup.fund(pot.fund_id).approvals_needed,
        ),
        no_relation,
    )
    writes: list[Write] = []
    if care_action_id:
        action = care_store.care_action(care_action_id) if ids.is_ulid(care_action_id) else None
        if action is None:
            raise CareActionUnknown()
        if action.fund_id != pot.fund_id:
            raise WrongFund()
        asked = replace(asked, care_action_id=action.id, care_action_title=action.title)
        writes += care_store.care_action_writes(action, action.asking(category, amount_fen, actor.member_id))
    commit([*writes, *store.new_disbursement_writes(asked)])
    return asked


def _kept(payee: NewPayee, account: str, owner: str) -> Payee:
    return Payee(
        kind=model.payee_kind(payee.kind),
        name=wording.line(payee.name, "payee_name", wording.NAME_CHARACTERS_MAX),
        bank=wording.line(payee.bank, "payee_bank", wording.NAME_CHARACTERS_MAX),
        account_masked=model.masked_account(account),
        account_sealed=seals.seal(account, ACCOUNT_PURPOSE, owner),
        member_id=payee.member_id,
        related_ids=payee.related_ids,
    )


def _hash_of(
    actor: Actor,
    pot_id: str,
    category: str,
    amount_fen: int,
    purpose: str,
    payee: NewPayee,
    account: str,
    care_action_id: str,
) -> str:
    spendable_amount(amount_fen)
    inputs = {
        "by": actor.member_id,
        "pot": pot_id,
        "category": category,
        "amount_fen": amount_fen,
        "purpose": purpose,
        "payee": [payee.kind, payee.name, payee.bank, account, payee.member_id, *payee.related_ids],
        "care_action": care_action_id,
    }
    return ids.input_hash("disbursement", inputs)


# --- decide ------------------------------------------------------------------------------------


@fresh_reads
def approve(
    actor: Actor, disbursement_id: str, *, no_relation: bool, submission: str, now_ms: int, note: str = ""
) -> Disbursement:
    """Approve a request that somebody else made. The last approval needed reserves the amount in the pot.

    Raises DisbursementUnknown, NotAllowed, AlreadyApproved, DisbursementNotOpen, SamePerson, RelatedParty,
    NotDeclared, TextTooLong, PotCannotCover(pot_id, available_fen, missing_fen).
    """
    before = read(disbursement_id)
    actor.require(Role.APPROVER, fund_scope(before.fund_id))
    mine = before.approval_of(actor.member_id)
    if mine is not None and mine.form == submission:
        return before
    after = before.approving(actor.member_id, now_ms, submission, note, no_relation)
    writes: list[Write] = store.disbursement_writes(before, after)
    if after.is_reserved:
        pot = balances.pot(before.pot_id)
        pot.must_cover(before.amount_fen)
        writes += balances.reserve_writes(pot, before.amount_fen)
    commit(writes)
    return replace(after, version=before.version + 1)


@fresh_reads
def reject(actor: Actor, disbursement_id: str, *, reason: str, now_ms: int) -> Disbursement:
    """Refuse a request; its part of the budget is free again. The same person's repeat changes nothing.

    Raises DisbursementUnknown, NotAllowed, DisbursementNotOpen, SamePerson, TextMissing, TextTooLong.
    """
    before = read(disbursement_id)
    actor.require(Role.APPROVER, fund_scope(before.fund_id))
    if _ended(before, "rejected", actor):
        return before
    return _given_back(before, before.rejecting(actor.member_id, now_ms, reason))


@fresh_reads
def cancel(actor: Actor, disbursement_id: str, *, reason: str, now_ms: int) -> Disbursement:
    """Take a request back before it is paid; what was reserved in the pot is released.

    Raises DisbursementUnknown, NotAllowed, DisbursementNotOpen, AlreadyPaid, TextMissing, TextTooLong.
    """
    before = read(disbursement_id)
    actor.require(Role.FUND_MANAGER, fund_scope(before.fund_id))
    if _ended(before, "cancelled", actor):
        return before
    return _given_back(before, before.cancelling(actor.member_id, now_ms, reason))


def _given_back(before: Disbursement, after: Disbursement) -> Disbursement:
    writes: list[Write] = store.disbursement_writes(before, after)
    if before.is_reserved:
        writes += balances.release_writes(before.pot_id, before.amount_fen)
    if before.care_action_id:
        action = care_store.care_action(before.care_action_id)
        if action is None:
            raise NotFound(care_action_id=before.care_action_id)
        writes += care_store.care_action_writes(action, action.giving_back(before.category, before.amount_fen))
    commit(writes)
    return replace(after, version=before.version + 1)


def _ended(of: Disbursement, state: str, actor: Actor) -> bool:
    return of.state == state and of.steps[-1].by == actor.member_id


# --- the account in full -----------------------------------------------------------------------


def reveal_account(actor: Actor, disbursement_id: str, *, reason: str, now_ms: int) -> str:
    """The payee's account number in full, for whoever makes the transfer; who asked and why is logged.

    Raises DisbursementUnknown, NotAllowed, TextMissing, TextTooLong, SealBroken.
    """
    found = read(disbursement_id)
    actor.require(Role.FUND_MANAGER, fund_scope(found.fund_id))
    why = wording.line(reason, "reason")
    number = seals.opened(found.payee.account_sealed, ACCOUNT_PURPOSE, found.id)
    commit(note_writes(actor.member_id, "reveal_payee_account", found.id, why, now_ms))
    return number
