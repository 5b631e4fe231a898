"""What members see: offers, exchanging points for a voucher, and their vouchers."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError, Refused
from chalicelib.identity import guard
from chalicelib.identity.service import Actor, masked_name, member
from chalicelib.merchants import service, views
from chalicelib.merchants.service import OnOffer, faults
from chalicelib.web.forms import FormBody, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.qr import qr_svg
from chalicelib.web.respond import status_of
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)


class IssueForm(FormBody, frozen=True, kw_only=True):
    price_centi: int
    holder: Line = ""


@guard.page(bp, "/offers")
def offers(request: Request) -> Result:
    """Anybody may look; who is signed in sees their points above the list."""
    actor = guard.actor_or_none(request)
    found, more = service.offers(cursor=request.query.get("cursor", ""))
    holder = _holder(actor, request.query.get("holder", ""))
    data = {
        "offers": [_card(one, request.lang) for one in found],
        "more": more,
        "points": _points(actor, holder, request) if actor is not None else [],
        "holder": holder,
        "holder_name": masked_name(member(holder).name) if holder else "",
    }
    return Page("merchants/offers.html", data)


@guard.page(bp, "/offers/{id}")
def offer(request: Request) -> Result:
    return _offer_page(request, request.query.get("holder", ""))


@guard.page(bp, "/offers/{id}/vouchers", methods=("POST",), needs="member")
def issue(request: Request) -> Result:
    form = read_form(request, IssueForm)
    try:
        voucher = service.issue(
            guard.actor(request),
            request.params["id"],
            agreed_centi=form.price_centi,
            submission=request.submission,
            now_ms=request.now_ms,
            member_id=form.holder,
        )
    except (Refused, faults.OfferChanged) as error:
        return _offer_page(request, form.holder, error)
    return Redirect(f"/vouchers/{voucher.id}")


@guard.page(bp, "/vouchers", needs="member")
def vouchers(request: Request) -> Result:
    actor = guard.actor(request)
    found, more = service.vouchers_of(actor, cursor=request.query.get("cursor", ""))
    cards = [views.voucher_card(one, request.now_ms, request.lang) for one in found]
    return Page("merchants/vouchers.html", {"vouchers": cards, "more": more, "points": _points(actor, "", request)})


@guard.page(bp, "/vouchers/{id}", needs="member")
def voucher(request: Request) -> Result:
    """Everything stands in the page itself, so that it can be shown where there is no signal."""
    found = service.voucher(guard.actor(request), request.params["id"])
    card = views.voucher_card(found, request.now_ms, request.lang)
    address = absolute(request, f"/v/{service.token_of(found)}") if card.open else ""
    data = {
        "voucher": card,
        "qr": qr_svg(address, card.goods, "Q") if address else "",
        "mine": found.member_id == guard.actor(request).id,
        "returning": found.overdue(request.now_ms),
        "returned_centi": found.returned_centi,
    }
    return Page("merchants/voucher.html", data)


@guard.page(bp, "/vouchers/{id}/cancel", methods=("POST",), needs="member")
def cancel(request: Request) -> Result:
    done = service.cancel(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    return Redirect(f"/vouchers/{done.id}")


# --- parts -------------------------------------------------------------------------------------


def _offer_page(request: Request, holder: str, error: DomainError | None = None) -> Page:
    actor = guard.actor_or_none(request)
    found = service.on_offer(request.params["id"])
    for_whom = _holder(actor, holder)
    purse = service.purse(actor, found.offer, now_ms=request.now_ms, member_id=for_whom) if actor is not None else None
    data = {
        "offer": _card(found, request.lang),
        "price_centi": found.offer.terms.price_centi,
        "valid_days": found.offer.terms.valid_days,
        "available": found.offer.status == "active" and found.merchant.status == "active",
        "purse": purse,
        "holder": for_whom,
        "holder_name": masked_name(member(for_whom).name) if for_whom else "",
        "form": FormView.of(request, error) if error is not None else FormView(),
    }
    return Page("merchants/offer.html", data, status=status_of(error) if error is not None else 200)


def _card(one: OnOffer, lang: str) -> dict[str, object]:
    terms = one.offer.terms
    return {
        "id": one.offer.id,
        "title": terms.title,
        "detail": terms.detail,
        "price": views.price(terms.price_centi, terms.asset, lang),
        "shop": one.merchant.name,
        "place": one.merchant.place,
        "phone": one.merchant.phone,
        "left": views.left_text(one.stock, lang),
        "sold_out": one.stock is not None and one.stock.left == 0,
        "hours": views.hours_text(terms.hours, lang),
        "limits": views.limits(one.offer, lang),
    }


def _holder(actor: Actor | None, asked: str) -> str:
    """For whom staff exchange points; "" for oneself."""
    return asked if actor is not None and asked not in ("", actor.member_id) else ""


def _points(actor: Actor, holder: str, request: Request) -> list[str]:
    found = service.available(actor, now_ms=request.now_ms, member_id=holder)
    return [views.price(centi, asset, request.lang) for asset, centi in found.items()]
