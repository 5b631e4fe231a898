"""Whoever checks the books: the balance, the statement, the nightly verification, what runs by the clock."""

from __future__ import annotations

import logging

import pytest

from chalicelib import clock
from chalicelib.errors import NotAllowed
from chalicelib.ledger.store import totals
from chalicelib.ledger.store.journal import EntryItem
from chalicelib.reports.model.faults import OwnerUnknown
from chalicelib.reports.service import books, verify_books
from local.demo.schedules import scheduled
from tests.journeys.verified import verified
from tests.store.fund import spending as fund
from tests.store.fund.people import ADMIN, APPROVER, MANAGER, NOW, RESIDENT, SUPERVISOR
from tests.store.merchants import scene as shops
from tests.store.points.street import Street, form

pytestmark = pytest.mark.usefixtures("tables")
DAY_MS = 24 * 3_600_000


def run(name: str, now_ms: int) -> None:
    """What the cloud does at that moment."""
    calls = {called: call for called, _, call in scheduled()}
    with clock.at(now_ms):
        calls[name]()


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [record.__dict__["facts"] for record in caplog.records if record.name == "linli.schedule"]


def test_everything_that_has_to_run_by_the_clock_does() -> None:
    found = {name: seconds for name, seconds, _ in scheduled()}
    assert found == {
        "ask_stripe_again": 300,
        "close_forgotten_check_outs": 600,
        "expire_points": 86_400,
        "expire_vouchers": 600,
        "verify_books_nightly": 86_400,
        "carry_finished_months": 86_400,
    }


def test_each_runs_on_an_empty_street(caplog: pytest.LogCaptureFixture) -> None:
    names = [name for name, _, _ in scheduled()]
    with caplog.at_level(logging.INFO, logger="linli.schedule"):
        for name in names:
            run(name, NOW)
    assert [line["schedule"] for line in lines(caplog)] == names


def test_the_night_finds_nothing_and_then_what_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    with clock.at(NOW):
        fund.open_fund()
        paid = fund.pay(fund.approve(fund.ask(20_000)))
    run("verify_books_nightly", NOW)
    assert lines(caplog)[-1] == {"schedule": "verify_books_nightly", "findings": 0, "entries": 2}
    caplog.clear()
    # somebody with the keys to the table takes the payment's entry away
    key = f"pay:{paid.id}:1"
    taken = next(item for item in EntryItem.scan() if f'"{key}"' in item.body)
    taken.delete()
    run("verify_books_nightly", NOW)
    told = lines(caplog)
    errors = [record.levelname for record in caplog.records].count("ERROR")
    assert told[-1] == {"schedule": "verify_books_nightly", "findings": errors, "entries": 1}
    assert {line.get("check") for line in told[:-1]} == {"fact_has_entry", "totals"}
    assert "惠民超市" not in caplog.text


def test_the_months_that_are_over_are_carried_once(caplog: pytest.LogCaptureFixture) -> None:
    with clock.at(NOW):
        fund.open_fund()
    run("carry_finished_months", NOW)
    assert totals.carried_through("pot:relief") == "202610"
    later = NOW + 40 * DAY_MS
    run("carry_finished_months", later)
    assert totals.carried_through("pot:relief") == "202612"
    caplog.clear()
    run("carry_finished_months", later + 60_000)
    assert (lines(caplog)[-1]["schedule"], lines(caplog)[-1]["done"]) == ("carry_finished_months", 0)
    assert totals.read("pot:relief").pot_in_fen == 100_000
    assert verify_books(later) == []


def test_a_forgotten_check_out_is_closed_by_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    from chalicelib.points.service import checkins

    street = Street()
    activity = street.activity()
    checkins.check_in(
        street.zhou.id, activity.id, how="code", submission=form(activity.starts_at), now_ms=activity.starts_at
    )
    run("close_forgotten_check_outs", activity.starts_at + 60_000)
    assert lines(caplog)[-1]["done"] == 0
    run("close_forgotten_check_outs", activity.ends_at + DAY_MS)
    assert lines(caplog)[-1]["done"] == 1
    verified(activity.ends_at + DAY_MS)


def test_points_and_vouchers_expire_by_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    from chalicelib.merchants import service as merchants

    with clock.at(shops.NOW):
        scene = shops.open_scene()
        shops.award(scene.zhou, 200_00)
        shops.award(scene.zhou, 10_00, "MEDAL", "2026-11")
        merchants.issue(scene.zhou, scene.offer().id, agreed_centi=50_00, submission=form(shops.NOW), now_ms=shops.NOW)
    assert shops.held(scene.zhou) == 50_00
    run("expire_points", shops.NOW)
    assert lines(caplog)[-1]["done"] == 0
    december = shops.NOW + 31 * DAY_MS
    run("expire_points", december)
    run("expire_vouchers", december)
    assert [line["done"] for line in lines(caplog)[-2:]] == [1, 1]
    assert (shops.available(scene.zhou), shops.held(scene.zhou)) == (200_00, 0)
    assert totals.trial_balance()[("MEDAL", "equity:expired")] == -10_00


def test_who_may_read_the_books() -> None:
    with clock.at(NOW):
        fund.open_fund()
    balance = {("CNY", "asset:bank:basic"): 100_000, ("CNY", "equity:opening:relief"): -100_000}
    for reader in (SUPERVISOR, ADMIN, MANAGER):
        assert books.trial_balance(reader) == balance
        assert books.verify_for(reader, NOW) == []
    for stranger in (RESIDENT, APPROVER):
        for ask in (books.trial_balance, lambda actor: books.verify_for(actor, NOW), lambda a: books.export(a, NOW)):
            with pytest.raises(NotAllowed):
                ask(stranger)


@pytest.mark.parametrize(
    "account", ["", "asset:bank:basic", "liability:wallet:", "x", "liability:wallet:<b>", "甲" * 999]
)
def test_a_statement_of_no_account(account: str) -> None:
    with pytest.raises(OwnerUnknown) as unknown:
        books.statement(SUPERVISOR, account)
    assert len(str(unknown.value.fields["account"])) <= 80
