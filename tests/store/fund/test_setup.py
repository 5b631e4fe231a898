"""Opening a fund: giving stays closed until the host charity's data is complete; each submission makes one thing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.errors import DomainError, NotAllowed, Stale
from chalicelib.fund.service import setup
from chalicelib.fund.service.setup import setup_faults as faults
from chalicelib.identity.service import notes_in
from chalicelib.ledger.store import balances, totals
from tests.store.fund.people import ADMIN, FOREIGN_MANAGER, MANAGER, NOW, RESIDENT, SUPERVISOR, submission

pytestmark = pytest.mark.usefixtures("tables")

FACTS = setup.FundFacts(
    name="示范街道社区基金",
    charity_name="示范区慈善会",
    certificate_number="公募证001号",
    filing_number="备案2026-001",
    platform_name="示范公益平台",
    platform_url="https://example.org/plan/1",
    query_contact="0813-8100001",
    refund_days=7,
    refund_contact="0813-8100002",
)


def open_relief() -> setup.FundPot:
    return setup.open_pot(
        MANAGER, "relief", "关爱池", "charity", ("elders", "hardship"), submission=submission("relief"), now_ms=NOW
    )


def test_giving_is_closed_until_every_fact_of_the_charity_is_there() -> None:
    with pytest.raises(faults.GivingClosed) as closed:
        setup.giving_gate()
    assert closed.value.fields["contact"] == "街道办事处"
    setup.describe_fund(MANAGER, replace(FACTS, filing_number="  "), 0, NOW)
    with pytest.raises(faults.GivingClosed) as closed:
        setup.giving_gate()
    assert closed.value.fields == {"contact": "0813-8100001", "missing": ["filing_number"]}
    setup.describe_fund(MANAGER, FACTS, 1, NOW)
    assert setup.giving_gate().charity_name == "示范区慈善会"


def test_two_people_change_the_fund_at_once_and_the_second_is_told() -> None:
    setup.describe_fund(ADMIN, FACTS, 0, NOW)
    setup.describe_fund(ADMIN, replace(FACTS, refund_days=10), 1, NOW)
    with pytest.raises(Stale):
        setup.describe_fund(MANAGER, replace(FACTS, refund_days=15), 1, NOW)
    assert setup.fund().refund_days == 10
    # a double click sends the same again
    assert setup.describe_fund(ADMIN, replace(FACTS, refund_days=10), 1, NOW) == setup.fund()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": " "}, faults.TextMissing),
        ({"charity_name": "善" * 121}, faults.TextTooLong),
        ({"charity_name": "善" * 100_000}, faults.TextTooLong),
        ({"platform_url": "http://example.org"}, faults.LinkInvalid),
        ({"platform_url": "javascript:alert(1)"}, faults.LinkInvalid),
        ({"platform_url": "https://"}, faults.LinkInvalid),
        ({"platform_url": "https://a@b.org"}, faults.LinkInvalid),
        ({"platform_url": "https://[x"}, faults.LinkInvalid),
        ({"refund_days": -1}, faults.RefundDaysInvalid),
        ({"refund_days": 366}, faults.RefundDaysInvalid),
        ({"approvals_needed": 0}, faults.ApprovalsInvalid),
        ({"approvals_needed": 6}, faults.ApprovalsInvalid),
    ],
)
def test_facts_that_cannot_be_right_are_refused(wrong: dict[str, object], error: type[DomainError]) -> None:
    with pytest.raises(error):
        setup.describe_fund(MANAGER, replace(FACTS, **wrong), 0, NOW)
    assert setup.fund().version == 0


@pytest.mark.parametrize("who", [RESIDENT, SUPERVISOR, FOREIGN_MANAGER])
def test_only_the_administrator_and_this_funds_manager_set_it_up(who: setup.Actor) -> None:
    open_relief()
    poster = setup.make_poster(MANAGER, "relief", channel="event", label="重阳", submission=submission("p"), now_ms=NOW)
    for forbidden in (
        lambda: setup.describe_fund(who, FACTS, 0, NOW),
        lambda: setup.add_bank_account(who, "basic", "基本户", NOW),
        lambda: setup.close_bank_account(who, "basic", NOW),
        lambda: setup.open_pot(who, "x1", "池", "charity", ("elders",), submission=submission("x"), now_ms=NOW),
        lambda: setup.change_pot(who, "relief", name="池", active=False, now_ms=NOW),
        lambda: setup.make_poster(who, "relief", channel="event", label="x", submission=submission("y"), now_ms=NOW),
        lambda: setup.retire_poster(who, poster.code, now_ms=NOW),
    ):
        with pytest.raises(NotAllowed):
            forbidden()


def test_a_pot_opens_with_its_account_and_totals_in_one_transaction() -> None:
    first, again = open_relief(), open_relief()
    assert first == again == setup.pot("relief")
    assert balances.pot("relief").spendable_fen == 0
    assert "pot:relief" in totals.owners()
    assert [pot.id for pot in setup.pots()] == ["relief"]
    with pytest.raises(faults.PotExists):
        setup.open_pot(MANAGER, "relief", "另一池", "party", ("elders",), submission=submission("2"), now_ms=NOW)


@pytest.mark.parametrize(
    ("pot_id", "name", "source", "purposes", "error"),
    [
        ("Relief", "池", "charity", ("elders",), faults.SlugInvalid),
        ("r", "池", "charity", ("elders",), faults.SlugInvalid),
        ("a:b", "池", "charity", ("elders",), faults.SlugInvalid),
        ("aa", "", "charity", ("elders",), faults.TextMissing),
        ("aa", "池", "lottery", ("elders",), faults.PotSourceUnknown),
        ("aa", "池", "charity", (), faults.PurposesMissing),
        ("aa", "池", "charity", ("villa",), faults.CategoryUnknown),
        ("aa", "池", "charity", ("fees",), faults.CategoryUnknown),
    ],
)
def test_a_pot_that_cannot_be_right_is_refused(
    pot_id: str, name: str, source: str, purposes: tuple[str, ...], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        setup.open_pot(MANAGER, pot_id, name, source, purposes, submission=submission("bad"), now_ms=NOW)
    assert setup.pots() == []


def test_one_submission_on_eight_threads_opens_one_pot_and_prints_one_poster() -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: open_relief(), range(8)))
    assert len(set(opened)) == 1

    def make(_: int) -> setup.Poster:
        return setup.make_poster(
            MANAGER, "relief", channel="online", label="公众号", submission=submission("poster"), now_ms=NOW
        )

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(make, range(8)))
    assert len(set(made)) == 1
    assert setup.posters()[0] == [made[0]]


def test_a_poster_leads_to_its_pot_however_the_code_is_typed() -> None:
    setup.describe_fund(MANAGER, FACTS, 0, NOW)
    open_relief()
    made = setup.make_poster(
        MANAGER, "relief", channel="event", label="重阳义卖", tier="fixed", submission=submission("c9"), now_ms=NOW
    )
    typed = f" {made.code[:3].lower()}-{made.code[3:]} "
    place = setup.giving_place(typed)
    assert (place.pot.id, place.poster.channel, place.poster.tier) == ("relief", "event", "fixed")
    assert place.fund.query_contact == "0813-8100001"

    setup.retire_poster(MANAGER, made.code, now_ms=NOW)
    with pytest.raises(faults.PosterRetired):
        setup.giving_place(made.code)
    setup.retire_poster(MANAGER, made.code, active=True, now_ms=NOW)
    setup.change_pot(MANAGER, "relief", name="关爱池", active=False, now_ms=NOW)
    with pytest.raises(faults.PotClosed):
        setup.giving_place(made.code)


@pytest.mark.parametrize("code", ["", "ABC", "0000000", "<script>", "😀😀😀😀😀😀😀", "A" * 100_000, "ABCDEFG"])
def test_a_code_that_is_none_is_not_found(code: str) -> None:
    with pytest.raises(faults.PosterUnknown):
        setup.poster(code)


def test_posters_are_listed_page_by_page_newest_first() -> None:
    open_relief()
    for number in range(5):
        setup.make_poster(
            MANAGER,
            "relief",
            channel="online",
            label=f"第{number}张",
            submission=submission(str(number)),
            now_ms=NOW + number,
        )
    first, cursor = setup.posters(limit=3)
    rest, end = setup.posters(cursor=cursor, limit=3)
    assert [p.label for p in first + rest] == ["第4张", "第3张", "第2张", "第1张", "第0张"]
    assert end == ""


@pytest.mark.parametrize(
    ("channel", "tier", "label", "error"),
    [
        ("tv", "individual", "x", faults.ChannelUnknown),
        ("event", "gold", "x", faults.TierUnknown),
        ("event", "individual", "", faults.TextMissing),
    ],
)
def test_a_poster_that_cannot_be_right_is_refused(
    channel: str, tier: str, label: str, error: type[DomainError]
) -> None:
    open_relief()
    with pytest.raises(error):
        setup.make_poster(
            MANAGER, "relief", channel=channel, tier=tier, label=label, submission=submission("p"), now_ms=NOW
        )


def test_bank_accounts_are_named_once_and_closed_but_never_forgotten() -> None:
    setup.describe_fund(MANAGER, FACTS, 0, NOW)
    setup.add_bank_account(MANAGER, "basic", "基本户 尾号6688", NOW)
    setup.add_bank_account(MANAGER, "basic", "基本户 尾号6688", NOW)
    with pytest.raises(faults.BankAccountExists):
        setup.add_bank_account(MANAGER, "basic", "另一户", NOW)
    with pytest.raises(faults.SlugInvalid):
        setup.add_bank_account(MANAGER, "6228 4800", "x", NOW)
    assert setup.fund().bank_account_in_use("basic").label == "基本户 尾号6688"
    setup.close_bank_account(MANAGER, "basic", NOW)
    with pytest.raises(faults.BankAccountClosed):
        setup.fund().bank_account_in_use("basic")
    assert setup.fund().bank_account("basic").label == "基本户 尾号6688"
    with pytest.raises(faults.BankAccountUnknown):
        setup.close_bank_account(MANAGER, "other", NOW)
    # describing the fund again keeps its accounts
    setup.describe_fund(MANAGER, replace(FACTS, refund_days=9), setup.fund().version, NOW)
    assert len(setup.fund().bank_accounts) == 1


def test_only_a_pot_filed_for_it_rewards_volunteers() -> None:
    relief = open_relief()
    rewards = setup.open_pot(
        MANAGER, "rewards", "激励池", "sponsor", ("volunteers",), submission=submission("r"), now_ms=NOW
    )
    rewards.must_cover_purpose("redemption")
    with pytest.raises(faults.PurposeNotCovered):
        relief.must_cover_purpose("redemption")


def test_who_changed_the_setup_stands_in_the_log() -> None:
    setup.describe_fund(ADMIN, FACTS, 0, NOW)
    setup.describe_fund(MANAGER, replace(FACTS, query_contact="0813-8109999"), 1, NOW)
    setup.add_bank_account(MANAGER, "basic", "基本户", NOW)
    open_relief()
    notes, _ = notes_in(SUPERVISOR, clock.shanghai_month(NOW))
    told = {(note.by, note.what, note.subject, note.detail) for note in notes}
    assert (MANAGER.member_id, "fund_facts", "main", "query_contact") in told
    assert (MANAGER.member_id, "fund_account", "basic", "") in told
    assert (MANAGER.member_id, "fund_pot", "relief", "") in told
    # the same again changes nothing, and nothing is noted
    setup.add_bank_account(MANAGER, "basic", "基本户", NOW)
    assert len(notes_in(SUPERVISOR, clock.shanghai_month(NOW))[0]) == len(notes)
