"""Start everything, load the data set once, say where to look, and stop cleanly."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalicelib.errors import DomainError
from local import engine
from local.app_server import AppServer, is_free
from local.demo.schedules import Schedules
from local.demo.settings import DemoRefused, kept, put_in_environment, stripe_of_one_s_own
from local.exports import ExportWorker
from local.sms_standin import SmsStandIn
from local.stripe_standin import StripeStandIn

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Running:
    """What is there to be used; ``stripe`` is None where Stripe itself is."""

    app_url: str
    sms_url: str
    stripe: StripeStandIn | None


def demo(data: Path, port: int, *, empty: bool = False) -> int:
    """Run until Ctrl-C or a termination signal. Everything stays in ``data``."""
    own_stripe = stripe_of_one_s_own()
    for taken in (p for p in (port, port + 1, port + 2) if not is_free(HOST, p)):
        raise DemoRefused(
            f"Port {taken} is in use, perhaps by a demo that still runs. End it, or: make demo ARGS='--port 8100'\n"
            f"端口 {taken} 已被占用,可能演示已在运行。"
        )
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _settled(data, port, own_stripe) as stripe_settings:
        if not empty and not _loaded(data, stripe_settings, stopping):
            print("\nStopped while loading; the next start goes on from there. 下次启动会接着载入。")
            return 0
        _serve(data, port, stripe_settings, stopping, empty=empty)
    return 0


def _loaded(data: Path, stripe_settings: dict[str, Any] | None, stopping: threading.Event) -> bool:
    """Load the data set with Stripe's post in our own hands, so that history is booked in its own time."""
    from local.demo import data_set

    if stripe_settings is None:
        return data_set.load(None, stopping, data)
    with StripeStandIn(**stripe_settings, delivery="when_asked") as stripe:
        return data_set.load(stripe, stopping, data)


def _serve(
    data: Path, port: int, stripe_settings: dict[str, Any] | None, stopping: threading.Event, *, empty: bool
) -> None:
    with _running(data, port, stripe_settings) as running:
        from local.demo import data_set, guide

        daily: tuple[tuple[str, int, Any], ...] = ()
        if not empty:
            open_today(data)
            daily = (("today", 300, lambda: data_set.today(data)),)
        guide.show(running.app_url, running.sms_url, running.stripe.url if running.stripe else "", empty=empty)
        with Schedules(*daily), ExportWorker():
            stopping.wait()
        print("\nStopping. Everything is kept. 正在停止,数据已保留。")


def open_today(data: Path) -> None:
    """The activity of today. Who tries the demo may have taken the coordinator's role away: then it runs without."""
    from local.demo import data_set

    try:
        data_set.today(data)
    except DomainError as error:
        print(f"Today's activity was not opened: {error}\n今天的活动没有开成:{_in_words(error)}", file=sys.stderr)


def verify(data: Path) -> int:
    """Check the books of a data folder; 0 when they hold. Works beside a running demo."""
    if not (data / "settings.json").exists():
        raise DemoRefused(f"There are no books in {data} yet: run `make demo` first.")
    with _books(data):
        from chalicelib import clock
        from chalicelib.reports import service

        started = time.monotonic()
        findings = service.verify_books(clock.now_ms())
        for finding in findings:
            print(f"  ✗ {finding.check}  {finding.about}  {finding.detail}")
        seconds = time.monotonic() - started
        print(f"{'The books hold. 账目无误。' if not findings else f'{len(findings)} findings.'} ({seconds:.1f} s)")
        return 1 if findings else 0


def make_admin(data: Path, phone: str, name: str) -> int:
    """Make the first administrator of a data folder; refuses when there is one."""
    with _books(data):
        from chalicelib import clock
        from chalicelib.identity import service

        try:
            service.make_first_administrator(phone, name, clock.now_ms())
        except DomainError as error:
            print(f"Not made: {error}\n没有建立:{_in_words(error)}", file=sys.stderr)
            return 1
        print("The first administrator is made: sign in with this phone. 管理员已建立,请用该手机号登录。")
        return 0


