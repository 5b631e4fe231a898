"""Refunds, disputes, fees and payouts: what the balance says, to the fen."""

from __future__ import annotations

import pytest
import stripe

from local.stripe_standin import StripeFault, StripeStandIn
from tests.local.stripe_standin.steps import gift_params, give, told


def balance(client: stripe.StripeClient) -> int:
    """What is available, in fen."""
    return client.v1.balance.retrieve().available[0].amount


def test_part_then_the_rest_then_no_more(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = give(client, standin, 10_000)
    told(standin)
    part = client.v1.refunds.create(
        {"payment_intent": intent, "amount": 2_500, "reason": "requested_by_customer", "metadata": {"refund": "r1"}}
    )
    assert (part.status, part.amount, part.metadata["refund"]) == ("succeeded", 2_500, "r1")
    assert told(standin) == ["charge.refunded", "refund.created"]
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent, "amount": 7_501})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent, "amount": 0})
    rest = client.v1.refunds.create({"payment_intent": intent})
    assert rest.amount == 7_500
    with pytest.raises(stripe.InvalidRequestError) as spent:
        client.v1.refunds.create({"payment_intent": intent})
    assert spent.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": intent, "expand": ["data.balance_transaction"]})
    assert [one.id for one in listed.data] == [rest.id, part.id]
    assert [one.balance_transaction.amount for one in listed.data] == [-7_500, -2_500]
    charge = client.v1.charges.list({"payment_intent": intent, "expand": ["data.refunds"]}).data[0]
    assert (charge.amount_refunded, charge.refunded, len(charge.refunds.data)) == (10_000, True, 2)
    # Stripe keeps its fee
    assert balance(client) == -540


def test_a_refund_pends_then_succeeds_or_fails(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.configure(refund_outcome="pending")
    intent = give(client, standin, 10_000)
    good = client.v1.refunds.create({"payment_intent": intent, "amount": 1_000})
    bad = client.v1.refunds.create({"payment_intent": intent, "amount": 2_000})
    assert (good.status, bad.status) == ("pending", "pending")
    told(standin)
    standin.settle_refund(good.id)
    standin.settle_refund(bad.id, succeeded=False)
    assert told(standin) == ["refund.updated", "charge.updated", "refund.updated", "refund.failed"]
    assert client.v1.refunds.retrieve(good.id).status == "succeeded"
    failed = client.v1.refunds.retrieve(bad.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 2_000)
    assert failed.failure_balance_transaction.reporting_category == "refund_failure"
    assert balance(client) == 10_000 - 540 - 1_000
    # what failed can be refunded again
    assert client.v1.refunds.create({"payment_intent": intent}).amount == 9_000


def test_a_refund_fails_after_it_had_succeeded(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.configure(refund_outcome="failed")
    intent = give(client, standin)
    told(standin)
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "failed"
    assert told(standin) == ["charge.refunded", "refund.created", "charge.updated", "refund.updated", "refund.failed"]


def test_somebody_refunds_in_the_dashboard(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = give(client, standin)
    refund = standin.refund_in_dashboard(intent, 400)
    assert client.v1.refunds.retrieve(refund["id"]).payment_intent == intent
    [event] = standin.signed_events(["refund.created"])
    assert event.event["request"] == {"id": None, "idempotency_key": None}


def test_unpaid_gifts_cannot_be_refunded(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    waiting = standin.pay_later(session.id)["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create({"payment_intent": waiting})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"amount": 1})


def test_fees_known_later(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    standin.configure(fees_at_once=False)
    intent = give(client, standin)
    charge = client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    assert charge.balance_transaction is None
    told(standin)
    standin.release_fees()
    assert told(standin) == ["charge.updated"]
    known = client.v1.charges.retrieve(charge.id, {"expand": ["balance_transaction"]})
    assert known.balance_transaction.net == 9_460
    standin.release_fees()
    assert told(standin) == []


def test_the_fee_is_as_configured_and_another_currency_shows(
    standin: StripeStandIn, client: stripe.StripeClient
) -> None:
    standin.configure(fee_rate_bp=0, fee_fixed_fen=0)
    give(client, standin)
    standin.configure(settlement_currency="hkd")
    give(client, standin)
    newest = client.v1.balance_transactions.list().data
    assert [(one.currency, one.fee) for one in newest] == [("hkd", 0), ("cny", 0)]


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_money_and_perhaps_gives_it_back(
    standin: StripeStandIn, client: stripe.StripeClient, won: bool
) -> None:
    intent = give(client, standin, 10_000)
    told(standin)
    opened = standin.open_dispute(intent)
    dispute = client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.amount, dispute.payment_intent) == ("needs_response", 10_000, intent)
    taken = dispute.balance_transactions[0]
    assert (taken.amount, taken.fee, taken.reporting_category) == (-10_000, 10_000, "dispute")
    assert told(standin) == ["charge.updated", "charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    standin.close_dispute(opened["id"], won=won)
    closed = client.v1.disputes.retrieve(opened["id"])
    assert closed.status == ("won" if won else "lost")
    assert balance(client) == -540 - 10_000 + (10_000 if won else 0)
    reinstated = ["charge.dispute.funds_reinstated"] if won else []
    assert told(standin) == [*reinstated, "charge.dispute.closed"]
    assert [one.id for one in client.v1.disputes.list({"payment_intent": intent}).data] == [opened["id"]]


def test_a_payout_lists_what_it_pays(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intents = [give(client, standin, amount) for amount in (10_000, 20_000)]
    client.v1.refunds.create({"payment_intent": intents[0], "amount": 500})
    told(standin)
    payout = standin.pay_out()
    assert told(standin) == ["payout.created", "payout.paid", "payout.reconciliation_completed"]
    net = (10_000 - 540) + (20_000 - 880) - 500
    known = client.v1.payouts.retrieve(payout["id"], {"expand": ["balance_transaction"]})
    assert (known.amount, known.status, known.reconciliation_status) == (net, "paid", "completed")
    assert known.balance_transaction.amount == -net
    listed = client.v1.balance_transactions.list({"payout": payout["id"], "limit": 2})
    kinds = [one.type for one in listed.auto_paging_iter()]
    assert sorted(kinds) == ["charge", "charge", "payout", "refund"]
    assert sum(one.net for one in listed.auto_paging_iter()) == 0
    assert balance(client) == 0
    with pytest.raises(StripeFault, match="nothing to pay out"):
        standin.pay_out()
    assert client.v1.balance_transactions.list({"type": "refund"}).data[0].amount == -500


def test_a_payout_comes_back(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    give(client, standin, 10_000)
    payout = standin.pay_out(arrives=False)
    assert client.v1.payouts.list({"status": "in_transit"}).data[0].id == payout["id"]
    told(standin)
    standin.fail_payout(payout["id"])
    assert told(standin) == ["payout.failed"]
    failed = client.v1.payouts.retrieve(payout["id"], {"expand": ["failure_balance_transaction"]})
    assert failed.failure_balance_transaction.amount == 9_460
    assert balance(client) == 9_460
    assert standin.pay_out()["amount"] == 9_460


def test_money_waits_until_it_is_available(client: stripe.StripeClient) -> None:
    now = [1_790_000_000_000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url})
        standin.configure(available_after_s=7 * 86_400)
        give(client, standin, 10_000)
        assert client.v1.balance_transactions.list().data[0].status == "pending"
        assert balance(client) == 0
        with pytest.raises(StripeFault, match="nothing to pay out"):
            standin.pay_out()
        now[0] += 7 * 86_400_000
        assert client.v1.balance_transactions.list().data[0].status == "available"
        assert standin.pay_out()["amount"] == 9_460
