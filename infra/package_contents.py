"""What the package holds: Chalice's contents, cut to what the functions use, and compiled."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.package_limits import PackageBroken

PARTITIONS = ("aws", "aws-cn")
DATABASE = "dynamodb"

# Loaded by pynamodb's connection and by nothing of ours by name
_ALWAYS = {DATABASE}


def cut(contents: Path) -> None:
    """Take out, in place, what no function uses. Raises PackageBroken."""
    cut_botocore(contents / "botocore" / "data", used_services(contents))
    cut_strays(contents)


def used_services(contents: Path) -> set[str]:
    """The services that the code asks clients for. Raises PackageBroken where a name is not written out."""
    found = set(_ALWAYS)
    for path in sorted([contents / "app.py", *(contents / "chalicelib").rglob("*.py")]):
        for call in _client_calls(path):
            name = call.args[0] if call.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(name.value)
            elif path.name != "cloud.py":
                where = f"{path.relative_to(contents)}:{call.lineno}"
                raise PackageBroken(f"{where}: the service of a client is not written out, so its data cannot be kept")
    return found


def _client_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("client", "create_client"):
            yield node


def cut_botocore(data: Path, services: set[str]) -> None:
    """Keep the newest description of the used services, without its prose, and the partitions we run in."""
    missing = sorted(name for name in services if not (data / name).is_dir())
    if missing:
        raise PackageBroken(f"botocore knows no service called {', '.join(missing)}")
    for folder in [p for p in data.iterdir() if p.is_dir()]:
        if folder.name not in services:
            shutil.rmtree(folder)
            continue
        *older, newest = sorted(p for p in folder.iterdir() if p.is_dir())
        for version in older:
            shutil.rmtree(version)
        _cut_service(newest)
    endpoints = data / "endpoints.json"
    document = json.loads(endpoints.read_bytes())
    document["partitions"] = [p for p in document["partitions"] if p["partition"] in PARTITIONS]
    for partition in document["partitions"]:
        partition["services"] = {n: s for n, s in partition["services"].items() if n in services | {"sts"}}
    _write_json(endpoints, document)
    partitions = data / "partitions.json"
    document = json.loads(partitions.read_bytes())
    document["partitions"] = [p for p in document["partitions"] if p["id"] in PARTITIONS]
    _write_json(partitions, document)


def _cut_service(version: Path) -> None:
    """Descriptions as plain JSON without prose: reading them unzipped costs a cold start less."""
    import gzip

    for path in sorted(version.iterdir()):
        if path.name.startswith("examples"):
            path.unlink()
            continue
        packed = path.suffix == ".gz"
        document = json.loads(gzip.decompress(path.read_bytes()) if packed else path.read_bytes())
        path.unlink()
        _write_json(path.with_suffix("") if packed else path, _without_prose(document))


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        prose = {name for name, inner in value.items() if name == "documentation" and isinstance(inner, str)}
        return {name: _without_prose(inner) for name, inner in value.items() if name not in prose}
    return [_without_prose(inner) for inner in value] if isinstance(value, list) else value


def _write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def cut_strays(contents: Path) -> None:
    """What no function ever reads: sources of translations, other people's tests, resources of boto3."""
    for pattern in ("boto3/data", "boto3/examples"):
        for path in contents.glob(pattern):
            shutil.rmtree(path)
    for pattern in ("chalicelib/web/locale/**/*.po", "**/*.pyi", "**/py.typed", "**/*.c", "**/*.pxd", "**/*.h"):
        for path in sorted(contents.glob(pattern)):
            path.unlink()


def compile_all(contents: Path) -> None:
    """Every module compiled, to be taken without a look at its source's date. In a process of its own with a
    fixed hash seed, so that the same source makes the same bytes. Raises PackageBroken."""
    ran = subprocess.run(
        [
            *(sys.executable, "-I", "-m", "compileall", "-q", "-f", "-j", "1"),
            *("--invalidation-mode", "unchecked-hash"),
            *("-s", str(contents), "-p", "/var/task", str(contents)),
        ],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise PackageBroken(f"not every module compiles: {ran.stdout.strip() or ran.stderr.strip()}")
