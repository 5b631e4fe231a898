"""What the log says while everything is done that can be done: nobody's name, number, words, keys or address.

Every address is asked by everybody who may, every form filled in, every webhook delivered and every function
of the cloud run, with whatever anybody typed as the canary. Then the same with a database whose items cannot be
read and with outside systems that fail, so that errors with people's words in them are raised everywhere.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from app import app
from chalicelib import cloud, config, table, trace
from chalicelib.web import log_output, logs
from local.demo.schedules import scheduled
from tests.journeys.sweep.gate import BROWSER, Ask, answered, filled_in, form_of, send, token_for
from tests.journeys.sweep.routes import CHANGES, GETS, ROUTES
from tests.journeys.sweep.trying import COUNTS
from tests.journeys.sweep.world import SECRETS, WEBHOOK_SECRET, World, signature

PAYER = "chen.yumei@example.org"
AGENT = "Mozilla/5.0 (Linux; Android 15; HUAWEI Pura-80)"
ADDRESS = "203.0.113.9"
_CHINESE = re.compile(r"[一-鿿]")
_PERSONAL = re.compile(r"[一-鿿]|^\+?[0-9-]{8,}$|^[A-Z]?20261122[0-9]+$|^[A-Z0-9]{8}$")
_CODES = {"longjing", "hehua"}


class Heard:
    """All that left the process by way of the log: the lines, and what they were made of."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.raw = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


class _Raw(logging.Handler):
    """Our own records before the net that takes out what looks like a secret: nothing may depend on it."""

    def __init__(self, out: io.StringIO) -> None:
        super().__init__()
        self.out = out

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("linli"):
            self.out.write(f"{record.getMessage()} {getattr(record, 'facts', '')}\n")


@contextmanager
def listening() -> Iterator[Heard]:
    """Everything is logged that anybody would log, libraries at their most talkative, as in a function of the
    cloud whose level is DEBUG."""
    heard, root = Heard(), logging.root
    before, level, talkative = root.handlers[:], root.level, os.environ.get("LINLI_LOG_LEVEL")
    os.environ["LINLI_LOG_LEVEL"] = "DEBUG"
    root.setLevel(logging.DEBUG)
    log_output.take_over(logging.StreamHandler(heard.out))
    root.addHandler(_Raw(heard.raw))
    try:
        yield heard
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        os.environ.pop("LINLI_LOG_LEVEL")
        if talkative is not None:
            os.environ["LINLI_LOG_LEVEL"] = talkative
        log_output.ready.cache_clear()


