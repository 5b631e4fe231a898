"""Exchanging for somebody without a phone: their paper card is scanned, the voucher is printed."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import Invalid, NotFound, Refused
from chalicelib.identity import guard
from chalicelib.identity.service import Role
from chalicelib.merchants import service
from chalicelib.web.forms import FormBody, FormView, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
guard.staff_link("/staff/exchange", N_("代为兑换"), Role.COORDINATOR, order=42)


class HolderForm(FormBody, frozen=True):
    holder: str = ""


@guard.page(bp, "/staff/exchange", needs=Role.COORDINATOR)
def whose(_request: Request) -> Result:
    return Page("merchants/assisted.html", {"form": FormView()}, scanner=True)


@guard.page(bp, "/staff/exchange", methods=("POST",), needs=Role.COORDINATOR)
def found(request: Request) -> Result:
    try:
        holder = read_form(request, HolderForm).holder
        member = service.holder_of(guard.actor(request), holder, now_ms=request.now_ms)
    except (Invalid, Refused, NotFound) as error:
        shown = FormView.of(request, error, "holder")
        return Page("merchants/assisted.html", {"form": shown}, status=status_of(error), scanner=True)
    return Redirect("/offers", query={"holder": member.id})
