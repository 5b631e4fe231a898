"""Somebody without a poster wants to give: the home page's button leads to a choice, and from there to giving."""

from __future__ import annotations

import pytest

from chalicelib.fund.service import setup
from tests.store.fund.giving import MANAGER, NOW, Giving, submission
from tests.store.identity.browser import Browser


def test_the_places_to_give_lead_to_their_giving_pages(giving: Giving) -> None:
    online = setup.make_poster(
        MANAGER, "relief", channel="online", label="公众号", submission=submission("online"), now_ms=NOW
    )
    page = Browser().get("/give")
    assert page.status == 200, page.text
    assert f"/g/{online.code}" in page.text
    assert f"/g/{giving.poster}" not in page.text, "the poster of one event is for those who are there"
    assert "本项目由示范区慈善会募集和管理。" in page.text
    assert Browser().get(f"/g/{online.code}").status == 200


@pytest.mark.usefixtures("tables")
def test_without_the_charity_s_facts_giving_is_closed() -> None:
    page = Browser().get("/give")
    assert page.status == 409
    assert "本基金尚未登记公开募捐信息,暂不能收款。" in page.text
