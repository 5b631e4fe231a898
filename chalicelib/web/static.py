"""Static files, addressed by content: ``/static/<hash>/<name>`` may be kept by a browser for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from chalicelib.web.faults import PageNotFound
from chalicelib.web.results import Asset

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
FOREVER = "public, max-age=31536000, immutable"


@lru_cache(maxsize=1)
def names() -> dict[str, Path]:
    """Name → file, of our own files and of ``vendor``; our own win."""
    found: dict[str, Path] = {}
    for folder in (FOLDER / "vendor", FOLDER):
        for path in sorted(folder.glob("*")):
            if path.is_file() and path.suffix in _TYPES:
                found[path.name] = path
    return found


@lru_cache(maxsize=64)
def content(name: str) -> tuple[bytes, str]:
    """Bytes and the first 12 hex digits of their hash. Raises ``PageNotFound``."""
    path = names().get(name)
    if path is None:
        raise PageNotFound(path=name)
    body = path.read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def static_path(name: str) -> str:
    """``linli.css`` → ``/static/3f…/linli.css``; a file that was not built keeps a readable name."""
    if name not in names():
        return f"/static/missing/{name}"
    return f"/static/{content(name)[1]}/{name}"


def asset(version: str, name: str) -> Asset:
    """A file for a browser. An old version gets today's file, uncached, so that a page that was
    open during a deployment still works. Raises ``PageNotFound``."""
    body, current = content(name)
    cache = FOREVER if version == current else "no-cache"
    return Asset(body, _TYPES[Path(name).suffix], cache)
