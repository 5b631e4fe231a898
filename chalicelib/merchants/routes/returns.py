"""Staff: points that were redeemed go back when the goods were not right."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.errors import DomainError, Invalid, NotFound, Refused
from chalicelib.identity import guard
from chalicelib.identity.service import Role, masked_name, member
from chalicelib.merchants import service, views
from chalicelib.merchants.service import Voucher, faults
from chalicelib.web.format import points
from chalicelib.web.forms import Centi, FormBody, FormErrors, FormView, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/returns", N_("积分退回"), Role.COORDINATOR, order=44)


class FindForm(FormBody, frozen=True):
    code: str = ""


class ReturnForm(FormBody, frozen=True, kw_only=True):
    points_centi: Centi
    why: Annotated[str, Meta(max_length=200)] = ""


@guard.page(bp, "/staff/returns", needs=Role.COORDINATOR)
def which(_request: Request) -> Result:
    return Page("merchants/staff_returns.html", {"form": FormView()})


@guard.page(bp, "/staff/returns", methods=("POST",), needs=Role.COORDINATOR)
def found(request: Request) -> Result:
    try:
        code = read_form(request, FindForm).code
        voucher = service.voucher_by_code(guard.actor(request), code, now_ms=request.now_ms)
    except (Invalid, Refused, NotFound) as error:
        shown = FormView.of(request, error, "code")
        return Page("merchants/staff_returns.html", {"form": shown}, status=status_of(error))
    return Redirect(f"/staff/returns/{voucher.id}")


@guard.page(bp, "/staff/returns/{id}", needs=Role.COORDINATOR)
def voucher(request: Request) -> Result:
    shown = service.voucher(guard.actor(request), request.params["id"])
    return _page(request, shown, FormView.start(points_centi=points(shown.points_centi - shown.returned_centi)))


@guard.page(bp, "/staff/returns/{id}", methods=("POST",), needs=Role.COORDINATOR)
def give_back(request: Request) -> Result:
    actor = guard.actor(request)
    shown = service.voucher(actor, request.params["id"])
    try:
        form = read_form(request, ReturnForm)
        service.return_points(
            actor, shown.id, form.points_centi, why=form.why, submission=request.submission, now_ms=request.now_ms
        )
    except (FormErrors, faults.ReturnTooLarge, faults.TextInvalid, faults.NotCaptured) as error:
        beside = {faults.ReturnTooLarge: "points_centi", faults.TextInvalid: "why"}.get(type(error), "")
        return _page(request, shown, FormView.of(request, error, beside), error)
    return Redirect(f"/staff/returns/{shown.id}")


def _page(request: Request, shown: Voucher, form: FormView, error: DomainError | None = None) -> Page:
    data = {
        "voucher": views.voucher_card(shown, request.now_ms, request.lang),
        "holder": masked_name(member(shown.member_id).name),
        "captured": shown.status == "captured",
        "left_centi": shown.points_centi - shown.returned_centi,
        "rows": views.return_rows(shown, request.lang),
        "form": form,
    }
    return Page("merchants/staff_return.html", data, status=status_of(error) if error is not None else 200)
