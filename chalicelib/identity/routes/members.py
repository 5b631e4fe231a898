"""Staff: registering somebody without a phone, finding a member, the paper card."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError
from chalicelib.identity import guard, service, views
from chalicelib.identity.service import Member, Role, faults
from chalicelib.web.forms import FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.qr import qr_svg
from chalicelib.web.respond import status_of
from chalicelib.web.urls import absolute

bp = Blueprint(__name__)
_FINDERS = (Role.COORDINATOR, Role.ASSESSOR, Role.ADMIN)
_KEEPERS = (Role.COORDINATOR, Role.ADMIN)
guard.staff_link("/staff/members", N_("成员与纸质卡"), *_FINDERS, order=20)


class SearchForm(FormBody, frozen=True):
    text: Line = ""


class RegisterForm(FormBody, frozen=True):
    name: Line = ""
    community_id: Line = ""
    phone: Line = ""
    consent_on_paper: bool = False


class ReasonForm(FormBody, frozen=True):
    reason: Line = ""
    card: Line = ""


_REGISTER_FIELDS: dict[type[DomainError], str] = {
    faults.NameMissing: "name",
    faults.NameTooLong: "name",
    faults.NameInvalid: "name",
    faults.CommunityUnknown: "community_id",
    faults.ConsentMissing: "consent_on_paper",
    faults.PhoneInvalid: "phone",
    faults.PhoneIsLandline: "phone",
    faults.PhoneForeign: "phone",
    faults.PhoneTaken: "phone",
}
_REGISTER_WRONG: tuple[type[DomainError], ...] = (*_REGISTER_FIELDS, FormErrors)
_REASONS = (faults.ReasonMissing, faults.ReasonTooLong)


@guard.page(bp, "/staff/members", needs=_FINDERS)
def members(_request: Request) -> Result:
    return Page("identity/members.html", {"form": FormView()})


@guard.page(bp, "/staff/members", methods=("POST",), needs=(*_FINDERS, Role.SUPERVISOR))
def find(request: Request) -> Result:
    """A search is sent as a form so that no phone number stands in an address or a log."""
    try:
        found = service.find_member(guard.actor(request), read_form(request, SearchForm).text)
    except (faults.MemberUnknown, FormErrors, *_NOT_A_PHONE):
        shown = FormView.of(request, faults.MemberUnknown(), "text")
        return Page("identity/members.html", {"form": shown}, status=404)
    return Redirect(f"/staff/members/{found.id}")


@guard.page(bp, "/staff/members/new", needs=_KEEPERS)
def new(_request: Request) -> Result:
    return _register_page(FormView())


@guard.page(bp, "/staff/members/new", methods=("POST",), needs=_KEEPERS)
def register(request: Request) -> Result:
    try:
        form = read_form(request, RegisterForm)
        member = service.register_member(
            guard.actor(request),
            name=form.name,
            community_id=form.community_id,
            consent_on_paper=form.consent_on_paper,
            phone=form.phone,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except _REGISTER_WRONG as error:
        shown = FormView.of(request, error, _REGISTER_FIELDS.get(type(error), ""))
        return _register_page(shown, status_of(error))
    return Redirect(f"/staff/members/{member.id}")


@guard.page(bp, "/staff/members/{id}", needs=_FINDERS)
def show(request: Request) -> Result:
    return _member_page(request, FormView())


@guard.page(bp, "/staff/members/{id}/phone", methods=("POST",), needs=_KEEPERS)
def reveal_phone(request: Request) -> Result:
    try:
        form = read_form(request, ReasonForm)
        number = service.reveal_phone(
            guard.actor(request), request.params["id"], reason=form.reason, now_ms=request.now_ms
        )
    except (*_REASONS, FormErrors) as error:
        return _member_page(request, FormView.of(request, error), status=status_of(error))
    return _member_page(request, FormView(), phone=number)


@guard.page(bp, "/staff/members/{id}/card", methods=("POST",), needs=_KEEPERS)
def print_card(request: Request) -> Result:
    service.print_card(guard.actor(request), request.params["id"], now_ms=request.now_ms)
    return Redirect(f"/staff/members/{request.params['id']}/card")


@guard.page(bp, "/staff/members/{id}/card", needs=_KEEPERS)
def card(request: Request) -> Result:
    member = service.member_of_card(guard.actor(request), request.params["id"])
    address = absolute(request, f"/c/{service.card_token(member.card)}")
    data = {
        "member": member,
        "number": views.grouped(member.number),
        "card": views.grouped(member.card),
        "community": _community_name(member),
        "street_data": service.contact(),
        "qr": qr_svg(address, N_("志愿者卡二维码"), "Q"),
    }
    return Page("identity/card.html", data)


@guard.page(bp, "/staff/members/{id}/card/reprint", methods=("POST",), needs=_KEEPERS)
def reprint_card(request: Request) -> Result:
    member_id = request.params["id"]
    try:
        form = read_form(request, ReasonForm)
        service.reprint_card(
            guard.actor(request), member_id, old_number=form.card, reason=form.reason, now_ms=request.now_ms
        )
    except (*_REASONS, FormErrors) as error:
        return _member_page(request, FormView.of(request, error), status=status_of(error))
    return Redirect(f"/staff/members/{member_id}/card")


@guard.page(bp, "/staff/members/{id}/card/revoke", methods=("POST",), needs=_KEEPERS)
def revoke_card(request: Request) -> Result:
    member_id = request.params["id"]
    try:
        form = read_form(request, ReasonForm)
        service.revoke_card(
            guard.actor(request), member_id, number=form.card, reason=form.reason, now_ms=request.now_ms
        )
    except (*_REASONS, FormErrors) as error:
        return _member_page(request, FormView.of(request, error), status=status_of(error))
    return Redirect(f"/staff/members/{member_id}")


@guard.page(bp, "/c/{token}")
def scanned(request: Request) -> Result:
    """Where a card's code leads when a phone's own scanner reads it."""
    member = service.member_by_card(request.params["token"], request.now_ms)
    actor = guard.actor_or_none(request)
    staff = actor is not None and actor.has(*_FINDERS)
    return Page(
        "identity/scanned.html",
        {
            "name": service.masked_name(member.name),
            "number": views.grouped(member.number) if staff else "",
            "member_id": member.id if staff else "",
        },
    )


_NOT_A_PHONE = (faults.PhoneMissing, faults.PhoneInvalid, faults.PhoneIsLandline, faults.PhoneForeign)


def _seen(request: Request) -> Member:
    return service.seen_member(guard.actor(request), request.params["id"])


def _community_name(member: Member) -> str:
    return next((one.name for one in service.communities() if one.id == member.community_id), "")


def _register_page(form: FormView, status: int = 200) -> Page:
    communities = [(one.id, one.name) for one in service.communities()]
    return Page("identity/register.html", {"form": form, "communities": communities}, status=status)


def _member_page(request: Request, form: FormView, phone: str = "", status: int = 200) -> Page:
    member = _seen(request)
    data = {
        "keeps": service.may_keep(guard.actor(request), member.community_id),
        "member": member,
        "number": views.grouped(member.number),
        "card": views.grouped(member.card),
        "community": _community_name(member),
        "phone": phone,
        "form": form,
    }
    return Page("identity/member.html", data, status=status)
