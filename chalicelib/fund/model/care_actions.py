"""Care actions 关爱行动: plan → budget → approved → running → signed off, or cancelled. Pure; fen.

Those who are served are known by an alias only, and never leave the staff's pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from chalicelib import clock
from chalicelib.fund.model import categories, wording
from chalicelib.fund.model.spending_faults import (
    AliasInvalid,
    BudgetExceeded,
    BudgetMissing,
    CareActionBusy,
    CareActionNotOpen,
    NotInBudget,
    PersonTimesInvalid,
    PlanDatesInvalid,
    SamePerson,
    SpendAmountInvalid,
    TooManyAliases,
)

SPEND_FEN_MAX: Final = 10_000_000_00
"""Ten million yuan in one line or request: more is a slip of the finger."""
PERSON_TIMES_MAX: Final = 1_000_000
ALIASES_MAX: Final = 200
ALIAS_CHARACTERS_MAX: Final = 20
EVIDENCE_CHARACTERS_MAX: Final = 300
CareState = Literal["planned", "approved", "running", "signed_off", "cancelled"]
CARE_STATES: Final[tuple[CareState, ...]] = ("planned", "approved", "running", "signed_off", "cancelled")
# A telephone number or the tail of an identity number, however it is spaced.
_TELLING: Final = re.compile(r"(?:[0-9０-９][\s-]?){7}")


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """``asked_fen``: requested, approved or paid; ``paid_fen``: the part of it that was paid."""

    category: str
    amount_fen: int
    asked_fen: int = 0
    paid_fen: int = 0

    @property
    def left_fen(self) -> int:
        return self.amount_fen - self.asked_fen


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a timeline: who (member id) did what, when (ms), and what they noted."""

    what: str
    by: str
    at: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class CareAction:
    """``requesters``: who asked money for it; none of them signs it off. ``person_times`` 人次 counts
    services given, not people. ``version`` counts changes."""

    id: str
    fund_id: str
    title: str
    plan: str
    starts_on: date
    ends_on: date
    budget: tuple[BudgetLine, ...]
    planned_by: str
    planned_at: int
    request_hash: str
    state: CareState = "planned"
    aliases: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()
    person_times: int = 0
    signed_off_at: int = 0
    steps: tuple[Step, ...] = ()
    version: int = 0

    @property
    def budget_fen(self) -> int:
        return sum(line.amount_fen for line in self.budget)

    @property
    def asked_fen(self) -> int:
        return sum(line.asked_fen for line in self.budget)

    @property
    def paid_fen(self) -> int:
        return sum(line.paid_fen for line in self.budget)

    @property
    def is_open(self) -> bool:
        """Whether money may be asked for it."""
        return self.state in ("approved", "running")

    # --- decisions of people ---

    def approving(self, by: str, now_ms: int, note: str) -> CareAction:
        """The plan approved by another person than its planner. Raises CareActionNotOpen, SamePerson."""
        self._must_be("planned")
        if by == self.planned_by:
            raise SamePerson(who="planner")
        return self._stepping("approved", by, now_ms, note, state="approved")

    def starting(self, by: str, now_ms: int) -> CareAction:
        """Raises CareActionNotOpen."""
        self._must_be("approved")
        return self._stepping("started", by, now_ms, "", state="running")

    def cancelling(self, by: str, now_ms: int, reason: str) -> CareAction:
        """Only while no money is asked for or paid. Raises CareActionNotOpen, CareActionBusy, TextMissing."""
        self._must_be("planned", "approved", "running")
        if self.asked_fen:
            raise CareActionBusy(open_fen=self.asked_fen)
        why = wording.note(reason, "reason")
        return self._stepping("cancelled", by, now_ms, why, state="cancelled")

    def signing_off(self, by: str, now_ms: int, person_times: int, note: str, evidence: str) -> CareAction:
        """Done, with the person-times served, confirmed by somebody who neither planned it nor asked
        money for it. Raises CareActionNotOpen, CareActionBusy, SamePerson, PersonTimesInvalid, TextMissing.
        """
        self._must_be("approved", "running")
        if by == self.planned_by:
            raise SamePerson(who="planner")
        if by in self.requesters:
            raise SamePerson(who="requester")
        if self.asked_fen != self.paid_fen:
            raise CareActionBusy(open_fen=self.asked_fen - self.paid_fen)
        least = max(1, len(self.aliases))
        if type(person_times) is not int or not least <= person_times <= PERSON_TIMES_MAX:
            raise PersonTimesInvalid(least=least)
        seen = wording.note(evidence, "evidence", EVIDENCE_CHARACTERS_MAX, required=False)
        done = self._stepping("signed_off", by, now_ms, wording.note(note, "note"), state="signed_off")
        kept = (*self.evidence, seen) if seen else self.evidence
        return replace(done, person_times=person_times, signed_off_at=now_ms, evidence=kept)

    def with_aliases(self, by: str, now_ms: int, aliases: tuple[str, ...]) -> CareAction:
        """Raises CareActionNotOpen, AliasInvalid, TooManyAliases."""
        self._must_be("planned", "approved", "running")
        known = read_aliases(aliases)
        if known == self.aliases:
            return self
        return replace(self._stepping("aliases", by, now_ms, str(len(known))), aliases=known)

    # --- what disbursements do to the budget ---

    def asking(self, category: str, amount_fen: int, by: str) -> CareAction:
        """Raises CareActionNotOpen, NotInBudget, BudgetExceeded(category, left_fen, asked_fen)."""
        self._must_be("approved", "running")
        name = categories.category(category).name_zh
        line = next((one for one in self.budget if one.category == category), None)
        if line is None:
            raise NotInBudget(category=name)
        if amount_fen > line.left_fen:
            raise BudgetExceeded(category=name, left_fen=max(line.left_fen, 0), asked_fen=amount_fen)
        asked = self._changed(category, asked_fen=amount_fen)
        return asked if by in self.requesters else replace(asked, requesters=(*self.requesters, by))

    def giving_back(self, category: str, amount_fen: int) -> CareAction:
        """A request was rejected or cancelled."""
        return self._changed(category, asked_fen=-amount_fen)

    def paying(self, category: str, amount_fen: int) -> CareAction:
        return self._changed(category, paid_fen=amount_fen)

    def bouncing(self, category: str, amount_fen: int) -> CareAction:
        return self._changed(category, paid_fen=-amount_fen)

    def _changed(self, category: str, asked_fen: int = 0, paid_fen: int = 0) -> CareAction:
        budget = tuple(
            replace(line, asked_fen=line.asked_fen + asked_fen, paid_fen=line.paid_fen + paid_fen)
            if line.category == category
            else line
            for line in self.budget
        )
        return replace(self, budget=budget)

    def _must_be(self, *states: CareState) -> None:
        if self.state not in states:
            raise CareActionNotOpen(title=self.title, state=self.state)

    def _stepping(self, what: str, by: str, at: int, note: str, state: CareState | None = None) -> CareAction:
        said = wording.note(note, "note", required=False)
        return replace(self, state=state or self.state, steps=(*self.steps, Step(what, by, at, said)))


