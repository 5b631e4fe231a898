"""How an error leaves: a page, a fragment for htmx, or problem details (RFC 9457) for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib.errors import DomainError, SignInNeeded, TooMany, Unavailable
from chalicelib.web import csrf, faults, pages, render, urls
from chalicelib.web.errors import Sentence, sentence_for
from chalicelib.web.forms import FormErrors
from chalicelib.web.request import Request
from chalicelib.web.results import Redirect

_HTML = "text/html; charset=utf-8"
_PROBLEM = "application/problem+json"
_TITLES = {
    "zh": {
        400: "请求无法读取", 401: "需要登录", 403: "没有权限", 404: "没有找到", 405: "不支持的操作",
        409: "现在不能这样做", 413: "内容太大", 415: "格式不支持", 422: "填写有误", 429: "请求太频繁",
        503: "暂时不可用",
    },
    "en": {
        400: "Cannot be read", 401: "Sign-in needed", 403: "Not allowed", 404: "Not found",
        405: "Method not allowed", 409: "Not possible now", 413: "Too large",
        415: "Unsupported type", 422: "Please check", 429: "Too many requests",
        503: "Unavailable for now",
    },
}  # fmt: skip


def title_of(status: int, lang: str) -> str:
    return _TITLES[lang].get(status, "出错了" if lang == "zh" else "Something went wrong")


def answer(request: Request, error: DomainError, status: int, form: str = "") -> Response:
    """The answer for a known error. ``form`` names the form that was being claimed."""
    if request.wants_json:
        return _details(request, error, status)
    if isinstance(error, SignInNeeded):
        return render.answer(request, Redirect("/sign-in", query={"next": _back(request)}))
    says = sentence_for(error.code, error.fields, request.lang)
    data = {
        "status": status,
        "title": title_of(status, request.lang),
        "code": error.code,
        "sentence": says,
        "errors": error.sentences(request.lang) if isinstance(error, FormErrors) else {},
        "again": _again(request, form) if isinstance(error, faults.FormExpired) else None,
    }
    return _shown(request, status, data, _headers(error))


def unforeseen(request: Request, incident: str) -> Response:
    """500: nothing but the number under which it is logged."""
    says = sentence_for("incident", {"incident": incident}, request.lang)
    if request.wants_json:
        body = {
            "type": "about:blank", "title": title_of(500, request.lang), "status": 500,
            "code": "incident", "detail": _joined(says), "incident": incident,
        }  # fmt: skip
        return _json(request, 500, body, {})
    data = {
        "status": 500, "title": title_of(500, request.lang), "code": "incident", "sentence": says,
        "errors": {}, "again": None,
    }  # fmt: skip
    return _shown(request, 500, data, {})


def _written(request: Request, template: str, data: Mapping[str, Any]) -> bytes:
    """The page, or its bare words where a page cannot be made: every page carries forms, which need a key."""
    try:
        return pages.render(request, template, data).encode()
    except Unavailable:
        words = [data["title"], data["sentence"].says, data["sentence"].next, data["code"]]
        lines = "".join(f"<p>{escape(str(one))}</p>" for one in words if one)
        head = f'<meta charset="utf-8"><title>{escape(str(data["title"]))}</title>'
        lang = "en" if request.lang == "en" else "zh-CN"
        return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{lines}</body></html>'.encode()


def _shown(request: Request, status: int, data: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    if request.htmx:
        # htmx swaps only what succeeds: 200, and into the place kept for messages.
        body = _written(request, "web/problem_fragment.html", data)
        aimed = {**headers, "HX-Retarget": "#messages", "HX-Reswap": "innerHTML show:window:top"}
        return render.response(request, 200, _HTML, body, aimed)
    body = _written(request, "web/problem.html", data)
    return render.response(request, status, _HTML, body, headers)


def _details(request: Request, error: DomainError, status: int) -> Response:
    says = sentence_for(error.code, error.fields, request.lang)
    body: dict[str, Any] = {
        "type": f"{request.base_url}{urls.link(request, '/api')}#{error.code}",
        "title": title_of(status, request.lang),
        "status": status,
        "code": error.code,
        "detail": _joined(says),
        "fields": {name: _plain(value) for name, value in error.fields.items()},
    }
    if isinstance(error, FormErrors):
        body["errors"] = error.details(request.lang)
    return _json(request, status, body, _headers(error))


def _json(request: Request, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return render.response(request, status, _PROBLEM, msgspec.json.encode(body), headers)


def _headers(error: DomainError) -> dict[str, str]:
    headers = {}
    if isinstance(error, TooMany):
        wait = error.fields.get("retry_after_s")
        headers["Retry-After"] = str(wait) if isinstance(wait, int) and wait > 0 else "60"
    if isinstance(error, faults.MethodNotAllowed):
        headers["Allow"] = str(error.fields.get("allow", "GET"))
    return headers


def _back(request: Request) -> str:
    """Where to go after signing in: this page, or for a form the page that it stands on."""
    return pages.here(request)


def _again(request: Request, form: str) -> dict[str, Any]:
    """The same input with a fresh token, for one more press of the button."""
    kept = [(name, value) for name, values in request.form.items() if not name.startswith("_") for value in values]
    return {"action": request.path, "form": form, "fields": kept, "field_name": csrf.TOKEN_FIELD}


def _joined(says: Sentence) -> str:
    return f"{says.says} {says.next}".strip() if says.next else says.says


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return str(value)
