"""Settings, read from the environment on first use and never at import.

A missing setting closes what needs it: it raises ``SettingMissing`` with its name, which the web
layer shows as a sentence and an operator finds in docs/OPERATIONS.md. Secrets stand in the environment
on one machine; in the cloud a setting names the secret of Secrets Manager that holds them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from chalicelib import cloud
from chalicelib.errors import Unavailable

T = TypeVar("T")

KEY_BYTES_MIN: Final = 32
_STRIPE: Final = "LINLI_STRIPE_SECRET"
_KEY_ID: Final = re.compile(r"[A-Za-z0-9]{1,8}")  # as tokens carry it
_TABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ADDRESS: Final = re.compile(r"https?://[^\s/]+/\S+")
_ARN: Final = re.compile(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w.-]+")
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class SettingMissing(Unavailable):
    """A setting that this operation needs is not there or cannot be read. Field: ``name``; where the setting
    names a secret of Secrets Manager also ``secret`` and a word for the ``reason``."""

    code = "setting_missing"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; the first one signs and encrypts, all of them verify and decrypt."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    reread: Callable[[], KeyRing] | None = field(default=None, repr=False, compare=False)
    """The ring as it stands now, where it may have grown since: a key that another process uses already."""

    def knows(self, key_id: str) -> bool:
        return self._key(key_id) is not None

    def derive(self, purpose: str, key_id: str | None = None) -> bytes:
        """A 32-byte key for one purpose, so that a token for one thing never passes for another.

        Raises KeyError for an unknown key id.
        """
        key = self._key(key_id or self.current)
        if key is None:
            raise KeyError(key_id)
        return hmac.new(key, purpose.encode(), hashlib.sha256).digest()

    @property
    def ids(self) -> tuple[str, ...]:
        """All key ids, the present one first."""
        return (self.current, *(key_id for key_id in self.keys if key_id != self.current))

    def _key(self, key_id: str) -> bytes | None:
        if key_id not in self.keys and self.reread is not None:
            return self.reread().keys.get(key_id)
        return self.keys.get(key_id)


@dataclass(frozen=True, slots=True)
class Settings:
    stage: str
    demo: bool
    table_journal: str
    table_balances: str
    table_app: str
    totals_shards: int
    public_url: str
    path_prefix: str | None
    stripe_api_base: str
    gift_fen_max: int
    sms_sender: str
    exports_queue: str
    """Address of the queue that export jobs go to; "" where the jobs are found in the table (one machine)."""
    payments_queue: str
    """Address of the queue that Stripe's events go to; "" where they are handled at once (one machine)."""
    alarm_topic: str
    """ARN of the topic that people listen to; "" where there is none (one machine)."""

    @property
    def secret_keys(self) -> KeyRing:
        """Keys that sign sessions, forms and QR tokens: ``LINLI_SECRET_KEYS=k2:<hex>,k1:<hex>``, or the
        secret that ``LINLI_SIGNING_KEYS_SECRET`` names."""
        return _key_ring("LINLI_SIGNING_KEYS_SECRET", "LINLI_SECRET_KEYS")

    @property
    def data_keys(self) -> KeyRing:
        """Keys that encrypt and look up phone numbers: ``LINLI_DATA_KEYS=d1:<hex>``, or the secret that
        ``LINLI_DATA_KEYS_SECRET`` names."""
        return _key_ring("LINLI_DATA_KEYS_SECRET", "LINLI_DATA_KEYS")

    @property
    def stripe_secret_key(self) -> str:
        if os.environ.get(_STRIPE):
            return _secret(_STRIPE, _stripe_key)
        return _required("LINLI_STRIPE_SECRET_KEY")

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """More than one while a secret is being rotated."""
        if os.environ.get(_STRIPE):
            return _secret(_STRIPE, _webhook_secrets)
        return tuple(s.strip() for s in _required("LINLI_STRIPE_WEBHOOK_SECRETS").split(",") if s.strip())

    def newer_stripe_webhook_secrets(self) -> tuple[str, ...]:
        """As they stand now, where they may have been rotated since they were read."""
        if os.environ.get(_STRIPE):
            return _secret(_STRIPE, _webhook_secrets, newer=True)
        return self.stripe_webhook_secrets

    @property
    def files(self) -> str:
        """Where exports and evidence are kept: ``s3://<bucket>`` or ``file:///<absolute folder>``."""
        return _files()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. ``settings.cache_clear()`` after the environment changes."""
    env = os.environ
    return Settings(
        stage=env.get("LINLI_STAGE", "dev"),
        demo=env.get("LINLI_DEMO", "") == "1",
        table_journal=_like(_TABLE_NAME, "LINLI_TABLE_JOURNAL", "linli-journal"),
        table_balances=_like(_TABLE_NAME, "LINLI_TABLE_BALANCES", "linli-balances"),
        table_app=_like(_TABLE_NAME, "LINLI_TABLE_APP", "linli-app"),
        totals_shards=_whole("LINLI_TOTALS_SHARDS", 4),
        public_url=env.get("LINLI_PUBLIC_URL", "").rstrip("/"),
        path_prefix=env.get("LINLI_PATH_PREFIX"),
        stripe_api_base=env.get("LINLI_STRIPE_API_BASE", ""),
        gift_fen_max=_whole("LINLI_GIFT_FEN_MAX", 50_000_00),
        sms_sender=env.get("LINLI_SMS_SENDER", "Linli"),
        exports_queue=_like(_ADDRESS, "LINLI_EXPORTS_QUEUE"),
        payments_queue=_like(_ADDRESS, "LINLI_PAYMENTS_QUEUE"),
        alarm_topic=_like(_ARN, "LINLI_ALARM_TOPIC"),
    )


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(name=name)
    return value


def _like(shape: re.Pattern[str], name: str, default: str = "") -> str:
    value = os.environ.get(name, default)
    if value != default and not shape.fullmatch(value):
        raise SettingMissing(name=name)
    return value


def _whole(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingMissing(name=name)
    return int(text)


def _files() -> str:
    value = _required("LINLI_FILES")
    parts = urlsplit(value)
    folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    if not (folder or _BUCKET.fullmatch(value)):
        raise SettingMissing(name="LINLI_FILES")
    return value.rstrip("/")


# --- keys and secrets --------------------------------------------------------------------------


def _key_ring(secret_setting: str, plain_setting: str) -> KeyRing:
    if os.environ.get(secret_setting):
        return _secret(secret_setting, _ring_of_secret)
    keys: dict[str, bytes] = {}
    for part in _required(plain_setting).split(","):
        key_id, _, text = part.strip().partition(":")
        key = _key_bytes(key_id, text)
        if key is None:
            raise SettingMissing(name=plain_setting)
        keys[key_id] = key
    return KeyRing(keys, next(iter(keys)))


def _key_bytes(key_id: str, text: object) -> bytes | None:
    if not _KEY_ID.fullmatch(key_id) or not isinstance(text, str):
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key if len(key) >= KEY_BYTES_MIN else None


class _Unusable(Exception):
    """Why a secret's content is of no use, in a word that tells nothing of it."""


