"""Care actions 关爱行动: planned by the fund's manager, approved and signed off by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from chalicelib import ids
from chalicelib.fund.model import care_actions as model
from chalicelib.fund.model import spending_faults
from chalicelib.fund.model.care_actions import CARE_STATES, BudgetLine, CareAction, Step
from chalicelib.fund.model.spending import months
from chalicelib.fund.model.spending_faults import CareActionUnknown, SubmittedDifferently
from chalicelib.fund.service import setup
from chalicelib.fund.service.setup import MAIN_FUND
from chalicelib.fund.store import care_actions as store
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.table import commit, fresh_reads

__all__ = [
    "CARE_STATES",
    "BudgetLine",
    "CareAction",
    "Step",
    "approve_plan",
    "cancel",
    "care_action",
    "care_actions",
    "name_beneficiaries",
    "plan",
    "require_read",
    "sign_off",
    "signed_off_between",
    "spending_faults",
    "start",
]


def require_read(actor: Actor, fund_id: str = MAIN_FUND) -> None:
    """Who manages or approves this fund's spending, and the supervisor. Raises NotAllowed."""
    if not actor.may(Role.APPROVER, fund_scope(fund_id)):
        actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))


def care_action(actor: Actor, care_action_id: str) -> CareAction:
    """Raises CareActionUnknown, NotAllowed."""
    found = _read(care_action_id)
    require_read(actor, found.fund_id)
    return found


def care_actions(
    actor: Actor, *, state: str = "", month: str = "", cursor: str = "", limit: int = 20, fund_id: str = MAIN_FUND
) -> tuple[list[CareAction], str]:
    """Newest first: all, those in a state other than signed off, or those signed off in a month ``yyyymm``;
    and the cursor of the next page. Raises NotAllowed, BadCursor."""
    require_read(actor, fund_id)
    return store.care_actions(fund_id, state, month, cursor, limit)


def signed_off_between(first: date, last: date, fund_id: str = MAIN_FUND) -> Iterator[CareAction]:
    """Those signed off on the Shanghai days from ``first`` to ``last``, oldest first: for reports."""
    for month in months(first, last):
        for action in store.signed_off_in(fund_id, month):
            if first <= model.signed_off_day(action) <= last:
                yield action


@fresh_reads
def plan(
    actor: Actor,
    *,
    title: str,
    plan_text: str,
    starts_on: date,
    ends_on: date,
    budget: Mapping[str, int],
    submission: str,
    now_ms: int,
    aliases: tuple[str, ...] = (),
    fund_id: str = MAIN_FUND,
) -> CareAction:
    """A new plan with its budget in fen by category. A repeated submission gets its first answer.

    Raises NotAllowed, FundUnknown, TextMissing, TextTooLong, PlanDatesInvalid, BudgetMissing,
    CategoryUnknown, SpendAmountInvalid, AliasInvalid, TooManyAliases, SubmittedDifferently.
    """
    actor.require(Role.FUND_MANAGER, fund_scope(fund_id))
    setup.fund(fund_id)
    new = model.planned(
        care_action_id=submission,
        fund_id=fund_id,
        title=title,
        plan=plan_text,
        starts_on=starts_on,
        ends_on=ends_on,
        budget=budget,
        aliases=aliases,
        by=actor.member_id,
        now_ms=now_ms,
        request_hash="",
    )
    new = replace(new, request_hash=_hash_of(new))
    found = store.care_action(new.id)
    if found is not None:
        if found.request_hash != new.request_hash:
            raise SubmittedDifferently()
        return found
    commit(store.new_care_action_writes(new))
    return new


@fresh_reads
def approve_plan(actor: Actor, care_action_id: str, *, now_ms: int, note: str = "") -> CareAction:
    """Approve a plan that somebody else made. Once approved, the same person's repeat changes nothing.

    Raises CareActionUnknown, NotAllowed, CareActionNotOpen, SamePerson, TextTooLong.
    """
    read = _read(care_action_id)
    actor.require(Role.APPROVER, fund_scope(read.fund_id))
    if _did(read, "approved", actor):
        return read
    return _saved(read, read.approving(actor.member_id, now_ms, note))


@fresh_reads
def start(actor: Actor, care_action_id: str, *, now_ms: int) -> CareAction:
    """Raises CareActionUnknown, NotAllowed, CareActionNotOpen."""
    read = _read(care_action_id)
    actor.require(Role.FUND_MANAGER, fund_scope(read.fund_id))
    if _did(read, "started", actor):
        return read
    return _saved(read, read.starting(actor.member_id, now_ms))


@fresh_reads
def name_beneficiaries(actor: Actor, care_action_id: str, aliases: tuple[str, ...], *, now_ms: int) -> CareAction:
    """Replace the list of aliases. Raises CareActionUnknown, NotAllowed, CareActionNotOpen, AliasInvalid,
    TooManyAliases."""
    read = _read(care_action_id)
    actor.require(Role.FUND_MANAGER, fund_scope(read.fund_id))
    after = read.with_aliases(actor.member_id, now_ms, aliases)
    return read if after == read else _saved(read, after)


@fresh_reads
def cancel(actor: Actor, care_action_id: str, *, reason: str, now_ms: int) -> CareAction:
    """Raises CareActionUnknown, NotAllowed, CareActionNotOpen, CareActionBusy, TextMissing, TextTooLong."""
    read = _read(care_action_id)
    actor.require(Role.FUND_MANAGER, fund_scope(read.fund_id))
    if _did(read, "cancelled", actor):
        return read
    return _saved(read, read.cancelling(actor.member_id, now_ms, reason))


@fresh_reads
def sign_off(
    actor: Actor, care_action_id: str, *, person_times: int, note: str, now_ms: int, evidence: str = ""
) -> CareAction:
    """Close a care action with the person-times 人次 served, by an approver who neither planned it nor asked
    money for it.

    Raises CareActionUnknown, NotAllowed, CareActionNotOpen, CareActionBusy(open_fen), SamePerson,
    PersonTimesInvalid, TextMissing, TextTooLong.
    """
    read = _read(care_action_id)
    actor.require(Role.APPROVER, fund_scope(read.fund_id))
    if _did(read, "signed_off", actor) and read.person_times == person_times:
        return read
    return _saved(read, read.signing_off(actor.member_id, now_ms, person_times, note, evidence))


def _read(care_action_id: str) -> CareAction:
    found = store.care_action(care_action_id) if ids.is_ulid(care_action_id) else None
    if found is None:
        raise CareActionUnknown()
    return found


def _hash_of(new: CareAction) -> str:
    inputs = {
        "by": new.planned_by,
        "fund": new.fund_id,
        "title": new.title,
        "plan": new.plan,
        "days": [new.starts_on.isoformat(), new.ends_on.isoformat()],
        "budget": [[line.category, line.amount_fen] for line in new.budget],
        "aliases": list(new.aliases),
    }
    return ids.input_hash("care_action", inputs)


def _did(action: CareAction, what: str, actor: Actor) -> bool:
    return any(step.what == what and step.by == actor.member_id for step in action.steps)


def _saved(read: CareAction, after: CareAction) -> CareAction:
    commit(store.care_action_writes(read, after))
    return replace(after, version=read.version + 1)
