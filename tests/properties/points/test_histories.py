"""Whatever order people come, leave, forget, are assessed, reassessed, spend and let expire: the books hold,
nobody is in twice, no day gives more than its cap, and hours are what assessments recognised."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import clock, table
from chalicelib.errors import DomainError
from chalicelib.identity import service as identity
from chalicelib.ledger import wallet
from chalicelib.ledger.store import balances
from chalicelib.points.service import assessments, attendance, checkins, expiry, my_points, rule_sheets
from chalicelib.points.store import checkins as store
from tests.store.points.street import DAY, HOUR, MINUTE, NINE, Street, books_hold, form

SERVE = st.tuples(st.just("serve"), st.integers(0, 1), st.integers(1, 600))
ASSESS = st.tuples(st.just("assess"), st.integers(0, 5), st.sampled_from(("excellent", "good", "passed", "failed")))
STEP = st.one_of(
    SERVE,
    SERVE,
    ASSESS,
    ASSESS,
    ASSESS,
    st.tuples(st.just("in"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("out"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("spend"), st.integers(0, 1), st.integers(1, 90)),
    st.tuples(st.just("confirm"), st.integers(0, 200), st.just(0)),
    st.tuples(st.just("tomorrow"), st.just(0), st.just(0)),
    st.tuples(st.just("next year"), st.just(0), st.just(0)),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=10, max_size=40))
def test_any_history_holds(tables: object, steps: list[tuple[str, int, object]]) -> None:
    table.delete_tables()
    table.create_tables()
    street = Street()
    people = [street.zhou, street.volunteer("吴大爷")]
    now, today = NINE, []

    def new_day() -> None:
        today[:] = [street.activity(f"活动{n}", starts_at=now, hours=10, capacity=2).id for n in range(2)]

    new_day()
    for what, first, second in steps:
        now += 47 * MINUTE
        try:
            if what == "in":
                checkins.check_in(
                    people[first].id, today[int(str(second))], how="code", submission=form(now), now_ms=now
                )
            elif what == "serve":
                who, minutes = people[first].id, int(str(second))
                came = checkins.check_in(who, today[0], how="code", submission=form(now), now_ms=now)
                now += minutes * MINUTE
                checkins.check_out(who, came.activity_id, how="code", submission=form(now), now_ms=now, sure=True)
            elif what == "out":
                activity_id = today[int(str(second))]
                checkins.check_out(people[first].id, activity_id, how="code", submission=form(now), now_ms=now)
            elif what == "assess":
                found = sorted(store.all_check_ins(), key=lambda one: one.id)
                of = found[first % len(found)] if found else None
                if of is not None:
                    grade = str(second)
                    assessments.assess(
                        street.assessor, of.id, number=of.assessed + 1, grade=grade, reason="核对后更正", now_ms=now
                    )
            elif what == "spend":
                read = balances.wallet(people[first].id)
                held = wallet.hold(read, form(now), "TIME", int(str(second)), clock.shanghai_day(now))
                table.commit(balances.wallet_writes(read, held))
            elif what == "confirm":
                waiting, _ = attendance.to_confirm(street.coordinator, "longjing")
                for one in waiting:
                    attendance.confirm(street.coordinator, one.check_in.id, first, now_ms=now)
            else:
                now = (
                    clock.day_start_ms(clock.shanghai_day(now)) + (DAY if what == "tomorrow" else 400 * DAY) + 9 * HOUR
                )
                attendance.close_forgotten(now_ms=now)
                expiry.expire_all(now_ms=now)
                new_day()
        except DomainError:
            pass  # refused, and nothing may have changed by it
    books_hold()
    _caps_hold_and_hours_are_recognised([one.id for one in people], now)


def _caps_hold_and_hours_are_recognised(people: list[str], now: int) -> None:
    given: dict[tuple[str, object, str], int] = defaultdict(int)
    minutes: dict[str, int] = defaultdict(int)
    for one in store.all_check_ins():
        for asset, points in one.points_centi.items():
            given[(one.member_id, one.day, asset)] += points
        minutes[one.member_id] += one.minutes if one.assessed else 0
    sheet = rule_sheets.version(1)
    for (_, _, asset), points in given.items():
        assert points <= sheet.cap_centi_per_day("TIME" if asset == "TIME" else "MEDAL")
    for member_id in people:
        actor = identity.actor_for(member_id, now)
        assert my_points.my_points(actor, now_ms=now).minutes == minutes[member_id]
        lifetime = sum(points for (who, _, asset), points in given.items() if who == member_id and asset == "MEDAL")
        assert balances.wallet(member_id).lifetime_medal_centi == lifetime
