"""The HTTP side: the API under /v1, the hosted pages, and /_control."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.stripe_standin import api, control, control_page, form, pages
from local.stripe_standin.faults import StripeFault, unrecognized_url

if TYPE_CHECKING:
    from local.stripe_standin.standin import StripeStandIn

_BODY_MAX = 1 << 20
_API = "/_control/api/"


class Server:
    def __init__(self, standin: StripeStandIn, host: str, port: int) -> None:
        handler = type("Handler", (_Handler,), {"standin": standin})
        self._http = _HTTPServer((host, port), handler)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="stripe-standin", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        if self._thread is not None:
            self._thread.join(timeout=5)


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    standin: StripeStandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "linli-stripe-standin"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the control page shows what happened."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _BODY_MAX:
            self.close_connection = True
            self._send(413, "text/plain; charset=utf-8", b"too large\n")
            return
        raw = self.rfile.read(length)
        path = urlsplit(self.path).path
        try:
            if path.startswith("/v1/"):
                self._answer_api(path, raw)
            elif path.startswith("/_control"):
                self._answer_control(path, raw)
            elif path.startswith(("/c/pay/", "/i/")):
                self._page(pages.answer(self.standin, self.command, path, self._form(raw)))
            else:
                raise unrecognized_url(self.command, path)
        except StripeFault as fault:
            self._json(fault.status, fault.body())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:  # a bug here must be seen by the caller, not hang them
            self._json(500, {"error": {"type": "api_error", "message": f"stand-in: {error!r}"}})
            raise

    def _answer_api(self, path: str, raw: bytes) -> None:
        query = urlsplit(self.path).query
        sent = raw.decode("utf-8", errors="replace") if self.command == "POST" else query
        if self.command == "POST" and query:
            sent = "&".join(part for part in (sent, query) if part)
        call = api.Call(self.command, path, sent, self.headers)
        given = api.answer(self.standin.account, call)
        if given.dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._json(given.status, given.body, given.headers)

    def _answer_control(self, path: str, raw: bytes) -> None:
        if path.startswith(_API):
            self._control_api(path.removeprefix(_API), raw)
        else:
            given = control_page.answer(self.standin, self.command, path, self._form(raw))
            self._page(given)

    def _control_api(self, verb: str, raw: bytes) -> None:
        if verb not in control.VERBS or self.command not in ("GET", "POST"):
            raise unrecognized_url(self.command, _API + verb)
        if self.command == "GET" and verb not in ("overview", "get", "find"):
            raise StripeFault(405, f"{verb} changes something: use POST.")
        given = self._form(raw) if self.command == "GET" else json.loads(raw or b"{}")
        try:
            done = self.standin.call(verb, given)
        except (TypeError, KeyError, ValueError) as error:
            raise StripeFault(400, f"{verb}: {error}") from None
        self._json(200, {"result": done})

    def _form(self, raw: bytes) -> dict[str, Any]:
        encoded = raw.decode("utf-8", errors="replace")
        return form.parse(encoded if self.command == "POST" else urlsplit(self.path).query)

    def _page(self, page: pages.Page) -> None:
        headers = {"Location": page.location} if page.location else {}
        body = page.html.encode()
        self._send(page.status, "text/html; charset=utf-8", body, headers)

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", api.encoded(body), headers or {})

    def _send(self, status: int, content: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": content}.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
