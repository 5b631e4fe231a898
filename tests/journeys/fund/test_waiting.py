"""Paid, and Stripe's message is not here yet: the page asks again by itself and by a press, at its own address."""

from __future__ import annotations

import re
from html import unescape

from tests.journeys.fund.test_giving import came_back, to_checkout
from tests.store.fund.giving import Giving
from tests.store.identity.browser import Browser


def test_the_waiting_page_leads_back_to_itself(giving: Giving) -> None:
    zhou = Browser().get(f"/g/{giving.poster}")
    session = to_checkout(zhou, giving, amount_fen="50")
    page = came_back(zhou, giving, session)
    assert "正在确认支付结果,请勿重复支付。" in page.text
    again = {unescape(found) for found in re.findall(r'(?:href|hx-get)="(/gifts/[^"]+)"', page.text)}
    assert again
    for address in again:
        assert "正在确认支付结果,请勿重复支付。" in zhou.get(address).text, address
