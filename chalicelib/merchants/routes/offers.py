"""Staff: what a merchant puts on offer, its stock, pausing it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.errors import DomainError, Invalid, Refused
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.merchants import service, views
from chalicelib.merchants.service import Hours, Merchant, Offer, Terms, faults
from chalicelib.web.amounts import ZeroAmount, fen_from_yuan
from chalicelib.web.forms import Centi, FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
KEEPERS = (Role.COORDINATOR, Role.FUND_MANAGER)

_TIME = re.compile(r"([01]?[0-9]|2[0-4])[:\uff1a]([0-5][0-9])")


class OfferForm(FormBody, frozen=True, kw_only=True):
    title: Annotated[str, Meta(min_length=1, max_length=40)]
    detail: Annotated[str, Meta(max_length=200)] = ""
    asset: Literal["TIME", "MEDAL"]
    price: Centi
    stock: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    per_person_max: Annotated[int, Meta(ge=0, le=1000)] = 0
    per_month_max: Annotated[int, Meta(ge=0, le=1000)] = 0
    weekdays: list[Annotated[int, Meta(ge=1, le=7)]] = []
    opens: Line = "00:00"
    closes: Line = "24:00"
    valid_days: Annotated[int, Meta(ge=1, le=180)] = 30
    reimbursement: Line = "0"


class StatusForm(FormBody, frozen=True):
    status: Literal["active", "paused"]


class RestockForm(FormBody, frozen=True):
    pieces: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]


_FIELDS: dict[type[DomainError], str] = {
    faults.PriceInvalid: "price",
    faults.StockInvalid: "stock",
    faults.LimitInvalid: "per_month_max",
    faults.HoursInvalid: "opens",
    faults.ValidDaysInvalid: "valid_days",
    faults.ReimbursementInvalid: "reimbursement",
}


@guard.page(bp, "/staff/merchants/{id}/offers/new", needs=KEEPERS)
def new_offer(request: Request) -> Result:
    start = FormView(
        {
            "weekdays": [str(day) for day in range(1, 8)],
            "opens": ["09:00"],
            "closes": ["18:00"],
            "valid_days": ["30"],
            "reimbursement": ["0"],
            "asset": ["TIME"],
        }
    )
    return _form_page(service.merchant(request.params["id"]), start)


@guard.page(bp, "/staff/merchants/{id}/offers", methods=("POST",), needs=KEEPERS)
def add_offer(request: Request) -> Result:
    of = service.merchant(request.params["id"])
    try:
        terms = _terms(read_form(request, OfferForm))
        made = service.add_offer(
            guard.actor(request), of.id, terms, submission=request.submission, now_ms=request.now_ms
        )
    except (Invalid, Refused) as error:
        shown = FormView.of(request, error, _FIELDS.get(type(error), ""))
        return _form_page(of, shown, status_of(error))
    return Redirect(f"/staff/offers/{made.id}")


@guard.page(bp, "/staff/offers/{id}", needs=KEEPERS)
def staff_offer(request: Request) -> Result:
    return _offer_page(request, service.offer(request.params["id"]))


@guard.page(bp, "/staff/offers/{id}/status", methods=("POST",), needs=KEEPERS)
def set_status(request: Request) -> Result:
    form = read_form(request, StatusForm)
    done = service.set_status(guard.actor(request), request.params["id"], form.status, now_ms=request.now_ms)
    return Redirect(f"/staff/offers/{done.id}")


@guard.page(bp, "/staff/offers/{id}/restock", methods=("POST",), needs=KEEPERS)
def restock(request: Request) -> Result:
    found = service.offer(request.params["id"])
    try:
        pieces = read_form(request, RestockForm).pieces
        service.restock(guard.actor(request), found.id, pieces, submission=request.submission, now_ms=request.now_ms)
    except (FormErrors, faults.StockInvalid, faults.StockUnlimited) as error:
        return _offer_page(request, found, error)
    return Redirect(f"/staff/offers/{found.id}")


# --- parts -------------------------------------------------------------------------------------


def _terms(form: OfferForm) -> Terms:
    """Raises FormErrors for a time or an amount that cannot be read."""
    errors: dict[str, DomainError] = {}
    reimbursement_fen = opens = closes = 0
    try:
        reimbursement_fen = fen_from_yuan(form.reimbursement)
    except ZeroAmount:
        reimbursement_fen = 0
    except Invalid as error:
        errors["reimbursement"] = error
    try:
        opens, closes = _minute(form.opens), _minute(form.closes)
    except faults.HoursInvalid as error:
        errors["opens"] = error
    if errors:
        raise FormErrors(errors)
    return Terms(
        title=form.title,
        detail=form.detail,
        asset=form.asset,
        price_centi=form.price,
        stock=form.stock,
        per_person_max=form.per_person_max,
        per_month_max=form.per_month_max,
        hours=Hours(tuple(form.weekdays), opens, closes),
        valid_days=form.valid_days,
        reimbursement_fen=reimbursement_fen,
    )


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise faults.HoursInvalid()
    return int(found[1]) * 60 + int(found[2])


def _form_page(of: Merchant, form: FormView, status: int = 200) -> Page:
    data = {
        "merchant": of,
        "form": form,
        "assets": list(views.ASSETS.items()),
        "weekdays": [(str(number), title) for number, title in enumerate(views.WEEKDAYS, start=1)],
    }
    return Page("merchants/staff_offer_new.html", data, status=status)


def _offer_page(request: Request, found: Offer, error: DomainError | None = None) -> Page:
    shown = service.on_offer(found.id)
    data = {
        "offer": views.offer_row(shown.offer, shown.stock, request.lang),
        "merchant": shown.merchant,
        "limits": views.limits(shown.offer, request.lang),
        "hours": views.hours_text(shown.offer.terms.hours, request.lang),
        "terms": shown.offer.terms,
        "total": shown.stock.total if shown.stock is not None else None,
        "form": FormView.of(request, error, "pieces") if error is not None else FormView(),
    }
    return Page("merchants/staff_offer.html", data, status=status_of(error) if error is not None else 200)
