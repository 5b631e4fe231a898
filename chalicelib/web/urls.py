"""Addresses: ours with the stage prefix, full ones for QR codes, and where a browser may be sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from chalicelib.config import SettingMissing
from chalicelib.web.request import Request

_PATH_SAFE = "/:@!$&'()*+,;=-._~"


def link(request: Request, path: str, **query: object) -> str:
    """An address inside the product: ``link(request, "/give/P1", lang="en")``; a query of None is left out.

    ``path`` is a path alone: a question mark in it is part of a name and is quoted.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"a path of ours starts with one slash: {path!r}")
    tail = encoded(query)
    tail = "?" + tail if tail else ""
    return request.prefix + quote(path, safe=_PATH_SAFE + "%") + tail


def encoded(query: Mapping[str, object]) -> str:
    """A query string without its question mark; None is left out."""
    return urlencode({name: str(value) for name, value in query.items() if value is not None})


def absolute(request: Request, path: str, **query: object) -> str:
    """A full address, e.g. for a QR code or Stripe's return.

    Raises ``SettingMissing`` where the host cannot be trusted and LINLI_PUBLIC_URL is not set.
    """
    if not request.base_url:
        raise SettingMissing(name="LINLI_PUBLIC_URL")
    return request.base_url + link(request, path, **query)


def safe_next(path: str, default: str = "/") -> str:
    """``path`` if it is surely one of our own addresses (without prefix), else ``default``."""
    if not path or len(path) > 500 or not path.startswith("/") or path.startswith("//"):
        return default
    if "\\" in path or any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in path):
        return default
    try:
        parts = urlsplit(path)
    except ValueError:
        return default
    if parts.scheme or parts.netloc or "//" in parts.path:
        return default
    return path


def location(to: str) -> str:
    """An address fit for a Location header: no line breaks, ASCII only.

    Raises ValueError for anything that would break out of the header.
    """
    if any(ord(c) < 33 or ord(c) == 127 for c in to):
        raise ValueError("an address holds no spaces or control characters")
    return quote(to, safe=_PATH_SAFE + "%?#[]")
