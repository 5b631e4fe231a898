"""The way to DynamoDB says what botocore would say, and holds out as long; beside the real engine and a server that
behaves badly."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ChecksumError, ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chalicelib import clock
from chalicelib.config import settings
from chalicelib.table import wire
from local.engine import Engine

KEYS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t/+"}
NOW = "20261122T030405Z"


# --- what is signed ------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "a token/of+a session=="])
@pytest.mark.parametrize("host", ["dynamodb.cn-north-1.amazonaws.com.cn", "127.0.0.1:8000"])
def test_the_signature_is_botocores(monkeypatch: pytest.MonkeyPatch, host: str, token: str) -> None:
    for name, value in (KEYS | {"AWS_SESSION_TOKEN": token}).items():
        monkeypatch.setenv(name, value)
    body, target = '{"TableName":"账"}'.encode(), "DynamoDB_20120810.GetItem"
    ours = wire.signed(host, "cn-north-1", target, body, NOW)
    request = AWSRequest("POST", f"https://{host}/", {k: v for k, v in ours.items() if k != "Authorization"}, body)
    signer = SigV4Auth(Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]), "dynamodb", "cn-north-1")
    request.context["timestamp"] = NOW
    signer.credentials = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], token or None)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    assert ours["Authorization"].endswith(f"Signature={signer.signature(to_sign, request)}")
    assert f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(request))}," in ours["Authorization"]
    assert f"Credential={signer.scope(request)}," in ours["Authorization"]
    assert ("X-Amz-Security-Token" in ours) is bool(token)


# --- where it goes -------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "cn-northwest-1", "ap-southeast-99"])
def test_the_endpoint_is_the_one_botocore_takes(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
    found = wire.from_environment(KEYS | {"AWS_DEFAULT_REGION": region})
    known = get_session().create_client("dynamodb", region, aws_access_key_id="x", aws_secret_access_key="x")
    assert found is not None
    assert (found.endpoint, found.region) == (known.meta.endpoint_url, region)


def test_an_endpoint_of_the_environment_goes_before() -> None:
    general = KEYS | {"AWS_ENDPOINT_URL": "http://localhost:4566/"}
    own = general | {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"}
    assert [found and found.endpoint for found in map(wire.from_environment, (general, own))] == [
        "http://localhost:4566",
        "http://127.0.0.1:8000",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_DEFAULT_REGION": ""},
        {"AWS_DEFAULT_REGION": "mars-1"},
        {"AWS_PROFILE": "mine"},
        {"AWS_CREDENTIAL_EXPIRATION": "2026-11-22T00:00:00Z"},
        {"HTTPS_PROXY": "http://proxy:3128"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "unix:/run/dynamodb"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://gate.way/dynamodb"},
    ],
)
def test_where_the_way_is_not_plain_botocore_goes_it(changed: dict[str, str]) -> None:
    assert wire.from_environment(KEYS) is not None
    assert wire.from_environment(KEYS | changed) is None


# --- before the real engine ----------------------------------------------------------------------


@pytest.fixture
def both(tables: Engine) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The same operation by our wire and by botocore."""
    ours, theirs = wire.from_environment(), boto3.client("dynamodb")
    assert ours is not None
    return ours.call, lambda operation, arguments: theirs._make_api_call(operation, arguments)


ITEM = {
    "pk": {"S": "W#1"},
    "sk": {"S": "#"},
    "B": {"B": bytes(range(256))},
    "BS": {"BS": [b"\0", b"\xff"]},
    "in": {"M": {"B": {"S": "not bytes"}, "l": {"L": [{"B": b"x"}, {"NULL": True}, {"BOOL": False}]}}},
    "n": {"N": "12345678901234567890123456789012345678"},
    "ss": {"SS": ["乙", "甲"]},
    "text": {"S": "周秀英\u2028\x7f𠮷"},
}


