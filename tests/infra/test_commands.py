"""What the commands of a stage say to somebody who has not set up anything yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "deploy": (),
    "undeploy": (),
    "drill": (),
    "verify": (),
    "replay": ("--queue", "payments"),
    "rotate": ("signing",),
}


def told(name: str, *arguments: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of its own process, with no settings of AWS but those given."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        [sys.executable, "-m", f"infra.stage.{name}", *arguments, "--stage", "dev"],
        cwd=ROOT, env=plain | env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_missing_region_and_missing_credentials_are_said_with_what_to_do(name: str, tmp_path: Path) -> None:
    done = told(name, *COMMANDS[name], home=tmp_path)
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [f"{name}: Which region? Set AWS_DEFAULT_REGION, such as ap-east-1 or cn-north-1."],
    )
    done = told(name, *COMMANDS[name], home=tmp_path, AWS_DEFAULT_REGION="ap-east-1")
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: No credentials: ")
    assert "Traceback" not in done.stderr


def test_a_moment_that_is_none_is_said(tmp_path: Path) -> None:
    for moment, why in (("yesterday", "is no moment"), ("2026-11-26T03:00:00", "needs a time zone")):
        done = told("drill", "--at", moment, home=tmp_path)
        assert done.returncode == 2
        assert why in done.stderr
