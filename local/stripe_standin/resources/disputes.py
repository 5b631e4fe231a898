"""Disputes: opened by the payer's bank, won or lost by us."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, list_page, only_built
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import payments

_WEEK_S = 7 * 86_400
_EVIDENCE = (
    "access_activity_log",
    "appeal",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def open_dispute(account: Account, charge: dict[str, Any], amount: int | None, reason: str) -> dict[str, Any]:
    """The bank takes `amount` (all that is not refunded by default) and Stripe its fee."""
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} is disputed already.")
    if not charge["paid"] or not 1 <= amount <= left:
        raise invalid(f"Charge {charge['id']} has {left} left to dispute.", param="amount")
    dispute = account.new(
        "dispute",
        "du",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        evidence=dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": account.now() + _WEEK_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "type": "card",
            "card": {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4"},
        },
        reason=reason,
        status="needs_response",
    )
    _move(account, dispute, -amount, "dispute", fee=account.setting("dispute_fee_fen"))
    account.update(charge, "charge.updated", disputed=True)
    account.emit("charge.dispute.created", dispute)
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(account: Account, dispute: dict[str, Any], amount: int, category: str, fee: int = 0) -> None:
    transaction = payments.book(
        account,
        type="adjustment",
        reporting_category=category,
        amount=amount,
        fee=fee,
        fee_description="Dispute fee",
        source=dispute["id"],
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(transaction)
    account.save(dispute)


def close(account: Account, dispute: dict[str, Any], *, won: bool) -> dict[str, Any]:
    if dispute["status"] in ("won", "lost"):
        raise invalid(f"This dispute was {dispute['status']} already.")
    previous = {"status": dispute["status"]}
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(account, dispute, dispute["amount"], "dispute_reversal")
        account.emit("charge.dispute.funds_reinstated", dispute)
    account.save(dispute)
    account.emit("charge.dispute.closed", dispute, previous)
    return dispute


@endpoint("GET", "/v1/disputes/{dispute}", "DisputeRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], dispute: str) -> dict[str, Any]:
    return account.find("dispute", dispute, param="dispute")


@endpoint("GET", "/v1/disputes", "DisputeListParams")
def list_disputes(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {n: params.pop(n) for n in ("payment_intent", "charge") if n in params}
    return list_page(account, "dispute", "/v1/disputes", params, **equal)


@endpoint("POST", "/v1/disputes/{dispute}", "DisputeUpdateParams")
def update(account: Account, params: dict[str, Any], dispute: str) -> dict[str, Any]:
    only_built(params, {"metadata"}, "dispute update")
    body = account.find("dispute", dispute, param="dispute")
    metadata = with_metadata(body, params.get("metadata"))
    return account.update(body, "charge.dispute.updated", metadata=metadata)


@endpoint("POST", "/v1/disputes/{dispute}/close", "DisputeCloseParams")
def accept(account: Account, params: dict[str, Any], dispute: str) -> dict[str, Any]:
    return close(account, account.find("dispute", dispute, param="dispute"), won=False)
