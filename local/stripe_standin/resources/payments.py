"""Payment intents, charges and what they do to the balance."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, included, list_page, only_built
from local.stripe_standin.faults import invalid
from local.stripe_standin.shapes import listing
from local.stripe_standin.store import new_id

_METHOD_DETAILS: dict[str, dict[str, Any]] = {
    "card": {
        "brand": "visa",
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "CN",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "standin4242",
        "funding": "credit",
        "last4": "4242",
        "network": "visa",
        "three_d_secure": None,
        "wallet": None,
    },
    "alipay": {"buyer_id": None, "fingerprint": None, "transaction_id": None},
    "wechat_pay": {"fingerprint": None, "location": None, "reader": None, "transaction_id": None},
}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def new_intent(account: Account, amount: int, currency: str, **fields: Any) -> dict[str, Any]:
    id = new_id("pi")
    intent = account.new(
        "payment_intent",
        "pi",
        id=id,
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic_async",
        client_secret=new_id(f"{id}_secret"),
        confirmation_method="automatic",
        currency=currency,
        status="requires_payment_method",
        **{"payment_method_types": ["card"], **fields},
    )
    account.emit("payment_intent.created", intent)
    return intent


def succeed(account: Account, intent: dict[str, Any], method: str) -> dict[str, Any]:
    """The money is there: a charge, its balance transaction, and the events of both."""
    charge = _new_charge(account, intent, method, status="succeeded")
    intent.update(
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
        last_payment_error=None,
        payment_method=charge["payment_method"],
        processing=None,
        status="succeeded",
    )
    account.save(intent)
    if account.setting("fees_at_once"):
        _book_charge(account, charge)
    account.emit("payment_intent.succeeded", intent)
    account.emit("charge.succeeded", charge)
    return charge


def start_processing(account: Account, intent: dict[str, Any], method: str) -> None:
    """An asynchronous method: the payer is done, the money is not there yet."""
    charge = _new_charge(account, intent, method, status="pending")
    intent.update(latest_charge=charge["id"], payment_method=charge["payment_method"], status="processing")
    account.save(intent)
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)


def fail(account: Account, intent: dict[str, Any], method: str) -> dict[str, Any]:
    charge = _new_charge(account, intent, method, status="failed")
    intent.update(
        last_payment_error={
            "charge": charge["id"],
            "code": charge["failure_code"],
            "decline_code": "generic_decline",
            "doc_url": "https://stripe.com/docs/error-codes/card-declined",
            "message": charge["failure_message"],
            "type": "card_error",
        },
        latest_charge=charge["id"],
        payment_method=None,
        status="requires_payment_method",
    )
    account.save(intent)
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)
    return charge


def cancel(account: Account, intent: dict[str, Any], reason: str) -> None:
    if intent["status"] in ("succeeded", "canceled"):
        return
    intent.update(status="canceled", canceled_at=account.now(), cancellation_reason=reason)
    account.save(intent)
    account.emit("payment_intent.canceled", intent)


def _new_charge(account: Account, intent: dict[str, Any], method: str, *, status: str) -> dict[str, Any]:
    """A new charge, or the pending one of this intent brought to its end."""
    failed = status == "failed"
    outcome = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": "generic_decline" if failed else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline."
        if failed
        else "Payment complete.",
        "type": "issuer_declined" if failed else "authorized",
    }
    changes: dict[str, Any] = {
        "amount_captured": 0 if failed else intent["amount"],
        "captured": not failed,
        "failure_code": "card_declined" if failed else None,
        "failure_message": "Your card was declined." if failed else None,
        "outcome": outcome,
        "paid": status == "succeeded",
        "status": status,
    }
    pending = account.store.get(intent["latest_charge"] or "")
    if pending is not None and pending["status"] == "pending":
        return account.save({**pending, **changes})
    return account.new(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_refunded=0,
        billing_details={
            "address": dict(_NO_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=new_id("pm"),
        payment_method_details={"type": method, method: dict(_METHOD_DETAILS[method])},
        refunded=False,
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        **changes,
    )


def _book_charge(account: Account, charge: dict[str, Any]) -> None:
    # half up, in integers: Stripe's fee is a share of the amount and a fixed part
    share = (charge["amount"] * account.setting("fee_rate_bp") * 2 + 10_000) // 20_000
    transaction = book(
        account,
        type="charge" if "card" in charge["payment_method_details"] else "payment",
        reporting_category="charge",
        amount=charge["amount"],
        fee=share + account.setting("fee_fixed_fen"),
        fee_description="Stripe processing fees",
        source=charge["id"],
        description=charge["description"],
    )
    charge["balance_transaction"] = transaction["id"]
    account.save(charge)


def release_fees(account: Account) -> list[dict[str, Any]]:
    """Gives every paid charge that waits for it its balance transaction."""
    waiting = [c for c in account.store.find("charge", paid=True) if not c["balance_transaction"]]
    for charge in waiting:
        _book_charge(account, charge)
        account.emit("charge.updated", charge, {"balance_transaction": None})
    return waiting


def book(
    account: Account,
    *,
    type: str,
    reporting_category: str,
    amount: int,
    source: str,
    fee: int = 0,
    fee_description: str = "",
    description: str | None = None,
    **notes: Any,
) -> dict[str, Any]:
    """A balance transaction in the account's own currency; `amount` and `fee` in fen, signed."""
    currency = account.setting("settlement_currency")
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_description,
        "type": "stripe_fee",
    }
    wait_s = account.setting("available_after_s")
    return account.new(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=account.now() + wait_s,
        balance_type="payments",
        currency=currency,
        description=description,
        fee=fee,
        fee_details=[details] if fee else [],
        net=amount - fee,
        reporting_category=reporting_category,
        source=source,
        status="pending" if wait_s else "available",
        type=type,
        **notes,
    )


