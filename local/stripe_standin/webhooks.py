"""Signing events and carrying them to the registered endpoints."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

from local.stripe_standin.account import Account
from local.stripe_standin.endpoints import expanded
from local.stripe_standin.shapes import public

_TIMEOUT_S = 15


class SignedEvent(NamedTuple):
    """One delivery as it goes over the wire: the raw body and its Stripe-Signature header."""

    body: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def type(self) -> str:
        return str(self.event["type"])


def sign(body: bytes, secrets: list[str], at_s: int) -> str:
    """Stripe's header: t=…,v1=… with one v1 for each secret that is valid at present."""
    stamped = f"{at_s}.".encode() + body
    digests = (hmac.new(s.encode(), stamped, hashlib.sha256).hexdigest() for s in secrets)
    return ",".join([f"t={at_s}", *(f"v1={digest}" for digest in digests)])


def event_body(account: Account, event: dict[str, Any]) -> bytes:
    return json.dumps(public(event), ensure_ascii=False, indent=2).encode()


def rendered_event(account: Account, event: dict[str, Any]) -> dict[str, Any]:
    """The event with the count of deliveries that have not got through yet."""
    waiting = account.store.deliveries("event = ? AND state <> 'delivered'", event["id"])
    return {**expanded(account, event, []), "pending_webhooks": len(waiting)}


def signed(account: Account, delivery: dict[str, Any], at_ms: int | None = None) -> SignedEvent:
    """Signed with the real time unless another is given."""
    event = account.store.get(delivery["event"])
    endpoint = account.store.get(delivery["endpoint"])
    if event is None or endpoint is None:
        raise KeyError(f"delivery {delivery['seq']} has lost its event or its endpoint")
    body = event_body(account, event)
    return SignedEvent(body, sign(body, endpoint["_secrets"], (at_ms or time.time_ns() // 1_000_000) // 1000))


def damaged(delivery: SignedEvent, damage: str) -> SignedEvent:
    """altered: the body changed after signing; unsigned: no header; foreign: another's secret."""
    if damage == "altered":
        raised = re.sub(rb'("amount\w*": )([1-9])', rb"\g<1>9\2", delivery.body)
        return delivery._replace(body=raised if raised != delivery.body else raised + b" ")
    if damage == "unsigned":
        return delivery._replace(signature="")
    if damage == "foreign":
        return delivery._replace(signature=sign(delivery.body, ["whsec_foreign"], int(time.time())))
    if damage:
        raise ValueError(f"no such damage: {damage}")
    return delivery


class Courier:
    """Posts what is due, one after another; with `run_in_background`, by itself."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    def run_in_background(self, each_round: Callable[[], None]) -> None:
        """Carries what is due until `stop`; `each_round` is called about five times a second."""
        self._each_round = each_round
        self._account.wake_courier = self._wake.set
        self._thread = threading.Thread(target=self._run, name="stripe-courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=_TIMEOUT_S + 1)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(timeout=0.2)
            self._wake.clear()
            self._each_round()
            due = self.due(time.time_ns() // 1_000_000)
            if self._account.setting("shuffled"):
                random.shuffle(due)
            for delivery in due:
                if self._stopping.is_set():
                    return
                self.carry(delivery)

    def due(self, at_ms: int) -> list[dict[str, Any]]:
        rows = self._account.store.deliveries("state = 'pending' AND next_at_ms <= ?", at_ms)
        return [row for row in rows if self._url(row)]

    def _url(self, delivery: dict[str, Any]) -> str:
        endpoint = self._account.store.get(delivery["endpoint"])
        return "" if endpoint is None else str(endpoint["url"])

    def carry(self, delivery: dict[str, Any], damage: str | None = None) -> int:
        """Posts once and records the outcome; the HTTP status, 0 if nobody answered."""
        with self._one_at_a_time:
            return self._carry(delivery, damage)

    def _carry(self, delivery: dict[str, Any], damage: str | None) -> int:
        setting = self._account.setting
        wire = damaged(signed(self._account, delivery), setting("damage") if damage is None else damage)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0"}
        if wire.signature:
            headers["Stripe-Signature"] = wire.signature
        request = urllib.request.Request(self._url(delivery), data=wire.body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                status, said = int(answer.status), ""
        except urllib.error.HTTPError as error:
            status, said = error.code, error.read(300).decode(errors="replace")
        except (OSError, ValueError) as error:
            status, said = 0, str(error)
        self._record(delivery, status, said)
        return status

    def _record(self, delivery: dict[str, Any], status: int, said: str) -> None:
        delays_s = self._account.setting("retry_delays_s")
        if 200 <= status < 300:
            state, wait_s = "delivered", 0
        elif delivery["attempts"] < len(delays_s):
            state, wait_s = "pending", delays_s[delivery["attempts"]]
        else:
            state, wait_s = "undelivered", 0
        next_at_ms = time.time_ns() // 1_000_000 + wait_s * 1000
        self._account.store.settle_delivery(delivery["seq"], state, next_at_ms, f"{status} {said}".strip())
