"""The ground that other tests stand on: fixtures give what they promise and skips are honest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from local.engine import Engine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("turn", [1, 2])
def test_tables_are_there_and_empty_in_every_test(tables: Engine, turn: int) -> None:
    names = [os.environ.get(f"LINLI_TABLE_{n.upper()}", f"linli-{n}") for n in ("journal", "balances", "app")]
    database = boto3.client("dynamodb")
    assert set(names) <= set(database.list_tables()["TableNames"])
    assert [database.scan(TableName=name)["Count"] for name in names] == [0, 0, 0]
    database.put_item(TableName=names[2], Item={"pk": {"S": "left behind"}, "sk": {"S": "-"}})


def run_pytest(folder: Path, **environment: str) -> str:
    """What pytest prints for a test that needs a program which is not there."""
    (folder / "test_needs.py").write_text(
        "from __future__ import annotations\nimport pytest\n\n"
        "@pytest.mark.hledger\ndef test_books(): pass\n\ndef test_other(): pass\n"
    )
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", folder],
        env={"PATH": str(folder), "PYTHONPATH": str(ROOT), "HOME": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_what_cannot_run_is_skipped_and_names_the_package(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path)
    assert "needs the Debian package hledger" in printed
    assert re.search(r"1 passed, 1 skipped", printed), printed


def test_a_skip_is_a_failure_where_all_is_required(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path, LINLI_REQUIRE_ALL="1")
    assert "needs the Debian package hledger" in printed
    assert re.search(r"1 passed, 1 error", printed), printed
