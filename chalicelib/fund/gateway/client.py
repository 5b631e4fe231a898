"""The connection to Stripe: the only module that imports it, and only when first needed.

Whatever goes wrong leaves as one of ``model.stripe_objects``'s errors. CNY of our own mode only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from chalicelib import trace
from chalicelib.config import settings
from chalicelib.fund.model.stripe_objects import (
    Fee,
    ForeignMoney,
    NotAtStripe,
    Payment,
    PaymentsBusy,
    PaymentsMisconfigured,
    PaymentsRefused,
    PaymentsUnavailable,
)

if TYPE_CHECKING:
    from stripe import StripeClient

T = TypeVar("T")
API_VERSION: Final = "2026-10-28.endive"
"""Pinned here and on the webhook endpoint: the version shapes objects and events."""
TIMEOUT_S: Final = 8.0
CURRENCY: Final = "cny"


def is_live() -> bool:
    """Whether our key moves real money."""
    return "_live_" in settings().stripe_secret_key


def ask(verb: Callable[[StripeClient], T], object_id: str = "") -> T:
    """One call; whatever goes wrong leaves as one of our own facts."""
    config = settings()
    if config.demo and is_live():
        raise PaymentsMisconfigured(reason="live_key_in_demo")
    client = _client_for(config.stripe_secret_key, config.stripe_api_base)
    import stripe

    try:
        with trace.step("stripe"):
            return verb(client)
    except stripe.RateLimitError as error:
        raise PaymentsBusy(answered=False) from error
    except stripe.APIConnectionError as error:
        raise PaymentsUnavailable(answered=False) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise PaymentsMisconfigured(reason=error.code or "key") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 or error.code == "resource_missing":
            raise NotAtStripe(object_id=object_id) from error
        raise PaymentsRefused(reason=error.code or "invalid_request", param=error.param or "") from error
    except stripe.IdempotencyError as error:
        raise PaymentsRefused(reason="idempotency_key_reused", param="") from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        if status == 409:
            raise PaymentsBusy(answered=False) from error
        if status == 402:
            raise PaymentsRefused(reason=error.code or "declined", param="") from error
        raise PaymentsUnavailable(answered=status >= 500) from error


def must_settle_in_cny() -> None:
    """Asked before a payment is begun: fees and payouts of an account that settles in another currency
    could not be booked. Raises PaymentsMisconfigured."""
    config = settings()
    _settles_in_cny(config.stripe_secret_key, config.stripe_api_base)


@lru_cache(maxsize=2)
def _settles_in_cny(key: str, base: str) -> None:
    # Once a process: only an answer is remembered, never a failure.
    found: Any = ask(lambda c: c.v1.balance.retrieve())
    held = {part.currency for part in (*found.available, *found.pending)}
    if CURRENCY not in held:
        raise PaymentsMisconfigured(reason="settles_in_" + "_".join(sorted(held)))


def options(key: str) -> Any:
    return {"idempotency_key": key}


def payment_of(intent: Any) -> Payment:
    paid = intent.latest_charge
    return Payment(intent.id, paid.id, intent.amount_received, paid.created * 1000, fee_of(paid))


def fee_of(of: Any) -> Fee | None:
    transaction = of.balance_transaction
    if transaction is None or isinstance(transaction, str):
        return None
    settled(transaction)
    return Fee(transaction.id, transaction.amount, transaction.fee)


def settled(transaction: Any) -> None:
    if transaction.currency != CURRENCY:
        raise ForeignMoney(object_id=transaction.id, what=f"settled in {transaction.currency}")


def ours(found: Any, object_id: str) -> None:
    """Raises ForeignMoney for another currency or the other mode."""
    if found.currency != CURRENCY:
        raise ForeignMoney(object_id=object_id, what=f"currency {found.currency}")
    if bool(found.livemode) != is_live():
        raise ForeignMoney(object_id=object_id, what="livemode")


def metadata_of(found: Any) -> dict[str, str]:
    given = found.metadata
    return dict(given.to_dict()) if given is not None else {}


def id_of(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value.id)


def plain(value: Any) -> Any:
    return str(value or "")


@lru_cache(maxsize=2)
def _client_for(key: str, base: str) -> StripeClient:
    from stripe import StripeClient
    from stripe._http_client import RequestsClient

    extra: dict[str, Any] = {"base_addresses": {"api": base}} if base else {}
    return StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=2,
        http_client=RequestsClient(timeout=TIMEOUT_S),
        **extra,
    )