def typed(value: Any) -> Iterator[str]:
    """The texts within what is filled in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from typed(one)
    elif isinstance(value, list):
        for one in value:
            yield from typed(one)


def canaries(world: World) -> set[str]:
    """What may stand in no line, as it is and as an address would carry it."""
    plain = {
        *world.phones.values(), *(f"+86{phone}" for phone in world.phones.values()),
        *world.sessions.values(), *world.private(), *SECRETS.values(), WEBHOOK_SECRET, "sk_test_giving",
        *(value for name, value in world.ids.items() if re.search(r"_token$|_link$|_code$|^card|^number", name)),
        PAYER, AGENT, ADDRESS, BROWSER,
    }  # fmt: skip
    for route in CHANGES:
        plain |= {text for text in typed(route.right(world)) if _PERSONAL.search(text) and text not in _CODES}
    for item in whole():
        for attribute in item.values():
            plain |= set(re.findall(r"[一-鿿]{2,}", str(attribute)))
    plain = {one for one in plain if len(one) >= 2}
    return plain | {quote(one) for one in plain} | {json.dumps(one)[1:-1] for one in plain}


def whole() -> Iterator[dict[str, Any]]:
    from chalicelib.table.items import connection

    for name in (config.settings().table_app, config.settings().table_journal, config.settings().table_balances):
        start: dict[str, Any] = {}
        while True:
            page = connection().client.scan(TableName=name, **start)
            yield from ({"TABLE": {"S": name}, **item} for item in page["Items"])
            if not page.get("LastEvaluatedKey"):
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def nothing_is_told(heard: Heard, said: str, world: World) -> None:
    """The lines, what they were made of, and what was printed besides."""
    lines = heard.out.getvalue()
    assert lines
    assert not _CHINESE.search(lines), f"words: {_about(lines, _CHINESE.search(lines))}"
    for where in (lines, heard.raw.getvalue(), said):
        for canary in canaries(world):
            at = _stands_in(where, canary)
            assert at < 0, f"{canary!r} in {where[max(0, at - 300) : at + 100]!r}"


def _stands_in(text: str, canary: str) -> int:
    """Where, or -1. A few digits stand in many a time and hash: they are looked for as a word of their own."""
    if canary.isdigit() and len(canary) < 8:
        found = re.search(rf"(?<![0-9A-Za-z]){canary}(?![0-9A-Za-z])", text)
        return found.start() if found else -1
    return text.find(canary)


def _about(text: str, found: re.Match[str] | None) -> str:
    return text[max(0, found.start() - 300) : found.end() + 100] if found else ""


@pytest.fixture
def quiet(capfd: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capfd.readouterr()
    return capfd


def everybody_asks(world: World, about: str = "") -> int:
    count = 0
    for route in (one for one in GETS if re.search(about, one.path)):
        for who in dict.fromkeys((route.by or route.allowed()[0], route.allowed()[-1], "nobody", "resident")):
            ask = route.ask(world, who)
            answered(world, replace(ask, headers={"user-agent": AGENT}))
            count += 1
    return count


def everything_is_sent(world: World, about: str = "", unsigned: str = "") -> int:
    count = 0
    for route in (one for one in CHANGES if re.search(about, one.path)):
        ask = replace(route.ask(world), headers={"user-agent": AGENT})
        right = route.right(world)
        wrong = {name: f"{value}陈" if isinstance(value, str) else value for name, value in right.items()}
        for fields in (wrong, right):
            token = world.form() if route.is_api else unsigned or token_for(world, ask, form_of(ask))
            answered(world, filled_in(world, ask, fields, token))
            count += 1
    return count


def stripe_tells(world: World) -> None:
    for event in world.giving.stripe.pending_events():
        deliver(world, event.body)
    details = {"email": PAYER, "name": "陈玉梅", "phone": "13611112222", "address": {"line1": "安福路12号"}}
    for kind, thing in (("checkout.session.completed", "cs_test_canary"), ("customer.updated", "cus_canary")):
        inside = {"id": thing, "object": kind.rpartition(".")[0], "customer_details": details, "billing": details}
        told = {"id": f"evt_{thing}", "object": "event", "type": kind, "livemode": False, "data": {"object": inside}}
        deliver(world, json.dumps(told).encode())
        deliver(world, json.dumps(told).encode()[:-9])


def deliver(world: World, body: bytes) -> None:
    headers = {"content-type": "application/json", "stripe-signature": signature(body), "user-agent": AGENT}
    answered(world, Ask("POST", "/webhooks/stripe", headers=headers, body=body))


def the_clock_strikes() -> None:
    for _, _, call in scheduled():
        started(call)


def queues_and_streams_bring(world: World) -> None:
    """What they should, and what nobody put there rightly."""
    told = {"id": "evt_queued", "type": "checkout.session.completed", "object": PAYER, "name": "陈玉梅"}
    bodies = ["周秀英 13800001234", json.dumps(told), json.dumps({"job": "周秀英"}), json.dumps({"id": PAYER})]
    records = [
        {"messageId": f"m-{n}", "body": body, "receiptHandle": PAYER, "attributes": {"SenderId": PAYER}}
        for n, body in enumerate(bodies)
    ]
    for name in ("receive_payments", "run_exports"):
        for some in (records, records[:1], records[2:3]):
            started(lambda name=name, some=some: app.handler_map[name]({"Records": some}, None))
    entries = [one for one in whole() if one["pk"]["S"].startswith("E#")][:5]
    images = [{"NewImage": entry, "OldImage": {**entry, "body": {"S": "周秀英"}}} for entry in entries]
    changed = [
        {"eventName": what, "eventID": f"e-{what}-{n}", "dynamodb": {"Keys": {"pk": one["NewImage"]["pk"]}, **one}}
        for n, one in enumerate(images)
        for what in ("INSERT", "MODIFY", "REMOVE", "周秀英")
    ]
    stream = [{**one, "eventSourceARN": "arn:aws:dynamodb:x:1:table/journal/stream/1"} for one in changed]
    started(lambda: app.handler_map["watch_journal"]({"Records": stream}, None))
    started(lambda: app.handler_map["watch_journal"]({"Records": [{**stream[0], "dynamodb": "周秀英"}]}, None))
    for phone in ("13611112222", "周秀英", ""):
        event = {"phone": phone, "name": "陈玉梅" if phone else ""}
        started(lambda event=event: app.handler_map["make_first_administrator"](event, None))


def started(call: Any) -> None:
    try:
        call()
    except logs.FunctionFailed as failed:
        # Lambda prints what a function raises
        logging.getLogger("linli.lambda").error("%s", failed)


def functions() -> set[str]:
    """Everything of the cloud that no browser asks for."""
    return {one.name for one in (*app.event_sources, *app.pure_lambda_functions)}


def test_nothing_of_anybody_stands_in_the_log(world: World, quiet: pytest.CaptureFixture[str]) -> None:
    with listening() as heard:
        asked = everybody_asks(world)
        asked += everything_is_sent(world)
        stripe_tells(world)
        the_clock_strikes()
        with settings(LINLI_ALARM_TOPIC="arn:aws:sns:us-east-1:1:alarms"):
            queues_and_streams_bring(world)
        COUNTS["requests whose lines in the log tell nothing of anybody"] = asked
        said = "".join(quiet.readouterr())
        nothing_is_told(heard, said, world)
        lines = [line for line in heard.lines if line.get("message") == "answered"]
    # Each request has its line, under its template and an id of its own
    assert len(lines) >= asked
    assert {line["route"] for line in lines} == {route.path for route in ROUTES} | {"/webhooks/stripe"}
    assert {(line["method"], line["status"] // 100) for line in lines} >= {("GET", 2), ("POST", 3), ("POST", 4)}
    assert len({line["correlation_id"] for line in lines}) == len(lines)
    assert all({"duration_ms", "bytes", "cold_start", "timestamp", "service"} <= set(line) for line in lines)
    assert {line["function"] for line in heard.lines if line.get("message") in ("done", "failed")} == functions()
    assert {n for n, _, _ in scheduled()} < functions()


def test_nothing_of_anybody_stands_in_the_log_when_everything_fails(
    world: World, quiet: pytest.CaptureFixture[str]
) -> None:
    """Outside systems that do not answer, refuse or answer nonsense; then items that nobody can read."""
    names = canaries(world)
    with listening() as heard:
        with settings(AWS_ENDPOINT_URL_SNS="http://127.0.0.1:1", LINLI_STRIPE_API_BASE="http://127.0.0.1:1"):
            everything_is_sent(world, "sign-in|codes|/g/|api/v1/gifts|monthly|invoice")
        with settings(LINLI_STRIPE_SECRET_KEY="sk_test_wrong", LINLI_STRIPE_WEBHOOK_SECRETS="whsec_wrong"):
            everything_is_sent(world)
            stripe_tells(world)
        with settings(LINLI_SECRET_KEYS="k1:" + "zz" * 32, LINLI_DATA_KEYS="sk_test_wrong"):
            everybody_asks(world)
            everything_is_sent(world, unsigned="01ARZ3NDEKTSV4RRFFQ69G5FAV.k1.x")
        before = list(whole())
        for broken in ("cut", "other"):
            spoiled(before, broken)
            everybody_asks(world)
            everything_is_sent(world)
            stripe_tells(world)
            the_clock_strikes()
            queues_and_streams_bring(world)
        restored(before)
        with settings(AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1"):
            everybody_asks(world, "^/(g|me|api/v1/me|vouchers)")
            the_clock_strikes()
        said = "".join(quiet.readouterr())
        nothing_is_told(heard, said, world)
        for canary in names:
            assert _stands_in(heard.out.getvalue() + heard.raw.getvalue() + said, canary) < 0, canary
        incidents = [line for line in heard.lines if line.get("message") == "incident"]
        errors = {one["kind"] for line in heard.lines for one in line.get("error", ())}
        failed = {line["function"] for line in heard.lines if line.get("message") == "failed"}
    assert len(incidents) > 100, len(incidents)
    assert len({line["route"] for line in incidents}) > 30
    assert all(line["incident"] == line["correlation_id"] and line["error"] for line in incidents)
    # Errors that carry values were among them
    assert len(errors) > 5, errors
    assert failed, errors


@contextmanager
def settings(**changed: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changed)
    config.settings.cache_clear()
    cloud.forget_clients()
    table.forget_connections()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        config.settings.cache_clear()
        cloud.forget_clients()
        table.forget_connections()


def spoiled(items: list[dict[str, Any]], how: str) -> None:
    """Every text in every item cut off in the middle, or with something else around it."""
    for item in items:
        changed = {
            name: {"S": value["S"][: len(value["S"]) * 2 // 3] if how == "cut" else "王" + value["S"]}
            if "S" in value and name not in ("pk", "sk", "TABLE") and len(value["S"]) > 12
            else value
            for name, value in item.items()
        }
        write(changed)


def restored(items: list[dict[str, Any]]) -> None:
    for item in items:
        write(item)


def write(item: dict[str, Any]) -> None:
    from chalicelib.table.items import connection

    kept = {name: value for name, value in item.items() if name != "TABLE"}
    connection().client.put_item(TableName=item["TABLE"]["S"], Item=kept)


@pytest.mark.parametrize(
    "leak",
    [
        lambda world: logging.getLogger("linli.fund").warning("gift of %s", "周秀英"),
        lambda world: logging.getLogger("linli.fund").debug("asked %s", world.ids["voucher_token"]),
        lambda world: logs.ran("expire", about=world.phones["resident"]),
        lambda world: logs.found("expire", within=[{"to": world.sessions["resident"]}]),
        lambda world: logs.count("ServerError", path=f"/gifts/x?t={quote(world.ids['gift_link'])}"),
        lambda world: print(world.phones["resident"]),
        lambda world: os.write(2, ADDRESS.encode()),
    ],
    ids=["a name", "a token", "a phone number, though the net takes it out", "a session", "a link", "out", "err"],
)
def test_a_line_that_leaks_is_heard(world: World, quiet: pytest.CaptureFixture[str], leak: Any) -> None:
    with listening() as heard:
        logs.ran("expire", done=1)
        nothing_is_told(heard, "".join(quiet.readouterr()), world)
        leak(world)
        with pytest.raises(AssertionError):
            nothing_is_told(heard, "".join(quiet.readouterr()), world)


def test_the_number_that_a_person_reads_finds_the_lines(world: World) -> None:
    """From the page of an incident to what was being done, and the messages that it sent."""
    before = [item for item in whole() if item["pk"]["S"].startswith("GIFT#") or "GIFT" in item["pk"]["S"]]
    assert before
    with listening() as heard:
        spoiled(before, "cut")
        try:
            page = answered(
                world, Ask("GET", "/gifts/{id}", {"id": world.ids["gift"]}, query={"t": [world.ids["gift_link"]]})
            )
        finally:
            restored(before)
        number = re.search(r"编号:([0-9A-Za-z-]+)", page.text)
        assert number, page.text[-1500:]
        lines = [line for line in heard.lines if line.get("correlation_id") == number[1]]
    assert [line.get("message") for line in lines if "message" in line] == ["incident", "answered"]
    assert [line["ServerError"] for line in lines if "ServerError" in line] == [[1.0]]
    assert page.status == 500
    assert trace.correlation_id() == ""
    assert send(world, Ask("GET", "/")).status == 200
    assert app.log.handlers == []
