"""What a shop meets that gives every month by card: begin, see how it stands, end it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import Invalid
from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.routes.checkout_links import returns
from chalicelib.fund.routes.giving import NOT_PAID, LinkForm
from chalicelib.fund.service import monthly as service
from chalicelib.fund.service import setup, spending
from chalicelib.fund.service.monthly import Monthly, MonthlyForm
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
    "donor_name_missing": "shop_name",
    "donor_name_invalid": "shop_name",
}


class ShopForm(FormBody, frozen=True, kw_only=True):
    amount_fen: Fen
    shop_name: Line = ""
    phone: Line = ""
    publish_name: bool = False
    publish_amount: bool = False


class CancelForm(FormBody, frozen=True):
    t: Line = ""
    when: Line = "period_end"


@guard.page(bp, "/g/{code}/monthly", payments=True)
def monthly_page(request: Request) -> Result:
    return _form_page(request, FormView())


@guard.page(bp, "/g/{code}/monthly", methods=("POST",), payments=True)
def begin(request: Request) -> Result:
    try:
        asked = read_form(request, ShopForm)
        form = MonthlyForm(asked.amount_fen, asked.shop_name, asked.phone, asked.publish_name, asked.publish_amount)
        one = service.start_monthly(
            request.params["code"], form, submission=request.submission, now_ms=request.now_ms, lang=request.lang
        )
    except MENDABLE as error:
        form_again, status = asked_again(request, error, _BESIDE)
        if not isinstance(error, Invalid):
            raise
        return _form_page(request, form_again, status)
    return _to_checkout(request, one, service.link_token(one.id))


def _form_page(request: Request, form: FormView, status: int = 200) -> Page:
    place = setup.giving_place(request.params["code"])
    figures = spending.last_quarter_figures(request.now_ms, place.fund.id)
    data = {
        "form": form,
        "place": place,
        "before": views.before(place.fund, figures),
        "chips": views.MONTHLY_CHIPS_FEN,
    }
    return Page("fund/give_monthly.html", data, status=status)


def _to_checkout(request: Request, one: Monthly, token: str) -> Redirect:
    comes_back = returns(request, f"/monthly/{one.id}", token)
    try:
        return Redirect(service.pay_url(one.id, comes_back, request.now_ms), external=True)
    except NOT_PAID as error:
        return Redirect(f"/monthly/{one.id}", {"t": token, "back": error.code})


@guard.page(bp, "/monthly/{id}", payments=True)
def show(request: Request) -> Result:
    token, back = request.query.get("t", ""), request.query.get("back", "")
    one = service.monthly_by_link(request.params["id"], token, request.now_ms)
    trouble = ""
    if back.startswith("payments_") and one.state in ("open", "expired"):
        says = sentence_for(back, {}, request.lang)
        trouble = f"{says.says}{says.next}"
    data = {
        "one": one,
        "fund": setup.fund(one.fund_id),
        "state": views.MONTHLY_STATES[one.state],
        "token": token,
        "waiting": one.state == "open" and back == "paid",
        "trouble": trouble,
        "own_link": absolute(request, f"/monthly/{one.id}", t=token),
    }
    return Page("fund/monthly.html", data)


@guard.page(bp, "/monthly/{id}/pay", methods=("POST",), payments=True)
def pay(request: Request) -> Result:
    token = read_form(request, LinkForm).t
    one = service.monthly_by_link(request.params["id"], token, request.now_ms)
    return _to_checkout(request, one, token)


@guard.page(bp, "/monthly/{id}/cancel", methods=("POST",), payments=True)
def cancel(request: Request) -> Result:
    form = read_form(request, CancelForm)
    service.cancel_by_donor(
        request.params["id"],
        form.t,
        at_period_end=form.when != "now",
        submission=request.submission,
        now_ms=request.now_ms,
    )
    return Redirect(f"/monthly/{request.params['id']}", {"t": form.t})
