"""周阿姨 scans a poster in the market and gives fifty yuan; what she reads at every step is true."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib import clock
from tests.journeys.fund.conftest import HOST
from tests.store.fund.giving import Giving, balance, pot
from tests.store.identity.browser import Browser

JSON = {"content_type": "application/json"}


def to_checkout(browser: Browser, giving: Giving, **fields: str) -> str:
    """Fill in the giving page; the id of the Checkout session one is sent to."""
    path = f"/g/{giving.poster}"
    browser.get(path).send(path, **fields)
    assert browser.status == 303, browser.text
    assert browser.to.startswith(giving.stripe.url)
    return browser.to.rsplit("/", 1)[1]


def came_back(browser: Browser, giving: Giving, session: str, way: str = "success_url") -> Browser:
    """The browser as Stripe sends it back."""
    parts = urlsplit(giving.stripe.get(session)[way])
    assert f"{parts.scheme}://{parts.netloc}" == HOST
    return browser.get(f"{parts.path}?{parts.query}")


def post_events(giving: Giving) -> list[tuple[int, str]]:
    """Every waiting webhook through the app's own address."""
    answers = []
    for one in giving.stripe.pending_events():
        stripe = Browser()
        stripe._ask("POST", "/webhooks/stripe", one.body, {"stripe-signature": one.signature, **JSON})
        answers.append((stripe.status, stripe.text))
    return answers


def test_fifty_yuan_from_poster_to_confirmation(giving: Giving) -> None:
    zhou = Browser().get(f"/g/{giving.poster.lower()}")
    assert (
        "本项目由示范区慈善会募集和管理。公开募捐资格证书:公募证001号 备案编号:备案2026-001 咨询查询:0813-8100001"
        in zhou.text
    )
    assert (
        "捐赠前请了解:捐赠完全自愿、无偿,不换取积分、商品或服务。上季度支出0.00元,服务0人次,管理费用占0%。"
        "误捐请在7日内联系0813-8100002。" in zhou.text
    )
    assert "同意公开我的姓名" in zhou.text
    assert "同意公开金额(不勾选则显示“爱心居民”)" in zhou.text
    assert "checked" not in zhou.text

    session = to_checkout(zhou, giving, amount_fen="50", name="周秀英", publish_name="1")
    asked = giving.stripe.get(session)
    assert (asked["submit_type"], asked["locale"], asked["currency"], asked["amount_total"]) == (
        "donate",
        "zh",
        "cny",
        5000,
    )
    giving.stripe.pay(session)
    came_back(zhou, giving, session)
    assert "正在确认支付结果,请勿重复支付。" in zhou.text
    assert 'hx-trigger="every 4s"' in zhou.text
    assert "去支付" not in zhou.text
    by_itself = re.search(r'hx-get="([^"]+)"', zhou.text)
    by_hand = re.search(r'href="([^"]+)">刷新', zhou.text)
    assert by_itself
    assert by_hand

    assert {status for status, _ in post_events(giving)} == {200}
    assert "捐赠已到账" in Browser().get(unescape(by_itself[1]), hx_request="true").text
    zhou.get(unescape(by_hand[1]))
    assert "捐赠已到账" in zhou.text
    assert "¥50.00" in zhou.text
    assert "周秀英" in zhou.text
    assert "捐赠确认单(非票据):不能用于报销或税前扣除。捐赠票据由示范区慈善会开具。" in zhou.text
    assert "hx-trigger" not in zhou.text
    assert balance("income:relief:individual:event") == -5000
    assert pot().in_fen == 4630


def test_leaving_the_payment_page_and_going_on_later(giving: Giving) -> None:
    zhou = Browser()
    session = to_checkout(zhou, giving, amount_fen="20")
    came_back(zhou, giving, session, "cancel_url")
    assert "您还没有完成支付。" in zhou.text
    gift = parse_qs(urlsplit(giving.stripe.get(session)["cancel_url"]).query)["t"][0]
    path = urlsplit(giving.stripe.get(session)["cancel_url"]).path
    zhou.send(f"{path}/pay", t=gift)
    assert zhou.to.rsplit("/", 1)[1] == session, "the open session is used again"

    giving.stripe.decline(session)
    giving.stripe.expire(session)
    post_events(giving)
    came_back(zhou, giving, session, "cancel_url")
    assert "支付页面已过期,没有扣款。" in zhou.text
    zhou.send(f"{path}/pay", t=gift)
    giving.stripe.pay(zhou.to.rsplit("/", 1)[1])
    post_events(giving)
    assert balance("income:relief:individual:event") == -2000


