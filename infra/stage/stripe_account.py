"""The stage's Stripe account: its secret key, and the webhook endpoint through which it tells us.

Both stand in one secret: ``{"secret_key": …, "webhook_secrets": [newest, …], "endpoint": "we_…"}``. Neither is ever
printed. A webhook endpoint tells its secret only in the answer that creates it, so an endpoint whose secret we do not
hold is replaced by a new one.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Final

from infra.stage.account import Account
from infra.stage.stacks import DeployFailed

KEY_SETTING: Final = "STRIPE_SECRET_KEY"
PATH: Final = "webhooks/stripe"
_SHAPE: Final = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]{8,}")
_MARK: Final = "linli"
_SECRETS_MAX: Final = 2


@dataclass
class StripeAccount:
    """``secret_arn`` names the secret; ``api_base`` is another address for Stripe's API, "" for Stripe itself."""

    account: Account
    stage: str
    secret_arn: str
    api_base: str = ""

    # --- the key -------------------------------------------------------------------------------

    def content(self) -> dict[str, Any]:
        """The secret as it stands. Raises DeployFailed where it is no JSON object; its text is not shown."""
        text = self.account.client("secretsmanager").get_secret_value(SecretId=self.secret_arn).get("SecretString", "")
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DeployFailed(
                f"The secret {self.secret_arn} is no JSON object. Put this into it, and run this again:\n"
                '    {"secret_key":"","webhook_secrets":[]}'
            )
        return found

    def put(self, content: dict[str, Any]) -> None:
        text = json.dumps(content, separators=(",", ":"))
        self.account.client("secretsmanager").put_secret_value(SecretId=self.secret_arn, SecretString=text)

    def take_key(self) -> bool:
        """Store the key that the environment or a person gives, if any; whether there is one. Raises DeployFailed."""
        content = self.content()
        held = str(content.get("secret_key") or "")
        given = os.environ.get(KEY_SETTING, "").strip()
        if not given and not held:
            given = self.account.person.says("Stripe's secret key (empty: later; payments stay closed)", hidden=True)
        if given and given != held:
            self.check_key(given)
            self._must_open(given)
            if _mode(given) != _mode(held):
                content |= {"webhook_secrets": [], "endpoint": ""}  # the other mode's: they sign nothing here
            self.put(content | {"secret_key": given})
            self.account.say(f"Stripe's {_mode(given)} key is stored")
        elif held:
            self.check_key(held)
        return bool(given or held)

    def check_key(self, key: str) -> None:
        """Raises DeployFailed for what is no key, and for a live key anywhere but in prod."""
        mode = _mode(key)
        if not mode:
            raise DeployFailed(
                "That is no secret key of Stripe: one begins with sk_test_, sk_live_, rk_test_ or rk_live_. "
                "It is in Stripe's dashboard under Developers → API keys. Nothing was stored."
            )
        if mode == "live" and self.stage != "prod":
            raise DeployFailed(f"A live key moves real money; stage {self.stage} takes test keys only.")
        if mode == "test" and self.stage == "prod":
            self.account.say("note: prod has a test key: nobody's money is moved until it gets a live one")

    def _must_open(self, key: str) -> None:
        """Ask Stripe something small under the key. Raises DeployFailed."""
        import stripe

        try:
            self._client(key).v1.balance.retrieve()
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise DeployFailed(
                f"Stripe does not take this key ({error.code or 'refused'}). Nothing was stored."
            ) from None
        except stripe.StripeError as error:
            raise DeployFailed(f"Stripe cannot be asked now ({type(error).__name__}). Run this again.") from None

    def _client(self, key: str) -> Any:
        from stripe import StripeClient

        from chalicelib.fund.gateway.client import API_VERSION

        extra: dict[str, Any] = {"base_addresses": {"api": self.api_base}} if self.api_base else {}
        return StripeClient(key, stripe_version=API_VERSION, max_network_retries=3, **extra)

    # --- the endpoint --------------------------------------------------------------------------

    def register(self, address: str) -> str:
        """See that exactly one endpoint of this stage exists, at ``address``, with the pinned version and the events
        that are handled; its id. Its secret is stored before an older endpoint goes. Raises DeployFailed."""
        with _said("register the webhook endpoint"):
            return self._register(address, fresh=False)

    def renew(self, address: str) -> str:
        """A new endpoint beside the one that is there, its secret stored in front; ``retire`` ends the older one."""
        with _said("make a new webhook endpoint"):
            return self._register(address, fresh=True)

    def retire(self) -> None:
        """End every endpoint of this stage but the present one, and forget the older secrets."""
        with _said("end the older webhook endpoint"):
            content = self.content()
            client = self._client(content["secret_key"])
            self._delete(client, [one for one in self._ours(client) if one.id != content.get("endpoint")])
            self.put(content | {"webhook_secrets": content["webhook_secrets"][:1]})

    def unregister(self) -> None:
        """End every endpoint of this stage: there is nobody left to tell. The key stays."""
        content = self.content()
        if not _mode(str(content.get("secret_key") or "")):
            return
        with _said("end the webhook endpoint"):
            client = self._client(content["secret_key"])
            self._delete(client, self._ours(client))
        self.put(content | {"webhook_secrets": [], "endpoint": ""})

    def _register(self, address: str, *, fresh: bool) -> str:
        from chalicelib.fund.gateway import EVENT_TYPES
        from chalicelib.fund.gateway.client import API_VERSION

        content = self.content()
        client = self._client(content["secret_key"])
        url = f"{address.rstrip('/')}/{PATH}"
        ours = self._ours(client)
        held = next((one for one in ours if one.id == content.get("endpoint") and content.get("webhook_secrets")), None)
        if held is not None and held.api_version == API_VERSION and held.status == "enabled" and not fresh:
            if held.url != url or set(held.enabled_events) != set(EVENT_TYPES):
                client.v1.webhook_endpoints.update(held.id, {"url": url, "enabled_events": list(EVENT_TYPES)})
                self.account.say(f"webhook endpoint {held.id}: updated")
            self._delete(client, [one for one in ours if one.id != held.id])
            return str(held.id)
        made = client.v1.webhook_endpoints.create(
            {
                "url": url,
                "enabled_events": list(EVENT_TYPES),
                "api_version": API_VERSION,
                "description": f"Linli {self.stage}",
                "metadata": {_MARK: self.stage},
            }
        )
        secrets = [made.secret, *content.get("webhook_secrets", [])][:_SECRETS_MAX]
        self.put(content | {"webhook_secrets": secrets, "endpoint": made.id})
        self.account.say(f"webhook endpoint {made.id}: {url}, {len(EVENT_TYPES)} kinds of events, API {API_VERSION}")
        if not fresh:
            self._delete(client, ours)
        return str(made.id)

    def _ours(self, client: Any) -> list[Any]:
        found = client.v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()
        return [one for one in found if one.metadata and one.metadata.to_dict().get(_MARK) == self.stage]

    def _delete(self, client: Any, endpoints: list[Any]) -> None:
        for one in endpoints:
            client.v1.webhook_endpoints.delete(one.id)
            self.account.say(f"webhook endpoint {one.id}: ended")


class _said:  # noqa: N801 - reads as a word in `with`
    """Stripe's refusals as DeployFailed; their words may hold a part of a key and are left out."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        import stripe

        if isinstance(error, stripe.StripeError):
            reason = f"{type(error).__name__} {error.code or ''} {getattr(error, 'param', None) or ''}".strip()
            again = "Run the same command again."
            if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
                again = f"Stripe no longer takes the stored key: {KEY_SETTING}=… before the same command."
            raise DeployFailed(f"Stripe did not {self._what}: {reason}. {again}") from None


def _mode(key: str) -> str:
    found = _SHAPE.fullmatch(key)
    return found[1] if found else ""
