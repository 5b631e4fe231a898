"""The rules of the house hold here, and each of them would be noticed if it were broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.rules import violations

ROOT = Path(__file__).resolve().parents[2]


def test_the_rules_hold() -> None:
    assert (ROOT / "chalicelib" / "table" / "writes.py").is_file(), "nothing was read"
    assert violations(ROOT) == []


def tree(root: Path, **files: str) -> Path:
    """A made-up house: `fund__service` is chalicelib/fund/service.py, `fund__` its __init__.py."""
    for name, text in files.items():
        parts = [part or "__init__" for part in name.split("__")]
        path = root.joinpath(*(parts if parts == ["app"] else ["chalicelib", *parts])).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


EVERYTHING = {
    "errors": "",
    "clock": "def now_ms(): ...",
    "table": "",
    "config": "",
    "ids": "",
    "web__http": "",
    "ledger__entry": "",
    "ledger__posting": "",
    "ledger__store__journal": "",
    "identity__guard": "",
    "identity__service": "",
    "identity__store": "",
    "identity__model": "",
    "identity__routes": "",
    "fund__gateway": "",
    "fund__keys": "",
    "fund__model": "",
    "fund__routes": "",
    "fund__service__give": "",
    "fund__store": "",
    "fund__views": "",
    "points__service": "",
    "reports__service": "",
}

ALLOWED = {
    "app": "from chalicelib.fund import routes\nfrom chalicelib.web import http\nimport chalice\n",
    "fund__routes": "from chalicelib.fund import service, views\nfrom chalicelib.identity import guard\n"
    "from chalicelib.identity.service import whoever\nfrom chalicelib.web.http import route\n"
    "from chalicelib.clock import now_ms\nfrom chalice import Blueprint\nnow = now_ms()\n",
    "fund__service__give": "from . import receive\nfrom .. import model, store, gateway\nfrom chalicelib import table\n"
    "from chalicelib.ledger import posting\nfrom chalicelib.ledger.store import journal\n"
    "from chalicelib.identity import service\nimport json, msgspec\n",
    "fund__service__receive": "",
    "fund__store": "from chalicelib.fund.model import Gift\nfrom chalicelib.table import Write\nimport pynamodb\n",
    "fund__gateway": "def call():\n    import stripe\n",
    "fund__views": "from chalicelib.fund.model import Gift\nfrom chalicelib.web.http import Page\n",
    "identity__guard": "from chalicelib.identity import service\nfrom chalicelib.web import http\n",
    "ledger__posting": "from chalicelib.ledger.store import journal\nfrom chalicelib import table, errors, ids\n",
    "ledger__store__journal": "import pynamodb\nfrom chalicelib.ledger import entry\n",
    "reports__service": "from chalicelib.points import service\ndef sheet():\n    import xlsxwriter\n",
    "table": "import pynamodb, botocore.exceptions\nfrom chalicelib import clock\nclock.now_ms()\n",
    "clock": "import time\ntime.time()\n",
}


def test_a_house_as_designed_breaks_no_rule(tmp_path: Path) -> None:
    assert violations(tree(tmp_path, **EVERYTHING | ALLOWED)) == []


BROKEN = [
    # rooms of one folder
    ("fund__routes", "from chalicelib.fund import store", "routes may not import store"),
    ("fund__routes", "from . import model", "routes may not import model"),
    ("fund__routes", "from chalicelib import table", "routes may not import table"),
    ("fund__service__give", "from chalicelib.fund import routes", "service may not import routes"),
    ("fund__service__give", "from .. import views", "service may not import views"),
    ("fund__service__give", "def late():\n    from chalicelib.web import http", "service may not import web"),
    ("fund__store", "from chalicelib.fund.service import give", "store may not import service"),
    ("fund__model", "from chalicelib.fund import store", "model may not import store"),
    ("fund__model", "from chalicelib import table", "model may not import table"),
    ("fund__keys", "from chalicelib import table", "craft may not import table"),
    ("fund__keys", "from chalicelib.fund import store", "craft may not import store"),
    ("fund__routes", "from chalicelib.fund import keys", "routes may not import craft"),
    ("fund__views", "from chalicelib.fund import service", "views may not import service"),
    ("fund__gateway", "from chalicelib.fund import store", "gateway may not import store"),
    ("fund__", "from chalicelib.fund import store", "package may not import store"),
    # between folders
    ("fund__service__give", "from chalicelib.points import service", "fund lies below points"),
    ("identity__service", "from chalicelib.fund.service import give", "identity lies below fund"),
    ("reports__service", "from chalicelib.fund import store", "entered through its service, not its store"),
    ("reports__service", "from chalicelib.fund.model import Gift", "entered through its service, not its model"),
    ("reports__service", "import chalicelib.fund", "import a room of fund, not the folder"),
    ("points__store", "from chalicelib.identity import service", "store may not ask another folder's service"),
    ("fund__service__give", "from chalicelib.identity import guard", "guard is for routes"),
    ("fund__routes", "from chalicelib.identity import routes", "entered through its service, not its routes"),
    # the ledger, the ground, the web, the app
    ("fund__routes", "from chalicelib.ledger import posting", "routes may not enter the ledger"),
    ("fund__model", "from chalicelib.ledger import posting", "model may not enter the ledger"),
    ("fund__routes", "from chalicelib.ledger.store import journal", "routes may not enter the ledger"),
    ("fund__store", "from chalicelib.ledger.store import journal", "store may not enter the ledger"),
    ("ledger__posting", "from chalicelib.fund import service", "ledger lies below fund"),
    ("ledger__posting", "from chalicelib.web import http", "ledger may not import web"),
    ("ledger__entry", "from chalicelib.ledger.store import journal", "is pure and may not import the store"),
    ("table", "from chalicelib.ledger import entry", "table may not import ledger"),
    ("errors", "from chalicelib import config", "errors may not import config"),
    ("web__http", "from chalicelib.identity import service", "web may not import identity"),
    ("web__http", "from chalicelib import table", "web may not import table"),
    ("app", "from chalicelib.fund import service", "app may import a folder's routes, not its service"),
    ("fund__routes", "import app", "may not import app"),
    ("helpers", "from chalicelib import table", "is no room of this house"),
    # libraries
    ("fund__service__give", "import chalice", "chalice is only in"),
    ("ledger__posting", "import chalice", "chalice is only in"),
    ("fund__service__give", "from pynamodb.models import Model", "pynamodb is only in"),
    ("ledger__posting", "import pynamodb", "pynamodb is only in"),
    ("fund__service__give", "def f():\n    import stripe", "stripe is only in"),
    ("points__gateway", "def f():\n    import stripe", "stripe is only in the fund's gateway"),
    ("fund__store", "def f():\n    import boto3", "boto3 is only in"),
    ("fund__service__give", "import requests", "not in requirements.txt"),
    ("fund__service__give", "import local.engine", "local is never packaged"),
    ("fund__service__give", "import importlib", "hidden import"),
    # the start-up path
    ("fund__gateway", "import stripe", "stripe is heavy"),
    ("web__http", "try:\n    import qrcode\nexcept ImportError:\n    pass", "qrcode is heavy"),
    ("reports__service", "class Sheet:\n    import xlsxwriter", "xlsxwriter is heavy"),
    ("identity__service", "from cryptography.fernet import Fernet", "cryptography is heavy"),
    # time
    ("fund__service__give", "from chalicelib import clock\nclock.now_ms()", "is given the time"),
    ("fund__model", "from chalicelib.clock import now_ms\nnow_ms()", "is given the time"),
    ("fund__routes", "import time\ntime.time()", "asks the machine's clock"),
    ("fund__service__give", "from datetime import datetime\ndatetime.now()", "asks the machine's clock"),
]


@pytest.mark.parametrize(("module", "text", "why"), BROKEN)
def test_a_broken_rule_is_noticed(tmp_path: Path, module: str, text: str, why: str) -> None:
    found = violations(tree(tmp_path, **EVERYTHING | {module: text}))
    assert len(found) == 1, found
    assert why in found[0]
