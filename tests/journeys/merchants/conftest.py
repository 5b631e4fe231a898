"""The street with its shop, seen through browsers and tills."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from chalicelib import clock
from chalicelib.config import settings
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones, phones
from tests.store.merchants import scene as made
from tests.store.merchants.scene import NOW, Scene

__all__ = ["phones"]


@pytest.fixture
def public_url() -> Iterator[str]:
    """The address that stands in every QR code."""
    os.environ["LINLI_PUBLIC_URL"] = "https://linli.example.org"
    settings.cache_clear()
    yield os.environ["LINLI_PUBLIC_URL"]
    del os.environ["LINLI_PUBLIC_URL"]
    settings.cache_clear()


@pytest.fixture
def scene(public_url: str, tables: object) -> Iterator[Scene]:
    with clock.at(NOW):
        yield made.open_scene()
    assert made.findings() == []


@pytest.fixture
def sign_in(scene: Scene, phones: Phones) -> Callable[[str], Browser]:
    """Somebody who has signed up, in a browser of their own."""

    def at(phone: str) -> Browser:
        browser = Browser().get("/sign-in?next=/me/account")
        browser.send("/sign-in", phone=phone).follow()
        browser.send(browser.code_page(), code=phones.code("+86" + phone))
        if browser.to.startswith("/sign-in/new"):
            # the administrator made by command has not yet read the privacy notice
            browser.follow().send("/sign-in/new", agrees="1")
        return browser

    return at
