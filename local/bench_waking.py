"""How long a function takes to wake: from a new process to the database's first answer, and to the finished page.

Every case runs in a new process that sees one folder and Python's own library. Noted is when the first byte of the
database's answer passes a little relay before the engine, what the process had computed by then and in all, and the
most memory it held. The cases take turns, so that a noisy moment meets all of them; time on the processor, which
does not count waiting for a busy machine, stands beside time on the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TURNS = 9
HEADS = (
    *("what", "first answer, CPU ms", "clock ms", "of bare", "of Chalice's"),
    *("page, CPU ms", "memory MB", "of bare", "of Chalice's", "modules"),
)

_SPENT = """
def spent():
    with open("/proc/self/status") as status:
        memory = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    with open("/proc/self/schedstat") as schedstat:
        return f"{memory} {schedstat.read().split()[0]} {len(sys.modules)}"
"""
_BARE = """
import chalice
import botocore.session
client = botocore.session.get_session().create_client("dynamodb")
client.get_item(TableName="linli-app", Key={"pk": {"S": "x"}, "sk": {"S": "x"}})
print("bare", spent())
"""
_PAGE = """
import json
from MODULE import app
print(app(json.loads(EVENT), None)["statusCode"], spent())
"""


@dataclass(slots=True)
class Case:
    """`contents` is the folder with everything that the process may import; it prints `says` when all went well."""

    name: str
    contents: Path
    code: str
    says: str
    first_cpu_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    page_cpu_ms: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    modules: int = 0


def rows(package: Path, endpoint: str, settings: dict[str, str], code: str) -> list[tuple[object, ...]]:
    """`package` is the folder of `make package`, `code` that of a poster whose giving page the engine can show."""
    bare, plain, *others = measured(package, endpoint, settings, code)

    def ratio(case: Case, name: str, base: Case) -> str:
        return f"{statistics.median(getattr(case, name)) / statistics.median(getattr(base, name)):.2f}"

    return [
        (
            case.name,
            f"{statistics.median(case.first_cpu_ms):.0f}",
            f"{statistics.median(case.first_ms):.0f}",
            ratio(case, "first_cpu_ms", bare),
            ratio(case, "first_cpu_ms", plain),
            f"{statistics.median(case.page_cpu_ms):.0f}",
            f"{statistics.median(case.memory_mb):.1f}",
            ratio(case, "memory_mb", bare),
            ratio(case, "memory_mb", plain),
            case.modules,
        )
        for case in (bare, plain, *others)
    ]


def measured(package: Path, endpoint: str, settings: dict[str, str], code: str, turns: int = TURNS) -> list[Case]:
    """The first two are what the others are compared with: bare libraries, and Chalice's own package."""
    work = package / "bench"
    shutil.rmtree(work, ignore_errors=True)
    page = _PAGE.replace("EVENT", repr(json.dumps(event(code))))
    plain, compiled, ours = work / "plain", work / "compiled", work / "ours"
    for archive, folder in (("chalice.zip", plain), ("chalice.zip", compiled), ("deployment.zip", ours)):
        with zipfile.ZipFile(package / archive) as zipped:
            zipped.extractall(folder)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(compiled)], check=True, stdout=subprocess.DEVNULL)
    cases = [
        Case("chalice + botocore, compiled", compiled, _BARE, "bare"),
        Case("Chalice's package, all imported", plain, page.replace("MODULE", "app"), "200"),
        Case("the same, compiled", compiled, page.replace("MODULE", "app"), "200"),
        Case("this package", ours, page.replace("MODULE", "start"), "200"),
    ]
    with relay(endpoint) as between:
        environment = settings | {"AWS_ENDPOINT_URL_DYNAMODB": between.url, "PATH": os.environ["PATH"]}
        for turn in range(turns + 1):
            for case in cases:
                _run(case, environment, between, kept=turn > 0)
    shutil.rmtree(work)
    return cases


@dataclass(slots=True)
class Between:
    """The relay: its address, the process that is watched, and (clock, CPU) in seconds at its first answer."""

    url: str
    pid: int = 0
    first: tuple[float, float] | None = None

    def answered(self) -> None:
        if self.first is None:
            # ns on the processor, of the one thread there is
            on_cpu = int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9
            self.first = (time.monotonic(), on_cpu)


def _run(case: Case, environment: dict[str, str], between: Between, *, kept: bool) -> None:
    """One new process. Raises RuntimeError if it does not say what it should."""
    script = f"import sys; sys.path.insert(0, {str(case.contents)!r}){_SPENT}{case.code}"
    command = [sys.executable, "-I", "-S", "-B", "-c", script]
    between.first = None
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    between.pid = process.pid
    said, fault = process.communicate()
    if case.says not in said or between.first is None:
        raise RuntimeError(f"{case.name} said {said!r}; {fault[-2000:]}")
    if kept:
        *_, memory_kb, on_cpu_ns, modules = said.split()
        case.first_ms.append((between.first[0] - started) * 1000)
        case.first_cpu_ms.append(between.first[1] * 1000)
        case.page_cpu_ms.append(int(on_cpu_ns) / 1e6)
        case.memory_mb.append(int(memory_kb) / 1024)
        case.modules = int(modules)


def event(code: str) -> dict[str, object]:
    """What API Gateway sends for GET /g/{code}."""
    host = "x.execute-api.us-east-1.amazonaws.com"
    return {
        "resource": "/g/{code}",
        "path": f"/g/{code}",
        "httpMethod": "GET",
        "headers": {"host": host, "accept": "text/html", "X-Forwarded-Proto": "https"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"code": code},
        "stageVariables": None,
        "requestContext": {
            "apiId": "x",
            "requestId": "01KA0000000000000000000000",
            "resourcePath": "/g/{code}",
            "httpMethod": "GET",
            "path": f"/api/g/{code}",
            "stage": "api",
            "domainName": host,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


@contextmanager
def relay(endpoint: str) -> Iterator[Between]:
    """An address before the engine, which notes when the first answer comes back."""
    target = urlsplit(endpoint)
    listening = socket.create_server(("127.0.0.1", 0))
    between = Between(f"http://127.0.0.1:{listening.getsockname()[1]}")

    def pump(source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                if answers:
                    between.answered()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def accept() -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            engine = socket.create_connection((target.hostname or "", target.port or 80))
            for pair in ((caller, engine, False), (engine, caller, True)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield between
    finally:
        listening.close()
