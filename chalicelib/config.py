"""Settings, read from the environment on first use and never at import.

A missing setting closes what needs it: it raises ``SettingMissing`` with its name, which the web
layer shows as a sentence and an operator finds in docs/OPERATIONS.md. Secrets stand in the environment
on one machine; in the cloud a setting names the secret of Secrets Manager that holds them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from chalicelib import cloud, keys
from chalicelib.errors import Unavailable
from chalicelib.keys import KeyRing

T = TypeVar("T")

_STRIPE: Final = "LINLI_STRIPE_SECRET"
_TABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ADDRESS: Final = re.compile(r"https?://[^\s/]+/\S+")
_ARN: Final = re.compile(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w.-]+")
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WHOLE: Final = re.compile(r"[1-9][0-9]{0,11}")
_TEXTS: Final = {
    "LINLI_TABLE_JOURNAL": (_TABLE_NAME, "linli-journal"),
    "LINLI_TABLE_BALANCES": (_TABLE_NAME, "linli-balances"),
    "LINLI_TABLE_APP": (_TABLE_NAME, "linli-app"),
    "LINLI_EXPORTS_QUEUE": (_ADDRESS, ""),
    "LINLI_PAYMENTS_QUEUE": (_ADDRESS, ""),
    "LINLI_ALARM_TOPIC": (_ARN, ""),
}
"""Name → its shape, and what it is where it is not set."""
_NUMBERS: Final = {"LINLI_TOTALS_SHARDS": 4, "LINLI_GIFT_FEN_MAX": 50_000_00}


class SettingMissing(Unavailable):
    """A setting that this operation needs is not there or cannot be read. Field: ``name``; where the setting
    names a secret of Secrets Manager also ``secret`` and a word for the ``reason``."""

    code = "setting_missing"


@dataclass(frozen=True, slots=True)
class Settings:
    stage: str
    demo: bool
    public_url: str
    path_prefix: str | None
    stripe_api_base: str
    sms_sender: str
    shaped: Mapping[str, str | int]
    """Those that have a shape, by name; a malformed one is not among them and closes what asks for it."""

    @property
    def table_journal(self) -> str:
        return self._text("LINLI_TABLE_JOURNAL")

    @property
    def table_balances(self) -> str:
        return self._text("LINLI_TABLE_BALANCES")

    @property
    def table_app(self) -> str:
        return self._text("LINLI_TABLE_APP")

    @property
    def totals_shards(self) -> int:
        return self._number("LINLI_TOTALS_SHARDS")

    @property
    def gift_fen_max(self) -> int:
        return self._number("LINLI_GIFT_FEN_MAX")

    @property
    def exports_queue(self) -> str:
        """Address of the queue that export jobs go to; "" where the jobs are found in the table (one machine)."""
        return self._text("LINLI_EXPORTS_QUEUE")

    @property
    def payments_queue(self) -> str:
        """Address of the queue that Stripe's events go to; "" where they are handled at once (one machine)."""
        return self._text("LINLI_PAYMENTS_QUEUE")

    @property
    def alarm_topic(self) -> str:
        """ARN of the topic that people listen to; "" where there is none (one machine)."""
        return self._text("LINLI_ALARM_TOPIC")

    @property
    def malformed(self) -> list[str]:
        """The names of those that are there and cannot be read."""
        return [name for name in (*_TEXTS, *_NUMBERS) if name not in self.shaped]

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

    def _text(self, name: str) -> str:
        value = self.shaped.get(name)
        if not isinstance(value, str):
            raise SettingMissing(name=name)
        return value

    def _number(self, name: str) -> int:
        value = self.shaped.get(name)
        if not isinstance(value, int):
            raise SettingMissing(name=name)
        return value


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Never raises: what is wrong is told by whatever asks for it.
    ``settings.cache_clear()`` after the environment changes."""
    env = os.environ
    return Settings(
        stage=env.get("LINLI_STAGE", "dev"),
        demo=env.get("LINLI_DEMO", "") == "1",
        public_url=env.get("LINLI_PUBLIC_URL", "").rstrip("/"),
        path_prefix=env.get("LINLI_PATH_PREFIX"),
        stripe_api_base=env.get("LINLI_STRIPE_API_BASE", ""),
        sms_sender=env.get("LINLI_SMS_SENDER", "Linli"),
        shaped=_shaped(env),
    )


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(name=name)
    return value


def _shaped(env: Mapping[str, str]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for name, (shape, default) in _TEXTS.items():
        text = env.get(name, default)
        if text == default or shape.fullmatch(text):
            found[name] = text
    for name, usual in _NUMBERS.items():
        text = env.get(name, "") or str(usual)
        if _WHOLE.fullmatch(text):
            found[name] = int(text)
    return found


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
    try:
        return keys.ring_of_text(_required(plain_setting))
    except keys.Unusable:
        raise SettingMissing(name=plain_setting) from None


def _ring_of_secret(setting: str, found: Mapping[str, Any]) -> KeyRing:
    return keys.ring_of_secret(found, lambda: _secret(setting, _ring_of_secret, newer=True))


def _secret(setting: str, read: Callable[[str, Mapping[str, Any]], T], *, newer: bool = False) -> T:
    """What ``read`` finds in the secret that ``setting`` names. Raises SettingMissing, PermissionMissing,
    SecretsUnavailable."""
    arn = os.environ[setting]
    try:
        return read(setting, _opened(cloud.secret(arn, newer=newer)))
    except cloud.SecretMissing as error:
        reason = "no_such_secret"
        raise SettingMissing(name=setting, secret=cloud.resource_name(arn), reason=reason) from error
    except keys.Unusable as error:
        # Not `from error`: a trace of what was being read has no business in a log.
        raise SettingMissing(name=setting, secret=cloud.resource_name(arn), reason=str(error)) from None


@lru_cache(maxsize=8)
def _opened(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise keys.Unusable("not_a_json_object")
    return found


def _stripe_key(_setting: str, found: Mapping[str, Any]) -> str:
    key = found.get("secret_key")
    if not isinstance(key, str):
        raise keys.Unusable("no_secret_key")
    if not key.startswith(("sk_", "rk_")):
        raise keys.Unusable("secret_key_malformed" if key else "secret_key_empty")
    return key


def _webhook_secrets(_setting: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    given = found.get("webhook_secrets")
    if not isinstance(given, list) or not given:
        raise keys.Unusable("no_webhook_secrets")
    if not all(isinstance(one, str) and one.startswith("whsec_") for one in given):
        raise keys.Unusable("webhook_secret_malformed")
    return tuple(given)
