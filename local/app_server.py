"""The app served over HTTP on one machine: Chalice's own local gateway, mended where people would notice.

Every request goes through the same event that API Gateway would send. Mended here: an unknown address
gets our page instead of API Gateway's JSON, many phones may connect at once, a slow or oversized
request costs one thread for a limited time.
"""

from __future__ import annotations

import functools
import os
import shutil
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalGatewayException, ThreadedHTTPServer

from chalicelib import clock
from chalicelib.errors import DomainError
from chalicelib.reports.service import exports
from chalicelib.web import logs
from chalicelib.web.render import content_disposition

BODY_MAX: Final = 10 * 1024 * 1024
SILENCE_SECONDS_MAX: Final = 30
FILES: Final = "/files/"
"""Where the links of a file store on one machine lead: no address of the app, for in the cloud there is none."""


class _Server(ThreadedHTTPServer):
    request_queue_size = 256
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Into the log, without the address of whoever asked; a line that broke off is nobody's fault."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            logs.failed("not answered", error)


class _Handler(ChaliceRequestHandler):
    timeout = SILENCE_SECONDS_MAX

    def __init__(self, *args: Any, app_object: Any, config: Config) -> None:
        self.app_object = app_object
        super().__init__(*args, app_object=app_object, config=config)

    def _generic_handle(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdigit() or "transfer-encoding" in self.headers:
            self._refuse(411, "Length Required")
        elif int(length) > BODY_MAX:
            self._refuse(413, "Content Too Large")
        else:
            self._answer()

    def _answer(self) -> None:
        headers, body = self._parse_payload()
        path = self.path.partition("?")[0]
        try:
            if self.command in ("GET", "HEAD") and path.startswith(FILES):
                self._hand_out(exports.local_file(path.removeprefix(FILES), clock.now_ms()))
                return
            response = self.local_gateway.handle_request(self.command, self.path, headers, body)
        except (LocalGatewayException, DomainError) as error:
            # The only ways here without authorizers: no route has this address, or its link is none (any more).
            why = error if isinstance(error, DomainError) else None
            asked = {k.lower(): v for k, v in headers.items()}
            response = self.app_object.page_not_found(self.command, path, asked, why)
        response = self._handle_binary(response)
        self._send_http_response(
            response["statusCode"],
            {**response["headers"], **response["multiValueHeaders"]},
            b"" if self.command == "HEAD" else response["body"],
        )

    def _hand_out(self, file: exports.LocalFile) -> None:
        """A file of the store, as the bucket of the cloud would: whole, of any size, by whoever has the link."""
        with file.path.open("rb") as opened:
            self.send_response(200)
            self.send_header("Content-Type", file.content_type)
            self.send_header("Content-Length", str(os.fstat(opened.fileno()).st_size))
            self.send_header("Content-Disposition", content_disposition(file.name))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command == "GET":
                shutil.copyfileobj(opened, self.wfile)

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True
        self.send_response(status, reason)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    # The names under which http.server looks for them.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle

    def __getattr__(self, name: str) -> Any:
        """A method that nobody has heard of is told so by the app, not by http.server with a 501."""
        if name.startswith("do_"):
            return self._generic_handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses and query strings of people's requests do not belong in a log."""


class AppServer:
    """``with AppServer(app, port=0) as server: server.url`` serves until the block ends."""

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0, environ: Mapping[str, str] | None = None):
        config = Config(chalice_stage="dev", config_from_disk={"stages": {"dev": {"api_gateway_stage": "api"}}})
        self._server = _Server((host, port), functools.partial(_Handler, app_object=app, config=config))
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="app", daemon=True)

    def start(self) -> AppServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish: no new requests; those being served end with the process."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> AppServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def is_free(host: str, port: int) -> bool:
    """Whether somebody else is already listening there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) != 0