@contextlib.contextmanager
def _settled(data: Path, port: int, own_stripe: tuple[str, str] | None) -> Iterator[dict[str, Any] | None]:
    """The engine and the settings; gives what the Stripe stand-in is started with, None for Stripe itself."""
    secrets = kept(data)
    app_url, stripe_url, sms_url = (f"http://{HOST}:{p}" for p in (port, port + 1, port + 2))
    key, given_secret = own_stripe or (secrets.stripe_secret_key, "")
    webhook_secret = given_secret or secrets.webhook_secret
    with engine.running(data / "engine", log=data / "engine.log") as database:
        (data / "endpoint").write_text(database.endpoint, "utf-8")
        put_in_environment(
            database.settings()
            | {
                "LINLI_STAGE": "demo",
                "LINLI_DEMO": "1",
                "LINLI_PUBLIC_URL": app_url,
                "LINLI_SECRET_KEYS": secrets.secret_keys,
                "LINLI_DATA_KEYS": secrets.data_keys,
                "LINLI_STRIPE_SECRET_KEY": key,
                "LINLI_STRIPE_WEBHOOK_SECRETS": webhook_secret,
                "LINLI_STRIPE_API_BASE": "" if own_stripe else stripe_url,
                "LINLI_FILES": f"file://{quote(str((data / 'files').resolve()))}",
                "AWS_ENDPOINT_URL_SNS": sms_url,
            }
        )
        from chalicelib import table

        table.create_tables()
        settings = {
            "port": port + 1,
            "db_path": data / "stripe.db",
            "webhook_url": f"{app_url}/webhooks/stripe",
            "webhook_secret": webhook_secret,
        }
        yield None if own_stripe else settings


@contextlib.contextmanager
def _running(data: Path, port: int, stripe_settings: dict[str, Any] | None) -> Iterator[Running]:
    from app import app
    from chalicelib.web import log_output

    # A file: the terminal is for whoever tries the demo.
    log_output.take_over(logging.FileHandler(data / "app.log", encoding="utf-8"))
    with contextlib.ExitStack() as stack:
        sms = stack.enter_context(SmsStandIn(port=port + 2, db_path=data / "sms.db"))
        stripe = stack.enter_context(StripeStandIn(**stripe_settings)) if stripe_settings else None
        server = stack.enter_context(AppServer(app, host=HOST, port=port))
        yield Running(server.url, sms.url, stripe)


def _in_words(error: DomainError) -> str:
    """What the pages say of an error, in Chinese."""
    import app  # noqa: F401 - its folders register their sentences
    from chalicelib.web.errors import sentence_for

    found = sentence_for(error.code, error.fields, "zh")
    return f"{found.says}{found.next}"


@contextlib.contextmanager
def _books(data: Path) -> Iterator[None]:
    """The tables of a data folder: through the engine of a demo that runs on it, or one of our own."""
    secrets = kept(data)
    with contextlib.ExitStack() as stack:
        endpoint = _noted_endpoint(data)
        if endpoint is None:
            database = stack.enter_context(engine.running(data / "engine", log=data / "engine.log"))
        else:
            database = engine.Engine(endpoint, "the engine of the demo that is running")
        names = {"LINLI_SECRET_KEYS": secrets.secret_keys, "LINLI_DATA_KEYS": secrets.data_keys}
        put_in_environment(database.settings() | names | {"LINLI_STAGE": "demo", "LINLI_DEMO": "1"})
        from chalicelib import table

        table.create_tables()
        yield


def _noted_endpoint(data: Path) -> str | None:
    """Where a running demo's engine answers; None when nothing answers there any more."""
    path = data / "endpoint"
    if not path.exists():
        return None
    endpoint = path.read_text("utf-8").strip()
    _, _, port = endpoint.rpartition(":")
    return None if is_free(HOST, int(port)) else endpoint
