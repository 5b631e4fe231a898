"""Settings, read from the environment on first use and never at import.

A missing setting closes what needs it: it raises ``SettingMissing`` with its name, which the web
layer shows as a sentence and an operator finds in docs/OPERATIONS.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.errors import Unavailable


class SettingMissing(Unavailable):
    """A setting that this operation needs is not there or cannot be read. Field: ``name``."""

    code = "setting_missing"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; the first one signs and encrypts, all of them verify and decrypt."""

    keys: Mapping[str, bytes]
    current: str

    def derive(self, purpose: str, key_id: str | None = None) -> bytes:
        """A 32-byte key for one purpose, so that a token for one thing never passes for another.

        Raises KeyError for an unknown key id.
        """
        return hmac.new(self.keys[key_id or self.current], purpose.encode(), hashlib.sha256).digest()


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

    @property
    def secret_keys(self) -> KeyRing:
        """Keys that sign sessions, forms and QR tokens: ``LINLI_SECRET_KEYS=k2:<hex>,k1:<hex>``."""
        return _key_ring("LINLI_SECRET_KEYS")

    @property
    def data_keys(self) -> KeyRing:
        """Keys that encrypt and look up phone numbers: ``LINLI_DATA_KEYS=d1:<hex>``."""
        return _key_ring("LINLI_DATA_KEYS")

    @property
    def stripe_secret_key(self) -> str:
        return _required("LINLI_STRIPE_SECRET_KEY")

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """More than one while a secret is being rotated."""
        return tuple(s.strip() for s in _required("LINLI_STRIPE_WEBHOOK_SECRETS").split(",") if s.strip())


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. ``settings.cache_clear()`` after the environment changes."""
    env = os.environ
    return Settings(
        stage=env.get("LINLI_STAGE", "dev"),
        demo=env.get("LINLI_DEMO", "") == "1",
        table_journal=env.get("LINLI_TABLE_JOURNAL", "linli-journal"),
        table_balances=env.get("LINLI_TABLE_BALANCES", "linli-balances"),
        table_app=env.get("LINLI_TABLE_APP", "linli-app"),
        totals_shards=_whole("LINLI_TOTALS_SHARDS", 4),
        public_url=env.get("LINLI_PUBLIC_URL", "").rstrip("/"),
        path_prefix=env.get("LINLI_PATH_PREFIX"),
        stripe_api_base=env.get("LINLI_STRIPE_API_BASE", ""),
        gift_fen_max=_whole("LINLI_GIFT_FEN_MAX", 50_000_00),
        sms_sender=env.get("LINLI_SMS_SENDER", "Linli"),
    )


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(name=name)
    return value


def _whole(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingMissing(name=name)
    return int(text)


def _key_ring(name: str) -> KeyRing:
    keys: dict[str, bytes] = {}
    for part in _required(name).split(","):
        key_id, _, text = part.strip().partition(":")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if not key_id.isalnum() or len(key) < 32:
            raise SettingMissing(name=name)
        keys[key_id] = key
    return KeyRing(keys, next(iter(keys)))
