"""Clients of the cloud's services, each made once a process and only when it is first needed; secrets; and
what it means when the cloud says no.

Another endpoint is AWS's own affair: ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_<SERVICE>``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from typing import Any, Final

from chalicelib import clock, trace
from chalicelib.errors import Unavailable

_log = logging.getLogger("linli.cloud")
_lock = RLock()

REREAD_S: Final = 300.0
"""A secret is read again when it is this old, in seconds: so long after a rotation may its old content be used."""
REREAD_NEWER_S: Final = 15.0
"""Somebody asks for what is not in it: it is read again at once, but not more often than this."""

_DENIED: Final = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDeniedException",
    "KmsAccessDenied",
    "KMS.AccessDeniedException",
    "DecryptionFailure",  # Secrets Manager, of a key that we may not use
    "UnauthorizedOperation",
}
_NO_SECRET: Final = {"ResourceNotFoundException", "InvalidRequestException", "ValidationException"}
# Only an ARN is taken over as the resource: SNS names the phone number there.
_SAID: Final = re.compile(
    r"not authorized to perform:?\s*\[?([\w-]+:\w+)\]?(?:.*?\bon resource:?\s*\"?(arn:[^\s\",]+))?", re.S
)
_NO_KEY: Final = re.compile(r"\bKMS\b|\bkms:|^DecryptionFailure")


class PermissionMissing(Unavailable):
    """The cloud forbids us something that this operation needs. Fields: ``action`` such as
    ``dynamodb:PutItem``, and the name of the ``resource`` without region and account ("" if not told)."""

    code = "permission_missing"


class SecretMissing(Unavailable):
    """No such secret, or none that holds text. Field: ``secret``."""

    code = "secret_missing"


class SecretsUnavailable(Unavailable):
    """The store of secrets does not answer. Field: ``secret``."""

    code = "secrets_unavailable"


def session() -> Any:
    """The one botocore session, which all clients share: a second one would read its data files again."""
    with _lock:
        return _session()


def client(service: str) -> Any:
    """The one client of ``service`` ("sqs", "s3", "sns", "secretsmanager")."""
    with _lock:  # sessions are not made for several threads at once; clients are
        return _client(service)


@lru_cache(maxsize=1)
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


@lru_cache
def _client(service: str) -> Any:
    from botocore.config import Config

    # Somebody waits at the screen: two quick tries, not the library's usual minute.
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    if service == "s3":
        # Parts of 8 MB, sent by a job for which nobody waits; links in the only signature that an own key admits.
        patient = {"total_max_attempts": 5, "mode": "standard"}
        config = Config(connect_timeout=3, read_timeout=30, retries=patient, signature_version="s3v4")
    made = _session().create_client(service, config=config)
    if service == "sqs":
        made.meta.events.register("provide-client-params.sqs.SendMessage", _carry_on)
    return made


def _carry_on(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A message takes the id of what sends it along, and what receives it goes on under that id."""
    now = trace.correlation_id()
    if not now:
        return params
    id_too = {trace.ATTRIBUTE: {"DataType": "String", "StringValue": now}}
    return {**params, "MessageAttributes": {**id_too, **params.get("MessageAttributes", {})}}


def forget_clients() -> None:
    """Connect afresh at the next use, and read secrets again: after the endpoint changes."""
    with _lock:
        _client.cache_clear()
        _session.cache_clear()
        _secrets.clear()


@dataclass(frozen=True, slots=True)
class _Secret:
    text: str
    read_at_s: float


_secrets: dict[str, _Secret] = {}


def secret(arn: str, *, newer: bool = False) -> str:
    """The text of a secret, kept for REREAD_S; ``newer`` asks for it afresh, unless it was read just now. By the
    wall's clock: a monotonic one may stand still while Lambda keeps a process frozen.

    While the store of secrets does not answer, what was read before stays in use.

    Raises SecretMissing, SecretsUnavailable, PermissionMissing.
    """
    with _lock:
        known, now_s = _secrets.get(arn), clock.now_ms() / 1000
        if known is not None and 0 <= now_s - known.read_at_s < (REREAD_NEWER_S if newer else REREAD_S):
            return known.text
        try:
            text = _read_secret(arn)
        except SecretsUnavailable:
            if known is None:
                raise
            # As if read so long ago that it is asked for again soon.
            text, now_s = known.text, now_s - REREAD_S + REREAD_NEWER_S
        _secrets[arn] = _Secret(text, now_s)
        return text


def _read_secret(arn: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    name = resource_name(arn)
    try:
        with permitted(arn):
            found = client("secretsmanager").get_secret_value(SecretId=arn)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _NO_SECRET:
            _log.error("secret_missing: %s (%s)", name, code)
            raise SecretMissing(secret=name) from error
        _log.error("secrets_unavailable: %s (%s)", name, code)
        raise SecretsUnavailable(secret=name) from error
    except BotoCoreError as error:
        _log.error("secrets_unavailable: %s (%s)", name, type(error).__name__)
        raise SecretsUnavailable(secret=name) from error
    text = found.get("SecretString")
    if not isinstance(text, str):
        raise SecretMissing(secret=name)
    return text


@contextmanager
def permitted(resource: str = "") -> Iterator[None]:
    """Around a call of a client: what the cloud forbids leaves as PermissionMissing, all else as it is.

    ``resource`` names what was asked for, should the answer not say.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        denial = denied(str(told.get("Code", "")), str(told.get("Message", "")), error.operation_name, resource)
        if denial is not None:
            raise denial from error
        raise


def denied(code: str, message: str, operation: str, resource: str = "") -> PermissionMissing | None:
    """What a service's answer means, if it means that we may not; it is logged here, once.

    ``operation`` and ``resource`` are named where the message does not say.
    """
    if code not in _DENIED:
        return None
    said = _SAID.search(message)
    action = said[1] if said else ("kms:Decrypt" if _NO_KEY.search(f"{code} {message}") else operation)
    asked = (said[2] if said else "") or resource
    _log.error("permission_missing: %s on %s (%s)", action, asked or "?", code)
    return PermissionMissing(action=action, resource=resource_name(asked))


def resource_name(arn: str) -> str:
    """The name of a thing without partition, region and account: ``table/linli-dev-app``."""
    return arn.split(":", 5)[5] if arn.startswith("arn:") and arn.count(":") >= 5 else arn