def test_what_one_writes_the_other_reads(both: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    name = settings().table_app
    for writing, reading in (both, both[::-1]):
        writing("PutItem", {"TableName": name, "Item": ITEM})
        read = reading("GetItem", {"TableName": name, "Key": {"pk": ITEM["pk"], "sk": ITEM["sk"]}})["Item"]
        assert read.pop("BS")["BS"].sort() is None
        assert read == {key: value for key, value in ITEM.items() if key != "BS"}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("GetItem", {"TableName": "linli-nowhere", "Key": {"pk": {"S": "x"}}}),
        ("GetItem", {"TableName": "APP", "Key": {"pk": {"N": "1"}}}),
        ("PutItem", {"TableName": "APP", "Item": ITEM, "ConditionExpression": "attribute_exists(pk)"}),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "APP", "Item": ITEM}},
                    {
                        "ConditionCheck": {
                            "TableName": "APP",
                            "Key": {"pk": {"S": "OLD"}, "sk": {"S": "#"}},
                            "ConditionExpression": "attribute_not_exists(pk)",
                            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                        }
                    },
                ]
            },
        ),
    ],
)
def test_a_refusal_is_told_as_botocore_tells_it(
    both: tuple[Callable[..., Any], Callable[..., Any]], operation: str, arguments: dict[str, Any]
) -> None:
    asked = json.loads(
        json.dumps(arguments, default=lambda value: {"bytes": value.hex()}).replace(
            '"APP"', f'"{settings().table_app}"'
        ),
        object_hook=lambda one: bytes.fromhex(one["bytes"]) if set(one) == {"bytes"} else one,
    )
    old = {"pk": {"S": "OLD"}, "sk": {"S": "#"}, "b": {"B": b"\0\1"}}
    both[1]("PutItem", {"TableName": settings().table_app, "Item": old})
    told = []
    for call in both:
        with pytest.raises(ClientError) as refused:
            call(operation, asked)
        response = refused.value.response
        told.append((str(refused.value), response["Error"], response.get("CancellationReasons")))
    assert told[0] == told[1]


# --- before a server that behaves badly ----------------------------------------------------------


