"""Products and prices: made inline from `price_data`, or through their own endpoints."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from local.stripe_standin.account import Account, with_metadata
from local.stripe_standin.endpoints import endpoint, list_page, only_built
from local.stripe_standin.faults import invalid, missing_param, not_built

# fmt: off
CURRENCIES = frozenset((
    "aed", "aud", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "gbp", "hkd", "huf", "idr", "inr", "jpy",
    "krw", "mop", "mxn", "myr", "nok", "nzd", "php", "pln", "ron", "sek", "sgd", "thb", "twd", "usd", "vnd", "zar",
))
# fmt: on
_PRICE_BUILT = {"currency", "unit_amount", "unit_amount_decimal", "recurring", "product"}
_PRICE_BUILT |= {"product_data", "metadata", "nickname", "lookup_key", "tax_behavior", "active"}


def check_currency(currency: str, param: str = "currency") -> str:
    if currency not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            + ", ".join(sorted(CURRENCIES)),
            param=param,
        )
    return currency


def read_line(account: Account, item: dict[str, Any], path: str) -> tuple[dict[str, Any], int]:
    """(price, quantity) of one line; makes price and product when they come inline."""
    only_built(item, {"price", "price_data", "quantity"}, path)
    if ("price" in item) == ("price_data" in item):
        raise invalid(f"You must specify either `price` or `price_data` in {path}.", param=f"{path}[price]")
    if "quantity" not in item:
        raise missing_param(f"{path}[quantity]")
    if item["quantity"] < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param=f"{path}[quantity]",
            code="parameter_invalid_integer",
        )
    if "price" in item:
        return account.find("price", item["price"], param=f"{path}[price]"), item["quantity"]
    return new_price(account, item["price_data"], f"{path}[price_data]"), item["quantity"]


def line_total(price: dict[str, Any], quantity: int) -> int:
    return int(price["unit_amount"]) * quantity


def new_price(account: Account, data: dict[str, Any], path: str) -> dict[str, Any]:
    def where(name: str) -> str:
        return f"{path}[{name}]" if path else name

    only_built(data, _PRICE_BUILT, path or "price create")
    currency = check_currency(data["currency"], where("currency"))
    if ("product" in data) == ("product_data" in data):
        raise invalid(
            "You must specify either `product` or `product_data` when creating a price.",
            param=where("product"),
        )
    if "product" in data:
        product = account.find("product", data["product"], param=where("product"))
    else:
        product = new_product(account, data["product_data"], where("product_data"))
    amount = _unit_amount(data, where("unit_amount"))
    recurring = data.get("recurring")
    if recurring is not None:
        recurring = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    return account.new(
        "price",
        "price",
        active=True,
        billing_scheme="per_unit",
        currency=currency,
        lookup_key=data.get("lookup_key"),
        metadata=with_metadata({}, data.get("metadata")),
        nickname=data.get("nickname"),
        product=product["id"],
        recurring=recurring,
        tax_behavior=data.get("tax_behavior", "unspecified"),
        type="one_time" if recurring is None else "recurring",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )


def _unit_amount(data: dict[str, Any], param: str) -> int:
    if ("unit_amount" in data) == ("unit_amount_decimal" in data):
        raise invalid("You must specify either `unit_amount` or `unit_amount_decimal`.", param=param)
    if "unit_amount" in data:
        amount: int = data["unit_amount"]
    else:
        exact = Decimal(data["unit_amount_decimal"])
        if exact != exact.to_integral_value():
            raise not_built("fractional unit_amount_decimal", param=f"{param}_decimal")
        amount = int(exact)
    if amount < 0:
        raise invalid(
            "This value must be greater than or equal to 0.",
            param=param,
            code="parameter_invalid_integer",
        )
    return amount


def new_product(account: Account, data: dict[str, Any], path: str) -> dict[str, Any]:
    built = {"name", "description", "metadata", "images", "url", "unit_label", "statement_descriptor"}
    only_built(data, built, path or "product create")
    return account.new(
        "product",
        "prod",
        active=True,
        description=data.get("description"),
        images=data.get("images", []),
        metadata=with_metadata({}, data.get("metadata")),
        name=data["name"],
        statement_descriptor=data.get("statement_descriptor"),
        type="service",
        unit_label=data.get("unit_label"),
        updated=account.now(),
        url=data.get("url"),
    )


@endpoint("POST", "/v1/prices", "PriceCreateParams")
def create_price(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    price = new_price(account, {k: v for k, v in params.items() if k != "expand"}, "")
    account.emit("price.created", price)
    return price


@endpoint("GET", "/v1/prices/{price}", "PriceRetrieveParams")
def retrieve_price(account: Account, params: dict[str, Any], price: str) -> dict[str, Any]:
    return account.find("price", price, param="price")


@endpoint("GET", "/v1/prices", "PriceListParams")
def list_prices(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    names = ("active", "currency", "product", "type")
    equal = {name: params.pop(name) for name in names if name in params}
    return list_page(account, "price", "/v1/prices", params, **equal)


@endpoint("POST", "/v1/products", "ProductCreateParams")
def create_product(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    product = new_product(account, params, "")
    account.emit("product.created", product)
    return product


@endpoint("GET", "/v1/products/{product}", "ProductRetrieveParams")
def retrieve_product(account: Account, params: dict[str, Any], product: str) -> dict[str, Any]:
    return account.find("product", product)


@endpoint("GET", "/v1/products", "ProductListParams")
def list_products(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    equal = {name: params.pop(name) for name in ("active",) if name in params}
    return list_page(account, "product", "/v1/products", params, **equal)
