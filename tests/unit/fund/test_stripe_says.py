"""What Stripe says, made into decisions: subscriptions, payouts, invoices of pledges, signatures."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.fund import webhook_signature
from chalicelib.fund.model import monthly, payouts, pledges
from chalicelib.fund.model.gifts import Donor
from chalicelib.fund.model.stripe_objects import Invoice, Subscription

SHOP = monthly.Monthly("m", "main", "relief", "event", "x", 10_000, Donor("巷口面馆"), 1, session_id="cs_1")
RUNS = Subscription("sub_1", "active", False, 900, None)


@pytest.mark.parametrize(
    ("found", "state", "ends_ms"),
    [
        (RUNS, "active", 0),
        (replace(RUNS, state="past_due"), "past_due", 0),
        (replace(RUNS, cancel_at_period_end=True), "ending", 900),
        (replace(RUNS, state="canceled", ended_ms=700), "ended", 700),
        (replace(RUNS, state="incomplete_expired"), "ended", 900),
    ],
)
def test_a_monthly_gift_is_what_its_subscription_is(found: Subscription, state: str, ends_ms: int) -> None:
    after = monthly.followed_subscription(SHOP, found)
    assert (after.state, after.ends_ms, after.subscription_id) == (state, ends_ms, "sub_1")


def test_a_failed_charge_shows_until_it_is_paid() -> None:
    failed = monthly.payment_failed(monthly.followed_subscription(SHOP, RUNS), "in_1")
    still = monthly.followed_subscription(failed, replace(RUNS, state="past_due"))
    assert still.failed_invoice == "in_1"
    assert monthly.followed_subscription(still, RUNS).failed_invoice == ""


@pytest.mark.parametrize(
    ("steps", "state", "due"),
    [
        ((), "in_transit", ["sent"]),
        ((), "paid", ["sent", "arrived"]),
        (("sent",), "paid", ["arrived"]),
        (("sent", "arrived"), "paid", []),
        (("sent",), "failed", ["failed"]),
        ((), "failed", ["sent", "failed"]),
        (("sent", "arrived"), "failed", ["returned", "failed"]),
        (("sent", "arrived", "returned", "failed"), "failed", []),
    ],
)
def test_what_is_still_to_be_booked_of_a_payout(
    steps: tuple[payouts.Step, ...], state: str, due: list[payouts.Step]
) -> None:
    assert payouts.due_steps(payouts.BookedPayout("po_1", 100, 1, steps), state) == due


PLEDGE = pledges.Pledge(
    id="p",
    fund_id="main",
    pot_id="relief",
    channel="partner",
    label="x",
    donor=Donor("企业"),
    signed_day="2026-11-01",
    instalments=pledges.instalments([(date(2026, 12, 1), 300), (date(2027, 1, 1), 200)], date(2026, 11, 1)),
    created_by="m",
    created_ms=1,
)
OPEN = Invoice("in_1", "open", 300, "https://x", 1, due_ms=100)


def test_an_instalment_through_its_invoices() -> None:
    sent = pledges.invoiced(PLEDGE, 1, OPEN)
    assert (sent.instalment(1).state, sent.outstanding_fen) == ("invoiced", 500)
    with pytest.raises(pledges.InstalmentInvoiced):
        pledges.may_invoice(sent.instalment(1))
    assert pledges.followed(sent, 1, OPEN, 200).instalment(1).overdue
    void = pledges.followed(sent, 1, replace(OPEN, state="void"), 200).instalment(1)
    assert (void.state, void.attempt, void.invoice_id) == ("due", 2, "")
    met = pledges.met(sent, 1, "g")
    assert met.outstanding_fen == 200
    assert pledges.followed(met, 1, replace(OPEN, state="void"), 200) == met
    other = replace(OPEN, invoice_id="in_0", state="void")
    assert pledges.followed(sent, 1, other, 200) == sent, "an older invoice says nothing any more"
    with pytest.raises(pledges.InstalmentUnknown):
        PLEDGE.instalment(3)


BODY, SECRET, NOW_S = b'{"id":"evt_1"}', "whsec_1", 1_800_000_000


def signed(body: bytes = BODY, at_s: int = NOW_S, *secrets: str) -> str:
    stamped = f"{at_s}.".encode() + body
    digests = [hmac.new(s.encode(), stamped, hashlib.sha256).hexdigest() for s in secrets or (SECRET,)]
    return ",".join([f"t={at_s}", "v0=00", *(f"v1={digest}" for digest in digests)])


def test_stripes_own_check_agrees() -> None:
    import time

    from stripe import WebhookSignature

    at_s = int(time.time())
    assert WebhookSignature.verify_header(BODY, signed(BODY, at_s), SECRET, 300)
    webhook_signature.check(BODY, signed(BODY, at_s), [SECRET], at_s * 1000)


@pytest.mark.parametrize("late_s", [0, 300, -60])
def test_a_signature_within_its_time(late_s: int) -> None:
    webhook_signature.check(BODY, signed(), [SECRET], (NOW_S + late_s) * 1000)


@pytest.mark.parametrize("late_s", [301, -61, -86_400])
def test_a_signature_out_of_its_time(late_s: int) -> None:
    with pytest.raises(webhook_signature.SignatureTooOld):
        webhook_signature.check(BODY, signed(), [SECRET], (NOW_S + late_s) * 1000)


def test_during_rotation_either_secret_passes() -> None:
    header = signed(BODY, NOW_S, "whsec_old", "whsec_new")
    for held in (["whsec_old"], ["whsec_new"], ["whsec_x", "whsec_new"]):
        webhook_signature.check(BODY, header, held, NOW_S * 1000)
    with pytest.raises(webhook_signature.SignatureWrong):
        webhook_signature.check(BODY, header, ["whsec_x"], NOW_S * 1000)


@pytest.mark.parametrize("header", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,v1=", "t=" + "9" * 40 + ",v1=ab", "你好"])
def test_what_is_no_signature(header: str) -> None:
    with pytest.raises(webhook_signature.SignatureMissing):
        webhook_signature.check(BODY, header, [SECRET], NOW_S * 1000)


def test_an_altered_body() -> None:
    with pytest.raises(webhook_signature.SignatureWrong):
        webhook_signature.check(BODY + b" ", signed(), [SECRET], NOW_S * 1000)
