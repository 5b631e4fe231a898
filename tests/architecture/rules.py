"""The rules of the house: which room may import which, and who may speak to what.

Imports point down only. A folder has rooms (a file, or a folder of the same name); another folder is entered
through its service, or through identity's guard. The ledger lies under all, has rooms of its own, and is entered by
services, which gather the writes of its store with their own.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import Import, Source, imports, sources

# upper to lower: a folder may enter those after it
FOLDERS = ("reports", "merchants", "points", "fund", "identity", "ledger")

GROUND = {"clock", "cloud", "config", "errors", "ids", "keys", "table", "trace"}

# room → what it may import of its own folder and of the ground. In a folder, a name that is none of these rooms is a
# craft: keys, phone numbers, tokens; something that works on values, with no page and no item in sight.
ROOMS = {
    "routes": {"guard", "service", "views", "web", "clock", "config", "errors", "ids"},
    "guard": {"service", "craft", "web", "clock", "config", "errors", "ids"},
    "service": {"model", "store", "gateway", "craft", "ledger", "table", "clock", "config", "errors", "ids"},
    "craft": {"model", "clock", "config", "errors", "ids"},
    "store": {"model", "craft", "table", "clock", "config", "errors", "ids"},
    "gateway": {"model", "clock", "cloud", "config", "errors", "ids", "trace"},
    "views": {"model", "web", "clock", "errors", "ids"},
    "model": {"clock", "errors", "ids"},
    "app": {"routes", "web", "clock", "config", "errors", "ids"},
    "web": {"clock", "config", "errors", "ids", "trace"},
    "ledger": {"table", "clock", "config", "errors", "ids"},
    "ledger store": {"table", "clock", "config", "errors", "ids"},
    "table": {"clock", "cloud", "config", "errors", "ids", "trace"},
    "config": {"cloud", "errors", "keys"},
    "keys": {"errors"},
    "cloud": {"clock", "errors", "trace"},
    "trace": {"clock", "errors"},
    "ids": {"errors"},
    "clock": {"errors"},
    "errors": set(),
    "package": set(),
}
DOMAIN_ROOMS = {"routes", "guard", "service", "store", "gateway", "views", "model"}

# The few pure words of the ledger (an asset, an amount's kind) that a model or a page may use
LEDGER_WORDS = {"accounts", "entry", "errors", "wallet", "pot"}

# library → the rooms that may use it
LIBRARIES = {
    "aws_lambda_powertools": {"web"},
    "chalice": {"app", "routes", "web", "guard"},
    "pynamodb": {"table", "store", "ledger store"},
    "stripe": {"gateway"},
    "boto3": {"cloud", "gateway"},
    "botocore": {"cloud", "config", "gateway", "table"},
    # for a translation changed since it was compiled, while developing; never packaged
    "babel": {"web"},
}
FREE_LIBRARIES = {"cryptography", "jinja2", "markupsafe", "msgspec", "qrcode", "typing_extensions", "xlsxwriter"}

# What costs a cold start more than it gives: imported by the function that needs it
HEAVY = {"aws_lambda_powertools", "babel", "boto3", "cryptography", "qrcode", "stripe", "xlsxwriter"}

ASK_THE_CLOCK = {"app", "cloud", "routes", "guard", "web", "table", "trace"}


def room(module: str) -> str:
    """Which room of ROOMS a module of ours belongs to."""
    parts = module.split(".")
    if parts[0] != "chalicelib":
        return "app" if parts == ["app"] else "outside"
    if len(parts) == 1:
        return "package"
    folder = parts[1]
    if folder not in FOLDERS:
        return folder
    if folder == "ledger":
        return "ledger store" if parts[2:3] == ["store"] else "ledger"
    if len(parts) == 2:
        return "package"
    return parts[2] if parts[2] in DOMAIN_ROOMS else "craft"


def folder(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else parts[0]


def violations(root: Path) -> list[str]:
    """Every broken rule in app.py and chalicelib under `root`, as `file:line: why`."""
    found = []
    for source in sources(root, "app.py", "chalicelib"):
        where = source.path.relative_to(root)
        wrong = [(i.line, why) for i in imports(root, source) for why in _judge(i)]
        wrong += _clock_questions(source)
        found += [f"{where}:{line}: {why}" for line, why in sorted(wrong)]
    return found


def _judge(one: Import) -> Iterator[str]:
    top = one.target.split(".")[0]
    if top in HEAVY and not one.lazy:
        yield f"{top} is heavy: import it inside the function that needs it"
    if top in ("chalicelib", "app"):
        why = _judge_ours(one)
    elif top in ("local", "tests", "infra"):
        why = f"{top} is never packaged"
    elif top == "importlib":
        why = "a hidden import cannot be checked"
    elif top in LIBRARIES:
        why = _judge_library(one, top)
    else:
        known = top in sys.stdlib_module_names or top in FREE_LIBRARIES
        why = "" if known else f"{top} is not in requirements.txt"
    if why:
        yield why


def _judge_library(one: Import, library: str) -> str:
    if library == "stripe" and folder(one.module) != "fund":
        return "stripe is only in the fund's gateway"
    allowed = LIBRARIES[library]
    return "" if room(one.module) in allowed else f"{library} is only in {', '.join(sorted(allowed))}"


def _judge_ours(one: Import) -> str:
    here, there = folder(one.module), folder(one.target)
    from_room, to_room = room(one.module), room(one.target)
    if from_room not in ROOMS:
        return f"{one.module} is no room of this house"
    if to_room == "package" and one.target != "chalicelib":
        return f"import a room of {there}, not the folder"
    if here == there:
        return _judge_within(one, from_room, to_room)
    if there not in FOLDERS:
        return "" if there in ROOMS[from_room] or there == "chalicelib" else f"{from_room} may not import {there}"
    if from_room == "app":
        return "" if to_room == "routes" else f"app may import a folder's routes, not its {to_room}"
    if from_room in ("package", "web") or here not in FOLDERS:
        return f"{here} may not import {there}"
    return _judge_across(one, from_room, to_room)


def _judge_within(one: Import, from_room: str, to_room: str) -> str:
    if from_room == "ledger" and to_room == "ledger store" and one.module.split(".")[-1] in (LEDGER_WORDS | {"events"}):
        return f"{one.module} is pure and may not import the store"
    if from_room == to_room or {from_room, to_room} == {"ledger", "ledger store"}:
        return ""
    return "" if to_room in ROOMS[from_room] else f"{from_room} may not import {to_room}"


def _judge_across(one: Import, from_room: str, to_room: str) -> str:
    here, there = folder(one.module), folder(one.target)
    if FOLDERS.index(here) >= FOLDERS.index(there):
        return f"{here} lies below {there}"
    if there == "ledger":
        return _judge_ledger(one, from_room, to_room)
    if to_room == "guard" and there == "identity":
        return "" if from_room == "routes" else "identity's guard is for routes"
    if to_room != "service":
        return f"{there} is entered through its service, not its {to_room}"
    if from_room in ("routes", "service", "guard"):
        return ""
    return f"{from_room} may not ask another folder's service"


def _judge_ledger(one: Import, from_room: str, to_room: str) -> str:
    if from_room == "service":  # its store too: that is where the writes of a commit come from
        return ""
    word = one.target.split(".")[2:3]
    if from_room in ("model", "views", "store") and word and word[0] in LEDGER_WORDS:
        return ""
    return f"{from_room} may not enter the ledger; its service does"


def _clock_questions(source: Source) -> list[tuple[int, str]]:
    """Time comes in as an argument: only the edge and commit() ask for it, and only clock.py asks the machine."""
    here = room(source.name)
    if here == "clock":
        return []
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in _MACHINE_CLOCK:
            found.append((node.lineno, f"{called}() asks the machine's clock; clock.py does that"))
        elif called.split(".")[-1] == "now_ms" and here not in ASK_THE_CLOCK:
            found.append((node.lineno, f"{here} is given the time, it does not ask"))
    return found


_MACHINE_CLOCK = {"time.time", "time.time_ns", "date.today", "datetime.date.today"} | {
    f"{prefix}datetime.{name}" for prefix in ("", "datetime.") for name in ("now", "utcnow", "today")
}
