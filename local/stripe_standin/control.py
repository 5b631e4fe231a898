"""What only the stand-in can do: play the payer, the bank, the calendar, and bad luck.

Each public method is a verb of the control API as well: POST /_control/api/<verb> with its
arguments as a JSON object. Ids are Stripe's; amounts are fen; times are epoch milliseconds.
Objects come back as stored: keys that begin with "_" are the stand-in's own notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from local.stripe_standin.account import SETTINGS, Account
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import (
    checkout,
    collecting,
    disputes,
    dues,
    notices,
    payer,
    payments,
    payouts,
    refunds,
    subscriptions,
)
from local.stripe_standin.shapes import public
from local.stripe_standin.store import new_id

_Done = TypeVar("_Done")


class Controls:
    account: Account

    # the payer

    def pay(self, session: str, method: str = "card") -> dict[str, Any]:
        """Pays a Checkout session by card, alipay or wechat_pay, as the page's button does."""
        return self._did(payer.pay, session, method)

    def decline(self, session: str) -> dict[str, Any]:
        """The bank refuses the card; the session stays open."""
        return self._did(payer.decline, session)

    def pay_later(self, session: str, method: str = "wechat_pay") -> dict[str, Any]:
        """Completes a session whose money is still on its way: payment_status "unpaid"."""
        return self._did(payer.pay_later, session, method)

    def settle_async(self, session: str, succeeded: bool = True) -> dict[str, Any]:
        """Lets the payment begun by `pay_later` arrive or fail."""
        return self._did(payer.settle_async, session, succeeded=succeeded)

    def expire(self, session: str) -> dict[str, Any]:
        return self._did(lambda account: checkout.close(account, payer.open_session(account, session)))

    def pay_invoice(self, invoice: str, method: str = "card") -> dict[str, Any]:
        """Pays an open invoice, as the button of its hosted page does."""

        def work(account: Account) -> dict[str, Any]:
            body = account.find("invoice", invoice)
            if body["status"] == "draft":
                raise invalid("This invoice is a draft.")
            collecting.open_payment(account, body)
            paid = collecting.pay(account, body, method)
            if paid.get("_subscription"):
                subscriptions.paid_up(account, paid["_subscription"])
            return paid

        return self._did(work)

    def decline_invoice(self, invoice: str) -> dict[str, Any]:
        """A try to pay an open invoice is refused: `invoice.payment_failed`."""
        return self._did(lambda a: collecting.fail_payment(a, a.find("invoice", invoice), "card"))

    # the calendar

    def advance_month(self, subscription: str | None = None, paid: bool = True) -> list[dict[str, Any]]:
        """Ends the current period of one subscription, or of every living one: new invoices.

        `paid=False` declines the card: open invoices, `invoice.payment_failed`, `past_due`.
        Times written are the clock's; only the periods move, so set the clock for history.
        """

        def work(account: Account) -> list[dict[str, Any]]:
            found = [account.find("subscription", subscription)] if subscription else account.store.find("subscription")
            living = [s for s in found if s["status"] != "canceled"]
            made = [subscriptions.advance(account, one, paid=paid) for one in living]
            return [invoice for invoice in made if invoice is not None]

        return self._did(work)

    def set_clock(self, at_ms: int | None = None) -> None:
        """Stops the clock that writes `created` at a moment; None lets it run again."""
        self.account.set_clock(at_ms)

    def time_passes(self) -> None:
        """Lets happen what falls due by the clock as it stands: sessions, invoices, the balance."""
        self._did(lambda account: None)

    # the bank

    def release_fees(self) -> list[dict[str, Any]]:
        """Gives waiting charges their balance transaction; `configure(fees_at_once=False)` first."""
        return self._did(payments.release_fees)

    def settle_refund(self, refund: str, succeeded: bool = True) -> dict[str, Any]:
        """Ends a pending refund, or lets one fail that had already succeeded."""
        return self._did(lambda a: refunds.settle(a, a.find("refund", refund), succeeded=succeeded))

    def refund_in_dashboard(self, payment: str, amount: int | None = None) -> dict[str, Any]:
        """A refund that the app did not ask for: somebody clicked it in Stripe's dashboard."""
        amounts = {} if amount is None else {"amount": amount}
        charge = self._charge_id(payment)
        return self._did(refunds.create, {"charge": charge, **amounts})

    def open_dispute(self, payment: str, amount: int | None = None, reason: str = "fraudulent") -> dict[str, Any]:
        """The payer's bank takes the money of a payment intent or charge back."""
        charge = self._charge_id(payment)
        return self._did(lambda a: disputes.open_dispute(a, a.find("charge", charge), amount, reason))

    def close_dispute(self, dispute: str, won: bool) -> dict[str, Any]:
        return self._did(lambda a: disputes.close(a, a.find("dispute", dispute), won=won))

    def pay_out(self, arrives: bool = True) -> dict[str, Any]:
        """Pays the available balance out and reconciles it; `arrives`: it is in the bank."""

        def work(account: Account) -> dict[str, Any]:
            payout = payouts.pay_out(account)
            if arrives:
                payouts.arrive(account, payout)
            return payouts.reconcile(account, payout)

        return self._did(work)

    def arrive_payout(self, payout: str) -> dict[str, Any]:
        return self._did(lambda a: payouts.arrive(a, a.find("payout", payout)))

    def fail_payout(self, payout: str) -> dict[str, Any]:
        return self._did(lambda a: payouts.fail(a, a.find("payout", payout)))

    # bad luck

    def configure(self, **settings: Any) -> dict[str, Any]:
        """Changes settings (account.SETTINGS lists them) and returns all."""
        self._did(lambda account: account.configure(**settings))
        return {name: self.account.setting(name) for name in SETTINGS}

    def fail_next(
        self,
        times: int,
        status: int = 500,
        after_effect: bool = False,
        path: str = "/v1/",
        method: str = "",
    ) -> None:
        """The next API calls answer `status`; 0 closes the connection without an answer.

        `after_effect`: the work is done all the same. A 5xx after it is remembered and
        replayed under the same idempotency key, as Stripe does; with 0 the true answer is.
        """
        trouble = {"times": times, "status": status, "after_effect": after_effect}
        self._did(lambda a: a.store.set("trouble", {**trouble, "path": path, "method": method}))

    def forget_idempotency_keys(self) -> None:
        """What Stripe may do after 24 hours."""
        self._did(lambda account: account.store.forget_answers())

    # webhooks

    def register_webhook(self, url: str, secret: str | None = None) -> dict[str, Any]:
        """Registers an endpoint for all events of this API version; answers with its secret."""
        secret = secret or new_id("whsec", 32)
        body = self._did(lambda a: notices.new_endpoint(a, url=url, secret=secret, enabled_events=["*"]))
        return {**body, "secret": secret}

    def rotate_secret(self, secret: str | None = None, keep_old: bool = True) -> str:
        """A new signing secret for every endpoint; the old one signs too until `keep_old=False`."""
        secret = secret or new_id("whsec", 32)

        def work(account: Account) -> None:
            for endpoint in account.store.find("webhook_endpoint"):
                olds = [old for old in endpoint["_secrets"] if old != secret]
                endpoint["_secrets"] = [secret, *olds[:1]] if keep_old else [secret]
                account.save(endpoint)

        self._did(work)
        return secret

    def redeliver(self, event: str | None = None) -> int:
        """Queues every delivery again that has not got through, or every one of one event."""
        where, values = ("event = ?", (event,)) if event else ("state <> 'delivered'", ())
        count: int = self._did(lambda account: account.store.requeue(where, *values))
        self.account.wake_courier()
        return count

    def redeliver_everything(self) -> int:
        """Queues every delivery again, those that got through too."""
        count: int = self._did(lambda account: account.store.requeue("1"))
        self.account.wake_courier()
        return count

    # looking

    def get(self, id: str) -> dict[str, Any]:
        body = self.account.store.get(id)
        if body is None:
            raise KeyError(id)
        return public(body)

    def find(self, kind: str, **equal: Any) -> list[dict[str, Any]]:
        """Every object of a kind ("charge", "checkout.session", …), oldest first."""
        return [public(body) for body in self.account.store.find(kind, **equal)]

    def overview(self) -> dict[str, Any]:
        """How many objects of each kind, deliveries by state, settings."""
        states: dict[str, int] = {}
        for delivery in self.account.store.deliveries():
            states[delivery["state"]] = states.get(delivery["state"], 0) + 1
        settings = {name: self.account.setting(name) for name in SETTINGS}
        return {"objects": self.account.store.kinds(), "deliveries": states, "settings": settings}

    def _charge_id(self, payment: str) -> str:
        if payment.startswith("pi_"):
            return str(self.account.find("payment_intent", payment)["latest_charge"])
        return payment

    def _did(self, work: Callable[..., _Done], *args: Any, **kwargs: Any) -> _Done:
        with self.account.store.transaction():
            dues.time_passes(self.account)
            return work(self.account, *args, **kwargs)


VERBS = tuple(name for name, member in vars(Controls).items() if callable(member) and not name.startswith("_"))
