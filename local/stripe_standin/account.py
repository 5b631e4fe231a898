"""The Stripe account that the stand-in plays: its store, its clock, its settings, its events."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from stripe._api_version import _ApiVersion

from local.stripe_standin.faults import no_such
from local.stripe_standin.shapes import public, shape
from local.stripe_standin.store import Store, new_id

API_VERSION = _ApiVersion.CURRENT
ACCOUNT_ID = "acct_standin"

SETTINGS: dict[str, Any] = {
    # Stripe's own fee on a charge, and what a dispute costs; basis points and fen
    "fee_rate_bp": 340,
    "fee_fixed_fen": 200,
    "dispute_fee_fen": 10000,
    "minimum_amount_fen": 1,
    "settlement_currency": "cny",
    # False: a charge gets its balance transaction (its fee) only when `release_fees` is asked
    "fees_at_once": True,
    # seconds until a balance transaction counts as available for payout
    "available_after_s": 0,
    # what becomes of the next refunds: succeeded, pending or failed
    "refund_outcome": "succeeded",
    # delivery in the background: each event so many times, shuffled, late, altered or unsigned
    "copies": 1,
    "shuffled": False,
    "delay_ms": 0,
    "damage": "",
    "retry_delays_s": [1, 2, 4, 8, 15],
}


class Account:
    def __init__(self, store: Store, clock: Callable[[], int] | None = None) -> None:
        self.store = store
        self.url = ""
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._fixed_ms: int | None = None
        self._request = threading.local()
        self.wake_courier: Callable[[], None] = lambda: None

    # time

    def now_ms(self) -> int:
        return self._clock() if self._fixed_ms is None else self._fixed_ms

    def now(self) -> int:
        """Epoch seconds, what Stripe writes into `created`."""
        return self.now_ms() // 1000

    def set_clock(self, at_ms: int | None) -> None:
        self._fixed_ms = at_ms

    # settings

    def setting(self, name: str) -> Any:
        return self.store.setting(name, SETTINGS[name])

    def configure(self, **settings: Any) -> None:
        for name, value in settings.items():
            if name not in SETTINGS:
                raise KeyError(f"no setting {name!r}; there are: {', '.join(SETTINGS)}")
            if type(value) is not type(SETTINGS[name]):
                raise TypeError(f"{name} is {type(SETTINGS[name]).__name__}, not {value!r}")
            self.store.set(name, value)

    # objects

    def find(self, kind: str, id: str, *, param: str = "id") -> dict[str, Any]:
        body = self.store.get(id)
        if body is None or body["object"] != kind:
            raise no_such(kind.replace("checkout.session", "checkout session"), id, param=param)
        return body

    def new(self, kind: str, prefix: str, *, length: int = 24, **fields: Any) -> dict[str, Any]:
        """A new stored object with every key of its kind."""
        fields.setdefault("id", new_id(prefix, length))
        if "date" not in fields and kind not in ("item", "line_item"):
            fields.setdefault("created", self.now())
        return self.store.put(shape(kind, **fields))

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.store.put(body)

    # events

    def request_is(self, id: str | None, idempotency_key: str | None) -> None:
        """Events raised from now on, in this thread, name this request."""
        self._request.value = {"id": id, "idempotency_key": idempotency_key}

    def emit(self, type: str, body: dict[str, Any], previous: dict[str, Any] | None = None) -> dict[str, Any]:
        """Stores an event and queues its deliveries; sent only after the transaction."""
        endpoints = [
            endpoint
            for endpoint in self.store.find("webhook_endpoint", status="enabled")
            if "*" in endpoint["enabled_events"] or type in endpoint["enabled_events"]
        ]
        data: dict[str, Any] = {"object": public(body)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.new(
            "event",
            "evt",
            api_version=API_VERSION,
            data=data,
            pending_webhooks=len(endpoints),
            request=getattr(self._request, "value", {"id": None, "idempotency_key": None}),
            type=type,
        )
        due_at_ms = time.time_ns() // 1_000_000 + self.setting("delay_ms")
        for endpoint in endpoints:
            for _ in range(self.setting("copies")):
                self.store.add_delivery(event["id"], endpoint["id"], due_at_ms)
        self.wake_courier()
        return event

    def update(self, body: dict[str, Any], type: str, **changes: Any) -> dict[str, Any]:
        """Changes an object and tells it as `type` with the previous values."""
        previous = {name: body.get(name) for name in changes if not name.startswith("_")}
        body.update(changes)
        self.save(body)
        self.emit(type, body, previous)
        return body


def with_metadata(body: dict[str, Any], given: Any) -> dict[str, str]:
    """Stripe's merge: "" for the whole clears, "" for one key removes that key."""
    if given is None:
        return dict(body.get("metadata") or {})
    if given == "":
        return {}
    merged = {**(body.get("metadata") or {}), **given}
    return {key: value for key, value in merged.items() if value != ""}
