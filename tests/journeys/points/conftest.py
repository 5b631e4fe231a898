"""A street with staff who have phones, and browsers that hold still at a given time of day."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chalicelib import clock
from chalicelib.identity.service import Role
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones, phones
from tests.store.points.street import NINE, Street, books_hold, form

__all__ = ["phones"]


class Person(Browser):
    """A browser in somebody's hand, at the time that the day has come to."""

    at: int = NINE

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Browser:
        with clock.at(self.at):
            return super()._ask(method, path, body, {"host": "127.0.0.1:8000", **headers})

    def go(self, path: str) -> Person:
        """Open a page and follow where it leads, as a browser does."""
        self.get(path)
        while self.to:
            self.follow()
        return self

    def press(self, action: str, **fields: str) -> Person:
        """Send a form and follow where it leads."""
        self.send(action, **fields)
        while self.to:
            self.follow()
        return self

    def sign_in(self, phone: str, heard: Phones) -> Person:
        self.go("/sign-in")
        self.press("/sign-in", phone=phone)
        return self.press(self.code_page(), code=heard.code("+86" + phone))

    @property
    def words(self) -> str:
        """What is to be read on the page, without its tags."""
        text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", self.text, flags=re.S)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def street(tables: object) -> Iterator[Street]:
    made = Street()
    yield made
    books_hold()


@pytest.fixture
def coordinator(street: Street, phones: Phones) -> Person:
    street.staff("郑负责", Role.COORDINATOR, phone="13800000011")
    return Person().sign_in("13800000011", phones)


@pytest.fixture
def assessor(street: Street, phones: Phones) -> Person:
    street.staff("钱评价", Role.ASSESSOR, phone="13800000012")
    return Person().sign_in("13800000012", phones)


@pytest.fixture
def aunt_zhou(street: Street) -> Person:
    """周秀英, 72, registered with this phone."""
    street.volunteer("周秀英", phone="13900000072")
    return Person()


__all__ += ["Person", "form"]
