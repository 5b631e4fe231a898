"""start.py and start_function.py, with which functions begin: what each needs is loaded, and no more.

The whole app is loaded once, here, and asked what its modules offered while they were being loaded.
"""

from __future__ import annotations

import json
import pprint
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.package.limits import PackageBroken

API, FUNCTION = "start", "start_function"
# They show what all modules offer
SHOWS_ALL = ("/openapi.json", "/api")
# Loaded before anybody asks: who scanned a poster shall wait least, and nearly everybody needs the database
FIRST = ("GET", "/g/{code}")

_PROBE = """
import json, sys
sys.path.insert(0, {contents!r})
from chalice.app import Chalice
plain, served, now = Chalice.register_blueprint, {{}}, []
def noting(self, blueprint, *rest, **more):
    before = {{(path, method) for path, methods in self.routes.items() for method in methods}}
    plain(self, blueprint, *rest, **more)
    for path, methods in self.routes.items():
        for method in methods:
            if (path, method) not in before:
                served.setdefault(path, {{}})[method] = blueprint._import_name
Chalice.register_blueprint = noting
from chalicelib.identity import guard
scoped, offer = [], guard.offer_scopes
def offering(source):
    scoped.append(source.__module__)
    offer(source)
guard.offer_scopes = offering
from app import app
from chalicelib.web import errors, navigation
doors = lambda of: [[one.path, one.title, one.note, one.order] for one in of]
sentences = lambda of: {{code: [one.says, one.next] for code, one in of.items()}}
json.dump({{
    "served": served,
    "functions": {{one.name: one.handler_string for one in app.event_sources}}
    | {{one.name: one.handler_string for one in app.pure_lambda_functions}},
    "scoped": scoped,
    "home": doors(navigation.home_links()),
    "mine": doors(navigation.my_links()),
    "staff": [[one.path, one.title, list(one.roles), one.order] for one in guard._staff_links.values()],
    "sentences": sentences(errors._sentences),
    "common": sentences(errors._common),
}}, sys.stdout)
"""

_START = '''"""Made by `make package` from everything that app.py loads; see chalicelib/web/waking.py.

The collector stays off until what is loaded is there for good.
"""

import gc

gc.disable()

from importlib import import_module

from chalicelib import table
from chalicelib.errors import DomainError
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.web import errors, navigation
from chalicelib.web.waking import Waking

SERVED = {served}

HOME = {home}

MINE = {mine}

STAFF = {staff}

SENTENCES = {sentences}

COMMON = {common}

SCOPED = {scoped}


def _others_scopes():
    for name in SCOPED:
        app.open(name)  # which names its scopes itself
    return []


errors.register_sentences({{code: tuple(words) for code, words in SENTENCES.items()}})
errors.register_common({{code: tuple(words) for code, words in COMMON.items()}})
for path, title, note, order in HOME:
    navigation.home_link(path, title, note, order=order)
for path, title, note, order in MINE:
    navigation.my_link(path, title, note, order=order)
for path, title, roles, order in STAFF:
    guard.staff_link(path, title, *map(Role, roles), order=order)
guard.offer_scopes(_others_scopes)

try:
    table.connection()
except DomainError:
    pass  # a setting is wrong: the first answer says which
app = Waking("linli", SERVED, import_module)
for name in {first}:
    app.open(name)

gc.freeze()
gc.enable()
'''

_FUNCTION = '''"""Made by `make package`: with this the functions begin that no request starts."""

import gc
from importlib import import_module

FUNCTIONS = {functions}


def __getattr__(name):
    if name not in FUNCTIONS:
        raise AttributeError(name)
    module, _, function = FUNCTIONS[name].rpartition(".")
    gc.disable()
    try:
        return globals().setdefault(name, getattr(import_module(module), function))
    finally:
        gc.freeze()
        gc.enable()
'''


def write(contents: Path, template: dict[str, Any]) -> None:
    """Puts start.py into the package and makes the functions of `template` begin with it."""
    known = _ask(contents)
    modules = sorted({name for methods in known["served"].values() for name in methods.values()})
    served = {
        path: {method: tuple(modules) if path in SHOWS_ALL else (name,) for method, name in sorted(methods.items())}
        for path, methods in sorted(known["served"].items())
    }
    method, path = FIRST
    facts = {**known, "served": served, "first": served[path][method]}
    literals = {name: pprint.pformat(value, width=118) for name, value in facts.items()}
    (contents / f"{API}.py").write_text(_START.format(**literals))
    (contents / f"{FUNCTION}.py").write_text(_FUNCTION.format(**literals))
    begins = {"app.app": f"{API}.app"} | {where: f"{FUNCTION}.{name}" for name, where in known["functions"].items()}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # KeyError: Chalice found a function that the app, once loaded, does not know
            resource["Properties"]["Handler"] = begins[resource["Properties"]["Handler"]]


def _ask(contents: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _PROBE.format(contents=str(contents))],
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise PackageBroken(f"the app cannot be loaded from the package: {ran.stderr.strip()[-2000:]}")
    known: dict[str, Any] = json.loads(ran.stdout)
    return known
