from __future__ import annotations

import hashlib
from datetime import date

import pytest

from chalicelib import ids
from chalicelib.ledger import events
from chalicelib.ledger.entry import Entry, LotChange, Posting, entry_id, leaf_hash, read_body, totals_of
from chalicelib.ledger.errors import LedgerCorrupt, Unbalanced

DAY = date(2026, 11, 22)


def gift(**changes: object) -> Entry:
    values: dict[str, object] = {
        "key": "gift:pi_1",
        "kind": "gift",
        "postings": events.stripe_gift("general", "individual", "online", 5000),
        "value_date": DAY,
        "owner": "pot:general",
        "inputs": {"gift": "G1", "amount_fen": 5000},
        "ref": "G1",
        "dims": {"pot": "general", "tier": "individual", "channel": "online"},
    }
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


def test_the_identity_of_an_entry_is_its_key_alone() -> None:
    assert gift().id == entry_id("gift:pi_1") == hashlib.sha256(b"gift:pi_1").hexdigest()[:32]
    assert gift(value_date=date(2026, 1, 1)).id == gift().id


def test_the_input_hash_covers_kind_and_inputs_not_legs() -> None:
    assert gift(dims={}).input_hash == gift().input_hash
    assert gift(inputs={"gift": "G1", "amount_fen": 5001}).input_hash != gift().input_hash
    assert gift(kind="other").input_hash != gift().input_hash


def test_a_body_reads_back_to_the_same_entry() -> None:
    award = Entry(
        key="award:C1:1",
        kind="award",
        postings=events.award("c1", "M1", "TIME", 0, 270),
        value_date=DAY,
        owner="community:c1",
        inputs={},
        explanation={"minutes": 135, "grade": "良好"},
        lots=(LotChange("M1", "TIME", "never", 270),),
    )
    body = award.body(1_700_000_000_123)
    booked = read_body(body, b"n" * 16, leaf_hash(body, b"n" * 16))
    assert (booked.id, booked.key, booked.postings, booked.lots) == (award.id, award.key, award.postings, award.lots)
    assert booked.explanation == {"minutes": 135, "grade": "良好"}
    assert booked.booked_ms == 1_700_000_000_123
    assert booked.amount("liability:wallet:M1", "TIME") == -270
    assert body == ids.canonical(__import__("json").loads(body)).decode(), "stored canonically"


def test_the_leaf_changes_with_every_byte() -> None:
    body = gift().body(1)
    assert leaf_hash(body, b"a") != leaf_hash(body, b"b")
    assert leaf_hash(body, b"a") != leaf_hash(body.replace("5000", "5001"), b"a")


def test_no_float_gets_into_an_entry() -> None:
    with pytest.raises(TypeError):
        gift(inputs={"amount": 50.0}).input_hash  # noqa: B018
    with pytest.raises(Unbalanced):
        gift(postings=(Posting("asset:stripe", "CNY", 5.0), Posting("liability:suspense", "CNY", -5.0)))  # type: ignore[arg-type]


def test_totals_meet_where_a_merchant_and_a_wallet_do() -> None:
    legs = events.voucher_captured("M1", "S1", "TIME", 50)
    assert totals_of(legs, "merchant:S1", "community:c1") == {
        "merchant:S1": {("TIME", "liability:merchant:S1"): -50},
        "community:c1": {("TIME", "liability:wallet"): 50},
    }


def test_what_nets_to_nothing_adds_nothing() -> None:
    assert totals_of(events.given_to_family("M1", "M2", "TIME", 5), "community:c1", "") == {}


def test_at_most_two_statements() -> None:
    legs = events.given_to_family("M1", "M2", "TIME", 5) + events.voucher_captured("M3", "S1", "TIME", 1)
    with pytest.raises(LedgerCorrupt):
        gift(postings=legs).statements  # noqa: B018
    assert gift().statements == ()
