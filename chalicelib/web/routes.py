"""The web layer's own addresses: "/me", static files, language, 长辈版, the API described."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import SignInNeeded
from chalicelib.web import navigation, openapi, sentences, static
from chalicelib.web.errors import registered
from chalicelib.web.faults import Malformed
from chalicelib.web.http import Asset, Cookie, Json, Page, Redirect, Request, Result, anybody, route
from chalicelib.web.request import ELDER_COOKIE, LANG_COOKIE, LANGS
from chalicelib.web.urls import link, safe_next

bp = Blueprint(__name__)
blueprints = (bp,)
sentences.register()

_YEAR_S = 365 * 24 * 60 * 60


@route(bp, "GET", "/static/{version}/{name}")
def static_file(request: Request) -> Asset:
    return static.asset(request.params["version"], request.params["name"])


@route(bp, "GET", "/me", guard=anybody)
def mine(request: Request) -> Page:
    if request.actor is None:
        raise SignInNeeded()
    return Page("web/mine.html", {"doors": navigation.my_links()})


@route(bp, "POST", "/settings/view", form="view")
def change_view(request: Request) -> Result:
    """Language and 长辈版: remembered in this browser, then back to where one was."""
    cookies = []
    lang, elder = request.field("lang"), request.field("elder")
    if (lang and lang not in LANGS) or elder not in ("", "0", "1"):
        raise Malformed()
    if lang:
        cookies.append(Cookie(LANG_COOKIE, lang, _YEAR_S))
    if elder:
        cookies.append(Cookie(ELDER_COOKIE, elder, _YEAR_S))
    return Redirect(safe_next(request.field("_next")), cookies=tuple(cookies))


@route(bp, "GET", "/openapi.json")
def openapi_json(request: Request) -> Json:
    document = openapi.document(request.base_url + link(request, "/"))
    return Json(document, headers={"Cache-Control": "public, max-age=300"})


@route(bp, "GET", "/api", guard=anybody)
def api_page(_request: Request) -> Page:
    return Page("web/api.html", {"operations": openapi.operations(), "codes": sorted(registered())})
