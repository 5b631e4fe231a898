"""A stand-in for Stripe (the API version that the installed stripe-python is made for).

Real HTTP, real signatures, requests checked against stripe-python's own request types; it moves
no money. The app knows nothing of it: it is given another base address and a test key.

    with StripeStandIn(webhook_url="http://127.0.0.1:8000/webhooks/stripe",
                       webhook_secret="whsec_x") as stripe_standin:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": stripe_standin.url},
                                     max_network_retries=2)
        session = client.v1.checkout.sessions.create({...})
        stripe_standin.pay(session.id)          # as if the payer pressed 支付成功

Delivery of webhooks:
* `delivery="background"` (default): a thread posts each event, retries what is not answered 2xx
  after 1, 2, 4, 8, 15 s, then keeps it as undelivered until `redeliver()`.
* `delivery="when_asked"`: events queue. `deliver_pending(order=, copies=, damage=)` posts them
  now and returns the statuses; `pending_events()` takes them as (body, signature) to hand over
  without HTTP; `signed_events()` signs every event so far again.

Also without a `webhook_url` every event queues for `pending_events()`.

Verbs (control.py has each with its arguments; all are POST /_control/api/<verb> too):
  payer     pay  decline  pay_later  settle_async  expire  pay_invoice  decline_invoice
  calendar  advance_month  set_clock  time_passes
  bank      release_fees  settle_refund  refund_in_dashboard  open_dispute  close_dispute
            pay_out  arrive_payout  fail_payout
  trouble   fail_next  forget_idempotency_keys  configure(fee_rate_bp=, refund_outcome=, …)
  webhooks  register_webhook  rotate_secret  redeliver  redeliver_everything
  looking   get  find  overview

What cannot be done raises StripeFault, with the sentence that the API would answer.

`clock` is a function to epoch milliseconds, asked in the stand-in's own threads as well; to lay
history in the past use `set_clock`. Signatures carry the real time unless `signed_at_ms` is
given. `db_path` keeps everything in SQLite, through kill -9 too; without it, in memory.
"""

from __future__ import annotations

from local.stripe_standin.faults import StripeFault
from local.stripe_standin.remote import RemoteControl
from local.stripe_standin.standin import StripeStandIn
from local.stripe_standin.webhooks import SignedEvent

__all__ = ["RemoteControl", "SignedEvent", "StripeFault", "StripeStandIn"]
