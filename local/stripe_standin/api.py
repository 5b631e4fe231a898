"""One API call from headers to answer: key, version, idempotency, parameters, expansion."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from local.stripe_standin import endpoints, form, params
from local.stripe_standin.account import API_VERSION, Account
from local.stripe_standin.faults import StripeFault, invalid
from local.stripe_standin.resources import dues
from local.stripe_standin.store import new_id

_FAMILIES = (
    "checkout",
    "customers",
    "disputes",
    "invoice_api",
    "notices",
    "payments",
    "payouts",
    "prices",
    "refunds",
    "subscriptions",
)
for _family in _FAMILIES:
    importlib.import_module(f"local.stripe_standin.resources.{_family}")

_KEY_MAX = 255


@dataclass(slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False
    """The connection closes without an answer, after the work was done."""


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    encoded: str
    """The form: the query of a GET or DELETE, the body of a POST."""
    headers: Message

    def fingerprint(self) -> str:
        whole = f"{self.method} {self.path} {self.encoded}"
        return hashlib.sha256(whole.encode()).hexdigest()


def answer(account: Account, call: Call) -> Answer:
    request_id = new_id("req", 14)
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    try:
        key = _checked_headers(call)
        with account.store.transaction():
            given = _answered(account, call, key, request_id)
    except StripeFault as fault:
        given = Answer(fault.status, fault.body())
        if fault.status == 402 and call.headers.get("Idempotency-Key"):
            _remember(account, call, given)
    given.body.get("error", {}).setdefault("request_log_url", f"{account.url}/_control#{request_id}")
    given.headers = {**headers, **given.headers}
    return given


def _remember(account: Account, call: Call, given: Answer) -> None:
    with account.store.transaction():
        account.store.remember_answer(call.headers["Idempotency-Key"], call.fingerprint(), given.status, given.body)


def _checked_headers(call: Call) -> str:
    """The idempotency key, "" without one; raises for a bad API key or version."""
    _check_api_key(call.headers.get("Authorization", ""))
    version = call.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. Expected {API_VERSION}.")
    if call.headers.get("Stripe-Account"):
        raise StripeFault(
            403,
            "The provided key does not have access to account "
            f"'{call.headers['Stripe-Account']}' (or that account does not exist).",
            code="account_invalid",
        )
    if call.method == "POST":
        content = call.headers.get("Content-Type", "").partition(";")[0].strip()
        if call.encoded and content != "application/x-www-form-urlencoded":
            raise invalid(
                f"Invalid request: the content type {content!r} is not supported; "
                "use application/x-www-form-urlencoded."
            )
    key = call.headers.get("Idempotency-Key", "") if call.method == "POST" else ""
    if len(key) > _KEY_MAX:
        raise StripeFault(400, f"Idempotency keys can be up to {_KEY_MAX} characters.", type="idempotency_error")
    return key


def _check_api_key(authorization: str) -> None:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[0]
        except ValueError:
            given = ""
    elif scheme.lower() != "bearer":
        given = ""
    if not given:
        raise StripeFault(
            401,
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    if not given.startswith("sk_test_"):
        shown = given[:8] + "*" * max(len(given) - 12, 0) + given[-4:]
        raise StripeFault(401, f"Invalid API Key provided: {shown}", code="api_key_invalid")


def _answered(account: Account, call: Call, key: str, request_id: str) -> Answer:
    if key and (first := account.store.answer(key)) is not None:
        if first[0] != call.fingerprint():
            raise StripeFault(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                type="idempotency_error",
            )
        return Answer(first[1], first[2], {"Idempotent-Replayed": "true"})
    trouble = _next_trouble(account, call)
    if trouble is not None and not trouble["after_effect"]:
        return _troubled(account, call, key, trouble)
    dues.time_passes(account)
    account.request_is(request_id, key or None)
    try:
        given = Answer(200, _worked(account, call))
    finally:
        account.request_is(None, None)
    if trouble is not None:
        if trouble["status"] == 0:
            given.dropped = True
        else:
            return _troubled(account, call, key, trouble)
    if key:
        account.store.remember_answer(key, call.fingerprint(), given.status, given.body)
    return given


def _worked(account: Account, call: Call) -> dict[str, Any]:
    found, ids = endpoints.match(call.method, call.path)
    checked = params.check(found.params, form.parse(call.encoded))
    expand = checked.get("expand", [])
    body = found.handle(account, {k: v for k, v in checked.items() if k != "expand"}, *ids)
    return endpoints.expanded(account, body, expand)


def _next_trouble(account: Account, call: Call) -> dict[str, Any] | None:
    """The trouble ordered for this call, taken from its count."""
    trouble = account.store.setting("trouble", None)
    if trouble is None or trouble["times"] < 1 or not call.path.startswith(trouble["path"]):
        return None
    if trouble["method"] not in ("", call.method):
        return None
    account.store.set("trouble", {**trouble, "times": trouble["times"] - 1})
    return dict(trouble)


_TROUBLES = {
    409: ("invalid_request_error", "lock_timeout", "This object cannot be accessed right now."),
    429: ("invalid_request_error", "rate_limit", "Request rate limit exceeded."),
}


def _troubled(account: Account, call: Call, key: str, trouble: dict[str, Any]) -> Answer:
    if trouble["status"] == 0:
        return Answer(200, {}, dropped=True)
    type, code, message = _TROUBLES.get(trouble["status"], ("api_error", None, "An unknown error occurred."))
    fault = StripeFault(trouble["status"], message, type=type, code=code)
    given = Answer(fault.status, fault.body())
    # an error after the request began is remembered, and replayed under its key
    if key and trouble["after_effect"] and fault.status >= 500:
        account.store.remember_answer(key, call.fingerprint(), given.status, given.body)
    return given


def encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
