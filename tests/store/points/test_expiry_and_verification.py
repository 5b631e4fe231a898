"""Expired points leave once; and the checks notice what they are there to notice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from chalicelib import clock, table
from chalicelib.ledger import accounts, verify
from chalicelib.ledger.store import balances, journal
from chalicelib.points.service import assessments, checkins, expiry, my_points
from chalicelib.points.store import activities as activity_store
from chalicelib.points.store import assessments as store
from chalicelib.points.store import checkins as checkin_store
from tests.store.points.street import DAY, HOUR, NINE, Street, claims, form

YEAR = 366 * DAY


def test_expired_points_leave_once_and_hours_stay(street: Street) -> None:
    done = street.served(street.zhou, street.activity(), 120)
    assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
    end_of_2027 = clock.month_end_ms(2027, 12)
    assert expiry.expire_all(now_ms=end_of_2027 - 1).done == 0
    actor = street.actor(street.zhou)
    # what is dead shows as gone before the job has run
    assert my_points.my_points(actor, now_ms=end_of_2027).balances[1].available_centi == 0
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: expiry.expire_wallet(street.zhou.id, now_ms=end_of_2027), range(8))) == 1
    assert expiry.expire_all(now_ms=end_of_2027).done == 0
    purse = balances.wallet(street.zhou.id)
    assert (purse.posted("TIME"), purse.posted("MEDAL"), purse.lifetime_medal_centi) == (240, 0, 120)
    (entry,) = (one for one in journal.scan_entries() if one.kind == "expiry")
    assert entry.amount(accounts.EXPIRED, "MEDAL") == -120
    seen = my_points.my_points(actor, now_ms=end_of_2027)
    assert (seen.minutes, seen.medal.lifetime_centi) == (120, 120)
    assert [one.kind for one in my_points.statement(actor)[0]] == ["expiry", "award"]


def test_a_statement_goes_page_by_page(street: Street) -> None:
    for n in range(5):
        done = street.served(street.zhou, street.activity(f"第{n}天", starts_at=NINE + n * DAY), 60)
        assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + n * DAY + 9 * HOUR)
    actor, keys, cursor = street.actor(street.zhou), [], ""
    while True:
        entries, cursor = my_points.statement(actor, limit=2, cursor=cursor)
        keys += [one.key for one in entries]
        if not cursor:
            break
    assert len(keys) == len(set(keys)) == 5
    records, more = my_points.records(actor, limit=3)
    rest, end = my_points.records(actor, limit=3, cursor=more)
    assert len({one.check_in.id for one in [*records, *rest]}) == 5
    assert end == ""


def findings(now_ms: int = 0) -> str:
    return "\n".join(f"{one.check} {one.detail}" for one in verify.verify(lambda: claims(now_ms), tries=1))


def test_the_checks_notice_what_is_wrong(street: Street) -> None:
    """Each fact is bent behind the services' back, found, and set right again."""
    meal = street.activity()
    done = street.served(street.zhou, meal, 120)
    assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
    came = checkins.check_in(street.zhou.id, meal.id, how="code", submission=form(), now_ms=meal.ends_at - 1)
    assert findings(meal.ends_at) == ""

    assert "still open after its activity's end" in findings(meal.ends_at + DAY)
    checkins.check_out(street.zhou.id, meal.id, how="code", submission=form(), now_ms=meal.ends_at, sure=True)

    def bent(change: list[table.Write], back: list[table.Write], says: str) -> None:
        assert findings() == ""
        table.commit(change)
        assert says in findings()
        table.commit(back)

    assessment = store.find(done.id, 1)
    assert assessment is not None
    given = assessment.value

    def put(one: object) -> list[table.Write]:
        item = store.AssessmentItem(pk=assessment.pk, sk=assessment.sk, value=one)
        return [table.put(item)]

    bent(put(replace(given, entry_key=f"award:{done.id}:7")), put(given), "no award entry")
    bent(put(replace(given, entry_key="")), put(given), "award entry without its fact")
    bent(put(replace(given, replaced_at=NINE)), put(given), "no award_reversal entry")
    bent(put(replace(given, assessor_id=street.zhou.id)), put(given), "assessed by the volunteer")
    bent(put(replace(given, points_centi={"TIME": 5000, "MEDAL": 120})), put(given), "the cap is 1000")
    bent(put(replace(given, points_centi={"TIME": 241, "MEDAL": 120})), put(given), "not what its explanation gives")
    bent(put(replace(given, minutes=119)), put(given), "hours of member")
    bent([table.delete(store.AssessmentItem(pk=assessment.pk, sk=assessment.sk))], put(given), "there is no assessment")

    bent(
        store.hours_writes(street.zhou.id, 2026, 1, 0),
        store.hours_writes(street.zhou.id, 2026, -1, 0),
        "hours of member",
    )
    after = checkin_store.read(came.id).value
    bent(
        checkin_store.done_writes("assess", after), checkin_store.todo_writes("assess", after), "on the list to assess"
    )
    opened = checkin_store.OpenItem(pk=f"OPEN#{street.zhou.id}", sk="#", check_in_id=done.id)
    bent([table.put(opened)], [table.delete(opened)], "but open for its member is")
    seat = activity_store.SeatItem(pk=f"ACTIVITY#{meal.id}", sk="SEAT#nobody", check_in_id=done.id)
    bent([table.put(seat)], [table.delete(seat)], "joined, have a seat, came")
    assert findings() == ""
