"""One disbursement from request to sign-off, and every way in which it must not go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.errors import DomainError, NotAllowed
from chalicelib.fund.model.spending_faults import (
    AlreadyApproved,
    AlreadyPaid,
    AttemptUnknown,
    BudgetExceeded,
    CareActionBusy,
    CareActionNotOpen,
    CareActionUnknown,
    DisbursementNotOpen,
    DisbursementUnknown,
    NotDeclared,
    NotInBudget,
    PaidDayInvalid,
    PayeeAccountInvalid,
    PayeeKindUnknown,
    PersonTimesInvalid,
    RelatedParty,
    SamePerson,
    SpendAmountInvalid,
    SubmittedDifferently,
)
from chalicelib.fund.service import care_actions, disbursements, payments, setup, spending
from chalicelib.fund.service.setup import setup_faults as faults
from chalicelib.identity.service import AuditNote, notes_about
from chalicelib.ledger.errors import PotCannotCover
from chalicelib.ledger.store import balances, journal, totals
from tests.store.fund import books
from tests.store.fund.people import (
    APPROVER,
    BOTH,
    FOREIGN_MANAGER,
    MANAGER,
    NOW,
    OTHER_MANAGER,
    RESIDENT,
    SECOND_APPROVER,
    SUPERVISOR,
    member_id,
    submission,
)
from tests.store.fund.spending import (
    COMPANY,
    ELDERS,
    TODAY,
    approve,
    approved_plan,
    ask,
    bounce,
    open_fund,
    pay,
)

pytestmark = pytest.mark.usefixtures("tables")
DAY_MS = 24 * 3_600_000


def spendable() -> int:
    return balances.pot("relief").spendable_fen


def test_a_care_action_from_plan_to_sign_off() -> None:
    open_fund()
    action = approved_plan()
    care_actions.start(MANAGER, action.id, now_ms=NOW)
    asked = ask(20_000, care_action_id=action.id)
    assert (asked.state, spendable()) == ("requested", 100_000)
    assert approve(asked).state == "approved"
    assert spendable() == 80_000
    done = pay(asked)
    assert done.state == "paid"
    # it was reserved before; paying takes nothing more from the pot
    assert spendable() == 80_000
    assert totals.read("pot:relief").of("expense:relief:elders") == 20_000
    assert totals.read("pot:relief").of("asset:bank:basic") == 80_000

    closed = care_actions.sign_off(APPROVER, action.id, person_times=46, note="二十户全部送到。", now_ms=NOW)
    assert (closed.state, closed.person_times, closed.paid_fen) == ("signed_off", 46, 20_000)
    assert [step.what for step in closed.steps] == ["planned", "approved", "started", "signed_off"]
    row = next(spending.rows(TODAY, TODAY))
    assert (row.pot_name, row.person_times, row.line.payee) == ("relief池", 46, "惠民超市")
    books.must_hold()


def test_a_booked_payment_says_who_was_helped_by_no_name() -> None:
    open_fund()
    person = replace(COMPANY, kind="person", name="周秀英")
    asked = ask(20_000, payee=person)
    approve(asked)
    pay(asked)
    entry = journal.by_id(journal.e.entry_id(f"pay:{asked.id}:1"))
    assert entry is not None
    assert "周" not in entry.body
    assert "6688" not in entry.body
    assert entry.dims == {"pot": "relief", "category": "elders"}
    assert next(spending.lines(TODAY, TODAY)).payee == "周**"


def test_a_payment_that_bounces_is_reversed_and_paid_again() -> None:
    open_fund()
    action = approved_plan()
    asked = ask(20_000, care_action_id=action.id)
    approve(asked)
    pay(asked)
    back = bounce(asked)
    assert (back.state, back.next_attempt, spendable()) == ("approved", 2, 80_000)
    assert totals.read("pot:relief").of("expense:relief:elders") == 0
    with pytest.raises(CareActionBusy):
        care_actions.sign_off(APPROVER, action.id, person_times=2, note="完成", now_ms=NOW)
    # a repeat of the first payment is not a second payment
    assert pay(asked).state == "approved"
    assert bounce(asked) == back
    paid = pay(asked, "B20261122002", attempt=2)
    assert paid.state == "paid"
    assert [(one.what, one.amount_fen) for one in spending.lines(TODAY, TODAY)] == [
        ("bounced", -20_000),
        ("paid", 20_000),
        ("paid", 20_000),
    ]
    assert totals.read("pot:relief").of("expense:relief:elders") == 20_000
    books.must_hold()


def test_two_tabs_and_a_double_click_pay_once() -> None:
    open_fund()
    asked = ask()
    approve(asked)
    first = pay(asked)
    assert pay(asked) == first
    with pytest.raises(AlreadyPaid) as other_tab:
        pay(asked, "B20261122777")
    assert other_tab.value.fields["serial"] == "B20261122001"
    with pytest.raises(AlreadyPaid):
        pay(asked, "B20261122777", attempt=2)
    assert len(list(spending.lines(TODAY, TODAY))) == 1
    books.must_hold()


def test_a_line_of_the_statement_pays_one_thing_only() -> None:
    open_fund()
    first, second = ask(10_000, "a"), ask(10_000, "b")
    approve(first)
    approve(second)
    pay(first)
    with pytest.raises(faults.BankSerialUsed):
        pay(second, " b20261122001 ")
    with pytest.raises(faults.BankSerialUsed):
        bounce(first, "B20261122001")
    with pytest.raises(faults.BankSerialInvalid):
        pay(second, "😀")
    with pytest.raises(faults.BankAccountUnknown):
        payments.paid(MANAGER, second.id, attempt=1, paid_on=TODAY, bank_account_id="other", serial="B999", now_ms=NOW)
    assert disbursements.disbursement(MANAGER, second.id).state == "approved"
    books.must_hold()


def test_nobody_approves_their_own_request_and_the_payee_approves_nothing() -> None:
    open_fund()
    mine = ask(actor=BOTH)
    with pytest.raises(SamePerson):
        approve(mine, BOTH)
    with pytest.raises(SamePerson):
        disbursements.reject(BOTH, mine.id, reason="不办了", now_ms=NOW)
    with pytest.raises(RelatedParty):
        ask(name="self", payee=replace(COMPANY, member_id=MANAGER.member_id))
    to_approver = ask(name="b", payee=replace(COMPANY, member_id=APPROVER.member_id))
    with pytest.raises(RelatedParty):
        approve(to_approver)
    to_a_cousin = ask(name="c", payee=replace(COMPANY, related_ids=(APPROVER.member_id, OTHER_MANAGER.member_id)))
    with pytest.raises(RelatedParty):
        approve(to_a_cousin)
    approve(to_a_cousin, SECOND_APPROVER)
    with pytest.raises(RelatedParty):
        pay(to_a_cousin, by=OTHER_MANAGER)
    with pytest.raises(NotDeclared):
        disbursements.approve(APPROVER, mine.id, no_relation=False, submission=submission("x"), now_ms=NOW)
    approve(mine, APPROVER)
    by_both = ask(name="d")
    approve(by_both, BOTH)
    with pytest.raises(SamePerson):
        pay(by_both, by=BOTH)
    books.must_hold()


def test_approving_twice_is_one_approval() -> None:
    open_fund(approvals_needed=2)
    asked = ask()
    first = approve(asked)
    assert (first.state, spendable()) == ("requested", 100_000)
    # the same click again, then the same person from another tab
    assert approve(asked) == first
    with pytest.raises(AlreadyApproved):
        approve(asked, form="other tab")
    with pytest.raises(DisbursementNotOpen):
        pay(asked)
    assert approve(asked, SECOND_APPROVER).state == "approved"
    assert spendable() == 80_000
    books.must_hold()


def test_a_pot_that_cannot_cover_keeps_the_request_waiting() -> None:
    open_fund(in_fen=15_000)
    asked = ask(20_000)
    with pytest.raises(PotCannotCover) as refused:
        approve(asked)
    assert refused.value.fields == {"pot_id": "relief", "available_fen": 15_000, "missing_fen": 5_000}
    assert disbursements.disbursement(APPROVER, asked.id).approvals == ()
    books.must_hold()


def test_what_is_rejected_or_cancelled_frees_budget_and_pot() -> None:
    open_fund()
    action = approved_plan(budget={ELDERS: 20_000})
    refused = ask(20_000, "a", care_action_id=action.id)
    with pytest.raises(BudgetExceeded) as over:
        ask(1, "b", care_action_id=action.id)
    assert over.value.fields["left_fen"] == 0
    rejected = disbursements.reject(APPROVER, refused.id, reason="报价偏高,请再询价", now_ms=NOW)
    assert disbursements.reject(APPROVER, refused.id, reason="报价偏高,请再询价", now_ms=NOW) == rejected
    with pytest.raises(DisbursementNotOpen):
        approve(refused)
    again = ask(20_000, "c", care_action_id=action.id)
    approve(again)
    with pytest.raises(CareActionBusy):
        care_actions.cancel(MANAGER, action.id, reason="改期", now_ms=NOW)
    cancelled = disbursements.cancel(MANAGER, again.id, reason="商家缺货", now_ms=NOW)
    assert disbursements.cancel(MANAGER, again.id, reason="商家缺货", now_ms=NOW) == cancelled
    assert spendable() == 100_000
    with pytest.raises(DisbursementNotOpen):
        pay(again)
    assert care_actions.cancel(MANAGER, action.id, reason="改期", now_ms=NOW).state == "cancelled"
    books.must_hold()


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "100", 10**12])
def test_an_amount_that_is_none_is_refused(amount: object) -> None:
    open_fund()
    with pytest.raises(SpendAmountInvalid):
        ask(amount)  # type: ignore[arg-type]
    with pytest.raises(SpendAmountInvalid):
        approved_plan(budget={ELDERS: amount})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"pot_id": "nowhere"}, faults.PotUnknown),
        ({"pot_id": ""}, faults.PotUnknown),
        ({"category": "villa"}, faults.CategoryUnknown),
        ({"category": "redemption"}, faults.CategoryUnknown),
        ({"category": "children"}, faults.PurposeNotCovered),
        ({"care_action_id": "x"}, CareActionUnknown),
        ({"care_action_id": submission("nothing")}, CareActionUnknown),
        ({"payee": replace(COMPANY, account="1234")}, PayeeAccountInvalid),
        ({"payee": replace(COMPANY, account="6" * 100_000)}, PayeeAccountInvalid),
        ({"payee": replace(COMPANY, kind="dog")}, PayeeKindUnknown),
        ({"payee": replace(COMPANY, name=" ")}, faults.TextMissing),
        ({"payee": replace(COMPANY, name="店" * 100_000)}, faults.TextTooLong),
    ],
)
def test_a_request_that_cannot_be_right_is_refused(changed: dict[str, object], error: type[DomainError]) -> None:
    open_fund()
    with pytest.raises(error):
        ask(**changed)  # type: ignore[arg-type]
    assert disbursements.by_state(MANAGER, "requested") == ([], "")


def test_a_request_keeps_to_the_budget_of_its_care_action() -> None:
    open_fund()
    action = approved_plan()
    with pytest.raises(NotInBudget):
        ask(category="hardship", care_action_id=action.id)
    with pytest.raises(BudgetExceeded):
        ask(50_001, care_action_id=action.id)
    planned_only = care_actions.plan(
        MANAGER,
        title="未批",
        plan_text="x",
        starts_on=TODAY,
        ends_on=TODAY,
        budget={ELDERS: 1},
        submission=submission("p2"),
        now_ms=NOW,
    )
    with pytest.raises(CareActionNotOpen):
        ask(1, care_action_id=planned_only.id)
    setup.change_pot(MANAGER, "relief", name="x", active=False, now_ms=NOW)
    with pytest.raises(faults.PotClosed):
        ask(name="late")


def test_the_same_form_with_another_amount_is_no_second_request() -> None:
    open_fund()
    first = ask(20_000)
    assert ask(20_000).id == first.id
    with pytest.raises(SubmittedDifferently):
        ask(30_000)


def test_the_account_number_is_hidden_and_revealing_it_is_logged() -> None:
    open_fund()
    asked = ask(name="x")
    assert "6222" not in repr(asked)
    assert asked.payee.account_masked == "****6688"
    with pytest.raises(NotAllowed):
        disbursements.reveal_account(APPROVER, asked.id, reason="看看", now_ms=NOW)
    with pytest.raises(faults.TextMissing):
        disbursements.reveal_account(MANAGER, asked.id, reason=" ", now_ms=NOW)
    assert disbursements.reveal_account(MANAGER, asked.id, reason="办理转账", now_ms=NOW) == "6222021234566688"
    notes: list[AuditNote] = notes_about(SUPERVISOR, asked.id)[0]
    assert [(note.by, note.why) for note in notes] == [(MANAGER.member_id, "办理转账")]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_payment_is_not_older_than_its_approval_nor_in_the_future(days: int) -> None:
    open_fund()
    asked = ask()
    approve(asked)
    with pytest.raises(PaidDayInvalid):
        pay(asked, on=TODAY + timedelta(days=days))
    with pytest.raises(AttemptUnknown):
        pay(asked, attempt=2)
    with pytest.raises(AttemptUnknown):
        pay(asked, attempt=0)


def test_a_payment_made_last_month_counts_in_last_month() -> None:
    open_fund()
    asked = ask(now_ms=NOW - 40 * DAY_MS)
    approve(asked, now_ms=NOW - 40 * DAY_MS)
    pay(asked, on=TODAY - timedelta(days=30))
    assert [one.amount_fen for one in spending.lines(date(2026, 10, 1), date(2026, 10, 31))] == [20_000]
    assert list(spending.lines(date(2026, 11, 1), date(2026, 11, 30))) == []
    books.must_hold()


@pytest.mark.parametrize("who", [RESIDENT, FOREIGN_MANAGER])
def test_who_has_no_part_in_this_fund_sees_and_does_nothing(who: setup.Actor) -> None:
    open_fund()
    action = approved_plan()
    asked = ask(care_action_id=action.id)
    for read in (
        lambda: spending.overview(who),
        lambda: disbursements.disbursement(who, asked.id),
        lambda: disbursements.by_state(who, "requested"),
        lambda: disbursements.of_care_action(who, action.id),
        lambda: care_actions.care_actions(who),
        lambda: care_actions.care_action(who, action.id),
    ):
        with pytest.raises(NotAllowed):
            read()
    changes_nothing(who, asked.id, action.id)


def test_the_supervisor_reads_everything_and_changes_nothing() -> None:
    open_fund()
    action = approved_plan()
    asked = ask(care_action_id=action.id)
    assert spending.overview(SUPERVISOR).to_approve == (asked,)
    assert disbursements.disbursement(SUPERVISOR, asked.id).id == asked.id
    assert care_actions.care_action(SUPERVISOR, action.id).asked_fen == 20_000
    changes_nothing(SUPERVISOR, asked.id, action.id)


def changes_nothing(who: setup.Actor, disbursement_id: str, action_id: str) -> None:
    asked = disbursements.disbursement(MANAGER, disbursement_id)
    for forbidden in (
        lambda: ask(name="theirs", actor=who),
        lambda: approve(asked, who),
        lambda: disbursements.reject(who, asked.id, reason="x", now_ms=NOW),
        lambda: disbursements.cancel(who, asked.id, reason="x", now_ms=NOW),
        lambda: pay(asked, by=who),
        lambda: payments.bounced(who, asked.id, attempt=1, on=TODAY, serial="R123", reason="x", now_ms=NOW),
        lambda: disbursements.reveal_account(who, asked.id, reason="x", now_ms=NOW),
        lambda: care_actions.approve_plan(who, action_id, now_ms=NOW),
        lambda: care_actions.start(who, action_id, now_ms=NOW),
        lambda: care_actions.cancel(who, action_id, reason="x", now_ms=NOW),
        lambda: care_actions.name_beneficiaries(who, action_id, ("a",), now_ms=NOW),
        lambda: care_actions.sign_off(who, action_id, person_times=3, note="x", now_ms=NOW),
        lambda: care_actions.plan(
            who,
            title="x",
            plan_text="x",
            starts_on=TODAY,
            ends_on=TODAY,
            budget={ELDERS: 1},
            submission=submission("theirs"),
            now_ms=NOW,
        ),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert disbursements.disbursement(MANAGER, disbursement_id) == asked


@pytest.mark.parametrize("id_", ["", "x", "😀", "<script>", "A" * 100_000, submission("nothing")])
def test_an_unknown_id_is_not_found(id_: str) -> None:
    open_fund()
    with pytest.raises(DisbursementUnknown):
        disbursements.disbursement(MANAGER, id_)
    with pytest.raises(CareActionUnknown):
        care_actions.care_action(MANAGER, id_)


def test_sign_off_takes_another_person_and_a_true_number() -> None:
    open_fund()
    action = approved_plan()
    asked = ask(care_action_id=action.id, actor=BOTH)
    with pytest.raises(CareActionBusy):
        care_actions.sign_off(APPROVER, action.id, person_times=3, note="完成", now_ms=NOW)
    approve(asked)
    pay(asked)
    with pytest.raises(SamePerson):
        care_actions.sign_off(BOTH, action.id, person_times=3, note="完成", now_ms=NOW)
    for person_times in (0, 1, -5, 1_000_001):
        with pytest.raises(PersonTimesInvalid):
            care_actions.sign_off(APPROVER, action.id, person_times=person_times, note="完成", now_ms=NOW)
    with pytest.raises(faults.TextMissing):
        care_actions.sign_off(APPROVER, action.id, person_times=3, note=" ", now_ms=NOW)
    done = care_actions.sign_off(APPROVER, action.id, person_times=3, note="完成", now_ms=NOW)
    assert care_actions.sign_off(APPROVER, action.id, person_times=3, note="完成", now_ms=NOW) == done
    with pytest.raises(CareActionNotOpen):
        care_actions.sign_off(APPROVER, action.id, person_times=4, note="完成", now_ms=NOW)
    with pytest.raises(CareActionNotOpen):
        ask(1, "late", care_action_id=action.id)
    books.must_hold()


def test_figures_of_the_last_quarter() -> None:
    open_fund()
    then = NOW - 70 * DAY_MS  # 13 September
    action = approved_plan(budget={ELDERS: 30_000, "management": 1_000})
    for name, category, amount in (("a", ELDERS, 28_500), ("b", "management", 999)):
        asked = ask(amount, name, category=category, care_action_id=action.id, now_ms=then)
        approve(asked, now_ms=then)
        pay(asked, f"S00{name}", on=date(2026, 9, 14), now_ms=NOW - 60 * DAY_MS)
    care_actions.sign_off(APPROVER, action.id, person_times=117, note="完成", now_ms=NOW - 55 * DAY_MS)
    figures = spending.last_quarter_figures(NOW)
    assert (figures.first_day, figures.last_day) == (date(2026, 7, 1), date(2026, 9, 30))
    assert (figures.spent_fen, figures.person_times, figures.management_milli) == (29_499, 117, 34)
    assert spending.last_quarter_figures(NOW + 100 * DAY_MS).spent_fen == 0


def test_member_numbers_that_lead_to_nobody_are_told() -> None:
    open_fund()
    from chalicelib.identity.service import faults as identity_faults

    with pytest.raises(identity_faults.MemberUnknown):
        disbursements.member_ids_by_number("V00000000")
    assert disbursements.member_ids_by_number("  ") == ()
    assert member_id("x") != member_id("y")
