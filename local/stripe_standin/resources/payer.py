"""What the payer does with a Checkout session: pays, is declined, pays later, settles."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import payments, subscriptions
from local.stripe_standin.resources.customers import new_customer


def open_session(account: Account, id: str) -> dict[str, Any]:
    session = account.find("checkout.session", id, param="session")
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.", param="session")
    return session


def pay(account: Account, id: str, method: str) -> dict[str, Any]:
    session = open_session(account, id)
    _check_method(session, method)
    if session["mode"] == "subscription":
        subscription = subscriptions.begin(account, session)
        session.update(
            subscription=subscription["id"],
            invoice=subscription["latest_invoice"],
            customer=subscription["customer"],
        )
    else:
        payments.succeed(account, _intent(account, session), method)
    return _complete(account, session, "paid")


def decline(account: Account, id: str) -> dict[str, Any]:
    """The bank says no: the session stays open for another try."""
    session = open_session(account, id)
    if session["mode"] == "payment":
        payments.fail(account, _intent(account, session), "card")
    session["_declined"] = True
    return account.save(session)


def pay_later(account: Account, id: str, method: str) -> dict[str, Any]:
    session = open_session(account, id)
    if session["mode"] != "payment":
        raise invalid("Asynchronous payment is in `payment` mode only.")
    _check_method(session, method)
    payments.start_processing(account, _intent(account, session), method)
    return _complete(account, session, "unpaid", _method=method)


def settle_async(account: Account, id: str, *, succeeded: bool) -> dict[str, Any]:
    session = account.find("checkout.session", id, param="session")
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        raise invalid("This Checkout Session does not wait for an asynchronous payment.")
    intent = account.find("payment_intent", session["payment_intent"])
    if intent["status"] != "processing":
        raise invalid("The asynchronous payment of this Checkout Session has failed already.")
    if succeeded:
        payments.succeed(account, intent, session["_method"])
        session["payment_status"] = "paid"
        account.save(session)
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        payments.fail(account, intent, session["_method"])
        account.emit("checkout.session.async_payment_failed", session)
    return session


def _check_method(session: dict[str, Any], method: str) -> None:
    if method not in session["payment_method_types"]:
        raise invalid(f"{method} is not offered by this Checkout Session.", param="method")


def _intent(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    """The intent is made when the payer first tries, not with the session."""
    if session["payment_intent"]:
        return account.find("payment_intent", session["payment_intent"])
    if session["customer"] is None and session["customer_creation"] == "always":
        session["customer"] = new_customer(account, email=session["customer_email"])["id"]
    data = session["_intent_data"]
    intent = payments.new_intent(
        account,
        session["amount_total"],
        session["currency"],
        automatic_payment_methods={"allow_redirects": None, "enabled": True},
        customer=session["customer"],
        description=data.get("description"),
        metadata=with_metadata({}, data.get("metadata")),
        payment_method_types=session["payment_method_types"],
        receipt_email=data.get("receipt_email"),
        statement_descriptor_suffix=data.get("statement_descriptor_suffix"),
    )
    session["payment_intent"] = intent["id"]
    return intent


def _complete(account: Account, session: dict[str, Any], payment_status: str, **notes: Any) -> dict[str, Any]:
    session.update(
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details={
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "business_name": None,
            "email": session["customer_email"],
            "individual_name": None,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        **notes,
    )
    account.save(session)
    account.emit("checkout.session.completed", session)
    return session
