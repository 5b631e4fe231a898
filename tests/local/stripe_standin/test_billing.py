"""Monthly gifts and invoices through stripe-python."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from local.stripe_standin import StripeStandIn
from local.stripe_standin.resources.subscriptions import add_months
from tests.local.stripe_standin.steps import give, sent_invoice, subscribe, told


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_first_month_is_paid_on_the_page(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    id = subscribe(client, standin)
    subscription = client.v1.subscriptions.retrieve(id, {"expand": ["latest_invoice.payments", "customer"]})
    assert subscription.status == "active"
    assert subscription.metadata["pledge"] == "pledge-1"
    item = subscription["items"].data[0]
    assert item.current_period_end == add_months(item.current_period_start, 1)
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 3_000, "subscription_create")
    assert invoice.status_transitions.paid_at is not None
    details = invoice.parent.subscription_details
    assert (details.subscription, details.metadata["pledge"]) == (id, "pledge-1")
    payment = invoice.payments.data[0]
    assert (payment.status, payment.amount_paid) == ("paid", 3_000)
    # the intent of an invoice carries no metadata of ours: it is no gift of its own
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert intent.metadata.to_dict() == {}
    found = client.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent.id}})
    assert [one.invoice for one in found.data] == [invoice.id]
    types = told(standin)
    assert types.count("invoice.paid") == 1
    assert types[-1] == "checkout.session.completed"


def test_months_pass_and_one_card_fails(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    first, second = subscribe(client, standin), subscribe(client, standin)
    told(standin)
    invoices = standin.advance_month()
    assert [one["billing_reason"] for one in invoices] == ["subscription_cycle"] * 2
    assert told(standin).count("invoice.paid") == 2

    [unpaid] = standin.advance_month(second, paid=False)
    assert client.v1.subscriptions.retrieve(second).status == "past_due"
    assert client.v1.subscriptions.retrieve(first).status == "active"
    assert "invoice.payment_failed" in told(standin)
    open_invoice = client.v1.invoices.retrieve(unpaid["id"])
    assert (open_invoice.status, open_invoice.attempt_count) == ("open", 1)

    standin.pay_invoice(unpaid["id"])
    assert client.v1.subscriptions.retrieve(second).status == "active"
    assert [one.status for one in client.v1.invoices.list({"subscription": second}).data] == ["paid"] * 3


def test_periods_follow_the_calendar(client: stripe.StripeClient) -> None:
    now = [at("2027-01-31T10:00") * 1000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url})
        id = subscribe(client, standin)
        ends = []
        for _ in range(3):
            ends.append(client.v1.subscriptions.retrieve(id)["items"].data[0].current_period_end)
            [invoice] = standin.advance_month(id)
            assert invoice["period_end"] == ends[-1]
            assert invoice["lines"]["data"][0]["period"]["start"] == ends[-1]
        assert ends == [at("2027-02-28T10:00"), at("2027-03-31T10:00"), at("2027-04-30T10:00")]


def test_cancel_at_the_end_and_at_once(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    later, now = subscribe(client, standin), subscribe(client, standin)
    updated = client.v1.subscriptions.update(later, {"cancel_at_period_end": True})
    assert (updated.cancel_at_period_end, updated.status) == (True, "active")
    assert updated.cancel_at == updated["items"].data[0].current_period_end
    client.v1.subscriptions.cancel(now)
    told(standin)
    assert standin.advance_month() == []
    assert told(standin) == ["customer.subscription.deleted"]
    for id in (later, now):
        assert client.v1.subscriptions.retrieve(id).status == "canceled"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.subscriptions.cancel(id)


def test_a_cancellation_can_be_taken_back(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    id = subscribe(client, standin)
    client.v1.subscriptions.update(id, {"cancel_at_period_end": True})
    kept = client.v1.subscriptions.update(id, {"cancel_at_period_end": False})
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)
    assert len(standin.advance_month(id)) == 1


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")]
)
def test_paused_collection_takes_no_money(
    standin: StripeStandIn, client: stripe.StripeClient, behavior: str, status: str
) -> None:
    id = subscribe(client, standin)
    paused = client.v1.subscriptions.update(id, {"pause_collection": {"behavior": behavior}})
    assert paused.pause_collection.behavior == behavior
    told(standin)
    [invoice] = standin.advance_month(id)
    assert invoice["status"] == status
    assert "invoice.paid" not in told(standin)
    client.v1.subscriptions.update(id, {"pause_collection": ""})
    [paid] = standin.advance_month(id)
    assert paid["status"] == "paid"


def test_an_instalment_is_sent_and_paid(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    assert (invoice.status, invoice.amount_due, invoice.currency) == ("open", 500_000, "cny")
    assert invoice.due_date == invoice.created + 30 * 86_400
    assert invoice.hosted_invoice_url == f"{standin.url}/i/{invoice.id}"
    assert invoice.number
    assert told(standin) == [
        "customer.created",
        "invoice.created",
        "invoiceitem.created",
        "payment_intent.created",
        "invoice.finalized",
        "invoice.sent",
    ]
    standin.pay_invoice(invoice.id)
    paid = client.v1.invoices.retrieve(invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 500_000, 0)
    assert paid.metadata["instalment"] == "i-1"
    charge = client.v1.charges.retrieve(paid.payments.data[0].payment.payment_intent.latest_charge)
    assert (charge.paid, charge.amount) == (True, 500_000)
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(invoice.id)


def test_paid_out_of_band_moves_no_money(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    told(standin)
    paid = client.v1.invoices.pay(
        invoice.id, {"paid_out_of_band": True, "expand": ["payments", "amount_paid_off_stripe"]}
    )
    assert (paid.status, paid.amount_paid_off_stripe) == ("paid", 500_000)
    assert [one.status for one in paid.payments.data] == ["canceled"]
    assert client.v1.balance_transactions.list().data == []
    [event] = standin.signed_events(["invoice.paid"])
    assert "amount_paid_off_stripe" not in event.event["data"]["object"]
    assert "payments" not in event.event["data"]["object"]


def test_pending_items_are_collected_when_asked(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "暖心有限公司"}).id
    for amount in (1_000, 2_500):
        client.v1.invoice_items.create({"customer": customer, "amount": amount, "currency": "cny"})
    common = {"customer": customer, "collection_method": "send_invoice", "days_until_due": 7}
    assert client.v1.invoices.create({**common, "pending_invoice_items_behavior": "exclude"}).total == 0
    taken = client.v1.invoices.create({**common, "pending_invoice_items_behavior": "include"})
    assert [line.amount for line in taken.lines.data] == [1_000, 2_500]
    assert taken.total == 3_500
    assert client.v1.invoices.create({**common, "pending_invoice_items_behavior": "include"}).total == 0


def test_void_uncollectible_and_deleted(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    wrong, lost = sent_invoice(client), sent_invoice(client)
    assert client.v1.invoices.void_invoice(wrong.id).status == "void"
    assert client.v1.invoices.mark_uncollectible(lost.id).status == "uncollectible"
    assert told(standin)[-1] == "invoice.marked_uncollectible"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.pay(wrong.id, {"paid_out_of_band": True})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.delete(wrong.id)
    customer = client.v1.customers.create({"name": "暖心有限公司"}).id
    draft = client.v1.invoices.create({"customer": customer})
    assert client.v1.invoices.delete(draft.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.retrieve(draft.id)


def test_an_invoice_falls_due_once(client: stripe.StripeClient) -> None:
    now = [at("2027-03-01T08:00") * 1000]
    with StripeStandIn(clock=lambda: now[0], delivery="when_asked") as standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url})
        sent_invoice(client)
        told(standin)
        now[0] += 31 * 86_400_000
        standin.time_passes()
        standin.time_passes()
        assert told(standin) == ["invoice.overdue"]


def test_a_declined_card_answers_402(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    told(standin)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_chargeDeclined"})
    assert declined.value.code == "card_declined"
    assert told(standin)[-1] == "invoice.payment_failed"
    assert client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"}).status == "paid"


def test_gifts_and_invoices_do_not_mix(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    intent = give(client, standin)
    listed = client.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}})
    assert listed.data == []
