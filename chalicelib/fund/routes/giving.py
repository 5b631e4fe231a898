"""What a donor meets: the giving page behind a poster, the way to pay, and the page that tells the truth after."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError, Invalid, Refused, Unavailable
from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.routes.checkout_links import returns
from chalicelib.fund.service import gifts as service
from chalicelib.fund.service import setup, spending
from chalicelib.fund.service.gifts import Gift, GiftForm
from chalicelib.fund.views import giving as views
from chalicelib.identity import guard
from chalicelib.web.errors import sentence_for
from chalicelib.web.forms import Fen, FormBody, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)
_BESIDE = {
    "gift_amount_too_small": "amount_fen",
    "gift_amount_too_large": "amount_fen",
    "donor_name_missing": "name",
    "donor_name_invalid": "name",
}
NOT_PAID: tuple[type[DomainError], ...] = (Unavailable, Refused)


class GiveForm(FormBody, frozen=True, kw_only=True):
    amount_fen: Fen
    name: Line = ""
    publish_name: bool = False
    publish_amount: bool = False


class LinkForm(FormBody, frozen=True):
    t: Line = ""


@guard.page(bp, "/g/{code}", payments=True)
def giving_page(request: Request) -> Result:
    return _giving_page(request, FormView())


@guard.page(bp, "/g/{code}", methods=("POST",), payments=True)
def give(request: Request) -> Result:
    try:
        asked = read_form(request, GiveForm)
        form = GiftForm(asked.amount_fen, asked.name, not asked.name, asked.publish_name, asked.publish_amount)
        gift = service.start_gift(
            request.params["code"], form, submission=request.submission, now_ms=request.now_ms, lang=request.lang
        )
    except MENDABLE as error:
        form_again, status = asked_again(request, error, _BESIDE)
        if not isinstance(error, Invalid):
            raise
        return _giving_page(request, form_again, status)
    return _to_checkout(request, gift, service.link_token(gift.id))


def _giving_page(request: Request, form: FormView, status: int = 200) -> Page:
    place = setup.giving_place(request.params["code"])
    figures = spending.last_quarter_figures(request.now_ms, place.fund.id)
    data = {
        "form": form,
        "place": place,
        "before": views.before(place.fund, figures),
        "chips": views.CHIPS_FEN,
        "monthly_first": place.poster.tier == "monthly",
    }
    return Page("fund/give.html", data, status=status)


def _to_checkout(request: Request, gift: Gift, token: str) -> Redirect:
    """To Stripe; when it does not answer, to the gift's own page, from which one tries again."""
    comes_back = returns(request, f"/gifts/{gift.id}", token)
    try:
        return Redirect(service.pay_url(gift.id, comes_back, request.now_ms), external=True)
    except NOT_PAID as error:
        return Redirect(f"/gifts/{gift.id}", {"t": token, "back": error.code})


@guard.page(bp, "/gifts/{id}", payments=True)
def gift_page(request: Request) -> Result:
    """Reads the truth and fulfils nothing."""
    token, back = request.query.get("t", ""), request.query.get("back", "")
    gift = service.gift_by_link(request.params["id"], token, request.now_ms)
    fund = setup.fund(gift.fund_id)
    data = {
        "gift": gift,
        "fund": fund,
        "says": views.thanks(gift, back),
        "token": token,
        "back": back,
        "trouble": _trouble(gift, back, request.lang),
        "own_link": absolute(request, f"/gifts/{gift.id}", t=token),
    }
    return Page("fund/gift.html", data)


@guard.page(bp, "/gifts/{id}/pay", methods=("POST",), payments=True)
def pay(request: Request) -> Result:
    token = read_form(request, LinkForm).t
    gift = service.gift_by_link(request.params["id"], token, request.now_ms)
    return _to_checkout(request, gift, token)


def _trouble(gift: Gift, code: str, lang: str) -> str:
    """Why the way to pay did not open just now; nothing once the state says more."""
    if code in ("", "paid", "left") or gift.state not in ("open", "expired", "failed"):
        return ""
    says = sentence_for(code, {}, lang)
    return f"{says.says}{says.next}" if code.startswith("payments_") else ""