def make_available(account: Account) -> None:
    """Pending balance transactions whose day has come."""
    for transaction in account.store.find("balance_transaction", status="pending"):
        if transaction["available_on"] <= account.now():
            account.save({**transaction, "status": "available"})


@endpoint("GET", "/v1/payment_intents/{intent}", "PaymentIntentRetrieveParams")
def retrieve_intent(account: Account, params: dict[str, Any], intent: str) -> dict[str, Any]:
    return account.find("payment_intent", intent, param="intent")


@endpoint("GET", "/v1/payment_intents", "PaymentIntentListParams")
def list_intents(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {name: params.pop(name) for name in ("customer",) if name in params}
    return list_page(account, "payment_intent", "/v1/payment_intents", params, **equal)


@endpoint("POST", "/v1/payment_intents/{intent}", "PaymentIntentUpdateParams")
def update_intent(account: Account, params: dict[str, Any], intent: str) -> dict[str, Any]:
    only_built(params, {"metadata", "description"}, "payment intent update")
    body = account.find("payment_intent", intent, param="intent")
    body["metadata"] = with_metadata(body, params.get("metadata"))
    body["description"] = params.get("description", body["description"]) or None
    return account.save(body)


@endpoint("GET", "/v1/charges/{charge}", "ChargeRetrieveParams")
def retrieve_charge(account: Account, params: dict[str, Any], charge: str) -> dict[str, Any]:
    return account.find("charge", charge, param="charge")


@endpoint("GET", "/v1/charges", "ChargeListParams")
def list_charges(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("payment_intent", "customer")
    equal = {name: params.pop(name) for name in names if name in params}
    return list_page(account, "charge", "/v1/charges", params, **equal)


@included("charge", "refunds")
def refunds_of(account: Account, charge: dict[str, Any]) -> dict[str, Any]:
    refunds = account.store.find("refund", charge=charge["id"])[::-1]
    return listing(refunds[:10], f"/v1/charges/{charge['id']}/refunds", has_more=len(refunds) > 10)


@endpoint("GET", "/v1/balance_transactions/{transaction}", "BalanceTransactionRetrieveParams")
def retrieve_transaction(account: Account, params: dict[str, Any], transaction: str) -> dict[str, Any]:
    return account.find("balance_transaction", transaction)


@endpoint("GET", "/v1/balance_transactions", "BalanceTransactionListParams")
def list_transactions(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("type", "source", "currency")
    equal = {name: params.pop(name) for name in names if name in params}
    if payout := params.pop("payout", None):
        if not account.find("payout", payout, param="payout")["automatic"]:
            raise invalid(
                f"Balance transaction history can only be filtered on automatic transfers, not manual ({payout}).",
                param="payout",
            )
        equal["_payout"] = payout
    return list_page(account, "balance_transaction", "/v1/balance_transactions", params, **equal)
