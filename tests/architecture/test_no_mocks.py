"""Tests run our code, not a picture of it: nothing of chalicelib is mocked or patched.

A fake stands only at an outside system and is spoken to over the network, like the real one.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import Source, imports, sources

ROOT = Path(__file__).resolve().parents[2]

OURS = ("chalicelib", "app")
_MOCKING = re.compile(r"(unittest\.mock|mock|pytest_mock)(\.|$)")
PATCHING = {"setattr", "delattr", "setitem", "delitem"}


def mocks(root: Path) -> list[str]:
    """Every place in `root`/tests that mocks or patches, as `file:line: why`."""
    found = []
    for source in sources(root, "tests"):
        where = source.path.relative_to(root)
        wrong = [(i.line, f"{i.said} is for mocking") for i in imports(root, source) if _MOCKING.match(i.said)]
        wrong += _patches(root, source)
        found += [f"{where}:{line}: {why}" for line, why in sorted(wrong)]
    return found


def _patches(root: Path, source: Source) -> list[tuple[int, str]]:
    ours = _names_of_ours(root, source)
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg) and node.arg in ("mocker", "class_mocker", "session_mocker"):
            found.append((node.lineno, "the mocker fixture is for mocking"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in PATCHING and node.args and _is_ours(node.args[0], ours):
                found.append((node.lineno, f"{ast.unparse(node.args[0])} is ours and is patched"))
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            for target in node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]:
                if isinstance(target, ast.Attribute) and _is_ours(target.value, ours):
                    found.append((node.lineno, f"{ast.unparse(target)} is ours and is replaced"))
    return found


def _names_of_ours(root: Path, source: Source) -> set[str]:
    """The names by which a test knows modules, classes and functions of ours."""
    names = set(OURS)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname for alias in node.names if alias.asname and alias.name.split(".")[0] in OURS}
    return names


def _is_ours(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression, or the text of a dotted path, starts from something of ours."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.split(".")[0] in OURS
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in names


def test_nothing_of_ours_is_mocked() -> None:
    assert len(sources(ROOT, "tests")) > 5, "nothing was read"
    assert mocks(ROOT) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("from unittest import mock", "for mocking"),
        ("import unittest.mock", "for mocking"),
        ("from unittest.mock import MagicMock", "for mocking"),
        ("def test_x():\n    from mock import patch", "for mocking"),
        ("def test_x(mocker): pass", "mocker fixture"),
        ("from chalicelib import table\ndef test_x(m): m.setattr(table, 'commit', 1)", "is patched"),
        ("def test_x(monkeypatch): monkeypatch.setattr('chalicelib.table.commit', 1)", "is patched"),
        ("import app as a\ndef test_x(m): m.setattr(a.app, 'routes', 1)", "is patched"),
        ("from chalicelib.table import Item\nsetattr_ = 1\nItem.save = 1", "is replaced"),
        ("from chalicelib import config as c\ndef test_x(): c.settings.stage = 'live'", "is replaced"),
        ("from chalicelib import clock\ndel clock.now_ms", "is replaced"),
    ],
)
def test_a_mock_is_noticed(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(text)
    found = mocks(tmp_path)
    assert len(found) == 1, found
    assert why in found[0]


def test_the_environment_and_outside_libraries_may_be_set(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "import os, boto3\nfrom chalicelib.fund.model import Gift\n"
        "def test_x(monkeypatch):\n    monkeypatch.setenv('LINLI_STAGE', 'x')\n"
        "    monkeypatch.setattr(boto3, 'client', None)\n    gift = Gift()\n    gift.note = 'a local thing'\n"
    )
    assert mocks(tmp_path) == []
