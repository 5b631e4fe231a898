"""Clients of the cloud's services, each made once a process and only when it is first needed.

Another endpoint is AWS's own affair: ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_<SERVICE>``.
"""

from __future__ import annotations

from functools import lru_cache
from threading import RLock
from typing import Any

_lock = RLock()


def client(service: str) -> Any:
    """The one client of ``service`` ("sqs", "s3", "sns", "secretsmanager")."""
    with _lock:  # sessions are not made for several threads at once; clients are
        return _client(service)


@lru_cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # Somebody waits at the screen: two quick tries, not the library's usual minute.
    return boto3.client(service, config=Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2}))


def forget_clients() -> None:
    """Connect afresh at the next use: after the endpoint changes."""
    _client.cache_clear()
