"""What API Gateway answers by itself, when no function is reached, in our words and with our headers.

An address that is none, too many requests at once, too large a body, a function that failed to start or took too
long. The number shown is the request's id, under which the API's own log has it.
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# type → status, the code of ours whose sentence it says
TYPES: Final[dict[str, tuple[int, str]]] = {
    "MISSING_AUTHENTICATION_TOKEN": (404, "page_not_found"),  # what it says of an address without a route
    "RESOURCE_NOT_FOUND": (404, "page_not_found"),
    "THROTTLED": (429, "too_many"),
    "QUOTA_EXCEEDED": (429, "too_many"),
    "REQUEST_TOO_LARGE": (413, "payload_too_large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media"),
    "DEFAULT_4XX": (400, "malformed"),
    "DEFAULT_5XX": (500, "incident"),
}
NUMBER: Final = "$context.requestId"
LIMIT_KB: Final = 10 * 1024
"""API Gateway takes no larger body."""


def gateway_responses() -> dict[str, Any]:
    """For the property of that name of SAM's API."""
    from chalicelib.web import headers

    common = {
        **headers.BARE,
        # A value stands between single quotes here, so it may hold none; a list of no sources means 'none'.
        "Content-Security-Policy": headers.NOTHING.replace(" 'none'", ""),
        "Strict-Transport-Security": f"max-age={headers.YEAR_S}",
    }
    made = {}
    for kind, (status, code) in TYPES.items():
        own = {**common, "Retry-After": "5"} if status == 429 else common
        made[kind] = {
            "StatusCode": status,
            "ResponseParameters": {"Headers": {name: f"'{value}'" for name, value in own.items()}},
            "ResponseTemplates": {"application/json": _problem(status, code), "text/html": _page(status, code)},
        }
    return made


def _said(code: str, lang: str) -> tuple[str, str]:
    from chalicelib.web import sentences
    from chalicelib.web.errors import sentence_for

    sentences.register()
    said = sentence_for(code, {"incident": NUMBER, "limit_kb": LIMIT_KB}, lang)
    return said.says, said.next


def _problem(status: int, code: str) -> str:
    from chalicelib.web.problems import title_of

    detail = " ".join(part for lang in ("zh", "en") for part in _said(code, lang))
    body: dict[str, Any] = {"type": "about:blank", "title": title_of(status, "zh"), "status": status, "code": code}
    return json.dumps({**body, "detail": detail, "incident": NUMBER}, ensure_ascii=False)


def _page(status: int, code: str) -> str:
    """Without a style or an address of ours: the stage's prefix is not known here."""
    from chalicelib.web.problems import title_of

    parts = []
    for lang, name in (("zh", "zh-CN"), ("en", "en")):
        says, do = _said(code, lang)
        parts.append(f'<section lang="{name}"><h1>{escape(says)}</h1><p>{escape(do)}</p></section>')
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title_of(status, 'zh'))}</title></head><body><main>{''.join(parts)}"
        f"<p>{status} {code} {NUMBER}</p></main></body></html>"
    )
