"""One request to DynamoDB and its answer: signed, sent over a kept connection, tried again where that helps.

botocore does this for every service there is. For the items of one database it costs a function that wakes more
than everything else together, and afterwards most of each request's time. So items go this way where the
surroundings are plain: keys and region in the environment, no proxy, no profile, as in a Lambda function. Anywhere
else, and for everything that is not about items, botocore does it. Errors are botocore's own, so that nobody
notices the difference.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import random
import re
import socket
import time
import zlib
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import botocore
from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib import clock

OPERATIONS: Final = frozenset(
    {
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    }
)
ATTEMPTS_MAX: Final = 4
CONNECT_SECONDS_MAX: Final = 3.0
READ_SECONDS_MAX: Final = 8.0
IDLE_MS_MAX: Final = 20_000
"""A connection that rested longer may be closed at the other end without our having heard of it. By the wall's clock:
while Lambda keeps a function frozen, a monotonic one may stand still."""
BACK_OFF_SECONDS: Final = 0.05

_THROTTLED: Final = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
}
_TRANSIENT: Final = {"InternalServerError", "RequestTimeout", "RequestTimeoutException"}
_TYPE: Final = "application/x-amz-json-1.0"
# What makes the way to AWS another than the plain one is botocore's affair
_NOT_PLAIN: Final = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
)


class Wire:
    """Connections to one endpoint. Several threads may call at once."""

    def __init__(self, endpoint: str, region: str) -> None:
        """``endpoint`` as http(s)://host[:port]."""
        parts = urlsplit(endpoint)
        self.endpoint, self.region = endpoint, region
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        # The Host header is signed and sent as it is written here
        self._named = parts.netloc.rpartition("@")[2]
        self._resting: deque[tuple[http.client.HTTPConnection, int]] = deque()

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one of OPERATIONS, tried again where another try may go better.

        Every write of ours may arrive twice: a transaction carries its token, a lone write its condition.

        Raises botocore's ClientError (DynamoDB says no) and BotoCoreError (it says nothing).
        """
        body = json.dumps(arguments, default=_as_json, separators=(",", ":")).encode()
        number = 1
        while True:
            try:
                return self._once(operation, body)
            except (ClientError, BotoCoreError) as error:
                if number == ATTEMPTS_MAX or not _worth_trying_again(error):
                    raise
            time.sleep(random.uniform(0, BACK_OFF_SECONDS * 2**number))
            number += 1

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        target = f"DynamoDB_20120810.{operation}"
        # Not clock.now_ms(), which a story may set back: a signature is about the machine's time.
        headers = signed(self._named, self.region, target, body, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
        answer, text = self._exchange(body, headers)
        crc = answer.getheader("x-amz-crc32")
        if crc is not None and int(crc) != zlib.crc32(text):
            raise ChecksumError(checksum_type="crc32", expected_checksum=crc, actual_checksum=zlib.crc32(text))
        try:
            said: Any = json.loads(text, object_hook=_bytes_of_text) if text else {}
        except ValueError:
            said = None
        if answer.status == 200 and isinstance(said, dict):
            return said
        raise _refusal(operation, answer, said)

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection, rested = self._connection()
        try:
            try:
                return self._asked(connection, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                # Closed while it rested: not an answer of DynamoDB's, and not an attempt.
                if not rested:
                    raise
                return self._asked(self._new(), body, headers)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self.endpoint, error=error) from error
        except (http.client.HTTPException, OSError) as error:
            raise ConnectionClosedError(endpoint_url=self.endpoint, request=None, error=error) from error

    def _asked(
        self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._resting.append((connection, clock.now_ms()))
        return answer, text

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        """One that rests, or a new one; True for the former."""
        while self._resting:
            try:
                connection, since = self._resting.pop()
            except IndexError:  # another thread was quicker
                break
            if 0 <= clock.now_ms() - since < IDLE_MS_MAX:
                return connection, True
            connection.close()
        return self._new(), False

    def _new(self) -> http.client.HTTPConnection:
        if self._secure:
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=CONNECT_SECONDS_MAX, context=_tls()
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS_MAX)
        try:
            made.connect()
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self.endpoint, error=error) from error
        made.sock.settimeout(READ_SECONDS_MAX)
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made


def from_environment(environ: Mapping[str, str] = os.environ) -> Wire | None:
    """The wire to the database that the environment names, as AWS's libraries read it; None where the way is
    not plain, or where the keys or the region stand elsewhere."""
    region = environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION") or ""
    keys = environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY")
    if not region or not keys or any(environ.get(name) for name in _NOT_PLAIN):
        return None
    endpoint = environ.get("AWS_ENDPOINT_URL_DYNAMODB") or environ.get("AWS_ENDPOINT_URL") or _public(region)
    parts = urlsplit(endpoint)
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    return Wire(endpoint.rstrip("/"), region) if plain else None


def _public(region: str) -> str:
    """The region's endpoint; "" for a region of a partition that we know nothing of."""
    known = json.loads((_botocore() / "data" / "partitions.json").read_bytes())
    for partition in known["partitions"]:
        if region in partition["regions"] or re.search(partition["regionRegex"], region):
            return f"https://dynamodb.{region}.{partition['outputs']['dnsSuffix']}"
    return ""


def signed(host: str, region: str, target: str, body: bytes, now: str) -> dict[str, str]:
    """The headers of a request, with AWS's signature (version 4). ``now`` as 20260102T030405Z, UTC."""
    headers = {"Content-Type": _TYPE, "Host": host, "X-Amz-Date": now, "X-Amz-Target": target}
    token = os.environ.get("AWS_SESSION_TOKEN")
    if token:
        headers["X-Amz-Security-Token"] = token
    names = sorted(headers, key=str.lower)
    lines = "".join(f"{name.lower()}:{headers[name].strip()}\n" for name in names)
    signing = ";".join(names).lower()
    asked = f"POST\n/\n\n{lines}\n{signing}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/{region}/dynamodb/aws4_request"
    said = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = _signing_key(os.environ["AWS_SECRET_ACCESS_KEY"], now[:8], region)
    mac = hmac.digest(key, said.encode(), "sha256").hex()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signing}, Signature={mac}"
    return headers


@lru_cache(maxsize=2)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=1)
def _tls() -> Any:
    import ssl

    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or str(_botocore() / "cacert.pem"))


def _botocore() -> Path:
    return Path(botocore.__file__).parent


def _refusal(operation: str, answer: http.client.HTTPResponse, said: Any) -> ClientError:
    """What DynamoDB said instead, as botocore would have told it."""
    told = said if isinstance(said, dict) else {}
    code = str(told.get("__type") or answer.status).rpartition("#")[2].partition(":")[0]
    message = str(told.get("message") or told.get("Message") or "")
    headers = {name.lower(): value for name, value in answer.getheaders()}
    response = {
        **told,
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": answer.status, "HTTPHeaders": headers},
    }
    return ClientError(response, operation)


def _worth_trying_again(error: ClientError | BotoCoreError) -> bool:
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in (500, 502, 503, 504) or error.response["Error"]["Code"] in _THROTTLED | _TRANSIENT


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"DynamoDB takes no {type(value).__name__}")


def _bytes_of_text(one: dict[str, Any]) -> dict[str, Any]:
    """A binary value (``{"B": "<base64>"}``) as bytes; an attribute that is called B holds a dict, not text."""
    if len(one) == 1:
        if isinstance(text := one.get("B"), str):
            return {"B": b64decode(text)}
        if isinstance(texts := one.get("BS"), list):
            return {"BS": [b64decode(text) for text in texts]}
    return one
