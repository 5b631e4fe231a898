"""Whatever a test does through a page or a function of the app: the policy of that function would allow it.

In the cloud IAM refuses what a policy does not name. Every test of a page, a schedule or a queue on one machine asks
the database what the same code would ask there; so each of these calls is looked up in infra/policies.yaml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.template import permissions
from infra.template.policies import policies

TRANSACTED = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}  # fmt: skip
Asked = tuple[str, str, str]
"""(action, thing as infra/template/permissions.py calls it, partition key or "")."""


refusals: list[str] = []
"""What would have been refused, in words; a test that is over finds it empty."""


@contextmanager
def watching() -> Iterator[None]:
    """Within the block every call is looked up."""
    from chalicelib import table

    def look_up(operation: str, arguments: Mapping[str, Any], _answer: object) -> None:
        function = function_that_asks()
        if function:
            refusals.extend(refused(function, operation, arguments))

    with table.watching(look_up):
        yield


def function_that_asks() -> str:
    """The function of the app in which this call happens, "" if it happens in none."""
    from chalicelib.web.routing import speaks_to_stripe

    frame: Any = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_get_view_function_response":
            return "payments_handler" if speaks_to_stripe(frame.f_locals["view_function"]) else "api_handler"
        if frame.f_code.co_name == "call" and frame.f_globals.get("__name__") == "chalicelib.web.logs":
            name = str(frame.f_locals["run"].__name__)
            return name if name in policies().functions else ""
        frame = frame.f_back
    return ""


def asked(operation: str, arguments: Mapping[str, Any]) -> Iterator[Asked]:
    """What IAM is asked when DynamoDB is asked this."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in arguments["TransactItems"]:
            ((kind, one),) = item.items()
            yield from asked(TRANSACTED[kind], one)
    elif "RequestItems" in arguments:
        for table in arguments["RequestItems"]:
            yield f"dynamodb:{operation}", _thing(table), ""
    else:
        index = "/index/*" if arguments.get("IndexName") else ""
        key = (arguments.get("Item") or arguments.get("Key") or {}).get("pk") or {}
        yield f"dynamodb:{operation}", _thing(arguments["TableName"]) + index, str(key.get("S", ""))


def refused(function: str, operation: str, arguments: Mapping[str, Any]) -> list[str]:
    """What the function's policy would not let through, in words."""
    return [
        f"{function}: {action} on {thing} {key}"
        for action, thing, key in asked(operation, arguments)
        if not permissions.allows(function, action, thing, {permissions.LEADING: key})
    ]


def _thing(table: str) -> str:
    from chalicelib.config import settings

    of = settings()
    return {
        of.table_journal: "JournalTableArn", of.table_balances: "BalancesTableArn", of.table_app: "AppTableArn",
    }[table]  # fmt: skip
