"""A street with one community and an administrator, and a message service that can be listened to."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from chalicelib import cloud, ids
from chalicelib.identity import service
from chalicelib.identity.service import Actor

NOW = 1_794_000_000_000
DAY = 24 * 60 * 60 * 1000


@dataclass
class Phones:
    """Every message that the message service took, by number; ``down`` makes it refuse."""

    taken: dict[str, list[str]] = field(default_factory=dict)
    down: bool = False

    def code(self, number: str) -> str:
        found = re.search(r"\d{6}", self.taken[number][-1])
        assert found is not None
        return found[0]


@pytest.fixture
def phones() -> Iterator[Phones]:
    """Amazon SNS as seen over HTTP: query protocol in, XML out."""
    heard = Phones()

    class Sns(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert asked["Action"] == ["Publish"]
            if heard.down:
                status, body = 500, "<ErrorResponse><Error><Code>InternalError</Code></Error></ErrorResponse>"
            else:
                heard.taken.setdefault(asked["PhoneNumber"][0], []).append(asked["Message"][0])
                status, body = (
                    200,
                    (
                        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
                        "<MessageId>1</MessageId></PublishResult></PublishResponse>"
                    ),
                )
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sns)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL_SNS"] = f"http://127.0.0.1:{server.server_port}"
    cloud.forget_clients()
    yield heard
    server.shutdown()
    server.server_close()
    del os.environ["AWS_ENDPOINT_URL_SNS"]
    cloud.forget_clients()


def form(now_ms: int = NOW) -> str:
    """The ULID of a form as a page makes it."""
    return ids.ulid(now_ms)


@pytest.fixture
def admin(tables: object) -> Actor:
    service.set_up_street(name="示范街道", contact_phone="0813-1234567", supervision_phone="12345", by=None, now_ms=NOW)
    first = service.make_first_administrator("13800000001", "陈管理", NOW)
    actor = service.actor_for(first.id, NOW)
    service.add_community("longjing", "龙井社区", by=actor, now_ms=NOW)
    service.add_community("hehua", "荷花社区", by=actor, now_ms=NOW)
    return actor


@pytest.fixture
def coordinator(admin: Actor) -> Actor:
    member = service.register_member(
        admin,
        name="李负责",
        community_id="longjing",
        consent_on_paper=True,
        submission=form(),
        now_ms=NOW,
        phone="13800000002",
    )
    service.grant_role(
        admin,
        member.id,
        service.Role.COORDINATOR,
        "community:longjing",
        ends_at=NOW + 90 * DAY,
        reason="社区工作人员",
        submission=form(),
        now_ms=NOW,
    )
    return service.actor_for(member.id, NOW)
