"""The app as a package starts it: a route's module is loaded when the route is first asked for.

`make package` loads every module once, writes down which of them serves which route and what they told the
others while being loaded (doors, sentences), and makes ``start.py`` of it, which a function begins with. What
may be asked for before its module is loaded is thus known from the start. On one machine and in tests ``app.py``
loads everything at once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.web.gateway import Gateway

Served = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Route → method → the modules that have to be loaded for it."""


class Waking(Gateway):
    """A gateway that knows its routes before it has loaded them."""

    def __init__(self, app_name: str, served: Served, load: Callable[[str], Any]) -> None:
        super().__init__(app_name)
        self._served = served
        self._load = load
        self._loaded: set[str] = set()
        self._has_answered = False

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        asked = event.get("requestContext") if isinstance(event, dict) else None
        asked = asked if isinstance(asked, dict) else {}
        missing = self._missing(str(asked.get("resourcePath")), str(asked.get("httpMethod")))
        if self._has_answered and not missing:
            return super().__call__(event, context)
        # What is loaded stays: looking through it for garbage only costs time.
        gc.disable()
        try:
            for name in missing:
                self.open(name)
            return super().__call__(event, context)
        finally:
            self._has_answered = True
            gc.freeze()
            gc.enable()

    def open(self, name: str) -> None:
        """Loads a module and registers its routes. More than once does nothing more."""
        if name not in self._loaded:
            self.register_blueprint(self._load(name).bp)
            self._loaded.add(name)

    def _missing(self, route: str, method: str) -> list[str]:
        methods = self._served.get(route, {})
        if method == "HEAD" and "HEAD" not in methods:
            method = "GET"
        # Of a method that is not served, the answer says which are.
        wanted = [methods[method]] if method in methods else list(methods.values())
        return [name for names in wanted for name in names if name not in self._loaded]
