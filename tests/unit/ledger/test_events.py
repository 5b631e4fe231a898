# ruff: noqa: E501 - the rows of a table stay on one line
"""Every row of docs/LEDGER.md: what it debits, what it credits, and that it balances."""

from __future__ import annotations

import inspect

import pytest

from chalicelib.ledger import accounts, events
from chalicelib.ledger.entry import Posting, balanced
from chalicelib.ledger.errors import BadAccount, Unbalanced

CNY = "CNY"

# event → the legs it must have: {account: amount}
ROWS = {
    "stripe_gift": (("general", "individual", "online", 5000), {"asset:stripe": 5000, "income:general:individual:online": -5000}),
    "stripe_fee": (("general", 370), {"expense:general:fees": 370, "asset:stripe": -370}),
    "payout_sent": (("po_1", 900), {"asset:transit:po_1": 900, "asset:stripe": -900}),
    "payout_arrived": (("po_1", "icbc", 900), {"asset:bank:icbc": 900, "asset:transit:po_1": -900}),
    "payout_failed": (("po_1", 900), {"asset:stripe": 900, "asset:transit:po_1": -900}),
    "stripe_refund": (("general", "monthly", "event", 70), {"income:general:monthly:event": 70, "asset:stripe": -70}),
    "refund_failed": ((70,), {"asset:stripe": 70, "liability:refunds": -70}),
    "refund_retried": ((70,), {"liability:refunds": 70, "asset:stripe": -70}),
    "refund_repaid_by_bank": (("icbc", 70), {"liability:refunds": 70, "asset:bank:icbc": -70}),
    "dispute_opened": (("general", 500, 80), {"asset:disputed": 500, "expense:general:fees": 80, "asset:stripe": -580}),
    "dispute_won": ((500,), {"asset:stripe": 500, "asset:disputed": -500}),
    "dispute_lost": (("general", "fixed", "partner", 500), {"income:general:fixed:partner": 500, "asset:disputed": -500}),
    "bank_line_in": (("icbc", 9), {"asset:bank:icbc": 9, "liability:suspense": -9}),
    "bank_line_out": (("icbc", 9), {"liability:suspense": 9, "asset:bank:icbc": -9}),
    "suspense_matched": (("general", "fixed", "partner", 9), {"liability:suspense": 9, "income:general:fixed:partner": -9}),
    "suspense_is_payout": (("po_1", 9), {"liability:suspense": 9, "asset:transit:po_1": -9}),
    "suspense_is_deposit": (("box1", 9), {"liability:suspense": 9, "asset:cashbox:box1": -9}),
    "suspense_sent_back": (("icbc", 9), {"liability:suspense": 9, "asset:bank:icbc": -9}),
    "bank_gift": (("general", "fixed", "partner", "icbc", 9), {"asset:bank:icbc": 9, "income:general:fixed:partner": -9}),
    "cash_gift": (("general", "individual", "event", "box1", 9), {"asset:cashbox:box1": 9, "income:general:individual:event": -9}),
    "bank_gift_refunded": (("general", "fixed", "partner", "icbc", 9), {"income:general:fixed:partner": 9, "asset:bank:icbc": -9}),
    "cash_gift_refunded": (("general", "individual", "event", "box1", 9), {"income:general:individual:event": 9, "asset:cashbox:box1": -9}),
    "cash_deposited": (("icbc", "box1", 9), {"asset:bank:icbc": 9, "asset:cashbox:box1": -9}),
    "cash_short": (("general", "box1", 9), {"expense:general:cash-difference": 9, "asset:cashbox:box1": -9}),
    "cash_over": (("general", "box1", 9), {"asset:cashbox:box1": 9, "expense:general:cash-difference": -9}),
    "in_kind_received": (("general", "fixed", "partner", 9), {"asset:inkind:general": 9, "income:general:fixed:partner": -9}),
    "in_kind_used": (("general", "elders", 9), {"expense:general:elders": 9, "asset:inkind:general": -9}),
    "disbursement_paid": (("general", "elders", "icbc", 9), {"expense:general:elders": 9, "asset:bank:icbc": -9}),
    "change_of_use": (("a", "b", 9), {"equity:transfer:a": 9, "equity:transfer:b": -9}),
    "opening_money": (("general", "icbc", 9), {"asset:bank:icbc": 9, "equity:opening:general": -9}),
    "award": (("c1", "M1", "TIME", 20, 250), {"equity:issued:c1": 270, "asset:clawback:M1": -20, "liability:wallet:M1": -250}),
    "award_reversed": (
        ("c1", "M1", "MEDAL", 100, 50, 120),
        {"equity:issued:c1": -270, "liability:wallet:M1": 100, "equity:expired": 50, "asset:clawback:M1": 120},
    ),
    "voucher_captured": (("M1", "S1", "TIME", 9), {"liability:wallet:M1": 9, "liability:merchant:S1": -9}),
    "voucher_returned": (("M1", "S1", "TIME", 9), {"liability:merchant:S1": 9, "liability:wallet:M1": -9}),
    "points_settled": (("S1", "TIME", 9), {"liability:merchant:S1": 9, "equity:redeemed": -9}),
    "reimbursement_accrued": (("general", "S1", 9), {"expense:general:redemption": 9, "liability:merchant:S1": -9}),
    "reimbursement_paid": (("S1", "icbc", 9), {"liability:merchant:S1": 9, "asset:bank:icbc": -9}),
    "wallet_expired": (("M1", "MEDAL", 9), {"liability:wallet:M1": 9, "equity:expired": -9}),
    "pool_expired": (("c1", "TIME", 9), {"liability:pool:c1": 9, "equity:expired": -9}),
    "given_to_family": (("M1", "M2", "TIME", 9), {"liability:wallet:M1": 9, "liability:wallet:M2": -9}),
    "given_to_pool": (("M1", "c1", "TIME", 9), {"liability:wallet:M1": 9, "liability:pool:c1": -9}),
    "pool_pays_service": (("c1", "M1", "TIME", 9), {"liability:pool:c1": 9, "liability:wallet:M1": -9}),
    "opening_points": (("M1", "TIME", 9), {"equity:opening": 9, "liability:wallet:M1": -9}),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_the_legs_of_every_event(name: str) -> None:
    arguments, expected = ROWS[name]
    postings = getattr(events, name)(*arguments)
    balanced(postings)
    assert {p.account: p.amount for p in postings} == expected
    asset = next((a for a in arguments if a in accounts.POINTS), CNY)
    assert {p.asset for p in postings} == {asset}


def test_every_function_that_makes_legs_is_in_the_table() -> None:
    makers = {
        name
        for name, made in inspect.getmembers(events, inspect.isfunction)
        if made.__module__ == events.__name__ and not name.startswith("_")
    }
    assert makers - {"mirror"} == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_mirror_undoes_every_event(name: str) -> None:
    arguments, _ = ROWS[name]
    postings = getattr(events, name)(*arguments)
    together = postings + events.mirror(postings)
    assert all(sum(p.amount for p in together if p.account == a) == 0 for a in {p.account for p in postings})


@pytest.mark.parametrize("amount", [0, -1, True, 1.5, "5"])
def test_amounts_are_positive_integers(amount: object) -> None:
    with pytest.raises(Unbalanced):
        events.stripe_fee("general", amount)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    ["", "asset", "asset:stripe:x", "asset:gold", "income:general", "income:general:a:b:c", "liability:wallet:", "liability:wallet:a b", "expense:general:爱", "equity:opening:a:b", "liability:wallet:" + "x" * 65],
)  # fmt: skip
def test_an_address_outside_the_chart_is_refused(address: str) -> None:
    with pytest.raises(BadAccount):
        accounts.check(address)


def test_unbalanced_legs_are_refused() -> None:
    with pytest.raises(Unbalanced) as caught:
        balanced([Posting("asset:stripe", "CNY", 5), Posting("liability:suspense", "CNY", -4)])
    assert caught.value.fields == {"asset": "CNY", "difference": 1}
    with pytest.raises(Unbalanced):
        balanced([Posting("asset:stripe", "CNY", 5), Posting("equity:redeemed", "TIME", -5)])


def test_personal_accounts_share_a_control_account() -> None:
    assert accounts.control("liability:wallet:M1") == "liability:wallet"
    assert accounts.control("asset:clawback:M1") == "asset:clawback"
    assert accounts.control("liability:merchant:S1") == "liability:merchant:S1"
    assert accounts.has_statement("liability:merchant:S1")
    assert not accounts.has_statement("liability:pool:c1")
