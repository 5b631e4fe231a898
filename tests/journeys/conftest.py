"""Whatever a journey does: no address reaches Stripe unless it says so where it is registered.

In the cloud only the function that serves the marked addresses may read Stripe's key; an address that forgot its
mark would work on one machine and fail there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from chalicelib.web.routing import speaks_to_stripe


def view_that_asks() -> Any:
    """The view of the app in which this call happens, if it happens in one."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_get_view_function_response":
            return frame.f_locals["view_function"]
        frame = frame.f_back  # type: ignore[assignment]
    return None


@pytest.fixture(scope="session")
def strangers_at_stripe() -> Iterator[list[str]]:
    """Names of views without the mark that sent a request through Stripe's client, which sends with requests."""
    found: list[str] = []
    send = requests.Session.send

    def watched(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        view = view_that_asks()
        if view is not None and not speaks_to_stripe(view):
            found.append(view.__name__)
        return send(self, request, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", watched)
        yield found


@pytest.fixture(autouse=True)
def only_marked_addresses_speak_to_stripe(strangers_at_stripe: list[str]) -> Iterator[None]:
    strangers_at_stripe.clear()
    yield
    assert strangers_at_stripe == []
