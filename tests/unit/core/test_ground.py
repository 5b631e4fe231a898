"""The ground that everything stands on: clock, ids, settings, the rules of commit."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib import clock, config, ids, table
from chalicelib.table import AppItem, JournalItem, Write


def test_the_day_turns_in_shanghai() -> None:
    midnight = clock.day_start_ms(date(2026, 11, 22))
    assert clock.shanghai_day(midnight) == date(2026, 11, 22)
    assert clock.shanghai_day(midnight - 1) == date(2026, 11, 21)
    assert clock.shanghai_month(clock.month_end_ms(2026, 12) - 1) == "202612"
    assert clock.shanghai_month(clock.month_end_ms(2026, 12)) == "202701"


def test_a_set_clock_stands_still_and_is_given_back() -> None:
    with clock.at(5):
        assert clock.now_ms() == 5
    assert clock.now_ms() > 1_700_000_000_000


def test_ulids_sort_by_time_and_tell_it() -> None:
    early, late = ids.ulid(1_000), ids.ulid(2_000)
    assert early < late
    assert ids.is_ulid(early)
    assert ids.ulid_ms(late) == 2_000
    assert not ids.is_ulid(early.lower())
    assert not ids.is_ulid("8" + early[1:])
    assert ids.derived_ulid(7, "form", "a") == ids.derived_ulid(7, "form", "a") != ids.derived_ulid(7, "forma")


def test_a_missing_setting_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_SECRET_KEYS", raising=False)
    with pytest.raises(config.SettingMissing) as caught:
        config.settings().secret_keys  # noqa: B018
    assert caught.value.fields == {"name": "LINLI_SECRET_KEYS"}


@pytest.mark.parametrize("value", ["k1:zz", "k1:" + "00" * 31, "nocolon", "k-1:" + "00" * 32])
def test_a_malformed_key_is_as_good_as_missing(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LINLI_SECRET_KEYS", value)
    with pytest.raises(config.SettingMissing):
        config.settings().secret_keys  # noqa: B018


def test_keys_differ_by_purpose_and_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SECRET_KEYS", f"k2:{'01' * 32},k1:{'02' * 32}")
    ring = config.settings().secret_keys
    assert ring.current == "k2"
    assert len({ring.derive("card"), ring.derive("voucher"), ring.derive("card", "k1")}) == 3


class Thing(AppItem):
    """Only for these tests."""


def test_the_journal_can_only_be_inserted_into() -> None:
    entry = JournalItem(pk="E#1", day="D", at="1")
    for write in (Write("put", entry), Write("delete", entry), Write("update", entry, JournalItem.pk.exists())):
        with pytest.raises(ValueError, match="only ever inserted"):
            table.commit([write])


def test_two_writes_to_one_item_are_refused_before_sending() -> None:
    thing = Thing(pk="A", sk="-")
    with pytest.raises(ValueError, match="two writes"):
        table.commit([table.put(thing), table.create(thing)])


def test_a_transaction_has_a_limit() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        table.commit([table.put(Thing(pk=str(n), sk="-")) for n in range(101)])


@pytest.mark.parametrize("cursor", ["x", "e30=", "W10=", "eyJwayI6IDF9", "eyJwayI6IHsiTiI6ICIxIn19", "🙂"])
def test_a_made_up_page_position_is_refused(cursor: str) -> None:
    with pytest.raises(table.BadCursor):
        table.page(Thing, "A", cursor=cursor)
