"""Events and webhook endpoints, as the API shows them."""

from __future__ import annotations

from typing import Any

from local.stripe_standin.account import API_VERSION, Account, with_metadata
from local.stripe_standin.endpoints import endpoint, list_page, only_built
from local.stripe_standin.faults import invalid, not_built
from local.stripe_standin.shapes import listing
from local.stripe_standin.store import new_id
from local.stripe_standin.webhooks import rendered_event

_THIRTY_DAYS_S = 30 * 86_400
_TYPES_MAX = 20


@endpoint("GET", "/v1/events/{event}", "EventRetrieveParams")
def retrieve_event(account: Account, params: dict[str, Any], event: str) -> dict[str, Any]:
    return rendered_event(account, account.find("event", event))


@endpoint("GET", "/v1/events", "EventListParams")
def list_events(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    """Newest first; Stripe keeps events for 30 days."""
    equal = {"type": params.pop("type")} if "type" in params else {}
    oldest = account.now() - _THIRTY_DAYS_S
    created = params.get("created", {})
    if isinstance(created, int):
        created = {"gte": created, "lte": created}
    params["created"] = {**created, "gte": max(oldest, created.get("gte", 0))}
    wanted_types = params.pop("types", None)
    if wanted_types is not None and (equal or len(wanted_types) > _TYPES_MAX):
        raise invalid(f"You may pass up to {_TYPES_MAX} types, and not with `type`.", param="types")
    delivered = params.pop("delivery_success", None)
    if delivered is None and wanted_types is None:
        page = list_page(account, "event", "/v1/events", params, **equal)
        return {**page, "data": [rendered_event(account, event) for event in page["data"]]}
    return _filtered(account, params, equal, wanted_types, delivered)


def _filtered(
    account: Account,
    params: dict[str, Any],
    equal: dict[str, Any],
    types: list[str] | None,
    delivered: bool | None,
) -> dict[str, Any]:
    """Filters that are not plain fields: reads on until the page is full."""
    limit, kept = params.get("limit", 10), []
    params = {**params, "limit": 100}
    while True:
        page = list_page(account, "event", "/v1/events", params, **equal)
        for event in page["data"]:
            rendered = rendered_event(account, event)
            if types is not None and event["type"] not in types:
                continue
            if delivered is not None and delivered != (rendered["pending_webhooks"] == 0):
                continue
            kept.append(rendered)
        if len(kept) > limit or not page["has_more"]:
            return listing(kept[:limit], "/v1/events", has_more=len(kept) > limit)
        params["starting_after"] = page["data"][-1]["id"]


@endpoint("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams")
def create_endpoint(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    built = {"url", "enabled_events", "api_version", "description", "metadata"}
    only_built(params, built, "webhook endpoint create")
    body = new_endpoint(
        account,
        url=params["url"],
        secret=new_id("whsec", 32),
        enabled_events=params["enabled_events"],
        api_version=params.get("api_version"),
        description=params.get("description") or None,
        metadata=with_metadata({}, params.get("metadata")),
    )
    # the only answer that ever shows the secret
    return {**body, "secret": body["_secrets"][0]}


def new_endpoint(
    account: Account, *, url: str, secret: str, enabled_events: list[str], **fields: Any
) -> dict[str, Any]:
    if fields.get("api_version") not in (None, API_VERSION):
        raise not_built(f"events of version {fields['api_version']}", param="api_version")
    _check_url(url)
    return account.new(
        "webhook_endpoint",
        "we",
        enabled_events=enabled_events,
        status="enabled",
        url=url,
        _secrets=[secret],
        _listed=bool(url),
        **fields,
    )


def _check_url(url: str) -> None:
    if url and not url.startswith(("http://", "https://")):
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", param="url", code="url_invalid"
        )


@endpoint("GET", "/v1/webhook_endpoints", "WebhookEndpointListParams")
def list_endpoints(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    return list_page(account, "webhook_endpoint", "/v1/webhook_endpoints", params, _listed=True)


@endpoint("GET", "/v1/webhook_endpoints/{endpoint}", "WebhookEndpointRetrieveParams")
def retrieve_endpoint(account: Account, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    return account.find("webhook_endpoint", endpoint)


@endpoint("POST", "/v1/webhook_endpoints/{endpoint}", "WebhookEndpointUpdateParams")
def update_endpoint(account: Account, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    body = account.find("webhook_endpoint", endpoint)
    if "url" in params:
        _check_url(params["url"])
    changes: dict[str, Any] = {n: params[n] for n in ("url", "enabled_events") if n in params}
    if "description" in params:
        changes["description"] = params["description"] or None
    if "metadata" in params:
        changes["metadata"] = with_metadata(body, params["metadata"])
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    return account.save({**body, **changes})


@endpoint("DELETE", "/v1/webhook_endpoints/{endpoint}", "WebhookEndpointDeleteParams")
def delete_endpoint(account: Account, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    account.find("webhook_endpoint", endpoint)
    account.store.delete(endpoint)
    account.store.drop_deliveries(endpoint)
    return {"id": endpoint, "object": "webhook_endpoint", "deleted": True}
