"""The till: a clerk scans or types, sees what to hand over, confirms; and what the shop has earned."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError, Invalid, NotAllowed, NotFound, Refused
from chalicelib.identity import guard
from chalicelib.identity.service import Actor, Role
from chalicelib.merchants import service, views
from chalicelib.merchants.service import AtTill, Merchant, faults
from chalicelib.web.forms import FormBody, FormView, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)


class FindForm(FormBody, frozen=True):
    scan: str = ""


@guard.page(bp, "/till", needs=Role.CLERK)
def till(request: Request) -> Result:
    return _till_page(request, FormView())


@guard.page(bp, "/till/find", methods=("POST",), needs=Role.CLERK)
def find(request: Request) -> Result:
    try:
        found = service.find(guard.actor(request), read_form(request, FindForm).scan, now_ms=request.now_ms)
    except faults.ForeignVoucher as refusal:
        return _refused_page(request, refusal)
    except (Invalid, Refused, NotFound) as error:
        return _till_page(request, FormView.of(request, error, "scan"), status_of(error))
    return Redirect(f"/till/vouchers/{found.voucher.id}")


@guard.page(bp, "/v/{token}")
def scanned(request: Request) -> Result:
    """Where the phone's own scanner leads: the till for a clerk, a word of explanation for others."""
    actor = guard.actor_or_none(request)
    if actor is None or not actor.has(Role.CLERK):
        return Page("merchants/scanned.html", {"back": request.path, "signed_in": actor is not None})
    try:
        return _voucher_page(request, service.find(actor, request.path, now_ms=request.now_ms))
    except (Invalid, Refused, NotFound) as error:
        return _refused_page(request, error)


@guard.page(bp, "/till/vouchers/{id}", needs=Role.CLERK)
def voucher(request: Request) -> Result:
    try:
        found = service.show(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    except faults.ForeignVoucher as refusal:
        return _refused_page(request, refusal)
    return _voucher_page(request, found)


@guard.page(bp, "/till/vouchers/{id}/capture", methods=("POST",), needs=Role.CLERK)
def capture(request: Request) -> Result:
    try:
        done = service.capture(
            guard.actor(request), request.params["id"], submission=request.submission, now_ms=request.now_ms
        )
    except NotAllowed:
        raise
    except Refused as refusal:
        return _refused_page(request, refusal)
    # The address names the submission, so that a reload shows the same green answer and a new scan the red one.
    return Redirect(f"/till/vouchers/{done.id}", query={"done": request.submission})


@guard.page(bp, "/till/owed", needs=Role.CLERK)
def owed(request: Request) -> Result:
    actor = guard.actor(request)
    shop = _shop(actor, request)
    found = service.owed(actor, shop.id, now_ms=request.now_ms)
    _, entries, more = service.statement(actor, shop.id, cursor=request.query.get("cursor", ""))
    data = {
        "shop": shop,
        "points": [views.price(centi, asset, request.lang) for asset, centi in found.points_centi.items()],
        "month": found.month,
        "pairs": views.tally_pairs(found.tally, request.lang),
        "reimbursement_fen": found.tally.reimbursement_fen,
        "rows": views.statement_rows(entries, shop.id, request.lang),
        "more": more,
    }
    return Page("merchants/owed.html", data)


# --- parts -------------------------------------------------------------------------------------


def _shop(actor: Actor, request: Request) -> Merchant:
    """The shop at whose till one stands: the one asked for, else the first; staff name theirs."""
    asked = request.query.get("shop", "")
    if asked:
        return service.merchant(asked)
    mine = service.merchants_of(actor)
    if not mine:
        raise NotAllowed(role=Role.CLERK.value)
    return mine[0]


def _till_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    shop = _shop(actor, request)
    day = service.today(actor, shop.id, now_ms=request.now_ms, cursor=request.query.get("cursor", ""))
    data = {
        "shop": shop,
        "shops": service.merchants_of(actor),
        "clerk": actor.has(Role.CLERK),
        "day": day.day,
        "pairs": views.tally_pairs(day.tally, request.lang),
        "rows": views.today_rows(day.vouchers, request.lang),
        "more": day.cursor,
        "form": form,
    }
    return Page("merchants/till.html", data, status=status, scanner=True)


def _voucher_page(request: Request, found: AtTill) -> Page:
    one = found.voucher
    done = request.query.get("done", "")
    first_answer = bool(done) and (one.closed_form, one.closed_by) == (done, guard.actor(request).member_id)
    if found.refusal is not None and not (one.status == "captured" and first_answer):
        return _refused_page(request, found.refusal, found)
    data = {
        "goods": one.goods,
        "price": views.price(one.points_centi, one.asset, request.lang),
        "holder": found.holder_masked,
        "shop": one.merchant_name,
        "last_day": one.last_day,
        "hours": views.hours_text(one.hours, request.lang),
        "id": one.id,
        "captured_at": one.closed_at if one.status == "captured" else 0,
    }
    return Page("merchants/captured.html" if data["captured_at"] else "merchants/confirm.html", data)


def _refused_page(request: Request, refusal: DomainError, found: AtTill | None = None) -> Page:
    if found is None and not isinstance(refusal, (faults.ForeignVoucher, Invalid, NotFound, faults.VoucherForged)):
        found = service.show(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    says, then = views.refusal_text(refusal, request.now_ms, request.lang)
    data = {
        "says": says,
        "next": then,
        "code": refusal.code,
        "goods": found.voucher.goods if found is not None else "",
        "hours": views.hours_text(found.voucher.hours, request.lang) if found is not None else "",
        "holder": found.holder_masked if found is not None else "",
    }
    status = status_of(refusal) if request.method == "POST" else 200
    return Page("merchants/refused.html", data, status=status)
