"""/_control: the same verbs as buttons, and what has happened so far."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from local.standin_page import layout
from local.stripe_standin.control import VERBS
from local.stripe_standin.faults import StripeFault
from local.stripe_standin.pages import Page, yuan

if TYPE_CHECKING:
    from local.stripe_standin.standin import StripeStandIn

_TITLE = "Stripe 替身控制台(演示)"
_SHOWN = 30
_KINDS = {
    "checkout.session": "收银台会话",
    "subscription": "月捐订阅",
    "invoice": "账单",
    "charge": "扣款",
    "refund": "退款",
    "dispute": "争议",
    "payout": "提现",
}
_FOR_ALL: list[tuple[str, str, dict[str, Any]]] = [
    ("全部订阅进入下月(付款成功)", "advance_month", {}),
    ("全部订阅进入下月(付款失败)", "advance_month", {"paid": False}),
    ("提现并到账", "pay_out", {}),
    ("补记手续费", "release_fees", {}),
    ("接下来 3 次调用返回 500", "fail_next", {"times": 3}),
    ("接下来 3 次调用返回 429", "fail_next", {"times": 3, "status": 429}),
    ("接下来 3 次调用返回 409", "fail_next", {"times": 3, "status": 409}),
    ("退款改为处理中", "configure", {"refund_outcome": "pending"}),
    ("退款改为失败", "configure", {"refund_outcome": "failed"}),
    ("退款恢复正常", "configure", {"refund_outcome": "succeeded"}),
    ("每个通知发 3 遍并打乱", "configure", {"copies": 3, "shuffled": True}),
    ("通知恢复正常", "configure", {"copies": 1, "shuffled": False, "damage": ""}),
    ("重发未送达的通知", "redeliver", {}),
    ("重发全部通知", "redeliver_everything", {}),
]


def answer(standin: StripeStandIn, method: str, path: str, given: dict[str, Any]) -> Page:
    if path.rstrip("/") != "/_control":
        return Page(layout(_TITLE, "<p class='card'>没有这个页面。</p>"), 404)
    if method != "POST":
        return Page(layout(_TITLE, _body(standin), wide=True))
    verb = str(given.get("verb", ""))
    try:
        arguments = json.loads(str(given.get("arguments", "{}")))
        if verb not in VERBS or not isinstance(arguments, dict):
            raise ValueError(verb)
        standin.call(verb, arguments)
    except (StripeFault, TypeError, KeyError, ValueError) as error:
        back = '<a class="button" href="/_control">返回</a>'
        return Page(layout(_TITLE, f"<p class='card told'>{escape(str(error))}</p>{back}"), 409)
    return Page(status=303, location="/_control")


def _button(label: str, verb: str, arguments: dict[str, Any]) -> str:
    packed = escape(json.dumps(arguments))
    return (
        '<form method="post" action="/_control" style="display:inline-block;margin:0 8px 0 0">'
        f'<input type="hidden" name="verb" value="{verb}">'
        f'<input type="hidden" name="arguments" value="{packed}">'
        f'<button style="width:auto;min-height:44px;padding:4px 12px">{escape(label)}</button></form>'
    )


def _body(standin: StripeStandIn) -> str:
    overview = standin.overview()
    counts = " · ".join(f"{kind} {count}" for kind, count in sorted(overview["objects"].items()))
    states = " · ".join(f"{state} {count}" for state, count in overview["deliveries"].items())
    settings = json.dumps(overview["settings"], ensure_ascii=False)
    summary = f"<p>对象:{escape(counts)}</p><p>通知:{escape(states)}</p><p class='note'>{escape(settings)}</p>"
    parts = [
        f"<div class='card'>{''.join(_button(*one) for one in _FOR_ALL)}</div>",
        f"<div class='card'>{summary}</div>",
    ]
    parts += [_table(standin, kind, name) for kind, name in _KINDS.items()]
    parts.append(_deliveries(standin))
    return "".join(parts)


def _table(standin: StripeStandIn, kind: str, name: str) -> str:
    found, _ = standin.account.store.page(kind, {}, limit=_SHOWN)
    if not found:
        return ""
    rows = "".join(_row(one) for one in found)
    return f"<div class='card'><h2>{name}</h2><table>{rows}</table></div>"


def _row(body: dict[str, Any]) -> str:
    amount = body.get("amount", body.get("amount_total", body.get("amount_due")))
    status = body.get("payment_status") if body["object"] == "checkout.session" else None
    state = " / ".join(s for s in (body.get("status"), status) if s)
    shown = "" if amount is None else yuan(amount, body["currency"])
    buttons = "".join(_button(*one) for one in _actions(body))
    return (
        f"<tr><td><code style='overflow-wrap:anywhere'>{escape(body['id'])}</code></td>"
        f"<td>{shown}</td><td>{escape(state)}</td><td>{buttons}</td></tr>"
    )


def _actions(body: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    id, status = body["id"], body.get("status")
    match body["object"], status:
        case "checkout.session", "open":
            return [("付款", "pay", {"session": id}), ("过期", "expire", {"session": id})]
        case "checkout.session", "complete" if body["payment_status"] == "unpaid":
            return [
                ("到账", "settle_async", {"session": id}),
                ("失败", "settle_async", {"session": id, "succeeded": False}),
            ]
        case "subscription", "active" | "past_due":
            return [
                ("下月成功", "advance_month", {"subscription": id}),
                ("下月失败", "advance_month", {"subscription": id, "paid": False}),
            ]
        case "invoice", "open":
            return [("付款", "pay_invoice", {"invoice": id}), ("拒付", "decline_invoice", {"invoice": id})]
        case "charge", "succeeded" if not body["disputed"] and not body["refunded"]:
            return [
                ("退款", "refund_in_dashboard", {"payment": id}),
                ("争议", "open_dispute", {"payment": id}),
            ]
        case "refund", "pending":
            return [
                ("成功", "settle_refund", {"refund": id}),
                ("失败", "settle_refund", {"refund": id, "succeeded": False}),
            ]
        case "dispute", "needs_response":
            return [
                ("胜", "close_dispute", {"dispute": id, "won": True}),
                ("负", "close_dispute", {"dispute": id, "won": False}),
            ]
        case "payout", "in_transit":
            return [("到账", "arrive_payout", {"payout": id}), ("退回", "fail_payout", {"payout": id})]
        case "payout", "paid":
            return [("退回", "fail_payout", {"payout": id})]
    return []


def _deliveries(standin: StripeStandIn) -> str:
    rows = standin.account.store.deliveries("1")[-_SHOWN:][::-1]
    shown = ""
    for row in rows:
        event = standin.account.store.get(row["event"]) or {"type": "?"}
        shown += (
            f"<tr><td>{escape(event['type'])}</td><td>{row['state']}</td><td>{row['attempts']}</td>"
            f"<td style='overflow-wrap:anywhere'>{escape(row['answer'][:120])}</td></tr>"
        )
    return f"<div class='card'><h2>通知(最近 {_SHOWN} 条)</h2><table>{shown}</table></div>"
