"""What runs by the clock goes on where one item fails, says which, and stops while there is time to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app import app
from chalicelib import clock, table
from chalicelib.config import settings
from chalicelib.ledger.store import balances, totals
from chalicelib.merchants import service as merchants
from chalicelib.points.service import checkins
from chalicelib.points.store import checkins as checkin_store
from local.demo.schedules import scheduled
from tests.store.merchants import scene as shops
from tests.store.points.street import HOUR, NINE, Street, form

pytestmark = pytest.mark.usefixtures("tables")
DAY_MS = 24 * HOUR


@dataclass
class Ending:
    """Lambda's context: so many milliseconds are left at each question, then none."""

    left_ms: list[int]

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms.pop(0) if self.left_ms else 0


def run(name: str, now_ms: int, context: Ending | None = None) -> None:
    assert name in {called for called, _, _ in scheduled()}
    event = {
        "version": "0", "account": "local", "region": "local", "detail": {}, "detail-type": "Scheduled Event",
        "source": "aws.events", "time": "1970-01-01T00:00:00Z", "id": "one", "resources": [],
    }  # fmt: skip
    with clock.at(now_ms):
        app.handler_map[name](event, context)


def damage(table_name: str, pk: str, sk: str, attribute: str, value: dict[str, str]) -> Callable[[], None]:
    """Somebody writes past us into one attribute; the result puts it right again."""
    client, key = table.connection().client, {"pk": {"S": pk}, "sk": {"S": sk}}
    before = client.get_item(TableName=table_name, Key=key, ConsistentRead=True)["Item"][attribute]

    def write(to: dict[str, Any]) -> None:
        client.update_item(
            TableName=table_name,
            Key=key,
            UpdateExpression="SET #a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": to},
        )

    write(value)
    return lambda: write(before)


def told(caplog: pytest.LogCaptureFixture) -> tuple[dict[str, object], set[tuple[str, str]], int]:
    """The line at the end, the codes of what failed by id, and how often an alarm counted; then forgotten."""
    facts = [record.__dict__["facts"] for record in caplog.records if record.name == "linli.schedule"]
    failed = {
        (record.__dict__["facts"]["about"], record.__dict__["facts"].get("code", record.exc_info[0].__name__))
        for record in caplog.records
        if record.name == "linli.function" and record.levelname == "ERROR" and record.exc_info
    }
    counted = [record.__dict__["metric"][1] for record in caplog.records if "metric" in record.__dict__]
    caplog.clear()
    return facts[-1], failed, sum(counted)


def checked_in(street: Street, how_many: int) -> list[tuple[str, str]]:
    """(member, check-in) of people who forget to check out of one activity."""
    activity = street.activity()
    found = []
    for number in range(how_many):
        person = street.volunteer("志愿者" + "甲乙丙丁戊"[number])
        start = activity.starts_at + number * 1000
        made = checkins.check_in(person.id, activity.id, how="code", submission=form(start), now_ms=start)
        found.append((person.id, made.id))
    return found


def test_forgotten_check_outs(caplog: pytest.LogCaptureFixture) -> None:
    street, name = Street(), "close_forgotten_check_outs"
    (_, broken), (lost_member, _), (_, whole) = checked_in(street, 3)
    mend = [
        damage(settings().table_app, f"CHECKIN#{broken}", "#", "value", {"S": "{"}),
        damage(settings().table_app, f"OPEN#{lost_member}", "#", "check_in_id", {"N": "1"}),
    ]
    over = NINE + 2 * DAY_MS
    run(name, over)
    line, failed, counted = told(caplog)
    assert line == {"schedule": name, "done": 1, "failed": 2, "cut_short": False}
    assert failed == {(broken, "item_unreadable"), (f"OPEN#{lost_member}", "item_unreadable")}
    assert counted == 2
    assert checkin_store.read(whole).value.state == "forgotten"
    for put_right in mend:
        put_right()
    run(name, over)
    assert told(caplog) == ({"schedule": name, "done": 2, "failed": 0, "cut_short": False}, set(), 0)


