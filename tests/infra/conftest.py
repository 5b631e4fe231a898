"""The package of this source, made once and shared with whoever deploys it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.package import build as packaging

ROOT = Path(__file__).resolve().parents[2]
InPackage = Callable[..., Any]


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of `make package`, up to date."""
    return packaging.made(ROOT / "build")


@pytest.fixture(scope="session")
def contents(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda would unzip."""
    folder = tmp_path_factory.mktemp("contents")
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def in_package(contents: Path) -> InPackage:
    """Run code in a new process that sees the package and Python's own library; gives what it left in `said`."""

    def run(code: str, **environment: str) -> Any:
        script = f"import sys, json\nsys.path.insert(0, {str(contents)!r})\n{code}\nprint(json.dumps(said))"
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", script],
            env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])

    return run
