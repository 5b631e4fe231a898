"""The hosted pages: 演示收银台 for a Checkout session and for an invoice. No JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from local.standin_page import layout
from local.stripe_standin.faults import StripeFault

if TYPE_CHECKING:
    from local.stripe_standin.standin import StripeStandIn

TITLE = "演示收银台(不会扣款)"
_PAY = [("card", "支付成功(银行卡)"), ("alipay", "支付成功(支付宝)"), ("wechat_pay", "支付成功(微信支付)")]


@dataclass(frozen=True, slots=True)
class Page:
    html: str = ""
    status: int = 200
    location: str = ""


def yuan(amount_fen: int, currency: str = "cny") -> str:
    sign = "-" if amount_fen < 0 else ""
    whole, rest = divmod(abs(amount_fen), 100)
    mark = "¥" if currency == "cny" else currency.upper() + " "
    return f"{sign}{mark}{whole:,}.{rest:02d}"


def answer(standin: StripeStandIn, method: str, path: str, given: dict[str, Any]) -> Page:
    id = path.rsplit("/", 1)[-1]
    session = path.startswith("/c/pay/")
    body = standin.account.store.get(id)
    if body is None or body["object"] != ("checkout.session" if session else "invoice"):
        return Page(layout(TITLE, '<p class="card">没有这张单子。请回到原来的页面重新开始。</p>'), 404)
    try:
        if method == "POST":
            act = _act_on_session if session else _act_on_invoice
            return act(standin, body, str(given.get("action", "")))
        return _session_page(standin, body) if session else _invoice_page(body)
    except StripeFault as fault:
        told = f"<p>{escape(str(fault))}</p>"
        link = f'<a class="button" href="{escape(path)}">返回收银台</a>'
        return Page(layout(TITLE, f'<div class="card told">{told}</div>{link}'), 409)


def _act_on_session(standin: StripeStandIn, session: dict[str, Any], action: str) -> Page:
    id, there = session["id"], session["_redirect_url"]
    here = f"/c/pay/{id}"
    if action.startswith("pay:"):
        standin.pay(id, action.removeprefix("pay:"))
        return Page(status=303, location=there)
    if action == "decline":
        standin.decline(id)
        return Page(status=303, location=here)
    if action == "later":
        offered = [m for m in session["payment_method_types"] if m != "card"]
        standin.pay_later(id, (offered or ["card"])[0])
        return Page(status=303, location=here)
    if action in ("arrived", "failed"):
        standin.settle_async(id, succeeded=action == "arrived")
        return Page(status=303, location=there)
    return Page(layout(TITLE, '<p class="card">没有这个操作。</p>'), 400)


def _buttons(actions: list[tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<button name="action" value="{value}" class="{style}">{escape(label)}</button>'
        for value, label, style in actions
    )
    return f'<form method="post">{rows}</form>'


def _session_page(standin: StripeStandIn, session: dict[str, Any]) -> Page:
    lines = "".join(
        f"<tr><td>{escape(line['description'] or '')} × {line['quantity']}</td>"
        f"<td class='sum'>{yuan(line['amount_total'], line['currency'])}</td></tr>"
        for line in session["_lines"]
    )
    monthly = "<p class='note'>每月自动支付一次,可随时取消。</p>" if session["mode"] == "subscription" else ""
    due = f"<p class='amount'>{yuan(session['amount_total'], session['currency'])}</p>"
    top = f"<div class='card'><p>应付</p>{due}{monthly}<table>{lines}</table></div>"
    return Page(layout(TITLE, top + _state(standin, session)))


def _state(standin: StripeStandIn, session: dict[str, Any]) -> str:
    back = f'<a class="button" href="{escape(session["_redirect_url"])}">返回商户页面</a>'
    if session["status"] == "expired":
        leave = session["cancel_url"] or session["_redirect_url"]
        return (
            "<p class='card told'>此支付页面已过期,没有扣款。</p>"
            f'<a class="button" href="{escape(leave)}">返回商户页面</a>'
        )
    if session["status"] == "complete" and session["payment_status"] == "paid":
        return f"<p class='card'>已支付,请勿重复支付。</p>{back}"
    intent = standin.account.store.get(session["payment_intent"] or "") or {}
    if session["status"] == "complete" and intent.get("status") == "processing":
        choices = [("arrived", "款项到账(异步成功)", "main"), ("failed", "款项未到账(异步失败)", "bad")]
        return f"<p class='card'>已提交,等待到账。</p>{_buttons(choices)}{back}"
    if session["status"] == "complete":
        return f"<p class='card told'>付款失败,没有扣款。</p>{back}"
    told = "<p class='card told'>银行卡被拒绝,没有扣款。可以再试一次。</p>" if session.get("_declined") else ""
    actions = [(f"pay:{m}", label, "main") for m, label in _PAY if m in session["payment_method_types"]]
    actions.append(("decline", "银行卡被拒", "bad"))
    if session["mode"] == "payment":
        actions.append(("later", "稍后到账(异步)", ""))
    leave = session["cancel_url"]
    abandon = f'<a class="button" href="{escape(leave)}">放弃支付</a>' if leave else ""
    return told + _buttons(actions) + abandon


def _act_on_invoice(standin: StripeStandIn, invoice: dict[str, Any], action: str) -> Page:
    here = f"/i/{invoice['id']}"
    if action.startswith("pay:"):
        standin.pay_invoice(invoice["id"], action.removeprefix("pay:"))
    elif action == "decline":
        standin.decline_invoice(invoice["id"])
    else:
        return Page(layout(TITLE, '<p class="card">没有这个操作。</p>'), 400)
    return Page(status=303, location=here)


def _invoice_page(invoice: dict[str, Any]) -> Page:
    lines = "".join(
        f"<tr><td>{escape(line['description'] or '')}</td><td>{yuan(line['amount'], line['currency'])}</td></tr>"
        for line in invoice["lines"]["data"]
    )
    told = {
        "draft": "此账单尚未发出。",
        "paid": "已支付,请勿重复支付。",
        "void": "此账单已作废,无需支付。",
        "uncollectible": "此账单已停止收款。",
    }.get(invoice["status"])
    top = (
        f"<div class='card'><p>账单 {escape(invoice['number'] or '')}</p>"
        f"<p class='amount'>{yuan(invoice['amount_due'], invoice['currency'])}</p>"
        f"<p>{escape(invoice['customer_name'] or '')}</p><table>{lines}</table></div>"
    )
    if told:
        return Page(layout(TITLE, f"{top}<p class='card'>{told}</p>"))
    tried = "<p class='card told'>银行卡被拒绝,没有扣款。可以再试一次。</p>" if invoice["attempted"] else ""
    actions = [("pay:card", "支付成功", "main"), ("decline", "银行卡被拒", "bad")]
    return Page(layout(TITLE, top + tried + _buttons(actions)))