def test_vouchers(caplog: pytest.LogCaptureFixture) -> None:
    with clock.at(shops.NOW):
        scene = shops.open_scene()
        shops.award(scene.zhou, 200_00)
        offer = scene.offer(valid_days=1)
        issued = [
            merchants.issue(scene.zhou, offer.id, agreed_centi=50_00, submission=form(at), now_ms=at)
            for at in range(shops.NOW, shops.NOW + 3)
        ]
    mend = damage(settings().table_app, f"VOUCHER#{issued[0].id}", "#", "body", {"S": '{"id":7}'})
    run("expire_vouchers", shops.NOW + 2 * DAY_MS)
    line, failed, counted = told(caplog)
    assert (line["done"], line["failed"], counted) == (2, 1, 1)
    assert failed == {(f"VOUCHER#{issued[0].id}", "item_unreadable")}
    assert shops.held(scene.zhou) == 50_00
    mend()
    run("expire_vouchers", shops.NOW + 2 * DAY_MS)
    line, failed, counted = told(caplog)
    assert (line["done"], line["failed"], counted) == (1, 0, 0)
    assert shops.held(scene.zhou) == 0


def test_wallets(caplog: pytest.LogCaptureFixture) -> None:
    with clock.at(shops.NOW):
        scene = shops.open_scene()
        for holder in (scene.zhou, scene.clerk, scene.second_clerk):
            shops.award(holder, 10_00, "MEDAL", "2026-11")
    purse, member = f"W#{scene.clerk.member_id}", f"MEMBER#{scene.second_clerk.member_id}"
    mend = [
        damage(settings().table_balances, purse, "-", "body", {"S": "not a wallet"}),
        # a wallet that can be read, of a member who cannot
        damage(settings().table_app, member, "#", "value", {"S": "[]"}),
    ]
    december = shops.NOW + 31 * DAY_MS
    run("expire_points", december)
    line, failed, counted = told(caplog)
    assert (line["done"], line["failed"], counted) == (1, 2, 2)
    assert failed == {(purse, "item_unreadable"), (scene.second_clerk.member_id, "item_unreadable")}
    assert balances.wallet(scene.zhou.member_id).posted("MEDAL") == 0
    for put_right in mend:
        put_right()
    run("expire_points", december)
    assert told(caplog)[0]["done"] == 2
    assert balances.wallet(scene.clerk.member_id).posted("MEDAL") == 0


def test_sums_of_finished_months(caplog: pytest.LogCaptureFixture) -> None:
    with clock.at(shops.NOW):
        scene = shops.open_scene()
        shops.award(scene.zhou, 10_00)
    run("carry_finished_months", shops.NOW + 32 * DAY_MS)
    done = told(caplog)[0]["done"]
    assert done == len(totals.owners()) > 2
    mend = damage(settings().table_balances, "T#community:anfu#carry", "-", "through_month", {"N": "1"})
    run("carry_finished_months", shops.NOW + 64 * DAY_MS)
    line, failed, counted = told(caplog)
    assert (line["done"], line["failed"], counted) == (done - 1, 1, 1)
    assert failed == {("community:anfu", "item_unreadable")}
    mend()
    run("carry_finished_months", shops.NOW + 64 * DAY_MS)
    assert told(caplog)[0]["done"] == 1


def test_a_round_stops_while_there_is_time_and_the_next_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    street, name = Street(), "close_forgotten_check_outs"
    checked_in(street, 5)
    over = NINE + 2 * DAY_MS
    run(name, over, Ending([60_000, 50_000, 19_000, 60_000, 60_000]))
    assert told(caplog)[0] == {"schedule": name, "done": 2, "failed": 0, "cut_short": True}
    run(name, over, Ending([60_000] * 9))
    assert told(caplog)[0] == {"schedule": name, "done": 3, "failed": 0, "cut_short": False}


def test_a_database_that_does_not_answer_ends_the_round() -> None:
    """Not every one of a thousand waits for its time-out: the fourth is not asked, and the function fails."""
    asked: list[int] = []

    def do(number: int) -> int:
        asked.append(number)
        raise table.StoreUnavailable(reason="no_answer")

    with pytest.raises(table.StoreUnavailable):
        table.each(lambda _skip: range(1000), str, do)
    assert asked == [0, 1, 2]
