"""Does the deployment have everything it needs? Every missing or malformed setting, secret, table, queue, bucket and
topic by name, all at once, before somebody meets one of them on a page."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from chalicelib import config
from chalicelib.errors import DomainError
from infra.stage.account import Account, environment
from infra.stage.stacks import DeployFailed
from infra.template import functions

MAY_BE_EMPTY: Final = {"LINLI_PUBLIC_URL", "LINLI_STRIPE_API_BASE"}
NOT_YET: Final = {"secret_key_empty", "no_webhook_secrets"}
"""Reasons that only mean: payments are not open yet."""
SMOKE_S: Final = 30  # API Gateway itself waits no longer


def problems(account: Account, stack: str) -> tuple[list[str], list[str]]:
    """(what is wrong, what is only not there yet), a line each."""
    deployed = _environments(account, stack)
    wrong = _missing(deployed)
    together: dict[str, str] = {}
    for name, values in sorted(deployed.items()):
        for setting, value in values.items():
            if together.setdefault(setting, value) != value:
                wrong.append(f"{setting}: {name} has another value than the other functions")
    faults, notes = _settings(together)
    return [*wrong, *faults, *_things(account, together)], notes


def address(account: Account, outputs: dict[str, str], *, ask_at: bool = False) -> str:
    """Where the pages are, without a slash at the end. ``ask_at``: where this machine reaches them, which is
    another address where AWS_ENDPOINT_URL leads to a cloud of one's own."""
    base = os.environ.get("AWS_ENDPOINT_URL", "")
    if ask_at and base:
        stage = outputs["EndpointURL"].rstrip("/").rpartition("/")[2]
        return f"{base.rstrip('/')}/restapis/{outputs['RestAPIId']}/{stage}/_user_request_"
    return outputs["EndpointURL"].rstrip("/")


def smoke(url: str, seconds_max: float = SMOKE_S) -> None:
    """The public page answers 200, at the latest after ``seconds_max``: a new API needs a moment before it is known
    everywhere. Raises DeployFailed with what it answers instead."""
    deadline = time.monotonic() + seconds_max
    while (wrong := _wrong_with(url, seconds_max)) and time.monotonic() < deadline:
        time.sleep(1)
    if wrong:
        raise DeployFailed(
            f"{url} {wrong}. All is deployed; the functions' logs say why this page is not shown. Mend it, and run "
            "the same command again."
        )


def _wrong_with(url: str, timeout_s: float) -> str:
    # As a browser asks: API Gateway makes bytes of our answer only for somebody who says what they accept.
    asked = urllib.request.Request(url, headers={"Accept": "text/html"})  # noqa: S310 - an address of ours
    try:
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:  # noqa: S310
            text = answer.read(100_000).decode(errors="replace")
            return "" if "<html" in text else "answers with something that is no page"
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except OSError as error:
        return f"does not answer ({error})"


def _environments(account: Account, stack: str) -> dict[str, dict[str, str]]:
    """Function → its settings as they are deployed."""
    client, found = account.client("lambda"), {}
    logical = {one.logical: name for name, one in functions.read().items()}
    for name, (kind, physical) in account.stacks.resources(stack).items():
        if kind == "AWS::Lambda::Function" and name in logical:
            of = client.get_function_configuration(FunctionName=physical)
            found[logical[name]] = dict(of.get("Environment", {}).get("Variables", {}))
    return found


def _missing(deployed: dict[str, dict[str, str]]) -> list[str]:
    wrong = []
    for name, given in functions.read().items():
        if name not in deployed:
            wrong.append(f"{name}: the function is not there")
            continue
        lacks = [one for one in given.settings if not deployed[name].get(one) and one not in MAY_BE_EMPTY]
        wrong += [f"{one}: {name} does not have it" for one in lacks]
    return wrong


def _settings(values: dict[str, str]) -> tuple[list[str], list[str]]:
    """What chalicelib itself says of the settings, with our credentials."""
    wrong: list[str] = []
    notes: list[str] = []
    asked: dict[str, Callable[[], object]] = {
        "LINLI_SIGNING_KEYS_SECRET": lambda: config.settings().secret_keys,
        "LINLI_DATA_KEYS_SECRET": lambda: config.settings().data_keys,
        "LINLI_STRIPE_SECRET": lambda: config.settings().stripe_secret_key,
        "LINLI_STRIPE_SECRET ": lambda: config.settings().stripe_webhook_secrets,
        "LINLI_FILES": lambda: config.settings().files,
    }
    with environment(values):
        wrong += [f"{name}: malformed" for name in config.settings().malformed]
        for setting, ask in asked.items():
            if not values.get(setting.strip()):
                continue  # told already as missing
            try:
                ask()
            except DomainError as error:
                reason = error.fields.get("reason")
                told = f"{error.fields.get('name') or setting.strip()}: {reason or error.code}"
                detail = error.fields.get("secret") or error.fields.get("resource")
                (notes if reason in NOT_YET else wrong).append(f"{told} ({detail})" if detail else told)
    return wrong, notes


def _things(account: Account, values: dict[str, str]) -> list[str]:
    """Tables, queues, the bucket and the topic that the settings name, and that are not there."""
    from botocore.exceptions import ClientError

    def table(name: str) -> Any:
        return account.client("dynamodb").describe_table(TableName=name)

    def queue(url: str) -> Any:
        return account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    def bucket(place: str) -> Any:
        return account.client("s3").head_bucket(Bucket=place.removeprefix("s3://"))

    def topic(arn: str) -> Any:
        return account.client("sns").get_topic_attributes(TopicArn=arn)

    kinds = {
        "LINLI_TABLE_JOURNAL": table,
        "LINLI_TABLE_BALANCES": table,
        "LINLI_TABLE_APP": table,
        "LINLI_EXPORTS_QUEUE": queue,
        "LINLI_PAYMENTS_QUEUE": queue,
        "LINLI_FILES": bucket,
        "LINLI_ALARM_TOPIC": topic,
    }
    wrong = []
    for setting, ask in kinds.items():
        value = values.get(setting)
        if value:
            try:
                ask(value)
            except ClientError as error:
                wrong.append(f"{setting}: {value}: {error.response['Error']['Code']}")
    return wrong
