"""Money that goes back or on: refunds, disputes, payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.fund.gateway.client import CURRENCY, ask, id_of, metadata_of, options, ours, plain, settled
from chalicelib.fund.model.stripe_objects import Dispute, ForeignMoney, Payout, StripeRefund


def refund_payment(intent_id: str, amount_fen: int, metadata: Mapping[str, str], key: str) -> StripeRefund:
    """Raises PaymentsRefused when the charge was refunded or disputed already."""
    params: Any = {"payment_intent": intent_id, "amount": amount_fen, "metadata": dict(metadata)}
    return _refund(ask(lambda c: c.v1.refunds.create(params, options(key)), intent_id))


def refund(refund_id: str) -> StripeRefund:
    return _refund(ask(lambda c: c.v1.refunds.retrieve(refund_id), refund_id))


def refunds_of(intent_id: str) -> list[StripeRefund]:
    """All refunds of one payment, newest first; there are never many."""
    params: Any = {"payment_intent": intent_id, "limit": 100}
    return [_refund(one) for one in ask(lambda c: c.v1.refunds.list(params), intent_id).data]


def dispute(dispute_id: str) -> Dispute:
    found = ask(lambda c: c.v1.disputes.retrieve(dispute_id), dispute_id)
    ours(found, dispute_id)
    moved = list(found.balance_transactions or [])
    for one in moved:
        settled(one)
    return Dispute(
        dispute_id=dispute_id,
        intent_id=id_of(found.payment_intent),
        state=plain(found.status),
        withdrawn_fen=-sum(one.amount for one in moved if one.amount < 0),
        fee_fen=sum(one.fee for one in moved),
        reinstated_fen=sum(one.amount for one in moved if one.amount > 0),
        created_ms=found.created * 1000,
    )


def payout(payout_id: str) -> Payout:
    found = ask(lambda c: c.v1.payouts.retrieve(payout_id), payout_id)
    ours(found, payout_id)
    return Payout(payout_id, plain(found.status), found.amount, found.created * 1000, found.arrival_date * 1000)


def _refund(found: Any) -> StripeRefund:
    if found.currency != CURRENCY:
        raise ForeignMoney(object_id=found.id, what=found.currency)
    return StripeRefund(
        refund_id=found.id,
        intent_id=id_of(found.payment_intent),
        amount_fen=found.amount,
        state=found.status or "pending",
        created_ms=found.created * 1000,
        metadata=metadata_of(found),
    )
