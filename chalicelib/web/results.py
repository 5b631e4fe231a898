"""What a handler may return. Values only; ``respond`` turns them into an HTTP answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set: HttpOnly, SameSite=Lax, Path = the stage prefix, Secure under https.

    ``max_age_s`` None lives as long as the browser window; 0 deletes it.
    """

    name: str
    value: str
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page from ``templates/<template>``.

    ``data`` is what the template may use, besides ``request`` and the functions listed in
    ``pages.py``. ``scanner`` lets the page use the camera and the scanner's WebAssembly.
    """

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    scanner: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a page for htmx; the template does not extend ``base.html``."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """303 to one of our own paths (the stage prefix is added), with ``query`` appended.

    ``external`` sends the browser to a full http(s) address instead, e.g. Stripe Checkout.
    Never pass on an address that a browser sent without ``urls.safe_next``.
    """

    to: str
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    external: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep. ``filename`` may be Chinese (RFC 5987). At most 4.5 MB, else
    ``DownloadTooLarge``."""

    filename: str
    content_type: str
    body: bytes | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Json:
    """Any value msgspec can encode: a Struct, dataclass, dict, list. Never a float of money."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Svg:
    """A stand-alone picture, e.g. a QR code to print."""

    text: str
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file; ``cache`` is its Cache-Control."""

    body: bytes
    content_type: str
    cache: str = "no-store"


Result = Page | Fragment | Redirect | Download | Json | Svg | Asset