def planned(
    *,
    care_action_id: str,
    fund_id: str,
    title: str,
    plan: str,
    starts_on: date,
    ends_on: date,
    budget: Mapping[str, int],
    aliases: tuple[str, ...],
    by: str,
    now_ms: int,
    request_hash: str,
) -> CareAction:
    """A new plan. ``budget`` is fen by category.

    Raises TextMissing, TextTooLong, PlanDatesInvalid, BudgetMissing, CategoryUnknown, SpendAmountInvalid,
    AliasInvalid, TooManyAliases.
    """
    if ends_on < starts_on:
        raise PlanDatesInvalid()
    if not budget:
        raise BudgetMissing()
    order = categories.purposes(budget)
    return CareAction(
        id=care_action_id,
        fund_id=fund_id,
        title=wording.line(title, "title", wording.NAME_CHARACTERS_MAX),
        plan=wording.note(plan, "plan", 2000),
        starts_on=starts_on,
        ends_on=ends_on,
        budget=tuple(BudgetLine(slug, spendable_amount(budget[slug])) for slug in order),
        planned_by=by,
        planned_at=now_ms,
        request_hash=request_hash,
        aliases=read_aliases(aliases),
        steps=(Step("planned", by, now_ms),),
    )


def signed_off_day(action: CareAction) -> date:
    """The Shanghai day of the sign-off."""
    return clock.shanghai_day(action.signed_off_at)


def read_aliases(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, in the order given. Raises AliasInvalid(alias), TooManyAliases(limit)."""
    clean = [wording.line(alias, "alias", required=False) for alias in aliases]
    known = tuple(dict.fromkeys(alias for alias in clean if alias))
    if len(known) > ALIASES_MAX:
        raise TooManyAliases(limit=ALIASES_MAX)
    for alias in known:
        if len(alias) > ALIAS_CHARACTERS_MAX or _TELLING.search(alias):
            raise AliasInvalid(alias=alias[:ALIAS_CHARACTERS_MAX])
    return known


def spendable_amount(amount_fen: int) -> int:
    """Raises SpendAmountInvalid(limit_fen) unless it is a whole number of fen above zero and below the limit."""
    if type(amount_fen) is not int or not 1 <= amount_fen <= SPEND_FEN_MAX:
        raise SpendAmountInvalid(limit_fen=SPEND_FEN_MAX)
    return amount_fen