def _secret(setting: str, read: Callable[[str, Mapping[str, Any]], T], *, newer: bool = False) -> T:
    """What ``read`` finds in the secret that ``setting`` names. Raises SettingMissing, PermissionMissing,
    SecretsUnavailable."""
    arn = os.environ[setting]
    try:
        return read(setting, _opened(cloud.secret(arn, newer=newer)))
    except cloud.SecretMissing as error:
        reason = "no_such_secret"
        raise SettingMissing(name=setting, secret=cloud.resource_name(arn), reason=reason) from error
    except _Unusable as error:
        # Not `from error`: a trace of what was being read has no business in a log.
        raise SettingMissing(name=setting, secret=cloud.resource_name(arn), reason=str(error)) from None


@lru_cache(maxsize=8)
def _opened(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _Unusable("not_a_json_object")
    return found


def _ring_of_secret(setting: str, found: Mapping[str, Any]) -> KeyRing:
    """``{"current": "k2", "k2": "<64 hex>", "k1": "<64 hex>"}``"""
    keys: dict[str, bytes] = {}
    for key_id, text in found.items():
        if key_id != "current":
            key = _key_bytes(key_id, text)
            if key is None:
                raise _Unusable("malformed_key")
            keys[key_id] = key
    current = found.get("current")
    if not isinstance(current, str) or current not in keys:
        raise _Unusable("no_current_key")
    return KeyRing(keys, current, lambda: _secret(setting, _ring_of_secret, newer=True))


def _stripe_key(_setting: str, found: Mapping[str, Any]) -> str:
    key = found.get("secret_key")
    if not isinstance(key, str):
        raise _Unusable("no_secret_key")
    if not key.startswith(("sk_", "rk_")):
        raise _Unusable("secret_key_malformed" if key else "secret_key_empty")
    return key


def _webhook_secrets(_setting: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    given = found.get("webhook_secrets")
    if not isinstance(given, list) or not given:
        raise _Unusable("no_webhook_secrets")
    if not all(isinstance(one, str) and one.startswith("whsec_") for one in given):
        raise _Unusable("webhook_secret_malformed")
    return tuple(given)
