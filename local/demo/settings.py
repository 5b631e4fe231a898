"""The settings of a run on one machine, made once and kept beside its data."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


class DemoRefused(Exception):
    """Why a run is not started, and what to do; shown as it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Secrets of this data folder: without them its codes, cards and phone numbers cannot be read."""

    secret_keys: str
    data_keys: str
    stripe_secret_key: str
    webhook_secret: str


def kept(data: Path) -> Kept:
    """The secrets of a data folder, made at its first use."""
    path = data / "settings.json"
    if path.exists():
        return Kept(**json.loads(path.read_text("utf-8")))
    data.mkdir(parents=True, exist_ok=True)
    made = Kept(
        secret_keys=f"k1:{secrets.token_hex(32)}",
        data_keys=f"d1:{secrets.token_hex(32)}",
        stripe_secret_key=f"sk_test_{secrets.token_hex(12)}",
        webhook_secret=f"whsec_{secrets.token_hex(16)}",
    )
    # Written whole or not at all: a power cut must not leave half a key behind.
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(made), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return made


def stripe_of_one_s_own() -> tuple[str, str] | None:
    """A Stripe test key and webhook secret from the environment, if the run shall use Stripe itself. The
    secret is "" where none is given: then the run takes its own, so that nobody can know it.

    Raises DemoRefused for a live key: a demo never moves money.
    """
    key = os.environ.get("STRIPE_SECRET_KEY") or os.environ.get("LINLI_STRIPE_SECRET_KEY") or ""
    if not key:
        return None
    if not key.startswith(("sk_test_", "rk_test_")):
        raise DemoRefused(
            "STRIPE_SECRET_KEY is not a test key (sk_test_…). This run never moves real money: take it out of the\n"
            "environment, or set a test key.\n环境变量中的 Stripe 密钥不是测试密钥,演示不会使用它。请移除后再启动。"
        )
    secret = os.environ.get("STRIPE_WEBHOOK_SECRET") or os.environ.get("LINLI_STRIPE_WEBHOOK_SECRETS") or ""
    return key, secret


def put_in_environment(values: dict[str, str]) -> None:
    """Only what a run sets itself: settings left over in a shell must not reach into a demo."""
    for name in [
        name for name in os.environ if name.startswith(("LINLI_", "AWS_")) and name != "LINLI_ENGINE_ENDPOINT"
    ]:
        del os.environ[name]
    os.environ.update(values)
