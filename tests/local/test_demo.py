"""The demo as a process: it starts, serves, loses nothing to kill -9, and refuses live keys."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import config, table
from chalicelib.fund.gateway import client as gateway_client
from local.demo import run
from local.demo.schedules import seconds_between
from local.demo.settings import DemoRefused, kept, put_in_environment, stripe_of_one_s_own
from local.demo.story import STAFF

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 120


class Demo:
    """A demo process on its own ports."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.port = _three_free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "local", "--data", str(data), "demo", "--port", str(self.port), *arguments]
        names = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LINLI_", "STRIPE_"))
        }
        self.log = (data.parent / "demo.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=names, stdout=self.log, stderr=subprocess.STDOUT)

    def wait(self) -> Demo:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            assert self.process.poll() is None, Path(self.log.name).read_text("utf-8")[-3000:]
            try:
                urllib.request.urlopen(self.url + "/sign-in", timeout=2)
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError("the demo did not answer in time")

    def api(self, path: str, body: object, headers: dict[str, str] | None = None) -> dict[str, object]:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, object] = json.loads(answer.read())
            return found

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self.log.close()
        return code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def demos(data: Path) -> Iterator[list[Demo]]:
    started: list[Demo] = []
    yield started
    for demo in started:
        demo.end(signal.SIGKILL)


