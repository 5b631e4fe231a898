"""Customers, as far as subscriptions and invoices need them."""

from __future__ import annotations

import re
from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, list_page, only_built
from local.stripe_standin.faults import invalid

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_BUILT = {"name", "email", "phone", "description", "metadata", "preferred_locales", "address"}


def new_customer(account: Account, **fields: Any) -> dict[str, Any]:
    customer = account.new(
        "customer",
        "cus",
        length=14,
        balance=0,
        delinquent=False,
        invoice_prefix="LINLI",
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        next_invoice_sequence=1,
        tax_exempt="none",
        **{"preferred_locales": [], **fields},
    )
    account.emit("customer.created", customer)
    return customer


def check_email(email: str | None, param: str) -> None:
    if email and not _EMAIL.match(email):
        raise invalid(f"Invalid email address: {email}", param=param, code="email_invalid")


def _fields(params: dict[str, Any]) -> dict[str, Any]:
    only_built(params, _BUILT, "customers")
    check_email(params.get("email"), "email")
    # "" unsets
    return {k: v or None for k, v in params.items() if k in _BUILT - {"metadata"}}


@endpoint("POST", "/v1/customers", "CustomerCreateParams")
def create(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    metadata = with_metadata({}, params.get("metadata"))
    return new_customer(account, metadata=metadata, **_fields(params))


@endpoint("GET", "/v1/customers/{customer}", "CustomerRetrieveParams")
def retrieve(account: Account, params: dict[str, Any], customer: str) -> dict[str, Any]:
    body = account.store.get(customer) or {}
    if body.get("_deleted"):
        return {"id": customer, "object": "customer", "deleted": True}
    return account.find("customer", customer, param="id")


@endpoint("GET", "/v1/customers", "CustomerListParams")
def list_customers(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {name: params.pop(name) for name in ("email",) if name in params}
    return list_page(account, "customer", "/v1/customers", params, **equal)


@endpoint("POST", "/v1/customers/{customer}", "CustomerUpdateParams")
def update(account: Account, params: dict[str, Any], customer: str) -> dict[str, Any]:
    body = account.find("customer", customer)
    changes = _fields(params)
    if "metadata" in params:
        changes["metadata"] = with_metadata(body, params["metadata"])
    return account.update(body, "customer.updated", **changes)
