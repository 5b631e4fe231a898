"""The stand-in as its own process: driven over HTTP, killed, started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe

from local.stripe_standin import RemoteControl, StripeStandIn
from tests.local.stripe_standin.steps import gift_params, monthly_params


@contextmanager
def process(db: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "local.stripe_standin", "--port", "0", "--db", str(db), *more]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield running, running.stdout.readline().split()[2]
    finally:
        running.kill()
        running.wait()


def client_of(url: str) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_x", base_addresses={"api": url}, max_network_retries=2)


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    db = tmp_path / "new" / "stripe.db"
    with process(db, "--webhook-url", "http://127.0.0.1:9/nobody") as (running, url):
        session = client_of(url).v1.checkout.sessions.create(gift_params(), {"idempotency_key": "once"})
        paid = RemoteControl(url).pay(session=session.id)
        assert not [name for name in paid if name.startswith("_")]
        monthly = client_of(url).v1.checkout.sessions.create(monthly_params())
        RemoteControl(url).pay(session=monthly.id)
        running.kill()
        running.wait()
    with process(db, "--webhook-url", "http://127.0.0.1:9/elsewhere") as (running, url):
        client, control = client_of(url), RemoteControl(url)
        assert client.v1.checkout.sessions.retrieve(session.id).payment_intent == paid["payment_intent"]
        assert client.v1.checkout.sessions.create(gift_params(), {"idempotency_key": "once"}).id == session.id
        [invoice] = control.advance_month()
        assert invoice["status"] == "paid"
        assert [one.url for one in client.v1.webhook_endpoints.list().data] == ["http://127.0.0.1:9/elsewhere"]
        assert control.overview()["deliveries"].get("delivered") is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0


def test_what_was_queued_is_delivered_after_a_restart(tmp_path: Path) -> None:
    db = tmp_path / "stripe.db"
    with StripeStandIn(db_path=db, webhook_secret="whsec_a", delivery="when_asked") as before:
        session = client_of(before.url).v1.checkout.sessions.create(gift_params())
        before.pay(session.id)
    with StripeStandIn(db_path=db, webhook_secret="whsec_b", delivery="when_asked") as after:
        taken = after.pending_events()
        assert len(taken) == 4
        for body, signature in taken:
            stripe.Webhook.construct_event(body, signature, "whsec_b")


def test_the_control_api_refuses_what_it_does_not_know(standin: StripeStandIn) -> None:
    control = RemoteControl(standin.url)
    with pytest.raises(ValueError, match="Unrecognized"):
        control.stop()
    with pytest.raises(ValueError, match="unexpected keyword"):
        control.pay_out(colour="red")
    with pytest.raises(ValueError, match="No such checkout session"):
        control.pay(session="cs_test_x")
    with pytest.raises(ValueError, match="no setting"):
        control.configure(colour="red")
    with pytest.raises(ValueError, match="is int"):
        control.configure(copies="many")
    with urllib.request.urlopen(f"{standin.url}/_control/api/overview") as answer:
        assert answer.status == 200
