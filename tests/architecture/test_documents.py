"""What the documents name is there: links and their headings, files, commands, alarms, settings, decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
OPERATIONS = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")

# What a document names with a path that a run makes, or that is not ours
MADE = ("build/", "data/", "packages/", "node_modules", "s3://", "file://", "/aws/", "exports/", "evidence/")


def named(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def prose(document: Path) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.S)


def headings(document: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        page = (document.parent / path).resolve() if path else document
        if not page.exists() or (anchor and anchor not in headings(page)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_files_that_are_named_are_there(document: Path) -> None:
    bases = (ROOT, ROOT / "chalicelib", document.parent, *(ROOT / "chalicelib").iterdir())
    missing = []
    for said in re.findall(r"`([a-z_.][\w./*-]*/[\w./*-]*)(?:: [\w.]+)?`", prose(document)):
        if said.startswith(MADE) or "**" in said:
            continue
        plain = said.rstrip("/")
        ends = (plain, f"{plain}.py", f"{plain.rsplit('.', 1)[0]}.py")
        if not any(list(base.glob(end)) for base in bases if base.is_dir() for end in ends):
            missing.append(said)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_commands_that_are_named_are_in_the_makefile(document: Path) -> None:
    text = document.read_text("utf-8")
    fenced = "".join(re.findall(r"```.*?```", text, re.S))
    said = set(re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z][a-z0-9-]*)", text))
    said |= set(re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z][a-z0-9-]*)", fenced, re.M))
    assert said - TARGETS == set()


def test_every_command_is_told_by_make_help_and_in_a_document() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    helped = set(re.findall(r'@echo "make ([a-z0-9-]+)', makefile))
    assert TARGETS - helped == {"help", "assets"}
    said = set(re.findall(r"make ([a-z][a-z0-9-]*)", "".join(one.read_text("utf-8") for one in DOCUMENTS)))
    assert helped - said == {"clean", "format"}


def test_every_decision_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{3}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8")))
    assert listed == {one.name for one in folder.glob("[0-9]*.md")}


def test_every_setting_that_is_read_stands_in_operations() -> None:
    code = "".join(one.read_text("utf-8") for one in (ROOT / "chalicelib").rglob("*.py"))
    read = set(re.findall(r'"(LINLI_[A-Z_]+[A-Z])"', code))
    told = set(re.findall(r"`(LINLI_[A-Z_]+[A-Z])`", OPERATIONS))
    told |= {f"LINLI_TABLE{end}" for end in re.findall(r"`(_[A-Z]+)`", OPERATIONS)}
    assert read - told == set()
    assert told - read == set()


def test_every_alarm_has_its_row_in_operations() -> None:
    app = (ROOT / "infra" / "app.yaml").read_text("utf-8")
    rings = set(re.findall(r'AlarmName: !Sub "linli-\$\{Stage\}-([\w-]+)"', app))
    made = (ROOT / "infra" / "template" / "functions.py").read_text("utf-8")
    rings |= {f"<function>-{end}" for end in re.findall(r'f"\{function\.name\}-([\w-]+)"', made)}
    assert len(rings) > 10
    rows = {name for row in re.findall(r"^\| (`.+?) \|", OPERATIONS, re.M) for name in re.findall(r"`([\w<>-]+)`", row)}
    # dead letters are told by whose they are
    rings.discard("<function>-dead-letters")
    assert {"receive_payments-dead-letters", "watch_journal-dead-letters", "<schedule>-dead-letters"} <= rows
    assert rings - rows == set()