def test_a_payment_that_fails_later_says_so(giving: Giving) -> None:
    zhou = Browser()
    session = to_checkout(zhou, giving, amount_fen="20")
    giving.stripe.pay_later(session)
    post_events(giving)
    came_back(zhou, giving, session)
    assert "正在确认支付结果,请勿重复支付。" in zhou.text
    giving.stripe.settle_async(session, succeeded=False)
    post_events(giving)
    came_back(zhou, giving, session)
    assert "支付没有成功,没有扣款。" in zhou.text


def test_who_has_only_the_number_of_a_gift_sees_nothing(giving: Giving) -> None:
    zhou = Browser()
    session = to_checkout(zhou, giving, amount_fen="66.60", name="周秀英")
    giving.stripe.pay(session)
    post_events(giving)
    path = urlsplit(giving.stripe.get(session)["cancel_url"]).path
    for stranger in (Browser().get(path), Browser().get(f"{path}?t=k1.uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")):
        assert stranger.status == 404
        assert "为保护隐私" in stranger.text
        assert "周" not in re.sub(r"<[^>]+>", "", stranger.text.partition("<main")[2])
        assert "66.60" not in stranger.text


def test_when_stripe_does_not_answer_the_gift_waits_for_another_try(giving: Giving) -> None:
    zhou = Browser()
    path = f"/g/{giving.poster}"
    giving.stripe.fail_next(3, status=500)
    zhou.get(path).send(path, amount_fen="30")
    zhou.follow()
    assert "支付平台暂时没有回应,没有扣款。" in zhou.text
    action = re.search(r'action="(/gifts/[0-9A-Z]{26}/pay)"', zhou.text)
    assert action
    zhou.send(action[1])
    assert zhou.to.startswith(giving.stripe.url)


def test_english_and_the_back_button(giving: Giving) -> None:
    guest = Browser()
    path = f"/g/{giving.poster}"
    guest.get(path + "?lang=en")
    assert "This project is run and its funds raised by" in guest.text
    sent = {**guest.hidden(path), "amount_fen": "10"}
    first = guest.post(path, sent).to
    assert guest.post(path, sent).to == first, "the same form again is the same gift"
    guest.post(path, {**sent, "amount_fen": "11"})
    assert guest.status == 409


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0", "要大于 0"),
        ("-5", "不能是负数"),
        ("0.001", "最多两位小数"),
        ("0.5", "金额太小,最少 ¥1.00"),
        ("50000.01", "网上一次最多捐 ¥50,000.00"),
        ("99999999999999999999", "太大了"),
        ("五十", "看不懂这个数字"),
        ("", "请填写这一项"),
        ("$50", "看不懂这个数字"),
    ],
)
def test_amounts_as_people_mistype_them(giving: Giving, typed: str, says: str) -> None:
    path = f"/g/{giving.poster}"
    zhou = Browser().get(path).send(path, amount_fen=typed)
    assert zhou.status == 422
    assert says in zhou.text
    assert giving.find("checkout.session") == []


@pytest.mark.parametrize("name", ["😀小周", "<script>alert(1)</script>", "12345", "周" * 41])
def test_names_that_are_none(giving: Giving, name: str) -> None:
    path = f"/g/{giving.poster}"
    zhou = Browser().get(path).send(path, amount_fen="50", name=name)
    assert zhou.status == 422
    assert "<script>alert" not in zhou.text


def test_a_rare_character_is_a_name(giving: Giving) -> None:
    zhou = Browser()
    session = to_checkout(zhou, giving, amount_fen="１２元", name="䶮㛃·阿依古丽")
    giving.stripe.pay(session)
    post_events(giving)
    came_back(zhou, giving, session)
    assert "䶮㛃·阿依古丽" in zhou.text
    assert "¥12.00" in zhou.text


def test_a_hundred_kilobytes_and_forged_forms(giving: Giving) -> None:
    path = f"/g/{giving.poster}"
    zhou = Browser().get(path)
    assert zhou.send(path, amount_fen="50", name="周" * 40_000).status == 413
    zhou.get(path)
    assert Browser().get(path).post(path, {**zhou.hidden(path), "amount_fen": "5"}).status == 403
    assert zhou.get(path).send(path, amount_fen="50", currency="usd").status == 400
    assert Browser().get("/g/NOTHERE").status == 404