class Script(BaseHTTPRequestHandler):
    """Answers with what is left of `answers`, the last one again and again; notes what came on which connection."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[list[tuple[int, bytes, dict[str, str]]]] = []
    came: ClassVar[list[tuple[Any, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).came.append((self.client_address, body))
        status, text, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(text))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        # Without a word, as a server does that has waited long enough
        self.close_connection = "X-Then" in headers

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


OK = (200, b'{"Item":{}}', {})
SLOWER = (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slower"}', {})
INVALID = (400, b'{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}', {})
BROKEN = (500, b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"?"}', {})
NOT_OURS = (502, b"<html>Bad Gateway</html>", {})
DAMAGED = (200, b'{"Item":{}}', {"x-amz-crc32": "1"})
GONE = (0, b"", {})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[wire.Wire]:
    Script.answers.clear()
    Script.came.clear()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Script)
    listening.daemon_threads = True
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield wire.Wire(f"http://127.0.0.1:{listening.server_port}", "us-east-1")
    listening.shutdown()
    listening.server_close()


def ask(server: wire.Wire, *answers: tuple[int, bytes, dict[str, str]]) -> dict[str, Any]:
    Script.answers[:] = answers
    return server.call("GetItem", {"TableName": "x"})


@pytest.mark.parametrize("bad", [SLOWER, BROKEN, NOT_OURS, DAMAGED, GONE])
def test_what_may_go_better_is_tried_again(server: wire.Wire, bad: tuple[int, bytes, dict[str, str]]) -> None:
    assert ask(server, bad, bad, bad, OK) == {"Item": {}}
    assert len(Script.came) == wire.ATTEMPTS_MAX


@pytest.mark.parametrize(
    ("bad", "kind", "code"),
    [
        (SLOWER, ClientError, "ThrottlingException"),
        (BROKEN, ClientError, "InternalServerError"),
        (NOT_OURS, ClientError, "502"),
        (DAMAGED, ChecksumError, ""),
        (GONE, ConnectionClosedError, ""),
    ],
)
def test_but_not_for_ever(
    server: wire.Wire, bad: tuple[int, bytes, dict[str, str]], kind: type[Exception], code: str
) -> None:
    with pytest.raises(kind) as failed:
        ask(server, bad)
    assert len(Script.came) == wire.ATTEMPTS_MAX
    assert not code or (isinstance(failed.value, ClientError) and failed.value.response["Error"]["Code"] == code)


def test_what_will_not_go_better_is_not_tried_again(server: wire.Wire) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        ask(server, INVALID, OK)
    assert len(Script.came) == 1


def test_connections_are_kept(server: wire.Wire) -> None:
    for _ in range(3):
        ask(server, OK)
    assert len({address for address, _ in Script.came}) == 1


def test_a_connection_that_rested_for_long_is_not_trusted(server: wire.Wire) -> None:
    now_ms = clock.now_ms()
    for after_ms in (0, wire.IDLE_MS_MAX - 1, 2 * wire.IDLE_MS_MAX):
        with clock.at(now_ms + after_ms):
            ask(server, OK)
    assert [address == Script.came[0][0] for address, _ in Script.came] == [True, True, False]


def test_a_connection_that_died_while_it_rested_costs_no_attempt(server: wire.Wire) -> None:
    ask(server, (200, b"{}", {"X-Then": "close"}))
    with pytest.raises(ClientError):
        ask(server, BROKEN)
    # The first of these four was sent over the dead connection and heard by nobody.
    assert len(Script.came) == 1 + wire.ATTEMPTS_MAX


def test_a_database_that_is_not_there(server: wire.Wire) -> None:
    with pytest.raises(EndpointConnectionError):
        wire.Wire("http://127.0.0.1:1", "us-east-1").call("GetItem", {})


def test_several_threads_have_a_connection_each(tables: Engine) -> None:
    ours = wire.from_environment()
    assert ours is not None
    name, wrong = settings().table_app, list[str]()

    def work(number: int) -> None:
        for n in range(30):
            item = {"pk": {"S": f"T#{number}"}, "sk": {"S": str(n)}, "n": {"N": str(number * 1000 + n)}}
            ours.call("PutItem", {"TableName": name, "Item": item})
            read = ours.call("GetItem", {"TableName": name, "Key": {"pk": item["pk"], "sk": item["sk"]}})["Item"]
            if read != item:
                wrong.append(f"{read} instead of {item}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_certificates_are_checked_against_the_library_s_own_list(fresh_tls: pytest.MonkeyPatch) -> None:
    fresh_tls.delenv("AWS_CA_BUNDLE", raising=False)
    context = wire._tls()
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50
    assert (Path(wire.botocore.__file__).parent / "cacert.pem").is_file()


@pytest.fixture
def fresh_tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    wire._tls.cache_clear()
    yield monkeypatch
    wire._tls.cache_clear()


def certificate(folder: Path, name: str) -> Path:
    """A certificate for ``name``, signed by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            called, called, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(plain + made.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(("name", "trusted"), [("localhost", True), ("localhost", False), ("dynamodb.example", True)])
def test_nothing_is_sent_to_who_is_not_the_database(
    fresh_tls: pytest.MonkeyPatch, tmp_path: Path, name: str, trusted: bool
) -> None:
    Script.answers[:] = [OK]
    Script.came.clear()
    own = certificate(tmp_path, name)
    if trusted:
        fresh_tls.setenv("AWS_CA_BUNDLE", str(own))
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Script)
    listening.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    ours = wire.Wire(f"https://localhost:{listening.server_port}", "us-east-1")
    try:
        if name == "localhost" and trusted:
            assert [ours.call("GetItem", {}) for _ in range(2)] == [{"Item": {}}] * 2
            assert len({address for address, _ in Script.came}) == 1
        else:
            with pytest.raises(EndpointConnectionError):
                ours.call("GetItem", {})
            assert Script.came == []
    finally:
        listening.shutdown()
        listening.server_close()
