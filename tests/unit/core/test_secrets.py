"""Keys and Stripe's secrets from Secrets Manager: read once, read again in time, and told by name when missing."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from chalicelib import cloud
from chalicelib.config import SettingMissing, settings
from chalicelib.fund.service import webhooks
from chalicelib.fund.webhook_signature import SignatureWrong
from chalicelib.identity import phones, tokens
from chalicelib.identity.model.codes import SentCode
from chalicelib.identity.model.faults import TokenForged
from chalicelib.identity.service.codes import code_hash, code_matches
from chalicelib.points import codes
from local.stripe_standin.webhooks import sign

ULID = "01KA0000000000000000000001"
NOW_MS = 1_772_672_520_000
K1, K2, CANARY = "1a" * 32, "2b" * 32, "ca7a" * 16
NAMES = {
    "LINLI_SIGNING_KEYS_SECRET": "linli-test/signing",
    "LINLI_DATA_KEYS_SECRET": "linli-test/data",
    "LINLI_STRIPE_SECRET": "linli-test/stripe",
}


class Vault:
    """Secrets Manager, and how often the app asked it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.manager: Any = boto3.client("secretsmanager")
        self.arns = {
            setting: self.manager.create_secret(Name=name, SecretString=json.dumps({"current": "k1", "k1": K1}))["ARN"]
            for setting, name in NAMES.items()
        }
        for setting, arn in self.arns.items():
            monkeypatch.setenv(setting, arn)
        settings.cache_clear()
        self.asked = 0
        cloud.client("secretsmanager").meta.events.register("before-call.*.GetSecretValue", self._count)

    def put(self, setting: str, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.manager.put_secret_value(SecretId=self.arns[setting], SecretString=text)

    def _count(self, **_: object) -> None:
        self.asked += 1


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    with mock_aws():
        cloud.forget_clients()
        yield Vault(monkeypatch)
    cloud.forget_clients()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds by which the clock is ahead: add to the first."""
    ahead, really = [0.0], time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: really() + int(ahead[0] * 1e9))
    return ahead


def test_keys_come_from_the_secret_and_are_read_once(vault: Vault) -> None:
    ring = settings().secret_keys
    assert (ring.current, ring.ids) == ("k1", ("k1",))
    assert settings().secret_keys.derive("a") == ring.derive("a")
    assert settings().data_keys.derive("a") == ring.derive("a")
    assert vault.asked == 2


def test_the_plain_setting_serves_where_no_secret_is_named(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_SIGNING_KEYS_SECRET")
    monkeypatch.setenv("LINLI_SECRET_KEYS", "p1:" + K2)
    assert settings().secret_keys.ids == ("p1",)
    assert vault.asked == 0


def test_what_another_process_signs_with_a_new_key_passes_here_at_once(vault: Vault, later: list[float]) -> None:
    before = tokens.sign("card", ULID)
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    cloud.forget_clients()  # another process
    theirs = tokens.sign("card", ULID)
    assert theirs.startswith("k2.")

    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k1", "k1": K1})
    cloud.forget_clients()
    assert tokens.sign("card", ULID).startswith("k1.")
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    later[0] += cloud.REREAD_NEWER_S
    assert tokens.verify("card", theirs, NOW_MS) == ULID
    assert tokens.verify("card", before, NOW_MS) == ULID
    assert tokens.sign("card", ULID).startswith("k2.")


def test_made_up_key_ids_do_not_make_us_ask_again_and_again(vault: Vault, later: list[float]) -> None:
    genuine = tokens.sign("card", ULID)
    for n in range(20):
        with pytest.raises(TokenForged):
            tokens.verify("card", f"x{n}" + genuine[2:], NOW_MS)
    assert vault.asked == 1
    later[0] += cloud.REREAD_NEWER_S
    for n in range(20):
        with pytest.raises(TokenForged):
            tokens.verify("card", f"x{n}" + genuine[2:], NOW_MS)
    assert vault.asked == 2


def test_a_key_that_was_withdrawn_is_refused_within_minutes(vault: Vault, later: list[float]) -> None:
    theirs = tokens.sign("card", ULID)
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2})
    assert tokens.verify("card", theirs, NOW_MS) == ULID
    later[0] += cloud.REREAD_S
    with pytest.raises(TokenForged):
        tokens.verify("card", theirs, NOW_MS)


def test_while_the_store_is_silent_what_was_read_stays_in_use(
    vault: Vault, later: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = tokens.sign("card", ULID)
    silent = True

    def no_answer(**_: object) -> Any:
        if silent:
            raise EndpointConnectionError(endpoint_url="")
        return None

    cloud.client("secretsmanager").meta.events.register("before-send.*", no_answer)
    later[0] += cloud.REREAD_S
    assert tokens.verify("card", genuine, NOW_MS) == ULID
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    silent = False
    assert settings().secret_keys.current == "k1", "it is not asked again at once"
    later[0] += cloud.REREAD_NEWER_S
    assert settings().secret_keys.current == "k2"


def test_a_store_that_never_answered_is_told_by_name(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.forget_clients()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    with pytest.raises(cloud.SecretsUnavailable) as told:
        settings().secret_keys  # noqa: B018
    assert "linli-test/signing" in str(told.value.fields["secret"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_a_json_object"),
        (CANARY, "not_a_json_object"),
        ([CANARY], "not_a_json_object"),
        ({"k1": CANARY}, "no_current_key"),
        ({"current": "k9", "k1": CANARY}, "no_current_key"),
        ({"current": CANARY, "k1": CANARY}, "no_current_key"),
        ({"current": "k1", "k1": CANARY[:-2]}, "malformed_key"),
        ({"current": "k1", "k1": "z" + CANARY}, "malformed_key"),
        ({"current": "k1", "k1": 5}, "malformed_key"),
        ({"current": "k-1", "k-1": CANARY}, "malformed_key"),
        ({"current": "k1", "k1": CANARY, CANARY: "x"}, "malformed_key"),
    ],
)
def test_a_malformed_secret_is_told_by_name_and_never_shown(
    vault: Vault, caplog: pytest.LogCaptureFixture, content: object, reason: str
) -> None:
    if content != "":  # Secrets Manager takes no empty text
        vault.put("LINLI_SIGNING_KEYS_SECRET", content)
    else:
        vault.put("LINLI_SIGNING_KEYS_SECRET", " ")
    with caplog.at_level(logging.DEBUG, "linli"), pytest.raises(SettingMissing) as told:
        settings().secret_keys  # noqa: B018
    assert told.value.fields["name"] == "LINLI_SIGNING_KEYS_SECRET"
    assert told.value.fields["reason"] == reason
    assert "linli-test/signing" in str(told.value.fields["secret"])
    trace = "".join(str(told.traceback)) + str(told.value) + repr(told.value.__cause__) + caplog.text
    assert CANARY not in trace
    assert CANARY[:-2] not in trace


def test_a_ring_does_not_show_its_keys(vault: Vault) -> None:
    assert K1 not in repr(settings().secret_keys)
    assert repr(bytes.fromhex(K1)) not in repr(settings().secret_keys)


def test_no_such_secret(vault: Vault) -> None:
    vault.manager.delete_secret(SecretId=vault.arns["LINLI_DATA_KEYS_SECRET"], ForceDeleteWithoutRecovery=True)
    with pytest.raises(SettingMissing) as told:
        settings().data_keys  # noqa: B018
    assert told.value.fields["name"] == "LINLI_DATA_KEYS_SECRET"
    assert told.value.fields["reason"] == "no_such_secret"


def test_a_secret_that_awaits_its_deletion(vault: Vault) -> None:
    vault.manager.delete_secret(SecretId=vault.arns["LINLI_DATA_KEYS_SECRET"])
    with pytest.raises(SettingMissing) as told:
        settings().data_keys  # noqa: B018
    assert told.value.fields["reason"] == "no_such_secret"


@pytest.mark.parametrize(
    ("content", "reason_of_key", "reason_of_webhooks"),
    [
        ({}, "no_secret_key", "no_webhook_secrets"),
        ({"secret_key": "", "webhook_secrets": []}, "secret_key_empty", "no_webhook_secrets"),
        ({"secret_key": "pk_test_x", "webhook_secrets": ["x"]}, "secret_key_malformed", "webhook_secret_malformed"),
        ({"secret_key": 5, "webhook_secrets": "whsec_x"}, "no_secret_key", "no_webhook_secrets"),
    ],
)
def test_stripes_secret_before_it_is_filled(
    vault: Vault, content: object, reason_of_key: str, reason_of_webhooks: str
) -> None:
    vault.put("LINLI_STRIPE_SECRET", content)
    with pytest.raises(SettingMissing) as told:
        settings().stripe_secret_key  # noqa: B018
    assert told.value.fields["reason"] == reason_of_key
    with pytest.raises(SettingMissing) as told:
        settings().stripe_webhook_secrets  # noqa: B018
    assert told.value.fields["reason"] == reason_of_webhooks


def test_stripes_secret_when_it_is_filled(vault: Vault) -> None:
    vault.put("LINLI_STRIPE_SECRET", {"secret_key": "sk_test_1", "webhook_secrets": ["whsec_2", "whsec_1"]})
    assert settings().stripe_secret_key == "sk_test_1"
    assert settings().stripe_webhook_secrets == ("whsec_2", "whsec_1")
    assert vault.asked == 1


def test_who_was_written_under_a_newer_key_is_looked_for_before_nobody_is_found(
    vault: Vault, later: list[float]
) -> None:
    number = "+8613812345678"
    old = phones.lookups(number)
    assert [key_id for key_id, _ in old] == ["k1"]
    assert phones.newer_lookups(number) == []
    vault.put("LINLI_DATA_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    later[0] += cloud.REREAD_NEWER_S
    [(key_id, digest)] = phones.newer_lookups(number)
    assert key_id == "k2"
    assert phones.lookups(number) == [("k2", digest), *old]
    assert phones.newer_lookups(number) == []


def test_a_code_kept_under_a_newer_key_is_right(vault: Vault, later: list[float]) -> None:
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    sent = SentCode(ULID, code_hash(ULID, "123456"), "salt", NOW_MS)
    cloud.forget_clients()
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k1", "k1": K1})
    assert not code_matches(sent, "123456")
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    later[0] += cloud.REREAD_NEWER_S
    assert not code_matches(sent, "123457")
    assert code_matches(sent, "123456")


def test_digits_on_a_screen_of_a_newer_key_are_right(vault: Vault, later: list[float]) -> None:
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    digits = codes.show(ULID, "12345", NOW_MS).digits
    cloud.forget_clients()
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k1", "k1": K1})
    assert not codes.digits_match(ULID, digits, NOW_MS)
    vault.put("LINLI_SIGNING_KEYS_SECRET", {"current": "k2", "k2": K2, "k1": K1})
    later[0] += cloud.REREAD_NEWER_S
    assert codes.digits_match(ULID, digits, NOW_MS)


def test_a_webhook_signed_with_a_secret_newer_than_ours_is_let_in(vault: Vault, later: list[float]) -> None:
    vault.put("LINLI_STRIPE_SECRET", {"secret_key": "sk_test_1", "webhook_secrets": ["whsec_1"]})
    body = json.dumps({"id": "evt_1", "type": "nothing.of.ours", "data": {"object": {"id": "x"}}}).encode()

    def deliver(secret: str) -> str:
        return webhooks.receive(body, sign(body, [secret], NOW_MS // 1000), NOW_MS).outcome

    assert deliver("whsec_1") == "ignored"
    vault.put("LINLI_STRIPE_SECRET", {"secret_key": "sk_test_1", "webhook_secrets": ["whsec_2", "whsec_1"]})
    later[0] += cloud.REREAD_NEWER_S
    assert deliver("whsec_2") == "ignored"
    assert deliver("whsec_1") == "ignored"
    assert vault.asked == 2
    for _ in range(9):
        with pytest.raises(SignatureWrong):
            deliver("whsec_forged")
    assert vault.asked == 2, "whoever forges does not make us ask again and again"


class _Forbidding(BaseHTTPRequestHandler):
    """Answers every call as Secrets Manager does where a role may not."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = (
            "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: "
            "secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:"
            "linli-test/signing because no identity-based policy allows the secretsmanager:GetSecretValue action"
        )
        body = json.dumps({"__type": "AccessDeniedException", "Message": said}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The signing keys stand in a secret that may not be read."""
    with HTTPServer(("127.0.0.1", 0), _Forbidding) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("LINLI_SIGNING_KEYS_SECRET", "linli-test/signing")
        cloud.forget_clients()
        yield
        server.shutdown()
    cloud.forget_clients()


def test_what_is_forbidden_is_told_with_action_and_resource(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with forbidden(monkeypatch), pytest.raises(cloud.PermissionMissing) as told:
        settings().secret_keys  # noqa: B018
    assert told.value.fields == {"action": "secretsmanager:GetSecretValue", "resource": "secret:linli-test/signing"}
    assert "permission_missing: secretsmanager:GetSecretValue on arn:" in caplog.text


@pytest.mark.parametrize(
    ("code", "message", "action", "resource"),
    [
        (
            "AccessDeniedException",
            ("User: arn:aws-cn:sts::1:assumed-role/r/f is not authorized to perform: dynamodb:PutItem on "
            "resource: arn:aws-cn:dynamodb:cn-north-1:1:table/linli-dev-journal because no policy allows it"),
            "dynamodb:PutItem",
            "table/linli-dev-journal",
        ),
        (
            "AccessDenied",
            ("User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: s3:PutObject on resource: "
            '"arn:aws:s3:::linli-dev-files/exports/1" because no identity-based policy allows the action'),
            "s3:PutObject",
            "linli-dev-files/exports/1",
        ),
        ("AccessDenied", "Access Denied", "s3:GetObject", "asked"),
        ("AuthorizationError", "User: x is not authorized to perform: SNS:Publish on resource: +8613800138000",
         "SNS:Publish", "asked"),
        ("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text", "kms:Decrypt", "asked"),
        ("KMS.AccessDeniedException", "The ciphertext refers to a key that may not be used", "kms:Decrypt", "asked"),
    ],
)  # fmt: skip
def test_what_services_say_when_they_forbid(code: str, message: str, action: str, resource: str) -> None:
    told = cloud.denied(code, message, "s3:GetObject", "asked")
    assert told is not None
    assert told.fields == {"action": action, "resource": resource}


def test_another_refusal_is_no_lack_of_permission() -> None:
    assert cloud.denied("ThrottlingException", "Rate exceeded", "sqs:SendMessage") is None
    assert cloud.denied("ConditionalCheckFailedException", "not authorized to perform: x:Y", "dynamodb:PutItem") is None


@pytest.mark.parametrize(
    ("name", "field", "wrong", "right"),
    [
        (
            "LINLI_EXPORTS_QUEUE",
            "exports_queue",
            "exports",
            "http://sqs.us-east-1.localhost:4566/000000000000/linli-dev-exports",
        ),
        (
            "LINLI_PAYMENTS_QUEUE",
            "payments_queue",
            "arn:aws:sqs:us-east-1:1:x",
            "https://sqs.cn-north-1.amazonaws.com.cn/1/x",
        ),
        ("LINLI_ALARM_TOPIC", "alarm_topic", "alarms", "arn:aws-cn:sns:cn-north-1:123456789012:linli-dev-alarms"),
        ("LINLI_TABLE_APP", "table_app", "a b", "linli-dev-app"),
        ("LINLI_TABLE_JOURNAL", "table_journal", "", "linli-dev-journal"),
        ("LINLI_TOTALS_SHARDS", "totals_shards", "0", "8"),
        ("LINLI_GIFT_FEN_MAX", "gift_fen_max", "5e6", "5000000"),
    ],
)
def test_a_malformed_setting_closes_what_asks_for_it_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str, wrong: str, right: str
) -> None:
    monkeypatch.setenv(name, wrong)
    settings.cache_clear()
    with pytest.raises(SettingMissing) as told:
        getattr(settings(), field)
    assert told.value.fields == {"name": name}
    assert settings().malformed == [name]
    monkeypatch.setenv(name, right)
    settings.cache_clear()
    assert str(getattr(settings(), field)) == right
    assert settings().malformed == []
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("wrong", ["", "s3://", "s3://A_B", "file://host/x", "file:x", "/srv/files", "https://x/y"])
def test_a_file_store_is_a_bucket_or_a_folder(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("LINLI_FILES", wrong)
    with pytest.raises(SettingMissing) as told:
        settings().files  # noqa: B018
    assert told.value.fields == {"name": "LINLI_FILES"}
    for right in ("s3://linli-dev-files", "file:///srv/linli/files"):
        monkeypatch.setenv("LINLI_FILES", right)
        assert settings().files == right
