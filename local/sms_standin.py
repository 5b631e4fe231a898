"""A stand-in for AWS SNS, as far as the app uses it: `Publish` of an SMS to one phone number.

The app's own boto3 client talks to it when AWS_ENDPOINT_URL_SNS is its address; the messages
appear on the page /_sms and as JSON under /_sms/api/messages?phone=+86….

    with SmsStandIn() as sms:
        boto3.client("sns", endpoint_url=sms.url, …).publish(PhoneNumber="+8613800138000", Message="…")
        sms.messages("+8613800138000")[0].text

Runnable: python -m local.sms_standin --port 9911 --db data/sms.db
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from local.standin_page import layout

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, phone TEXT NOT NULL,
    text TEXT NOT NULL, attributes TEXT NOT NULL, sent_at_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS messages_phone ON messages (phone, seq);
"""
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")
_MESSAGE_BYTES_MAX = 1600
_BODY_MAX = 1 << 18
_SHOWN = 50
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    phone: str
    """E.164, as published."""
    text: str
    attributes: dict[str, str]
    sent_at_ms: int


class _Refused(Exception):
    """An answer in the shape of an SNS error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class SmsStandIn:
    def __init__(
        self,
        port: int = 0,
        db_path: str | Path | None = None,
        clock: Callable[[], int] | None = None,
        *,
        host: str = "127.0.0.1",
    ) -> None:
        self._host, self._port, self._db_path = host, port, db_path
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._trouble: tuple[int, str] = (0, "")
        self._http: ThreadingHTTPServer | None = None
        self.url = ""

    def start(self) -> Self:
        if self._db_path is not None:
            Path(self._db_path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(self._db_path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)
        self._http = _HTTPServer((self._host, self._port), type("Handler", (_Handler,), {"sms": self}))
        self.url = f"http://{self._host}:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._http is None:
            return
        self._http.shutdown()
        self._http.server_close()
        self._http = None
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def messages(self, phone: str | None = None, limit: int = _SHOWN) -> list[Message]:
        """Newest first; of one number, or of all."""
        where, values = ("WHERE phone = ?", (phone,)) if phone else ("", ())
        sql = f"SELECT id, phone, text, attributes, sent_at_ms FROM messages {where} ORDER BY seq DESC LIMIT {limit:d}"
        with self._lock:
            rows = self._db.execute(sql, values).fetchall()
        return [Message(id, to, text, json.loads(attributes), at) for id, to, text, attributes, at in rows]

    def fail_next(self, times: int, code: str = "Throttling") -> None:
        """The next calls of Publish are refused with this SNS error code."""
        with self._lock:
            self._trouble = (times, code)

    def publish(self, given: dict[str, str]) -> str:
        """Keeps one message and returns its id; refuses as SNS does."""
        self._refuse_if_ordered()
        if given.get("TopicArn") or given.get("TargetArn"):
            raise _Refused(400, "InvalidParameter", "Invalid parameter: only PhoneNumber is built in this stand-in")
        phone, text = given.get("PhoneNumber", ""), given.get("Message", "")
        if not _E164.match(phone):
            reason = f"Invalid parameter: PhoneNumber Reason: {phone} is not valid to publish to"
            raise _Refused(400, "InvalidParameter", reason)
        if not text:
            raise _Refused(400, "InvalidParameter", "Invalid parameter: Empty message")
        if len(text.encode()) > _MESSAGE_BYTES_MAX:
            raise _Refused(400, "InvalidParameter", "Invalid parameter: Message too long")
        id = str(uuid.uuid4())
        row = (id, phone, text, json.dumps(_attributes(given)), self._clock())
        with self._lock:
            self._db.execute(
                "INSERT INTO messages (id, phone, text, attributes, sent_at_ms) VALUES (?, ?, ?, ?, ?)", row
            )
        return id

    def _refuse_if_ordered(self) -> None:
        with self._lock:
            times, code = self._trouble
            self._trouble = (max(times - 1, 0), code)
        if times:
            status = 500 if code == "InternalError" else 400
            raise _Refused(status, code, "Ordered by the stand-in")


def _attributes(given: dict[str, str]) -> dict[str, str]:
    found = {}
    for name, value in given.items():
        match = re.fullmatch(r"MessageAttributes\.entry\.(\d+)\.Name", name)
        if match:
            found[value] = given.get(f"MessageAttributes.entry.{match[1]}.Value.StringValue", "")
    return found


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    sms: SmsStandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "linli-sms-standin"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the page shows what came."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        phone = (parse_qs(url.query).get("phone") or [""])[0].replace(" ", "+", 1).strip()
        if url.path == "/_sms":
            self._send(200, "text/html; charset=utf-8", page(self.sms.messages(phone or None), phone))
        elif url.path == "/_sms/api/messages":
            found = [asdict(message) for message in self.sms.messages(phone or None)]
            self._send(200, "application/json", json.dumps({"messages": found}, ensure_ascii=False))
        else:
            self._send(404, "text/plain; charset=utf-8", "没有这个页面。短信在 /_sms\n")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _BODY_MAX:
            self.close_connection = True
            self._send(413, "text/plain; charset=utf-8", "too large\n")
            return
        raw = self.rfile.read(length)
        request_id = str(uuid.uuid4())
        try:
            given = {
                name: values[-1]
                for name, values in parse_qs(raw.decode(errors="replace"), keep_blank_values=True).items()
            }
            id = self._published(given)
        except _Refused as refused:
            kind = "Sender" if refused.status < 500 else "Receiver"
            error = (
                f"<Type>{kind}</Type><Code>{escape(refused.code)}</Code><Message>{escape(refused.message)}</Message>"
            )
            body = f"<Error>{error}</Error><RequestId>{request_id}</RequestId>"
            self._send(refused.status, "text/xml", f'<ErrorResponse xmlns="{_NAMESPACE}">{body}</ErrorResponse>')
            return
        result = f"<PublishResult><MessageId>{id}</MessageId></PublishResult>"
        meta = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        self._send(200, "text/xml", f'<PublishResponse xmlns="{_NAMESPACE}">{result}{meta}</PublishResponse>')

    def _published(self, given: dict[str, str]) -> str:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise _Refused(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        if given.get("Action") != "Publish":
            action = given.get("Action", "")
            raise _Refused(400, "InvalidAction", f"The action {action} is not valid for this endpoint.")
        return self.sms.publish(given)

    def _send(self, status: int, content: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def page(messages: list[Message], phone: str) -> str:
    """The phone that everybody shares in the demo; codes stand out, and it reloads by itself."""
    cards = "".join(
        f'<div class="card"><p class="note">{escape(one.phone)} · {_shanghai(one.sent_at_ms)}</p>'
        f'<p class="text">{_with_codes(one.text)}</p></div>'
        for one in messages
    )
    search = (
        '<form class="card" method="get"><label for="phone">只看一个号码</label>'
        f'<input id="phone" name="phone" inputmode="tel" value="{escape(phone)}" placeholder="+8613800138000">'
        '<button class="main">查看</button></form>'
    )
    shown = cards or '<p class="card">还没有短信。发出后这里会自动出现。</p>'
    reload = '<meta http-equiv="refresh" content="5">'
    return layout("演示短信(不会真的发出)", shown + search, head=reload)


def _with_codes(text: str) -> str:
    return re.sub(r"(?<!\d)(\d{4,8})(?!\d)", r"<strong>\1</strong>", escape(text))


def _shanghai(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(hours=8)
    return at.strftime("%m月%d日 %H:%M:%S")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sms_standin", description="SMS on a local page")
    parser.add_argument("--port", type=int, default=9911, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--db", default=None, help="SQLite file; in memory without it")
    given = parser.parse_args()
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    with SmsStandIn(given.port, given.db, host=given.host) as sms:
        print(f"SMS stand-in: {sms.url}/_sms", flush=True)
        stopping.wait()


if __name__ == "__main__":
    main()
