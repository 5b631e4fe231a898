"""Refunds: whole or partial, at once, pending, or failing after all."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, list_page, only_built
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import payments

_BUILT = {"payment_intent", "charge", "amount", "metadata", "reason", "currency"}


@endpoint("POST", "/v1/refunds", "RefundCreateParams")
def create(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    only_built(params, _BUILT, "refund create")
    charge = _charge(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    if params.get("currency", charge["currency"]) != charge["currency"]:
        raise invalid("The currency differs from the charge's.", param="currency")
    return _new(account, charge, amount, params)


def _charge(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    if ("payment_intent" in params) == ("charge" in params):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        charge = account.find("charge", params["charge"], param="charge")
    else:
        intent = account.find("payment_intent", params["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        charge = account.find("charge", intent["latest_charge"])
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not successful and cannot be refunded.")
    return charge


def _new(account: Account, charge: dict[str, Any], amount: int, params: dict[str, Any]) -> dict[str, Any]:
    outcome = account.setting("refund_outcome")
    # a refund that will fail first looks like one that succeeded, as with Stripe
    status = "pending" if outcome == "pending" else "succeeded"
    method = charge["payment_method_details"]["type"]
    refund = account.new(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": method, method: {"type": "refund"} if method == "card" else {}},
        metadata=with_metadata({}, params.get("metadata")),
        payment_intent=charge["payment_intent"],
        pending_reason="processing" if status == "pending" else None,
        reason=params.get("reason"),
        status=status,
    )
    transaction = payments.book(
        account,
        type="refund" if method == "card" else "payment_refund",
        reporting_category="refund",
        amount=-amount,
        source=refund["id"],
        description="REFUND FOR CHARGE",
    )
    refund["balance_transaction"] = transaction["id"]
    account.save(refund)
    _refunded(account, charge, amount)
    account.emit("refund.created", refund)
    if outcome == "failed":
        fail(account, refund)
    return refund


def _refunded(account: Account, charge: dict[str, Any], amount: int) -> None:
    total = charge["amount_refunded"] + amount
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge.update(amount_refunded=total, refunded=total == charge["amount"])
    account.save(charge)
    account.emit("charge.refunded" if amount > 0 else "charge.updated", charge, previous)


def settle(account: Account, refund: dict[str, Any], *, succeeded: bool) -> dict[str, Any]:
    """What the bank says in the end about a pending refund."""
    if succeeded and refund["status"] == "pending":
        return account.update(refund, "refund.updated", status="succeeded", pending_reason=None)
    if not succeeded and refund["status"] in ("pending", "succeeded"):
        return fail(account, refund)
    raise invalid(f"This refund has {refund['status']} already.")


def fail(account: Account, refund: dict[str, Any]) -> dict[str, Any]:
    """The money comes back to the balance; it may fail even after it had succeeded."""
    transaction = payments.book(
        account,
        type="refund_failure",
        reporting_category="refund_failure",
        amount=refund["amount"],
        source=refund["id"],
        description="REFUND FAILURE",
    )
    _refunded(account, account.find("charge", refund["charge"]), -refund["amount"])
    refund.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=transaction["id"],
        pending_reason=None,
    )
    account.save(refund)
    account.emit("refund.updated", refund)
    account.emit("refund.failed", refund)
    return refund


@endpoint("GET", "/v1/refunds/{refund}", "RefundRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], refund: str) -> dict[str, Any]:
    return account.find("refund", refund, param="refund")


@endpoint("GET", "/v1/refunds", "RefundListParams")
def list_refunds(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {n: params.pop(n) for n in ("payment_intent", "charge") if n in params}
    return list_page(account, "refund", "/v1/refunds", params, **equal)


@endpoint("POST", "/v1/refunds/{refund}", "RefundUpdateParams")
def update(account: Account, params: dict[str, Any], refund: str) -> dict[str, Any]:
    body = account.find("refund", refund, param="refund")
    metadata = with_metadata(body, params.get("metadata"))
    return account.update(body, "refund.updated", metadata=metadata)