def test_nothing_acknowledged_is_missing_after_kill_9(data: Path, demos: list[Demo]) -> None:
    demos.append(Demo(data).wait())
    first = demos[0]
    summary = json.load(urllib.request.urlopen(first.url + "/api/v1/public/summary"))
    assert summary["received_fen"] > 0
    assert summary["person_times"] > 0
    session = _sign_in(first, "13900000101")
    manager = {"Authorization": f"Bearer {_sign_in(first, STAFF['manager'][2])}", "Idempotency-Key": "journal-1"}
    export = first.api("/exports", {"kind": "journal"}, manager)
    first.end(signal.SIGKILL)
    demos.append(Demo(data).wait())
    second = demos[1]
    again = json.load(urllib.request.urlopen(second.url + "/api/v1/public/summary"))
    assert {**again, "as_of_ms": 0} == {**summary, "as_of_ms": 0}
    me = urllib.request.Request(second.url + "/api/v1/me", headers={"Authorization": f"Bearer {session}"})
    assert json.load(urllib.request.urlopen(me))["name"].startswith("周"), "the session that was given out still holds"
    link = _file_of(second, str(export["id"]), manager)
    body = urllib.request.urlopen(second.url + str(link["address"])).read()
    assert hashlib.sha256(body).hexdigest() == link["sha256"], "what was asked for is made, before the end or after"
    assert body.startswith(b"; Linli: journal export")
    verified = subprocess.run(
        [sys.executable, "-m", "local", "--data", str(data), "verify"], cwd=ROOT, capture_output=True, text=True
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert second.end(signal.SIGTERM) == 0, "it stops cleanly"


def test_the_log_of_one_machine_has_the_lines_of_the_cloud(data: Path, demos: list[Demo]) -> None:
    """Requests, also to addresses that are none, and schedules; nothing of what somebody sent, also on the screen."""
    demos.append(Demo(data, "--empty").wait())
    demos[-1].api("/sign-in/codes", {"phone": "13900007777"}, {"User-Agent": "canary"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(demos[-1].url + "/nowhere/13900007777", timeout=10)
    wanted = {"ask_stripe_again", "expire_points", "verify_books_nightly"}
    deadline = time.monotonic() + 60
    while True:
        text = (data / "app.log").read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        if wanted <= {line.get("function") for line in lines}:
            break
        assert time.monotonic() < deadline, text[-3000:]
        time.sleep(0.3)
    answered = {(line["route"], line["status"]) for line in lines if line.get("message") == "answered"}
    assert {("/sign-in", 200), ("(none)", 404)} <= answered
    assert all(line["correlation_id"] for line in lines if line.get("message") in ("answered", "done"))
    for said in (text, Path(demos[-1].log.name).read_text("utf-8")):
        assert "13900007777" not in said
        assert "canary" not in said
    assert {line["service"] for line in lines} == {"linli-demo"}


def test_two_demos_do_not_share_a_port(data: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "local", "--data", str(data), "demo", "--port", str(port)]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert str(port) in refused.stderr


def test_the_first_administrator_is_made_by_a_command_and_only_the_first(data: Path) -> None:
    def make(phone: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", "--data", str(data), "make-admin", phone, "林晓岚"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    wrong = make("12345")
    assert wrong.returncode == 1
    assert "phone_is_landline" in wrong.stderr
    assert "这是座机或服务号码" in wrong.stderr
    made = make("139 0000 0001")
    assert made.returncode == 0, made.stderr
    assert "管理员已建立" in made.stdout
    again = make("13900000002")
    assert again.returncode == 1
    assert "administrator_exists" in again.stderr


def test_there_is_nothing_to_verify_before_there_are_books(data: Path) -> None:
    command = [sys.executable, "-m", "local", "--data", str(data), "verify"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "make demo" in refused.stderr


def test_a_live_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("sk_live_x", "rk_live_x", "pk_test_x", "hunter2"):
        monkeypatch.setenv("STRIPE_SECRET_KEY", key)
        with pytest.raises(DemoRefused):
            stripe_of_one_s_own()
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_abc")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_abc")
    assert stripe_of_one_s_own() == ("sk_test_abc", "whsec_abc")
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    monkeypatch.delenv("LINLI_STRIPE_SECRET_KEY", raising=False)
    assert stripe_of_one_s_own() is None


@pytest.mark.parametrize("given", ["", "whsec_given"])
def test_with_a_key_of_one_s_own_requests_go_to_stripe_itself(data: Path, given: str) -> None:
    before = dict(os.environ)
    try:
        with run._settled(data, 8000, ("sk_test_own", given)) as stand_in:
            assert stand_in is None
            config.settings.cache_clear()
            assert config.settings().stripe_api_base == ""
            client = gateway_client._client_for(config.settings().stripe_secret_key, config.settings().stripe_api_base)
            assert client._requestor.base_addresses["api"] == "https://api.stripe.com"
            assert client._requestor.api_key == "sk_test_own"
            assert config.settings().stripe_webhook_secrets == (given or kept(data).webhook_secret,)
    finally:
        os.environ.clear()
        os.environ.update(before)
        config.settings.cache_clear()
        table.forget_connections()


def test_secrets_are_made_once_and_readable_by_nobody_else(data: Path) -> None:
    made = kept(data)
    assert kept(data) == made
    assert (data / "settings.json").stat().st_mode & 0o077 == 0


def test_settings_left_over_in_a_shell_do_not_reach_in(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(os.environ)
    try:
        monkeypatch.setenv("AWS_PROFILE", "production")
        put_in_environment({"LINLI_STAGE": "demo"})
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["LINLI_STAGE"] == "demo"
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_schedules_are_read() -> None:
    assert [seconds_between(t) for t in ("rate(5 minutes)", "rate(1 hour)", "cron(0 18 * * ? *)")] == [300, 3600, 86400]
    with pytest.raises(ValueError, match="not a schedule"):
        seconds_between("every now and then")


def _sign_in(demo: Demo, phone: str) -> str:
    sent = demo.api("/sign-in/codes", {"phone": phone})
    sms = f"http://127.0.0.1:{demo.port + 2}/_sms/api/messages?phone=%2B86{phone}"
    code = re.search(r"\b\d{6}\b", urllib.request.urlopen(sms).read().decode())
    assert code is not None
    opened = demo.api("/sessions", {**{k: v for k, v in sent.items() if k == "code_id"}, "code": code.group()})
    return str(opened["token"])


def _file_of(demo: Demo, export_id: str, headers: dict[str, str]) -> dict[str, object]:
    """The link to an export's file, as soon as there is one."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        request = urllib.request.Request(f"{demo.url}/api/v1/exports/{export_id}/file", headers=headers)
        try:
            found: dict[str, object] = json.load(urllib.request.urlopen(request, timeout=10))
            return found
        except urllib.error.HTTPError as error:
            assert error.code == 409, error.read()
            assert time.monotonic() < deadline
            time.sleep(0.3)


def _three_free_ports() -> int:
    for _ in range(50):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
        if port < 65000 and all(_free(port + n) for n in range(3)):
            return port
    raise AssertionError("no three free ports in a row")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False
