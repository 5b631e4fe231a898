"""The verification by night keeps what it came to, whatever it finds, and the books' page shows it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from app import app
from chalicelib import clock, table
from chalicelib.config import settings
from chalicelib.errors import NotAllowed
from chalicelib.fund.store.disbursements import DisbursementItem
from chalicelib.ledger import entry as e
from chalicelib.ledger.store.journal import EntryItem
from chalicelib.reports.model.faults import VerificationOutOfTime
from chalicelib.reports.routes import books as page
from chalicelib.reports.service import nightly
from chalicelib.reports.store import verification as store
from chalicelib.web import pages
from chalicelib.web.request import Request
from tests.store.fund import spending as fund
from tests.store.fund.people import NOW, RESIDENT, SUPERVISOR
from tests.store.reports.test_rounds import Ending

pytestmark = pytest.mark.usefixtures("tables")


def a_payment() -> str:
    with clock.at(NOW):
        fund.open_fund()
        return f"pay:{fund.pay(fund.approve(fund.ask(20_000))).id}:1"


def ticking(from_ms: int = NOW) -> Any:
    return itertools.count(from_ms, 1000).__next__


def shown(now_ms: int = NOW + 60_000) -> str:
    request = Request(method="GET", path="/staff/books", route="/staff/books", now_ms=now_ms, actor=SUPERVISOR)
    answer = page.show(request)
    return pages.render(request, answer.template, answer.data)


def test_what_holds_is_kept_and_shown() -> None:
    a_payment()
    assert nightly.last_night(SUPERVISOR, NOW) is None
    assert "还没有做过夜间核对" in shown()
    report, findings = nightly.verify_by_night(ticking())
    assert findings == []
    assert (report.entries, report.findings, report.broken) == (2, 0, "")
    assert report.finished_ms > report.started_ms
    assert nightly.last_night(SUPERVISOR, NOW) == (report, "held")
    assert "核对了 2 笔分录,全部相符" in shown()
    with pytest.raises(NotAllowed):
        nightly.last_night(RESIDENT, NOW)


def test_it_writes_its_own_report_and_nothing_else() -> None:
    """As its policy asks: one key of one table, whatever it reads."""
    a_payment()
    written: list[tuple[str, str]] = []

    def note(operation: str, arguments: Mapping[str, Any], _answer: object) -> None:
        if operation == "TransactWriteItems":
            for write in arguments["TransactItems"]:
                ((kind, of),) = write.items()
                written.append((kind, f"{of['TableName']} {of['Item']['pk']['S'].partition('#')[0]}"))
        elif operation not in ("GetItem", "Query", "Scan"):
            written.append((operation, ""))

    with table.watching(note):
        nightly.verify_by_night(ticking())
    assert written == [("Put", f"{settings().table_app} VERIFICATION")] * 2


def test_what_does_not_hold_is_kept_short_and_shown() -> None:
    key = a_payment()
    EntryItem.get(f"E#{e.entry_id(key)}").delete()
    report, findings = nightly.verify_by_night(ticking())
    assert report.findings == len(findings) == len(report.found) > 1
    assert {one.check for one in report.found} == {"fact_has_entry", "totals"}
    text = shown()
    assert f"发现 {report.findings} 处不一致" in text
    assert key in text
    assert "惠民超市" not in text


@pytest.mark.parametrize(
    ("attribute", "value", "check"),
    [
        ("j", {"S": "not json"}, "entry_readable"),
        ("j", {"N": "1"}, "entry_readable"),
        ("n", {"S": "x"}, "entry_readable"),
        ("a1", {"S": "A#liability:wallet:somebody"}, "entry_indexes"),
        ("d", {"S": "D#20200101#0"}, "entry_indexes"),
    ],
)
def test_an_entry_that_was_damaged_is_a_finding_and_no_failure(
    attribute: str, value: dict[str, str], check: str
) -> None:
    pk = f"E#{e.entry_id(a_payment())}"
    table.connection().client.update_item(
        TableName=settings().table_journal,
        Key={"pk": {"S": pk}},
        UpdateExpression="SET #a = :v",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":v": value},
    )
    report, _ = nightly.verify_by_night(ticking())
    assert (check, pk) in {(one.check, one.about) for one in report.found}


def test_an_entry_under_another_id_is_a_finding() -> None:
    pk = f"E#{e.entry_id(a_payment())}"
    client, name = table.connection().client, settings().table_journal
    item = client.get_item(TableName=name, Key={"pk": {"S": pk}})["Item"]
    client.put_item(TableName=name, Item={**item, "pk": {"S": "E#" + "0" * 32}})
    client.delete_item(TableName=name, Key={"pk": {"S": pk}})
    report, _ = nightly.verify_by_night(ticking())
    assert ("entry_id", "E#" + "0" * 32) in {(one.check, one.about) for one in report.found}


def test_a_fact_that_cannot_be_read_is_a_finding() -> None:
    a_payment()
    asked = next(
        iter(DisbursementItem.scan(DisbursementItem.pk.startswith("DISBURSEMENT#") & (DisbursementItem.sk == "-")))
    )
    table.connection().client.update_item(
        TableName=settings().table_app,
        Key={"pk": {"S": asked.pk}, "sk": {"S": asked.sk}},
        UpdateExpression="SET disbursement = :v",
        ExpressionAttributeValues={":v": {"S": "{"}},
    )
    report, _ = nightly.verify_by_night(ticking())
    assert [(one.check, one.about) for one in report.found] == [("item_readable", asked.pk)]


def test_a_run_that_ended_by_force_shows() -> None:
    """Of a function that is killed nothing is heard: what it wrote at its beginning stays."""
    a_payment()
    began, later = NOW, NOW + nightly.LONGEST_MS
    table.commit(store.writes("20261122", nightly.VerificationReport(started_ms=began)))
    assert "正在进行" in shown(later - 1)
    assert "没有完成" in shown(later)


def test_the_time_is_up(caplog: pytest.LogCaptureFixture) -> None:
    a_payment()
    with pytest.raises(VerificationOutOfTime):
        nightly.verify_by_night(ticking(), lambda: False)
    (report,) = store.latest(1)
    assert report.broken == "verification_out_of_time"
    assert "没有完成" in shown()
    with clock.at(NOW), pytest.raises(Exception, match="verification_out_of_time"):
        app.handler_map["verify_books_nightly"]({**EVENT}, Ending([]))
    assert not [record for record in caplog.records if "metric" in record.__dict__]


EVENT = {
    "version": "0", "account": "local", "region": "local", "detail": {}, "detail-type": "Scheduled Event",
    "source": "aws.events", "time": "1970-01-01T00:00:00Z", "id": "one", "resources": [],
}  # fmt: skip


def test_what_a_metric_counts(caplog: pytest.LogCaptureFixture) -> None:
    key = a_payment()
    for broken in (False, True):
        caplog.clear()
        if broken:
            EntryItem.get(f"E#{e.entry_id(key)}").delete()
        with clock.at(NOW):
            app.handler_map["verify_books_nightly"]({**EVENT}, None)
        counted = dict(record.__dict__["metric"] for record in caplog.records if "metric" in record.__dict__)
        assert counted["VerificationRan"] == 1
        assert (counted["VerificationFindings"] > 0) is broken
