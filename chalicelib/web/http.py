"""What every route speaks: a ``Request`` in, one of the results out, ``respond`` between.

Import from here; the parts live in ``request``, ``results``, ``respond`` and ``routing``.

A page route::

    @route(bp, "GET", "/give/{pot}")
    def show(request: Request) -> Result:
        return Page("fund/give.html", give_page(service.giving(request.params["pot"]), FormView()))

    @route(bp, "POST", "/give/{pot}", form="give")
    def give(request: Request) -> Result:
        try:
            form = read_form(request, GiveForm)
        except FormErrors as wrong:
            return Page("fund/give.html", give_page(..., FormView.of(request, wrong)), status=422)
        checkout = service.give(..., key=request.submission, now_ms=request.now_ms)
        return Redirect(checkout.url, external=True)

An API route::

    @api_route(bp, "POST", "/gifts", summary="Start a gift", request=GiftBody, response=GiftStarted,
               errors=("giving_closed", "amount_too_large"))
    def start(request: Request) -> Json:
        body = read_json(request, GiftBody)
        return Json(GiftStarted(...), status=201)
"""

from __future__ import annotations

from chalicelib.web.request import Actor, Request
from chalicelib.web.respond import respond
from chalicelib.web.results import (
    Asset,
    Cookie,
    Download,
    Fragment,
    Json,
    Page,
    Redirect,
    Result,
    Svg,
)
from chalicelib.web.routing import Guard, Handler, anybody, api_route, identify_with, route

__all__ = [
    "Actor",
    "Asset",
    "Cookie",
    "Download",
    "Fragment",
    "Guard",
    "Handler",
    "Json",
    "Page",
    "Redirect",
    "Request",
    "Result",
    "Svg",
    "anybody",
    "api_route",
    "identify_with",
    "respond",
    "route",
]
