"""That a page which asks the tables what its policy refuses would be noticed by every test that opens it."""

from __future__ import annotations

from chalice import Chalice
from chalice.test import Client

from chalicelib import table
from chalicelib.ledger.store.journal import EntryItem
from chalicelib.reports.routes.scheduled import carry_finished_months
from chalicelib.table import AppItem
from chalicelib.web import logs
from tests import permitted
from tests.cloud.deployed import clock_event


def test_a_page_that_asks_too_much_is_noticed(tables: object) -> None:
    app = Chalice("asking")

    @app.route("/x")
    def x() -> dict[str, str]:
        list(table.scan(AppItem))
        assert table.get(AppItem, "NOBODY", "-") is None
        return {}

    with Client(app) as client:
        assert client.http.get("/x").status_code == 200
    assert permitted.refusals == ["api_handler: dynamodb:Scan on AppTableArn "]
    permitted.refusals.clear()


def test_a_function_that_asks_too_much_is_noticed(tables: object) -> None:
    @logs.function
    def carry_finished_months(_event: object) -> None:
        table.get(AppItem, "NOBODY", "-")

    carry_finished_months({})
    assert permitted.refusals == ["carry_finished_months: dynamodb:GetItem on AppTableArn NOBODY"]
    permitted.refusals.clear()


def test_a_report_is_written_under_its_own_key_and_no_other(tables: object) -> None:
    @logs.function
    def verify_books_nightly(_event: object) -> None:
        for key in ("VERIFICATION#20261126", "MEMBER#01KA"):
            table.commit([table.create(AppItem(pk=key, sk="-"))])

    verify_books_nightly({})
    assert permitted.refusals == ["verify_books_nightly: dynamodb:PutItem on AppTableArn MEMBER#01KA"]
    permitted.refusals.clear()


def test_what_it_may_is_not_noticed(tables: object) -> None:
    carry_finished_months(clock_event(), None)
    assert permitted.refusals == []
    assert list(permitted.asked("Scan", {"TableName": EntryItem._table_name()})) == [
        ("dynamodb:Scan", "JournalTableArn", "")
    ]
