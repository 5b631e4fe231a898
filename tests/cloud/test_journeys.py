"""The four paths over HTTP through API Gateway, each function with its own role."""

from __future__ import annotations

import base64

import pytest

from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street


@pytest.fixture(scope="module")
def funded(street: Street) -> Street:
    """Two hundred yuan have been given."""
    street.booked(200, name="刘女士", publish_name="1")
    return street


def test_from_the_poster_to_the_books(street: Street) -> None:
    donor = street.give(50, name="王先生", publish_name="1", publish_amount="1")
    thanks = donor.to
    assert "正在确认支付结果" in donor.go(thanks).words
    answers = street.post_events()
    assert answers
    assert {answer.status for answer in answers} == {200}
    eventually(lambda: "捐赠已到账" in donor.go(thanks).words, "the gift in the books")
    assert "¥50.00" in donor.words
    assert "王先生" in donor.words
    # the same post once more
    again = street.post_events(again=True)
    assert {answer.status for answer in again} == {200}
    public = street.stranger().go("/public")
    assert public.words.count("王先生") == 1
    assert street.stranger().get("/g/NOSUCH2").status == 404


def test_a_service_becomes_points_and_a_bag_of_rice(street: Street) -> None:
    offer = street.open_shop()
    check_in = street.serve("zhou", 135)
    street.assess(check_in)
    zhou = street["zhou"].go("/me/points")
    assert "2.25小时×1.20×“良好”1.00=2.70时间积分" in zhou.words
    code = street.exchange("zhou", offer)
    clerk = street.hand_over(code)
    assert "核销成功,请交付:大米5公斤×1" in clerk.words
    # a second clerk's tap, a moment later
    clerk.go("/till").press("/till/find", scan=code)
    assert "已核销" in clerk.words or "已经核销" in clerk.words, clerk.words
    assert "1.70" in street["zhou"].go("/me/points").words


def test_money_goes_out_with_a_second_signature(funded: Street) -> None:
    item = funded.spend(60, "B20261126001")
    assert "已付款" in funded["supervisor"].go(item).words
    assert funded["zhou"].go(item).status == 403
    books = funded["supervisor"].go("/staff/books")
    assert books.status == 200, books.words
    assert "¥60.00" in books.words


def test_the_answer_as_it_reaches_a_browser(street: Street) -> None:
    """API Gateway, the function and the page have to agree on bytes, headers and cookies."""
    home = street.stranger().get("/")
    assert home.headers["content-type"] == "text/html; charset=utf-8"
    assert "邻里" in home.text
    assert "max-age" in home.headers["strict-transport-security"]
    assert "frame-ancestors 'none'" in home.headers["content-security-policy"]
    asked = street.stranger().get("/sign-in")
    for line in asked.set_cookies:
        assert "Secure" in line, line
        assert "HttpOnly" in line, line
        assert "SameSite=" in line, line
        assert "Path=/api" in line, line
    assert asked.set_cookies
    # a picture or font is bytes all the way
    style = next(part for part in home.text.split('"') if "/static/" in part and part.endswith(".css"))
    told = street.deployed.address.ask("GET", f"/api{style}")
    assert told.status == 200
    assert told.header("content-type").startswith("text/css")
    assert "immutable" in told.header("cache-control")
    assert b"{" in told.body
    # Chalice's own answer to a request without Accept would have come after the view had run
    without_accept = street.deployed.address.ask("POST", "/api/webhooks/stripe", b"{}", {"accept": ""})
    assert without_accept.status == 400
    assert b"webhook_unsigned" in base64.b64decode(without_accept.body)
