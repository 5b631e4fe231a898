"""The stand-in as one object to start, drive and stop."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from local.stripe_standin.account import API_VERSION, Account
from local.stripe_standin.control import Controls
from local.stripe_standin.endpoints import clean
from local.stripe_standin.resources.notices import new_endpoint
from local.stripe_standin.server import Server
from local.stripe_standin.store import Store
from local.stripe_standin.webhooks import Courier, SignedEvent, damaged, signed


class StripeStandIn(Controls):
    """See the package's docstring. The verbs are those of `Controls`."""

    api_key = "sk_test_standin"

    def __init__(
        self,
        port: int = 0,
        db_path: str | Path | None = None,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_standin",
        clock: Callable[[], int] | None = None,
        *,
        delivery: Literal["background", "when_asked"] = "background",
        host: str = "127.0.0.1",
        public_url: str | None = None,
    ) -> None:
        self.webhook_secret = webhook_secret
        self._port, self._host, self._public_url = port, host, public_url
        self._db_path, self._webhook_url, self._clock = db_path, webhook_url, clock
        self._delivery = delivery
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where the API, the hosted pages and /_control answer."""
        return self.account.url

    def start(self) -> Self:
        store = Store(self._db_path)
        self.account = Account(store, self._clock)
        self._courier = Courier(self.account)
        self._server = Server(self, self._host, self._port)
        self.account.url = self._public_url or self._server.url
        with store.transaction():
            self._register_own_endpoint()
        self._server.start()
        if self._delivery == "background":
            self._courier.run_in_background(each_round=self.time_passes)
        return self

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.stop()
        self._courier.stop()
        self.account.store.close()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _register_own_endpoint(self) -> None:
        """The endpoint given at construction; a restart finds it again and takes a new address."""
        for endpoint in self.account.store.find("webhook_endpoint", _own=True):
            endpoint["url"] = self._webhook_url or ""
            endpoint["_listed"] = bool(endpoint["url"])
            if self.webhook_secret not in endpoint["_secrets"]:
                endpoint["_secrets"] = [self.webhook_secret]
            self.account.save(endpoint)
            return
        new_endpoint(
            self.account,
            url=self._webhook_url or "",
            secret=self.webhook_secret,
            enabled_events=["*"],
            api_version=API_VERSION,
            _own=True,
        )

    # events, when the test is the postman

    def pending_events(self, signed_at_ms: int | None = None) -> list[SignedEvent]:
        """Takes everything that is queued, signed now, oldest first; each is handed out once.

        `signed_at_ms` is the time in the signature: for an app whose clock stands elsewhere.
        """
        with self.account.store.transaction():
            rows = self.account.store.deliveries("state = 'pending'")
            taken = [signed(self.account, row, signed_at_ms) for row in rows]
            for row in rows:
                self.account.store.settle_delivery(row["seq"], "delivered", 0, "taken")
        return taken

    def deliver_pending(
        self,
        *,
        order: Literal["as_created", "reversed", "shuffled"] = "as_created",
        copies: int = 1,
        damage: Literal["", "altered", "unsigned", "foreign"] = "",
        seed: int = 0,
    ) -> list[int]:
        """Posts everything that is queued, now, to its endpoints; the HTTP statuses.

        What is not answered 2xx stays queued. `copies` posts each that many times. Events
        raised by these deliveries wait for the next call.
        """
        rows = self._courier.due(1 << 62)
        if order == "reversed":
            rows.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(rows)
        return [self._courier.carry(row, damage) for row in rows for _ in range(copies)]

    def signed_events(self, types: Iterable[str] | None = None, signed_at_ms: int | None = None) -> list[SignedEvent]:
        """Every event so far signed afresh, delivered or not: for repetition and late arrival."""
        wanted = None if types is None else set(types)
        rows = self.account.store.deliveries()
        fresh = {row["event"]: signed(self.account, row, signed_at_ms) for row in rows}
        return [one for one in fresh.values() if wanted is None or one.type in wanted]

    @staticmethod
    def damaged(delivery: SignedEvent, damage: str) -> SignedEvent:
        """`delivery` altered after signing, unsigned, or signed with a foreign secret."""
        return damaged(delivery, damage)

    def call(self, verb: str, arguments: dict[str, Any]) -> Any:
        """A verb by name, for the control API."""
        return clean(getattr(self, verb)(**arguments))
