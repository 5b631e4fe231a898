"""The hosted pages, used as a browser without JavaScript would: links, forms, redirects."""

from __future__ import annotations

import urllib.error
import urllib.request
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import stripe

from local.stripe_standin import StripeStandIn
from tests.local.stripe_standin.steps import CANCEL, gift_params, monthly_params, sent_invoice, subscribe


class Page(HTMLParser):
    """What a person sees of a page: its text, links, and each form's buttons."""

    def __init__(self, url: str, html: str, status: int) -> None:
        super().__init__()
        self.url, self.html, self.status = url, html, status
        self.text, self.links, self.tags = "", dict[str, str](), list[str]()
        self.buttons: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        self._form, self._hidden = "", list[tuple[str, str]]()
        self._open: tuple[str, dict[str, str | None]] = ("", {})
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._open = (tag, given)
        if tag == "form":
            assert given["method"] == "post"
            self._form, self._hidden = str(given.get("action") or self.url), []
        if tag == "input":
            self._hidden.append((str(given["name"]), str(given["value"])))

    def handle_data(self, data: str) -> None:
        tag, given = self._open
        if tag == "a":
            self.links[data] = str(given["href"])
        if tag == "button":
            named = [(str(given["name"]), str(given["value"]))] if given.get("name") else []
            self.buttons[data] = (self._form, [*self._hidden, *named])
        if tag not in ("style", "title"):
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._open = ("", {})


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


BROWSER = urllib.request.build_opener(_Stay)


def browse(url: str, data: bytes | None = None) -> Page | str:
    """The page at `url`, or the address to which it sends the browser."""
    try:
        with BROWSER.open(url, data) as answer:
            return Page(url, answer.read().decode(), answer.status)
    except urllib.error.HTTPError as answer:
        if answer.code == 303:
            return urljoin(url, answer.headers["Location"])
        return Page(url, answer.read().decode(), answer.code)


def see(url: str) -> Page:
    page = browse(url)
    assert isinstance(page, Page)
    return page


def press(page: Page, button: str) -> Page | str:
    """What a button leads to: a page of the stand-in, or an address elsewhere."""
    action, fields = page.buttons[button]
    gone = browse(urljoin(page.url, action), urlencode(fields).encode())
    if isinstance(gone, Page) or urlsplit(gone).netloc != urlsplit(page.url).netloc:
        return gone
    return see(gone)


def pressed(page: Page, button: str) -> Page:
    """The page that a button leads to, where it stays with the stand-in."""
    shown = press(page, button)
    assert isinstance(shown, Page), shown
    return shown


def test_the_checkout_page_pays_and_goes_back(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params(123_456))
    page = see(session.url)
    assert "演示收银台(不会扣款)" in page.text
    assert "¥1,234.56" in page.text
    assert "爱心捐赠" in page.text
    assert page.links["放弃支付"] == CANCEL
    assert list(page.buttons) == [
        "支付成功(银行卡)",
        "支付成功(支付宝)",
        "支付成功(微信支付)",
        "银行卡被拒",
        "稍后到账(异步)",
    ]
    assert press(page, "支付成功(微信支付)") == f"http://app.test/thanks?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    done = see(session.url)
    assert "请勿重复支付" in done.text
    assert done.buttons == {}
    # two tabs: the second one's press takes nothing and says so
    again = pressed(page, "支付成功(银行卡)")
    assert again.status == 409
    assert len(standin.find("charge")) == 1


def test_looking_changes_nothing(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    before = standin.get(session.id)
    see(session.url)
    see(f"{session.url}?action=pay:card")
    assert standin.get(session.id) == before


def test_a_refused_card_can_try_again(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    refused = pressed(see(session.url), "银行卡被拒")
    assert "银行卡被拒绝,没有扣款" in refused.text
    assert press(refused, "支付成功(银行卡)") == f"http://app.test/thanks?session={session.id}"


@pytest.mark.parametrize(("button", "status"), [("款项到账(异步成功)", "paid"), ("款项未到账(异步失败)", "unpaid")])
def test_money_that_comes_later(standin: StripeStandIn, client: stripe.StripeClient, button: str, status: str) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    waiting = pressed(see(session.url), "稍后到账(异步)")
    assert waiting.links["返回商户页面"] == f"http://app.test/thanks?session={session.id}"
    assert press(waiting, button) == f"http://app.test/thanks?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == status
    assert see(session.url).buttons == {}


def test_an_expired_session_takes_nothing(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(gift_params())
    standin.expire(session.id)
    page = see(session.url)
    assert "已过期,没有扣款" in page.text
    assert page.buttons == {}


def test_a_monthly_gift_offers_only_cards(client: stripe.StripeClient) -> None:
    page = see(str(client.v1.checkout.sessions.create(monthly_params()).url))
    assert "每月自动支付一次" in page.text
    assert list(page.buttons) == ["支付成功(银行卡)", "银行卡被拒"]
    assert "银行卡被拒绝,没有扣款" in pressed(page, "银行卡被拒").text


def test_an_invoice_is_paid_on_its_page(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    page = see(str(invoice.hosted_invoice_url))
    assert "¥5,000.00" in page.text
    assert "第一期定捐" in page.text
    refused = pressed(page, "银行卡被拒")
    assert "银行卡被拒绝" in refused.text
    paid = pressed(refused, "支付成功")
    assert "已支付" in paid.text
    assert paid.buttons == {}
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_unknown_pages_say_so(standin: StripeStandIn) -> None:
    for path in ("/c/pay/cs_test_x", "/i/in_x", "/_control/nothing"):
        page = see(f"{standin.url}{path}")
        assert page.status == 404
        assert page.text


def test_pages_are_for_phones_and_need_no_script(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    nasty = gift_params()
    nasty["line_items"][0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>㛃"
    session = client.v1.checkout.sessions.create(nasty)
    for url in (session.url, sent_invoice(client).hosted_invoice_url, f"{standin.url}/_control"):
        page = see(str(url))
        assert "script" not in page.tags
        assert "width=device-width" in page.html
        assert 'lang="zh-CN"' in page.html
    assert "<script>alert(1)</script>㛃" in see(str(session.url)).text


def test_the_control_page_drives_everything(standin: StripeStandIn, client: stripe.StripeClient) -> None:
    url = f"{standin.url}/_control"
    client.v1.checkout.sessions.create(gift_params())
    subscribe(client, standin)
    for button in ("全部订阅进入下月(付款成功)", "付款", "争议", "胜", "退款", "提现并到账", "退款改为处理中"):
        assert pressed(see(url), button).status == 200, button
    assert len(standin.find("invoice")) == 2
    assert standin.find("dispute")[0]["status"] == "won"
    assert standin.find("payout")[0]["status"] == "paid"
    assert standin.account.setting("refund_outcome") == "pending"
    told = browse(url, urlencode({"verb": "pay", "arguments": '{"session":"cs_test_x"}'}).encode())
    assert isinstance(told, Page)
    assert told.status == 409
    for verb in ("stop", "__init__", "account", ""):
        assert see(url).status == 200
        refused = browse(url, urlencode({"verb": verb, "arguments": "{}"}).encode())
        assert isinstance(refused, Page)
        assert refused.status == 409
