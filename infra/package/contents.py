"""What the package holds: Chalice's contents, cut to what the functions use, and compiled."""

from __future__ import annotations

import ast
import compileall
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.package import lazy as package_lazy
from infra.package.limits import PackageBroken, loaded_by

PARTITIONS = ("aws", "aws-cn")
INSTALLED = "/var/task"

# Asked for by pynamodb, and by nothing of ours by name
_ALWAYS = {"dynamodb"}


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
        left = {name: _without_prose(inner) for name, inner in value.items() if name not in prose}
        # The one place where botocore asks for it, of S3 alone: at its first call.
        for parameter in left.get("clientContextParams", {}).values():
            parameter["documentation"] = ""
        return left
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


def compile_templates(contents: Path) -> None:
    """Templates as Python modules, which need neither their source nor Jinja's parser. Raises PackageBroken."""
    web = contents / "chalicelib" / "web"
    # Not optimized: what Jinja would work out now, a date in a constant, it would work out in one language
    code = f"""
from chalicelib.web import pages
environment = pages.environment("zh")
environment.optimized = False
environment.compile_templates({str(web / "compiled")!r}, zip=None, ignore_errors=False)
"""
    loaded_by(contents, code)
    shutil.rmtree(web / "templates")


def compile_all(contents: Path) -> None:
    """Every module compiled, to be taken without a look at its source's date. In a process of its own with a
    fixed hash seed, so that the same source makes the same bytes. Raises PackageBroken."""
    code = f"from infra.package.contents import _compile; _compile({str(contents)!r})"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise PackageBroken(f"not every module compiles: {ran.stdout.strip()} {ran.stderr.strip()}")
    wanted = sorted(tuple(pair) for pair in json.loads(ran.stdout.splitlines()[-1]))
    check = "from importlib import import_module\n" + f"for module, name in {wanted!r}:\n"
    loaded_by(contents, check + "    found = import_module(module)\n    name and getattr(found, name)")


def _compile(contents: str) -> None:
    """Prints what is imported late, as JSON."""
    late = package_lazy.compile_ours(Path(contents), INSTALLED)
    done = compileall.compile_dir(
        contents,
        force=True,
        quiet=1,
        rx=re.compile(re.escape(f"{contents}/{package_lazy.OURS}/")),
        stripdir=contents,
        prependdir=INSTALLED,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise PackageBroken("see above")
    print(json.dumps(sorted(late)))
