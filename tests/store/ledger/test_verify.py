"""Verification finds what is wrong: each finding is provoked by writing round the ledger."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pynamodb.expressions.operand import Path as At

from chalicelib import clock, table
from chalicelib.ledger import export, verify
from chalicelib.ledger.entry import Entry, Posting, leaf_hash
from chalicelib.ledger.store import balances, journal, totals
from tests.store.ledger import books

pytestmark = pytest.mark.usefixtures("tables")
MEMBER = "01KA0000000000000000000001"


@pytest.fixture
def lively_books(tables: object) -> None:
    books.open_books(MEMBER)
    books.give("pi_1", 5000)
    books.fee("pi_1", 5000, 370)
    books.award(MEMBER, "C1", 270, 50)
    books.hold(MEMBER, "V1", 100)
    books.capture(MEMBER, "V1")
    books.hold(MEMBER, "V2", 20)


def tamper(item_class: Any, pk: str, sk: str | None, change: Callable[[dict[str, Any]], None]) -> None:
    """Write an item back changed, as somebody with the console open would."""
    client = table.connection().client
    name = item_class._table_name()
    key = {"pk": {"S": pk}} | ({"sk": {"S": sk}} if sk else {})
    item = client._make_api_call("GetItem", {"TableName": name, "Key": key})["Item"]
    change(item)
    client._make_api_call("PutItem", {"TableName": name, "Item": item})


def checks(claims: verify.Claims | None = None) -> set[str]:
    return {finding.check for finding in verify.verify(lambda: claims or verify.Claims(), tries=1)}


def entry_pk(key: str) -> str:
    return f"E#{Entry(key, 'x', (Posting('asset:stripe', 'CNY', 1), Posting('liability:suspense', 'CNY', -1)), books.DAY, 'books', {}).id}"  # noqa: E501


@pytest.mark.usefixtures("lively_books")
def test_sound_books_have_no_findings() -> None:
    assert verify.verify(tries=1) == []


@pytest.mark.usefixtures("lively_books")
def test_a_changed_amount_breaks_the_leaf_and_the_balance() -> None:
    def more(item: dict[str, Any]) -> None:
        item["j"] = {"S": item["j"]["S"].replace("5000]", "9000]", 1)}

    tamper(journal.EntryItem, entry_pk("gift:pi_1"), None, more)
    assert {"leaf_hash", "entry_balances"} <= checks()


@pytest.mark.usefixtures("lively_books")
def test_a_cleverly_changed_entry_still_disagrees_with_the_totals() -> None:
    def both_legs(item: dict[str, Any]) -> None:
        body = item["j"]["S"].replace("5000]", "9000]").replace("-5000]", "-9000]")
        item["j"] = {"S": body}
        item["h"] = {"B": leaf_hash(body, item["n"]["B"])}

    tamper(journal.EntryItem, entry_pk("gift:pi_1"), None, both_legs)
    assert checks() == {"totals"}


@pytest.mark.usefixtures("lively_books")
def test_a_removed_entry_is_missed() -> None:
    client = table.connection().client
    key = {"pk": {"S": entry_pk("award:C1:1")}}
    client._make_api_call("DeleteItem", {"TableName": journal.EntryItem._table_name(), "Key": key})
    assert {"wallet_entries", "wallet_xor", "wallet_lots", "wallet_lifetime_medal", "totals"} <= checks()


@pytest.mark.usefixtures("lively_books")
def test_points_that_appear_in_a_wallet_are_found() -> None:
    def richer(item: dict[str, Any]) -> None:
        item["body"] = {"S": item["body"]["S"].replace('"never":150', '"never":950')}

    tamper(balances.WalletItem, f"W#{MEMBER}", "-", richer)
    assert checks() == {"wallet_lots"}


@pytest.mark.usefixtures("lively_books")
def test_a_negative_wallet_is_found() -> None:
    def poorer(item: dict[str, Any]) -> None:
        item["body"] = {"S": item["body"]["S"].replace('"never":150', '"never":-150')}

    tamper(balances.WalletItem, f"W#{MEMBER}", "-", poorer)
    assert checks() == {"wallet_lots", "wallet_not_negative"}


@pytest.mark.usefixtures("lively_books")
def test_totals_that_drift_are_found_and_can_be_rebuilt() -> None:
    month = clock.shanghai_month(clock.now_ms())
    shards = {name for name in range(4) if _has_row(f"T#pot:general#{name}", month)}
    item = totals.TotalsItem(f"T#pot:general#{min(shards)}", month)
    table.commit([table.update(item, [At(["CNY|asset:stripe"]).add(1)], totals.TotalsItem.pk.exists())])
    assert checks() == {"totals", "trial_balance"}
    replay = verify.read_books(verify.Claims()).by_owner["pot:general"][month]
    totals.rebuild("pot:general", month, replay.sums, replay.pot_in_fen, replay.count)
    assert checks() == set()


@pytest.mark.usefixtures("lively_books")
def test_an_owner_outside_the_register_is_found() -> None:
    entry = Entry(
        "gift:pi_x",
        "gift",
        (Posting("asset:stripe", "CNY", 1), Posting("income:other:individual:online", "CNY", -1)),
        books.DAY,
        "pot:other",
        {},
    )
    table.commit(journal.entry_writes(entry))
    assert checks() == {"owner_registered"}


@pytest.mark.usefixtures("lively_books")
def test_facts_and_entries_must_meet_one_to_one() -> None:
    good = [verify.Fact("gift:pi_1", "gift", "gift G1")]
    kinds = frozenset({"gift"})
    assert checks(verify.Claims(facts=good, kinds=kinds)) == set()
    assert checks(verify.Claims(facts=[*good, *good], kinds=kinds)) == {"entry_has_one_fact"}
    assert checks(verify.Claims(facts=[], kinds=kinds)) == {"entry_has_fact"}
    lost = [*good, verify.Fact("gift:pi_2", "gift", "gift G2")]
    assert checks(verify.Claims(facts=lost, kinds=kinds)) == {"fact_has_entry"}


@pytest.mark.usefixtures("lively_books")
def test_holds_and_vouchers_must_meet() -> None:
    right = verify.OpenHold(MEMBER, "V2", "TIME", 20)
    assert checks(verify.Claims(holds=[right])) == set()
    assert checks(verify.Claims(holds=[])) == {"hold_has_voucher"}
    assert checks(verify.Claims(holds=[right, verify.OpenHold(MEMBER, "V3", "TIME", 5)])) == {"hold_has_voucher"}


@pytest.mark.usefixtures("lively_books")
def test_a_pot_and_its_commitments_must_meet() -> None:
    table.commit(balances.commit_writes("general", 9000))
    outside = verify.Commitment("general", 9000, "dispute du_1", outside=True)
    assert checks(verify.Claims(commitments=[outside])) == set()
    inside = verify.Commitment("general", 9000, "disbursement D1")
    assert checks(verify.Claims(commitments=[inside])) == {"pot_not_negative"}
    assert checks(verify.Claims(commitments=[])) == {"pot_committed", "pot_not_negative"}


@pytest.mark.usefixtures("lively_books")
def test_what_a_domain_found_is_a_finding() -> None:
    assert checks(verify.Claims(problems=["stock: offer O1 has 3, should have 4"])) == {"domain"}


def _has_row(pk: str, sk: str) -> bool:
    return table.get(totals.TotalsItem, pk, sk) is not None


@pytest.mark.hledger
@pytest.mark.usefixtures("lively_books")
def test_hledger_reads_the_books_and_agrees_to_the_fen(tmp_path: Path) -> None:
    path = tmp_path / "books.journal"
    path.write_text("".join(export.hledger_journal(journal.all_entries(clock.now_ms()))), "utf-8")
    hledger = shutil.which("hledger") or "hledger"
    strict = subprocess.run([hledger, "-f", str(path), "check", "--strict"], capture_output=True, text=True)
    assert strict.returncode == 0, strict.stderr
    shown = subprocess.run(
        [hledger, "-f", str(path), "balance", "--flat", "--no-total", "-N", "-O", "csv", "--layout", "bare"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    theirs: dict[tuple[str, str], int] = {}
    for line in shown.splitlines()[1:]:
        account, asset, amount = line.replace('"', "").split(",")
        name = (asset, verify.accounts.control(account))
        theirs[name] = theirs.get(name, 0) + int(amount.replace(".", ""))
    assert {name: n for name, n in theirs.items() if n} == dict(totals.trial_balance())


@pytest.mark.hledger
def test_strict_hledger_refuses_what_we_would_refuse(tmp_path: Path) -> None:
    path = tmp_path / "wrong.journal"
    head = "".join(export.hledger_journal([]))
    path.write_text(
        head + "\naccount asset:stripe\n\n2026-11-22 x\n    asset:stripe  5.00 CNY\n    asset:stripe  -5.00 TIME\n"
    )
    hledger = shutil.which("hledger") or "hledger"
    assert subprocess.run([hledger, "-f", str(path), "check", "--strict"], capture_output=True).returncode != 0
