"""Fills the git-ignored parts that pages need: third-party front-end files and compiled translations.

`python -m local.assets` copies from node_modules into chalicelib/web/static/vendor/, with weui.css cut
down to what our pages use, and compiles every .po beside itself. Nothing is downloaded.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from local import node

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "chalicelib" / "web"
VENDOR = WEB / "static" / "vendor"
LOCALE = WEB / "locale"

WEUI = "weui/dist/style/weui.min.css"

# from node_modules → in VENDOR
COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "weui/LICENSE.txt": "weui.LICENSE.txt",
    "zxing-wasm/dist/iife/reader/index.js": "zxing_reader.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing_reader.wasm",
    "zxing-wasm/LICENSE": "zxing.LICENSE.txt",
}

# Where a class name of WeUI can stand: in a template, in our own script, in Python that draws a part of a page
SPEAKS_OF_CLASSES = ("chalicelib/web/templates/**/*.*", "chalicelib/web/static/*.js", "chalicelib/**/*.py")


class AssetsBroken(Exception):
    """A file to copy is missing, or a translation is wrong; the message names it."""


def build() -> None:
    """Fill VENDOR and compile the translations. Raises AssetsBroken."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        _copy(node.MODULES / source, VENDOR / target)
    purge_weui(VENDOR / "weui.css")
    for catalogue in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        compile_catalogue(catalogue)


def compile_catalogue(path: Path) -> Path:
    """Compile one .po into the .mo beside it. Raises AssetsBroken if a placeholder was lost in translation."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        catalogue = read_po(source, abort_invalid=True)
    faults = [f"{path}:{m.lineno}: {error}" for m, errors in catalogue.check() for error in errors]
    if faults:
        raise AssetsBroken("\n".join(faults))
    # The header tells when it was made; the same translations shall make the same bytes.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    compiled = path.with_suffix(".mo")
    with compiled.open("wb") as target:
        write_mo(target, catalogue)
    return compiled


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise AssetsBroken(f"{source} is missing: run `make setup`")
    shutil.copyfile(source, target)


def purge_weui(target: Path) -> None:
    """Write WeUI with only the rules whose classes our pages name; whole where there are no pages yet."""
    whole = node.MODULES / WEUI
    pages = [p for p in (WEB / "templates").rglob("*") if p.is_file()]
    if not pages:
        print("weui.css is copied whole: there are no templates to cut it down to.")
        _copy(whole, target)
        return
    program, _ = node.provide()
    with tempfile.TemporaryDirectory() as folder:
        node.run(
            program,
            str(node.MODULES / "purgecss/bin/purgecss.js"),
            *("--css", str(whole)),
            *("--content", *SPEAKS_OF_CLASSES),
            *("--output", folder),
        )
        _copy(Path(folder) / whole.name, target)
    print(f"weui.css: {whole.stat().st_size // 1024} → {target.stat().st_size // 1024} KB")


def main() -> int:
    try:
        build()
    except (AssetsBroken, node.NodeMissing) as broken:
        print(f"make assets: {broken}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(f"make assets: purgecss ended with {failed.returncode}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
