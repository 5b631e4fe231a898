"""Activities and rule sheets on the engine: made once, by those who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from chalicelib.points.model.faults import ActivityUnknown, CategoryUnknown, SheetExists, SheetInvalid, SheetMissing
from chalicelib.points.service import Draft, activities, assessments, rule_sheets
from tests.store.points.street import DAY, HOUR, NINE, Street, form


def draft(**other: object) -> Draft:
    one = Draft("longjing", "elderly", "送餐", "食堂", "送餐上门", "居委会", NINE, NINE + 3 * HOUR, 30)
    return replace(one, **other)  # type: ignore[arg-type]


def test_the_same_form_makes_one_activity(street: Street) -> None:
    sent = form(NINE - DAY)

    def create(_: int) -> str:
        return activities.create(street.coordinator, draft(), submission=sent, now_ms=NINE - DAY).id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(create, range(8)))
    assert len(made) == 1
    found = activities.by_number(activities.get(made.pop()).number)
    assert (found.name, found.coordinator_id) == ("送餐", street.coordinator.member_id)


def test_who_may_not_open_an_activity(street: Street) -> None:
    for who in (street.assessor, street.actor(street.zhou), street.admin):
        with pytest.raises(NotAllowed):
            activities.create(who, draft(), submission=form(), now_ms=NINE - DAY)
    with pytest.raises(NotAllowed):
        activities.create(street.coordinator, draft(community_id="hehua"), submission=form(), now_ms=NINE - DAY)
    with pytest.raises(identity.faults.CommunityUnknown):
        activities.create(street.coordinator, draft(community_id="nowhere"), submission=form(), now_ms=NINE - DAY)
    with pytest.raises(CategoryUnknown):
        activities.create(street.coordinator, draft(category="👋"), submission=form(), now_ms=NINE - DAY)


def test_ids_and_numbers_that_are_none(street: Street) -> None:
    for text in ("", "x", "👋" * 100, form(), "../" * 9):
        with pytest.raises(ActivityUnknown):
            activities.get(text)
        with pytest.raises(ActivityUnknown):
            activities.by_number(text)


def test_lists_go_page_by_page(street: Street) -> None:
    made = [street.activity(f"第{n}场", starts_at=NINE + n * HOUR).id for n in range(5)]
    first, more = activities.coming(now_ms=NINE, limit=3)
    second, end = activities.coming(now_ms=NINE, limit=3, cursor=more)
    assert [one.id for one in [*first, *second]] == made[::-1]
    assert end == ""
    assert activities.coming(now_ms=NINE + DAY)[0] == []
    assert len(activities.of_community(street.coordinator, "longjing")[0]) == 5
    assert activities.coming(community_id="hehua", now_ms=NINE)[0] == []
    with pytest.raises(NotAllowed):
        activities.of_community(street.coordinator, "hehua")
    supervisor = street.staff("冯监督", Role.SUPERVISOR, "street")
    assert len(activities.of_community(supervisor, "longjing")[0]) == 5
    assert [one.id for one in activities.chosen(street.coordinator, Role.COORDINATOR, "")[0]] == ["longjing"]


def test_a_service_is_scored_by_the_sheet_of_its_day(street: Street) -> None:
    old = street.served(street.zhou, street.activity(), 60)
    sheet = rule_sheets.version(1)
    lines = tuple(replace(line, time_centi_per_hour=200) for line in sheet.lines)
    second = replace(sheet, version=2, effective_from=date(2026, 3, 7), lines=lines)
    rule_sheets.publish(street.admin, second, now_ms=NINE + DAY)
    new = street.served(street.zhou, street.activity("新细则之后", starts_at=NINE + 2 * DAY), 60)
    late = NINE + 9 * DAY
    assert assessments.assess(street.assessor, old.id, number=1, grade="good", now_ms=late).points_centi["TIME"] == 120
    assert assessments.assess(street.assessor, new.id, number=1, grade="good", now_ms=late).points_centi["TIME"] == 240


def test_publishing_is_for_administrators_and_happens_once(street: Street) -> None:
    second = replace(rule_sheets.version(1), version=2, effective_from=date(2026, 4, 1))
    with pytest.raises(NotAllowed):
        rule_sheets.publish(street.coordinator, second, now_ms=NINE)
    with pytest.raises(SheetInvalid):
        rule_sheets.publish(street.admin, replace(second, lines=()), now_ms=NINE)

    def publish(number: int) -> str:
        mine = replace(second, objection_days=10 + number)
        try:
            rule_sheets.publish(street.admin, mine, now_ms=NINE)
        except SheetExists as error:
            return error.code
        return "published"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(publish, range(8)))
    assert answers == ["published"] + ["rule_sheet_exists"] * 7
    current = rule_sheets.latest()
    assert current is not None
    assert rule_sheets.publish(street.admin, current, now_ms=NINE).version == 2


def test_typed_mistakes_name_their_field_and_line(street: Street) -> None:
    typed = rule_sheets.Typed(
        version=2,
        effective_from=date(2026, 4, 1),
        **{  # type: ignore[arg-type]
            **rule_sheets.as_typed(rule_sheets.version(1)),
            "objection_days": 15,
            "lines": "elderly 助老 1 1 1\n👋",
        },
    )
    with pytest.raises(rule_sheets.FieldWrong) as told:
        rule_sheets.publish_typed(street.admin, typed, now_ms=NINE)
    assert (told.value.field, told.value.why.fields) == ("lines", {"line": 2})
    made = rule_sheets.publish_typed(street.admin, replace(typed, lines="elderly 助老 1 1 1"), now_ms=NINE)
    assert made.line("elderly").name == "助老"


def test_before_the_first_sheet_nothing_is_scored(street: Street) -> None:
    with pytest.raises(SheetMissing):
        rule_sheets.on(date(2025, 12, 31))
    with pytest.raises(DomainError):
        rule_sheets.version(99)
