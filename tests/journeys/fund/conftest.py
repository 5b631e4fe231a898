"""A fund that is open for gifts, its poster on the wall, Stripe's stand-in at the other end of the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib import clock, ids
from chalicelib.identity import service as identity
from tests.store.fund.giving import Giving, books_hold, open_for_gifts
from tests.store.identity.browser import Browser
from tests.store.identity.conftest import Phones, phones

__all__ = ["phones"]
HOST = "https://linli.example.org"


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts(now_ms=None, LINLI_PUBLIC_URL=HOST) as world:
        yield world
    books_hold()


@pytest.fixture
def staff(giving: Giving, phones: Phones) -> Callable[[str, str], Browser]:
    """Somebody with a role over the main fund, signed in with a browser of their own."""
    now_ms = clock.now_ms()
    root = identity.make_first_administrator("13900000000", "根管理员", now_ms)
    identity.add_community("lizhi", "荔枝社区", by=None, now_ms=now_ms)
    identity.set_up_street(
        name="示范街道", contact_phone="0813-8100000", supervision_phone="0813-8100009", by=None, now_ms=now_ms
    )
    by = identity.actor_for(root.id, now_ms)

    def at(phone: str, role: str) -> Browser:
        made = identity.register_member(
            by,
            name="员工" + "甲乙丙丁戊"[int(phone[-1]) % 5],
            community_id="lizhi",
            consent_on_paper=True,
            submission=ids.ulid(now_ms),
            now_ms=now_ms,
            phone=phone,
        )
        identity.grant_role(
            by,
            made.id,
            identity.role_of(role),
            "fund:main",
            ends_at=now_ms + 86_400_000 * 90,
            reason="任命",
            submission=ids.ulid(now_ms),
            now_ms=now_ms,
        )
        browser = Browser().get("/sign-in")
        browser.send("/sign-in", phone=phone).follow()
        return browser.send(browser.code_page(), code=phones.code("+86" + phone))

    return at
