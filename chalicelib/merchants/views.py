"""Merchants, offers and vouchers as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.errors import DomainError
from chalicelib.ledger import accounts
from chalicelib.ledger.entry import BookedEntry
from chalicelib.merchants.model.codes import grouped
from chalicelib.merchants.model.faults import AlreadyCaptured
from chalicelib.merchants.model.merchants import Status
from chalicelib.merchants.model.offers import DAY_MINUTES, Hours, Offer, Stock, as_time
from chalicelib.merchants.model.tallies import Tally
from chalicelib.merchants.model.vouchers import Voucher
from chalicelib.web import format as fmt
from chalicelib.web.errors import sentence_for
from chalicelib.web.i18n import N_, translate

ASSETS = {"TIME": N_("时间积分"), "MEDAL": N_("奖章积分")}
STATUSES: dict[Status, str] = {
    "applied": N_("待审批"),
    "active": N_("营业中"),
    "suspended": N_("已暂停"),
    "rejected": N_("未通过"),
}
STATES = {
    "open": (N_("待使用"), "tag"),
    "captured": (N_("已核销"), "tag tag-quiet"),
    "cancelled": (N_("已取消"), "tag tag-quiet"),
    "expired": (N_("已过期"), "tag tag-warn"),
}
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
SENTENCE = N_("兑换券:%(goods)s,%(points)s积分已暂扣,核销后扣除;%(day)s日前未用自动退回。请当面出示,勿转发。")
KINDS = {"capture": N_("核销"), "return": N_("退回"), "settlement": N_("结算")}


def price(centi: int, asset: str, lang: str) -> str:
    """``50 时间积分``: never an amount of money."""
    return f"{fmt.points(centi)} {translate(lang, ASSETS[asset])}"


def hours_text(hours: Hours, lang: str) -> str:
    """``周一至周五 09:00–17:00``, ``每天``."""
    names = [translate(lang, name) for name in WEEKDAYS]
    days = hours.weekdays
    if len(days) == 7:
        said = translate(lang, "每天")
    elif len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        said = translate(lang, "%(first)s至%(last)s") % {"first": names[days[0] - 1], "last": names[days[-1] - 1]}
    else:
        said = ("、" if lang == "zh" else ", ").join(names[day - 1] for day in days)
    if (hours.opens_minute, hours.closes_minute) == (0, DAY_MINUTES):
        return said
    return f"{said} {as_time(hours.opens_minute)}–{as_time(hours.closes_minute)}"


def limits(offer: Offer, lang: str) -> list[str]:
    """``每人每月限2份`` and the like; empty without limits."""
    terms, found = offer.terms, []
    if terms.per_month_max:
        found.append(translate(lang, "每人每月限%(n)s份") % {"n": terms.per_month_max})
    if terms.per_person_max:
        found.append(translate(lang, "每人限%(n)s份") % {"n": terms.per_person_max})
    return found


def left_text(stock: Stock | None, lang: str) -> str:
    if stock is None:
        return translate(lang, "不限量")
    if stock.left == 0:
        return translate(lang, "已兑完")
    return translate(lang, "还剩%(n)s份") % {"n": stock.left}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer for staff."""

    id: str
    title: str
    price: str
    left: str
    limited: bool
    paused: bool


def offer_row(offer: Offer, stock: Stock | None, lang: str) -> OfferRow:
    terms = offer.terms
    return OfferRow(
        id=offer.id,
        title=terms.title,
        price=price(terms.price_centi, terms.asset, lang),
        left=left_text(stock, lang),
        limited=offer.limited,
        paused=offer.status == "paused",
    )


@dataclass(frozen=True, slots=True)
class VoucherCard:
    """A voucher for its holder. ``sentence`` is the wording that stands on every voucher."""

    id: str
    goods: str
    price: str
    shop: str
    place: str
    code: str
    state: str
    tag: str
    sentence: str
    last_day: date
    hours: str
    open: bool
    when: int


def voucher_card(voucher: Voucher, now_ms: int, lang: str) -> VoucherCard:
    state = voucher.state(now_ms)
    title, tag = STATES[state]
    return VoucherCard(
        id=voucher.id,
        goods=voucher.goods,
        price=price(voucher.points_centi, voucher.asset, lang),
        shop=voucher.merchant_name,
        place=voucher.place,
        code=grouped(voucher.code),
        state=translate(lang, title),
        tag=tag,
        sentence=translate(lang, SENTENCE)
        % {"goods": voucher.goods, "points": fmt.points(voucher.points_centi), "day": _day(voucher.last_day, lang)},
        last_day=voucher.last_day,
        hours=hours_text(voucher.hours, lang),
        open=state == "open",
        when=voucher.closed_at or voucher.issued_at,
    )


def refusal_text(refusal: DomainError, now_ms: int, lang: str) -> tuple[str, str]:
    """What stands in red at the till, and what to do next."""
    says = sentence_for(refusal.code, refusal.fields, lang)
    if isinstance(refusal, AlreadyCaptured):
        captured_at = refusal.fields["captured_at"]
        at = fmt.since(captured_at, now_ms, lang) if isinstance(captured_at, int) else ""
        return translate(lang, "此券%(at)s已核销,请勿重复交付。") % {"at": at}, says.next
    return says.says, says.next


def today_rows(vouchers: Sequence[Voucher], lang: str) -> list[list[str]]:
    """Time, goods, points: all that a clerk needs to compare with the shelf."""
    rows = []
    for voucher in vouchers:
        goods = voucher.goods
        if voucher.returns:
            goods += translate(lang, "(已退回%(points)s)") % {"points": fmt.points(voucher.returned_centi)}
        rows.append([fmt.clock_time(voucher.closed_at), goods, price(voucher.points_centi, voucher.asset, lang)])
    return rows


def statement_rows(entries: Sequence[BookedEntry], merchant_id: str, lang: str) -> list[list[str]]:
    """When, what, and the points that came to the merchant's account (or left it)."""
    account = accounts.merchant(merchant_id)
    return [
        [
            fmt.moment(entry.booked_ms, lang),
            translate(lang, KINDS.get(entry.kind, entry.kind)),
            "、".join(price(-leg.amount, leg.asset, lang) for leg in entry.postings if leg.account == account),
        ]
        for entry in entries
    ]


def return_rows(voucher: Voucher, lang: str) -> list[list[str]]:
    """When, how many points, and why."""
    return [[fmt.moment(part.returned_at, lang), fmt.points(part.points_centi), part.why] for part in voucher.returns]


def tally_pairs(tally: Tally, lang: str) -> list[tuple[str, str]]:
    """Label and value of what a merchant took in; assets without any are left out."""
    pairs = [(translate(lang, "核销"), translate(lang, "%(n)s份") % {"n": tally.captured})]
    for asset, taken, back in (
        ("TIME", tally.time_centi, tally.returned_time_centi),
        ("MEDAL", tally.medal_centi, tally.returned_medal_centi),
    ):
        title = translate(lang, ASSETS[asset])
        if taken:
            pairs.append((title, fmt.points(taken)))
        if back:
            pairs.append((translate(lang, "退回") + title, fmt.points(back)))
    return pairs


def _day(day: date, lang: str) -> str:
    """The sentence itself says 日, so the Chinese date leaves it out."""
    return f"{day.year}年{day.month}月{day.day}" if lang == "zh" else fmt.day(day, lang)
