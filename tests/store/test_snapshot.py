"""A snapshot answers what the tables would, is not written to, and saves a verification its thousand questions."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import table
from chalicelib.config import settings
from chalicelib.points.service import assessments
from chalicelib.reports.service import verify_books
from chalicelib.table import AppItem, ItemUnreadable
from tests.store.points.street import DAY, NINE, Street

pytestmark = pytest.mark.usefixtures("tables")


class NoteItem(AppItem):
    text = UnicodeAttribute()
    size = NumberAttribute(default=0)


def note(pk: str, sk: str = "-", text: str = "x", size: int = 0) -> None:
    table.commit([table.put(NoteItem(pk=pk, sk=sk, text=text, size=size))])


def found(condition: Any) -> list[tuple[str, str, str]]:
    return sorted((item.pk, item.sk, item.text) for item in table.scan(NoteItem, condition))


def test_every_question_has_the_same_answer() -> None:
    for pk in ("NOTE#1", "NOTE#2", "NOTE#甲", "NOTE#\U0001f600", "NOTES#1", "NOTD#9", "NOTE"):
        for sk in ("-", "SEAT#1", "#"):
            note(pk, sk, f"{pk} {sk}", len(sk))
    begins = NoteItem.pk.startswith("NOTE#")
    conditions = [
        begins, begins & (NoteItem.sk == "-"), begins & (NoteItem.sk != "-"), begins & NoteItem.sk.startswith("SEAT#"),
        NoteItem.text.startswith("NOTE#1"), None, NoteItem.size > 2, begins & (NoteItem.size == 6),
        (NoteItem.sk == "-") | (NoteItem.sk == "#"),
    ]  # fmt: skip
    outside = [found(condition) for condition in conditions]
    assert [len(one) for one in outside] == [12, 4, 8, 4, 3, 21, 7, 4, 14]
    keys = [("NOTE#1", "-"), ("NOTE#甲", "SEAT#1"), ("NOTE#1", "none"), ("none", "-"), ("x" * 3000, "-")]
    got = [item and item.text for item in (table.get(NoteItem, *key) for key in keys)]
    with table.snapshot():
        assert [found(condition) for condition in conditions] == outside
        assert [item and item.text for item in (table.get(NoteItem, *key) for key in keys)] == got


def test_it_stands_still_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    note("NOTE#1", text="before")
    with table.snapshot():
        note("NOTE#1", text="after")
        note("NOTE#2")
        assert found(NoteItem.pk.startswith("NOTE#")) == [("NOTE#1", "-", "before")]
        assert len(list(tmp_path.iterdir())) == 1
    assert found(NoteItem.pk.startswith("NOTE#")) == [("NOTE#1", "-", "after"), ("NOTE#2", "-", "x")]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_is_told_there_too() -> None:
    for number in range(3):
        note(f"NOTE#{number}")
    table.connection().client.update_item(
        TableName=settings().table_app,
        Key={"pk": {"S": "NOTE#1"}, "sk": {"S": "-"}},
        UpdateExpression="SET #s = :v",
        ExpressionAttributeNames={"#s": "size"},
        ExpressionAttributeValues={":v": {"S": "large"}},
    )
    with table.snapshot():
        with pytest.raises(ItemUnreadable):
            found(NoteItem.pk.startswith("NOTE#"))
        skipped: list[str] = []
        rest = table.scan(
            NoteItem, NoteItem.pk.startswith("NOTE#"), skip=lambda error: skipped.append(str(error.fields["pk"]))
        )
        assert [item.pk for item in rest] == ["NOTE#0", "NOTE#2"]
        assert skipped == ["NOTE#1"]


def test_many_pages() -> None:
    """A scan gives 1 MB at a time."""
    for number in range(12):
        note(f"NOTE#{number:02d}", text="甲" * 100_000)
    asked: list[str] = []
    with table.watching(lambda operation, _arguments, _answer: asked.append(operation)), table.snapshot():
        assert len(found(NoteItem.pk.startswith("NOTE#"))) == 12
    assert asked.count("Scan") >= 4


def asked_by_verification(now_ms: int) -> Counter[str]:
    counted: Counter[str] = Counter()

    def note_it(operation: str, arguments: Mapping[str, Any], _answer: object) -> None:
        counted[f"{operation} {arguments.get('TableName')}"] += 1

    with table.watching(note_it):
        assert verify_books(now_ms) == []
    return counted


def test_a_verification_asks_no_more_of_a_larger_street() -> None:
    street = Street()
    activity = street.activity()
    asked: list[Counter[str]] = []
    for round_ in range(2):
        for number in range(1 + 8 * round_):
            person = street.volunteer("志愿者" + "甲乙丙丁戊己庚辛壬"[number])
            done = street.served(person, activity, 60)
            assessments.assess(street.assessor, done.id, number=1, grade="good", now_ms=NINE + DAY)
        asked.append(asked_by_verification(NINE + DAY))
    assert asked[0] == asked[1]
    assert asked[0][f"Scan {settings().table_app}"] == 1
