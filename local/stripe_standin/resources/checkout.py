"""Checkout sessions: created by the app, paid, declined or left on the hosted page."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, included, list_page, only_built
from local.stripe_standin.faults import invalid, missing_param, not_built
from local.stripe_standin.resources import subscriptions
from local.stripe_standin.resources.customers import check_email
from local.stripe_standin.resources.prices import line_total, read_line
from local.stripe_standin.shapes import listing, shape
from local.stripe_standin.store import new_id

_BUILT = {
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "custom_text",
    "customer",
    "customer_creation",
    "customer_email",
    "excluded_payment_method_types",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_options",
    "phone_number_collection",
    "submit_type",
    "subscription_data",
    "success_url",
    "ui_mode",
}
_INTENT_DATA = {"metadata", "description", "receipt_email", "statement_descriptor_suffix"}
_METHODS = {"payment": ["card", "alipay", "wechat_pay"], "subscription": ["card"]}
_HALF_HOUR_S, _DAY_S = 1800, 86_400
_CLIENT_REFERENCE_MAX = 200
_AMOUNT_MAX = 99_999_999


@endpoint("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    only_built(params, _BUILT, "checkout session create")
    mode = _mode(params)
    _check_urls(params)
    lines = _lines(account, params, mode)
    total = sum(line["amount_total"] for line in lines)
    _check_amount(account, total)
    currency = lines[0]["currency"]
    now = account.now()
    expires_at = params.get("expires_at", now + _DAY_S)
    if not now + _HALF_HOUR_S <= expires_at <= now + _DAY_S:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours "
            "from Checkout Session creation.",
            param="expires_at",
        )
    if len(params.get("client_reference_id", "")) > _CLIENT_REFERENCE_MAX:
        raise invalid(
            f"Invalid string: must be at most {_CLIENT_REFERENCE_MAX} characters",
            param="client_reference_id",
        )
    check_email(params.get("customer_email"), "customer_email")
    if customer := params.get("customer"):
        account.find("customer", customer, param="customer")
        if "customer_email" in params:
            raise invalid("You may only specify one of these parameters: customer, customer_email.")
    id = new_id("cs_test", 58)
    return account.new(
        "checkout.session",
        "cs_test",
        id=id,
        _lines=lines,
        _intent_data=params.get("payment_intent_data", {}),
        _subscription_data=params.get("subscription_data", {}),
        _redirect_url=params["success_url"].replace("{CHECKOUT_SESSION_ID}", id),
        adaptive_pricing={"enabled": False} if mode == "payment" else None,
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        billing_address_collection=params.get("billing_address_collection"),
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
            **params.get("custom_text", {}),
        },
        customer=customer,
        customer_creation=(params.get("customer_creation") or "if_required") if mode == "payment" else "always",
        customer_email=params.get("customer_email"),
        excluded_payment_method_types=params.get("excluded_payment_method_types"),
        expires_at=expires_at,
        invoice_creation={
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        }
        if mode == "payment"
        else None,
        locale=params.get("locale"),
        metadata=with_metadata({}, params.get("metadata")),
        mode=mode,
        origin_context=None,
        payment_method_collection="if_required" if mode == "payment" else "always",
        payment_method_options=params.get("payment_method_options", {}),
        payment_method_types=_methods(params, mode),
        payment_status="unpaid",
        phone_number_collection=params.get("phone_number_collection", {"enabled": False}),
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{account.url}/c/pay/{id}",
    )


def _mode(params: dict[str, Any]) -> str:
    if "mode" not in params:
        raise missing_param("mode")
    mode: str = params["mode"]
    if mode not in _METHODS:
        raise not_built(f"mode {mode}", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_built(f"ui_mode {params['ui_mode']}", param="ui_mode")
    for name, its_mode in (("payment_intent_data", "payment"), ("subscription_data", "subscription")):
        if name in params and mode != its_mode:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if "customer_creation" in params and mode == "subscription":
        raise invalid("`customer_creation` can only be used in `payment` mode.")
    only_built(params.get("payment_intent_data", {}), _INTENT_DATA, "payment_intent_data")
    subscriptions.check_data(params.get("subscription_data", {}))
    return mode


def _check_urls(params: dict[str, Any]) -> None:
    if "success_url" not in params:
        raise missing_param("success_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise invalid("Not a valid URL", param=name, code="url_invalid")


def _lines(account: Account, params: dict[str, Any], mode: str) -> list[dict[str, Any]]:
    if not params.get("line_items"):
        raise missing_param("line_items")
    lines = []
    for i, item in enumerate(params["line_items"]):
        price, quantity = read_line(account, item, f"line_items[{i}]")
        if mode == "payment" and price["recurring"]:
            raise invalid(
                "You specified `payment` mode but passed a recurring price. Either switch to "
                "`subscription` mode or use only one-time prices.",
                param=f"line_items[{i}][price]",
            )
        total = line_total(price, quantity)
        product = account.find("product", price["product"])
        lines.append(
            shape(
                "item",
                id=new_id("li"),
                amount_discount=0,
                amount_subtotal=total,
                amount_tax=0,
                amount_total=total,
                currency=price["currency"],
                description=product["name"],
                price=price,
                quantity=quantity,
            )
        )
    if mode == "subscription" and not any(line["price"]["recurring"] for line in lines):
        raise invalid("You must provide at least one recurring price in `subscription` mode when using prices.")
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All prices on a checkout session must have the same currency.")
    return lines


def _check_amount(account: Account, total: int) -> None:
    minimum = account.setting("minimum_amount_fen")
    if total < minimum:
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least {minimum}.",
            code="amount_too_small",
        )
    if total > _AMOUNT_MAX:
        raise invalid(
            "The Checkout Session's total amount must be no more than 999,999.99.",
            code="amount_too_large",
        )


def _methods(params: dict[str, Any], mode: str) -> list[str]:
    wanted = params.get("allowed_payment_method_types") or _METHODS[mode]
    refused = params.get("excluded_payment_method_types") or []
    methods = [m for m in _METHODS[mode] if m in wanted and m not in refused]
    if not methods:
        raise invalid(
            "No valid payment method types for this Checkout Session. Please ensure that you have "
            "activated payment methods compatible with your chosen currency and mode.",
            param="allowed_payment_method_types",
        )
    return methods


@endpoint("GET", "/v1/checkout/sessions/{session}", "checkout.SessionRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], session: str) -> dict[str, Any]:
    return account.find("checkout.session", session, param="session")


@endpoint("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def list_sessions(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("payment_intent", "subscription", "customer", "status")
    equal = {name: params.pop(name) for name in names if name in params}
    return list_page(account, "checkout.session", "/v1/checkout/sessions", params, **equal)


@endpoint("GET", "/v1/checkout/sessions/{session}/line_items", "checkout.SessionListLineItemsParams")
def list_line_items(account: Account, params: dict[str, Any], session: str) -> dict[str, Any]:
    only_built(params, {"limit"}, "line items (list)")
    return line_items_of(account, account.find("checkout.session", session, param="session"))


@included("checkout.session", "line_items")
def line_items_of(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    stored = account.find("checkout.session", session["id"])
    return listing(stored["_lines"], f"/v1/checkout/sessions/{session['id']}/line_items")


@endpoint("POST", "/v1/checkout/sessions/{session}", "checkout.SessionUpdateParams")
def update(account: Account, params: dict[str, Any], session: str) -> dict[str, Any]:
    only_built(params, {"metadata"}, "checkout session update")
    body = account.find("checkout.session", session, param="session")
    body["metadata"] = with_metadata(body, params.get("metadata"))
    return account.save(body)


@endpoint("POST", "/v1/checkout/sessions/{session}/expire", "checkout.SessionExpireParams")
def expire(account: Account, params: dict[str, Any], session: str) -> dict[str, Any]:
    body = account.find("checkout.session", session, param="session")
    if body["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {body['status']}."
        )
    return close(account, body)


def close(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    session.update(status="expired", url=None)
    account.save(session)
    account.emit("checkout.session.expired", session)
    return session


def expire_due(account: Account) -> None:
    """Closes every open session whose time has come; asked before each request."""
    for session in account.store.find("checkout.session", status="open"):
        if session["expires_at"] <= account.now():
            close(account, session)
