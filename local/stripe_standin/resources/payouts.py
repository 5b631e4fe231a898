"""Payouts: what is available leaves for the bank, arrives, or comes back."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account
from local.stripe_standin.endpoints import endpoint, list_page
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import payments

_DAY_S = 86_400


def available(account: Account) -> list[dict[str, Any]]:
    """Balance transactions that no payout has taken yet and whose day has come."""
    return [
        transaction
        for transaction in account.store.find("balance_transaction")
        if "_payout" not in transaction and transaction["status"] == "available"
    ]


def pay_out(account: Account) -> dict[str, Any]:
    """One automatic payout of all that is available; `payout.created`, on its way."""
    taken = available(account)
    amount = sum(transaction["net"] for transaction in taken)
    if amount <= 0:
        raise invalid(f"There is nothing to pay out: the available balance is {amount}.")
    currency = account.setting("settlement_currency")
    payout = account.new(
        "payout",
        "po",
        amount=amount,
        arrival_date=account.now() + 2 * _DAY_S,
        automatic=True,
        currency=currency,
        description="STRIPE PAYOUT",
        destination="ba_standin",
        method="standard",
        reconciliation_status="in_progress",
        source_type="card",
        statement_descriptor=None,
        status="in_transit",
        trace_id={"status": "pending", "value": None},
        type="bank_account",
    )
    sent = payments.book(
        account,
        type="payout",
        reporting_category="payout",
        amount=-amount,
        source=payout["id"],
        description="STRIPE PAYOUT",
        _payout=payout["id"],
    )
    for transaction in taken:
        account.save({**transaction, "_payout": payout["id"]})
    payout["balance_transaction"] = sent["id"]
    account.save(payout)
    account.emit("payout.created", payout)
    return payout


def reconcile(account: Account, payout: dict[str, Any]) -> dict[str, Any]:
    """From now on the payout's transactions can be listed."""
    payout["reconciliation_status"] = "completed"
    account.save(payout)
    account.emit("payout.reconciliation_completed", payout)
    return payout


def arrive(account: Account, payout: dict[str, Any]) -> dict[str, Any]:
    _on_its_way(payout)
    payout.update(
        status="paid",
        arrival_date=account.now(),
        trace_id={"status": "supported", "value": payout["id"][-12:].upper()},
    )
    account.save(payout)
    account.emit("payout.paid", payout)
    return payout


def fail(account: Account, payout: dict[str, Any]) -> dict[str, Any]:
    """The bank refuses; as with Stripe, this may come even after `paid`."""
    if payout["status"] == "failed":
        raise invalid("This payout has failed already.")
    returned = payments.book(
        account,
        type="payout_failure",
        reporting_category="payout_reversal",
        amount=payout["amount"],
        source=payout["id"],
        description="STRIPE PAYOUT FAILURE",
    )
    payout.update(
        status="failed",
        failure_balance_transaction=returned["id"],
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
    )
    account.save(payout)
    account.emit("payout.failed", payout)
    return payout


def _on_its_way(payout: dict[str, Any]) -> None:
    if payout["status"] != "in_transit":
        raise invalid(f"This payout is {payout['status']}.")


@endpoint("GET", "/v1/payouts/{payout}", "PayoutRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], payout: str) -> dict[str, Any]:
    return account.find("payout", payout, param="payout")


@endpoint("GET", "/v1/payouts", "PayoutListParams")
def list_payouts(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {n: params.pop(n) for n in ("status", "destination") if n in params}
    return list_page(account, "payout", "/v1/payouts", params, **equal)


@endpoint("GET", "/v1/balance", "BalanceRetrieveParams")
def retrieve_balance(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    currency = account.setting("settlement_currency")
    unpaid = [t for t in account.store.find("balance_transaction") if "_payout" not in t]
    sums = {"available": 0, "pending": 0}
    for transaction in unpaid:
        sums[transaction["status"]] += transaction["net"]
    parts = {
        name: [{"amount": total, "currency": currency, "source_types": {"card": total}}] for name, total in sums.items()
    }
    return {"object": "balance", "livemode": False, **parts}
