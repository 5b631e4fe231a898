"""Templates: one Jinja environment per language, made on first use.

In every template: ``request``; ``_()``; ``link(path, **query)``, ``absolute(path)``, ``static(name)``,
``form_token(name)``; ``here`` (this page's path, for ``_next``); ``street`` (its
name), ``demo``; the filters ``money``, ``points``,
``milli``, ``hours``, ``duration``, ``moment``, ``clock_time``, ``since``, ``day``, ``month``, ``iso``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from chalicelib.config import settings
from chalicelib.errors import DomainError
from chalicelib.web import csrf, navigation, urls
from chalicelib.web import format as fmt
from chalicelib.web.i18n import translations
from chalicelib.web.request import Request
from chalicelib.web.static import static_path

if TYPE_CHECKING:
    from jinja2 import Environment

STREET_KEPT_MS = 60_000
_street_source: list[Callable[[], str]] = []
_street: list[tuple[int, str]] = []

TEMPLATES = Path(__file__).parent / "templates"
COMPILED = Path(__file__).parent / "compiled"
"""Instead of TEMPLATES in a package: the same as Python modules, which `make package` makes of them."""


def render(request: Request, template: str, data: Mapping[str, Any]) -> str:
    """The text of a template for one request."""
    context = {
        "request": request,
        "lang": request.lang,
        "elder": request.elder,
        "demo": settings().demo,
        "street": street_name(request.now_ms),
        "link": partial(urls.link, request),
        "absolute": partial(urls.absolute, request),
        "static": lambda name: urls.link(request, static_path(name)),
        "form_token": partial(csrf.form_token, request),
        # Not bound to a person: it stands on pages that were refused before it was known who asks.
        "view_token": partial(csrf.form_token, request.with_actor(None), "view"),
        "now_ms": request.now_ms,
        "home_doors": navigation.home_links,
        "here": here(request),
    }
    return environment(request.lang).get_template(template).render({**context, **data})


def here(request: Request) -> str:
    """The page that somebody looks at: for a form that was sent, the one that it stood on."""
    if request.method != "GET":
        return urls.safe_next(request.field("_next"))
    query = urls.encoded({name: value for name, value in request.query.items() if name != "lang"})
    return urls.safe_next(request.path + ("?" + query if query else ""))


def name_street_with(source: Callable[[], str]) -> None:
    """Identity says what the street is called; "" before it is set up."""
    _street_source[:] = [source]
    _street.clear()


def street_name(now_ms: int) -> str:
    """The name at the head of every page, asked for once a minute; our own before there is one."""
    if _street and abs(now_ms - _street[0][0]) < STREET_KEPT_MS:
        return _street[0][1]
    try:
        name = _street_source[0]() if _street_source else ""
    except DomainError:
        # A page that says what is wrong must not fail for want of its head.
        name = ""
    _street[:] = [(now_ms, name or "邻里 Linli")]
    return _street[0][1]


@lru_cache(maxsize=4)
def environment(lang: str) -> Environment:
    """The environment of one language. Undefined names are errors, all output is escaped."""
    from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined

    env = Environment(
        loader=ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals["_"] = _gettext(lang)
    env.filters.update(
        money=fmt.money,
        yuan_text=fmt.yuan_text,
        points=fmt.points,
        milli=fmt.milli,
        hours=fmt.hours,
        duration=partial(fmt.duration, lang=lang),
        moment=partial(fmt.moment, lang=lang),
        since=partial(fmt.since, lang=lang),
        day=partial(fmt.day, lang=lang),
        month=partial(fmt.month, lang=lang),
        clock_time=fmt.clock_time,
        iso=fmt.iso,
        percent=fmt.percent,
        masked_name=fmt.masked_name,
        masked_phone=fmt.masked_phone,
        short_id=fmt.short_id,
    )
    return env


def _gettext(lang: str) -> Callable[..., Markup]:
    """``_()`` of templates: ``_("您好,%(name)s", name=...)``.

    Jinja's own takes every translated string for safe HTML, also ``_(grant.title)`` with a title that
    somebody typed. This one escapes string and values alike; there is no HTML inside sentences.
    """
    catalogue = translations(lang)

    def gettext(message: str, **values: object) -> Markup:
        text = escape(catalogue.gettext(str(message)) if message else "")
        return text % values if values else text

    return gettext
