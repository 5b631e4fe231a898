"""A cold start loads only what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.rules import HEAVY

ROOT = Path(__file__).resolve().parents[2]


def loaded_by(folder: Path) -> set[str]:
    """The top-level modules that are loaded after `import app` in a new process that has no settings."""
    done = subprocess.run(
        [sys.executable, "-c", "import app, sys; print(*{m.split('.')[0] for m in sys.modules})"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_app_loads_nothing_heavy() -> None:
    loaded = loaded_by(ROOT)
    assert {"app", "chalicelib", "chalice"} <= loaded
    assert loaded & HEAVY == set()


def test_a_heavy_module_would_be_noticed_wherever_it_comes_in(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import inner")
    (tmp_path / "inner.py").write_text("__import__('qrcode')")
    assert loaded_by(tmp_path) & HEAVY == {"qrcode"}
