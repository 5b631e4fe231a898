"""Subscriptions: begun on the Checkout page, renewed month by month, paused, cancelled."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, included, list_page, only_built
from local.stripe_standin.faults import invalid
from local.stripe_standin.resources import invoices
from local.stripe_standin.resources.customers import new_customer
from local.stripe_standin.shapes import listing, shape
from local.stripe_standin.store import new_id

_UPDATE_BUILT = {"cancel_at_period_end", "pause_collection", "metadata", "description"}
_UPDATE_BUILT |= {"cancellation_details"}
_OFF = {"disabled_reason": None, "enabled": False, "liability": None}


def check_data(data: dict[str, Any]) -> None:
    only_built(data, {"metadata", "description"}, "subscription_data")


def add_months(at_s: int, months: int) -> int:
    """The same day and time `months` later, in UTC; the last day where the day does not exist."""
    at = datetime.fromtimestamp(at_s, UTC)
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())


def period_end(anchor_s: int, start_s: int, recurring: dict[str, Any]) -> int:
    """The next end of a period after `start_s`, counted from the anchor so that days do not drift."""
    count = recurring["interval_count"]
    if recurring["interval"] in ("day", "week"):
        days = count * (7 if recurring["interval"] == "week" else 1)
        return int((datetime.fromtimestamp(start_s, UTC) + timedelta(days=days)).timestamp())
    months = count * (12 if recurring["interval"] == "year" else 1)
    passed = 1
    while add_months(anchor_s, months * passed) <= start_s:
        passed += 1
    return add_months(anchor_s, months * passed)


def begin(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    """What a paid Checkout session in subscription mode makes: customer, subscription, invoice."""
    customer = session["customer"] or new_customer(account, email=session["customer_email"])["id"]
    now = account.now()
    data = session["_subscription_data"]
    recurring_lines = [line for line in session["_lines"] if line["price"]["recurring"]]
    id = new_id("sub")
    items = [_item(account, id, line, now) for line in recurring_lines]
    subscription = account.new(
        "subscription",
        "sub",
        id=id,
        automatic_tax=dict(_OFF),
        billing_cycle_anchor=now,
        billing_mode={"flexible": None, "type": "classic", "updated_at": None},
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method="charge_automatically",
        currency=session["currency"],
        customer=customer,
        default_payment_method=new_id("pm"),
        description=data.get("description"),
        invoice_settings={
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        items=listing(items, f"/v1/subscription_items?subscription={id}"),
        metadata=with_metadata({}, data.get("metadata")),
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": ["card"],
            "save_default_payment_method": "off",
        },
        start_date=now,
        status="active",
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
    )
    one_time = [line for line in session["_lines"] if not line["price"]["recurring"]]
    invoice = invoices.for_period(account, subscription, "subscription_create", one_time)
    subscription["latest_invoice"] = invoice["id"]
    account.save(subscription)
    account.emit("customer.subscription.created", subscription)
    return subscription


def _item(account: Account, subscription: str, line: dict[str, Any], now: int) -> dict[str, Any]:
    price = line["price"]
    plan = {
        "id": price["id"],
        "object": "plan",
        "active": True,
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return shape(
        "subscription_item",
        id=new_id("si", 14),
        created=now,
        current_period_start=now,
        current_period_end=period_end(now, now, price["recurring"]),
        plan=plan,
        price=price,
        quantity=line["quantity"],
        subscription=subscription,
        tax_rates=[],
    )


def advance(account: Account, subscription: dict[str, Any], *, paid: bool) -> dict[str, Any] | None:
    """The current period ends: a new one begins with its invoice, or the subscription ends.

    None when there is no new invoice. A paused collection makes the invoice that
    `pause_collection.behavior` asks for (draft, void or uncollectible).
    """
    if subscription["cancel_at_period_end"]:
        end(account, subscription)
        return None
    items = subscription["items"]
    previous = {"items": {**items, "data": [dict(item) for item in items["data"]]}}
    for item in items["data"]:
        start = item["current_period_end"]
        item["current_period_start"] = start
        item["current_period_end"] = period_end(subscription["billing_cycle_anchor"], start, item["price"]["recurring"])
    account.save(subscription)
    invoice = invoices.for_period(account, subscription, "subscription_cycle", [], paid=paid)
    previous |= {"latest_invoice": subscription["latest_invoice"]}
    subscription["latest_invoice"] = invoice["id"]
    if invoice["status"] in ("open", "paid"):
        previous |= {"status": subscription["status"]}
        subscription["status"] = "active" if invoice["status"] == "paid" else "past_due"
    account.save(subscription)
    account.emit("customer.subscription.updated", subscription, previous)
    return invoice


def paid_up(account: Account, subscription_id: str) -> None:
    """An overdue invoice was paid after all."""
    subscription = account.find("subscription", subscription_id)
    owed = account.store.find("invoice", status="open", _subscription=subscription_id)
    if subscription["status"] == "past_due" and not owed:
        account.update(subscription, "customer.subscription.updated", status="active")


def end(account: Account, subscription: dict[str, Any], **changes: Any) -> dict[str, Any]:
    now = account.now()
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        **changes,
    )
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    account.save(subscription)
    account.emit("customer.subscription.deleted", subscription)
    return subscription


@endpoint("GET", "/v1/subscriptions/{subscription}", "SubscriptionRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], subscription: str) -> dict[str, Any]:
    return account.find("subscription", subscription)


@endpoint("GET", "/v1/subscriptions", "SubscriptionListParams")
def list_subscriptions(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("customer", "status", "collection_method")
    equal = {name: params.pop(name) for name in names if name in params}
    if equal.get("status") == "all":
        del equal["status"]
    return list_page(account, "subscription", "/v1/subscriptions", params, **equal)


@endpoint("POST", "/v1/subscriptions/{subscription}", "SubscriptionUpdateParams")
def update(account: Account, params: dict[str, Any], subscription: str) -> dict[str, Any]:
    only_built(params, _UPDATE_BUILT, "subscription update")
    body = _living(account, subscription)
    changes: dict[str, Any] = {}
    if "metadata" in params:
        changes["metadata"] = with_metadata(body, params["metadata"])
    if "description" in params:
        changes["description"] = params["description"] or None
    if "pause_collection" in params:
        pause = params["pause_collection"]
        changes["pause_collection"] = {"resumes_at": None, **pause} if pause else None
    if "cancel_at_period_end" in params:
        stops = params["cancel_at_period_end"]
        last_end = max(item["current_period_end"] for item in body["items"]["data"])
        changes["cancel_at_period_end"] = stops
        changes["cancel_at"] = last_end if stops else None
        changes["canceled_at"] = account.now() if stops else None
        reason = "cancellation_requested" if stops else None
        changes["cancellation_details"] = {**body["cancellation_details"], "reason": reason}
    if details := params.get("cancellation_details"):
        known = changes.get("cancellation_details", body["cancellation_details"])
        changes["cancellation_details"] = {**known, **details}
    return account.update(body, "customer.subscription.updated", **changes)


@endpoint("DELETE", "/v1/subscriptions/{subscription}", "SubscriptionCancelParams")
def cancel(account: Account, params: dict[str, Any], subscription: str) -> dict[str, Any]:
    only_built(params, {"cancellation_details"}, "subscription cancel")
    body = _living(account, subscription)
    details = {**body["cancellation_details"], **(params.get("cancellation_details") or {})}
    return end(account, body, cancellation_details=details)


def _living(account: Account, id: str) -> dict[str, Any]:
    body = account.find("subscription", id)
    if body["status"] == "canceled":
        raise invalid(
            f"No such subscription: '{id}'. A canceled subscription can only update its "
            "cancellation_details and metadata.",
            param="id",
            code="resource_missing",
        )
    return body


@included("customer", "subscriptions")
def subscriptions_of(account: Account, customer: dict[str, Any]) -> dict[str, Any]:
    found = account.store.find("subscription", customer=customer["id"])[::-1]
    living = [s for s in found if s["status"] != "canceled"]
    return listing(living, f"/v1/customers/{customer['id']}/subscriptions")