def test_webhooks_that_are_not_stripes(giving: Giving) -> None:
    session = to_checkout(Browser(), giving, amount_fen="50")
    giving.stripe.pay(session)
    [told] = giving.stripe.signed_events(["checkout.session.completed"])
    from local.stripe_standin.webhooks import sign

    now_s = clock.now_ms() // 1000
    secret = "whsec_giving"
    cases = {
        "webhook_unsigned": (told.body, ""),
        "webhook_forged": (told.body.replace(b"5000", b"9000"), told.signature),
        "webhook_not_now": (told.body, sign(told.body, [secret], now_s - 301)),
        "webhook_unreadable": (b"[]", sign(b"[]", [secret], now_s)),
    }
    for code, (body, signature) in cases.items():
        stranger = Browser()._ask("POST", "/webhooks/stripe", body, {"stripe-signature": signature, **JSON})
        assert (stranger.status, code in stranger.text) == (400, True), (code, stranger.text)
    future = Browser()._ask(
        "POST", "/webhooks/stripe", told.body, {"stripe-signature": sign(told.body, [secret], now_s + 3600), **JSON}
    )
    assert future.status == 400
    foreign = Browser()._ask(
        "POST", "/webhooks/stripe", told.body, {"stripe-signature": sign(told.body, ["whsec_x"], now_s), **JSON}
    )
    assert foreign.status == 400
    big = Browser()._ask("POST", "/webhooks/stripe", b"x" * 300_000, {"stripe-signature": told.signature, **JSON})
    assert big.status == 413
    assert balance("asset:stripe") == 0

    rotated = sign(told.body, ["whsec_old", secret], now_s)
    accepted = Browser()._ask("POST", "/webhooks/stripe", told.body, {"stripe-signature": rotated, **JSON})
    assert (accepted.status, '"done"' in accepted.text) == (200, True)


def test_webhooks_about_what_is_not_ours_are_answered_and_noted(giving: Giving) -> None:
    from local.stripe_standin.webhooks import sign

    for kind, object_id in (
        ("checkout.session.completed", "cs_nobody"),
        ("invoice.paid", "in_nobody"),
        ("refund.created", "re_nobody"),
        ("charge.dispute.created", "du_nobody"),
        ("payout.paid", "po_nobody"),
        ("customer.subscription.deleted", "sub_nobody"),
        ("charge.updated", "ch_nobody"),
        ("account.updated", "acct_x"),
    ):
        body = (
            f'{{"id":"evt_{object_id}","object":"event","type":"{kind}","livemode":false,'
            f'"data":{{"object":{{"id":"{object_id}"}}}}}}'
        ).encode()
        signature = sign(body, ["whsec_giving"], clock.now_ms() // 1000)
        answer = Browser()._ask("POST", "/webhooks/stripe", body, {"stripe-signature": signature, **JSON})
        assert answer.status == 200, (kind, answer.text)


def test_a_shop_gives_every_month_and_stops(giving: Giving) -> None:
    shop = Browser()
    path = f"/g/{giving.poster}/monthly"
    shop.get(path)
    assert "捐赠完全自愿、无偿" in shop.text
    shop.send(path, amount_fen="100")
    assert "请填写姓名或店名" in shop.text
    shop.send(path, amount_fen="100", shop_name="巷口面馆", phone="13800001234")
    session = shop.to.rsplit("/", 1)[1]
    giving.stripe.pay(session)
    came_back(shop, giving, session)
    assert "正在确认支付结果,请勿重复支付。" in shop.text
    post_events(giving)
    came_back(shop, giving, session)
    assert "1 个月" in shop.text
    own = urlsplit(giving.stripe.get(session)["cancel_url"]).path
    shop.send(f"{own}/cancel", when="period_end")
    shop.follow()
    assert "本期结束后不再扣款。" in shop.text
    assert Browser().get(own).status == 404
    assert balance("income:relief:monthly:event") == -10000


def test_without_the_charitys_facts_the_page_is_closed_and_says_whom_to_ask(giving: Giving) -> None:
    from dataclasses import replace

    from chalicelib.fund.service import setup
    from tests.store.fund.people import MANAGER
    from tests.store.fund.test_setup import FACTS

    path = f"/g/{giving.poster}"
    zhou = Browser().get(path)
    sent = {**zhou.hidden(path), "amount_fen": "50"}
    read = setup.fund().version
    setup.describe_fund(MANAGER, replace(FACTS, filing_number=""), read, clock.now_ms())

    for closed in (zhou.get(path), zhou.get(path + "/monthly"), zhou.post(path, sent)):
        assert closed.status == 409
        assert "本基金尚未登记公开募捐信息,暂不能收款。请联系:0813-8100001" in closed.text
    assert giving.find("checkout.session") == []
