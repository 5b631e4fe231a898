"""`make package`: what Lambda runs, as one zip, made by Chalice's own packager and then finished.

Chalice unzips wheels without compiling them and takes what lies around. Here it is given a clean copy of the
source; what it makes is cut to what the functions use, compiled, put in order and measured:

    build/deployment.zip   the package; the same source makes the same bytes
    build/sam.json         Chalice's template, from which infra.template.assemble makes the one that is deployed
    build/manifest.json    its size by part, its hash, the key it is uploaded under
    build/chalice.zip      what Chalice alone would have shipped: what `make bench` compares with

Nothing is done when no input has changed since. A limit that is passed fails the build, by name.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.package import contents as package_contents
from infra.package import edits as package_edits
from infra.package import limits as package_limits
from infra.package import start as package_start
from infra.package.limits import PackageBroken

ROOT = Path(__file__).resolve().parents[2]
EPOCH = (1980, 1, 1, 0, 0, 0)
MADE = ("deployment.zip", "sam.json", "manifest.json", "chalice.zip")

# what a build depends on: source that is shipped, and what makes the package of it
SOURCES = ("app.py", "requirements.txt", ".chalice/config.json", "chalicelib")
MAKERS = ("infra/package/*.py", "local/assets.py", "package-lock.json", "requirements-dev.txt")
NOT_SOURCE = ("__pycache__", "vendor")


def build(out: Path) -> dict[str, Any]:
    """Make the package in `out` unless it is there already; returns its manifest. Raises PackageBroken."""
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        wanted = fingerprint()
        noted = out / "inputs.sha256"
        if noted.is_file() and noted.read_text() == wanted and all((out / name).is_file() for name in MADE):
            made: dict[str, Any] = json.loads((out / "manifest.json").read_text())
            return made
        noted.unlink(missing_ok=True)
        manifest = _build(out)
        noted.write_text(wanted)
        return manifest


def made(out: Path) -> Path:
    """The folder, with the package of this source in it. Raises PackageBroken."""
    build(out)
    return out


def fingerprint() -> str:
    """One hash over everything that a build depends on, also this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([*_sources(), *(p for pattern in MAKERS for p in ROOT.glob(pattern))]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _build(out: Path) -> dict[str, Any]:
    from local import assets

    assets.build()
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    project, contents = work / "project", work / "contents"
    _copy_source(project)
    _chalice(project, work / "made")
    shutil.move(work / "made" / "deployment.zip", out / "chalice.zip")
    template: dict[str, Any] = json.loads((work / "made" / "sam.json").read_text())
    with zipfile.ZipFile(out / "chalice.zip") as archive:
        archive.extractall(contents)
    package_limits.check_wheels(contents, ROOT / "requirements.txt")
    package_contents.cut(contents)
    package_edits.make(contents)
    package_contents.compile_templates(contents)
    package_start.write(contents, template)
    package_contents.compile_all(contents)
    _write(out / "sam.json", json.dumps(template, indent=1, sort_keys=True).encode())
    _zip(contents, out / "deployment.zip")
    manifest = package_limits.manifest(out / "deployment.zip", contents, template)
    _write(out / "manifest.json", json.dumps(manifest, indent=1).encode())
    package_limits.check(manifest, contents)
    return manifest


def _sources() -> Iterator[Path]:
    """The files that are ours and shipped; what is made from them (vendor, .mo, .pyc) is not among them."""
    for name in SOURCES:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".mo" and not set(NOT_SOURCE) & set(path.parts):
                yield path


def _copy_source(project: Path) -> None:
    """A project that holds the source alone: Chalice ships whatever it finds under chalicelib."""
    for name in SOURCES:
        source, target = ROOT / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copyfile(source, target)


def _chalice(project: Path, made: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LINLI_"))}
    ran = subprocess.run(
        [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", "dev", str(made)],
        cwd=project,
        env=environment | {"AWS_DEFAULT_REGION": "us-east-1"},  # asked for, and used for nothing
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise PackageBroken(f"chalice package: {ran.stdout.strip()}")


def _zip(contents: Path, target: Path) -> None:
    """Sorted, with one date and one mode: the same contents make the same bytes."""
    fresh = target.with_suffix(".tmp")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(p for p in contents.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(contents).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    fresh.replace(target)


def _write(target: Path, data: bytes) -> None:
    fresh = target.with_suffix(".tmp")
    fresh.write_bytes(data)
    fresh.replace(target)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One build at a time: test workers ask for the same one."""
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.package.build", description="make what Lambda runs")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="the folder to make it in")
    asked = parser.parse_args()
    try:
        manifest = build(asked.out.resolve())
    except PackageBroken as broken:
        print(f"make package: {broken}", file=sys.stderr)
        return 1
    print(package_limits.said(manifest))
    return 0


if __name__ == "__main__":
    sys.exit(main())
