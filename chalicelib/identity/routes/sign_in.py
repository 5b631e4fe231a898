"""Signing in and up: phone → code → (name, community, consent) → on to the page that was wanted."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError
from chalicelib.identity import guard, service, views
from chalicelib.identity.service import SignedIn, SignUpNeeded, faults
from chalicelib.web.forms import FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Cookie, Page, Redirect, Request, Result
from chalicelib.web.respond import status_of
from chalicelib.web.urls import safe_next

bp = Blueprint(__name__)

CLAIM_COOKIE = "linli_u"
CODE_COOKIE = "linli_c"
_CLAIM_LIFE_S = 30 * 60
_CODE_LIFE_S = 5 * 60
_AT_CODE = (faults.CodeMalformed, faults.CodeWrong)


class PhoneForm(FormBody, frozen=True):
    phone: Line = ""


class CodeForm(FormBody, frozen=True):
    code: Line = ""


class SignUpForm(FormBody, frozen=True):
    name: Line = ""
    community_id: Line = ""
    agrees: bool = False


# --- the phone ---------------------------------------------------------------------------------


@guard.page(bp, "/sign-in")
def sign_in(request: Request) -> Result:
    asked = safe_next(request.query.get("next", ""), "")
    actor = guard.actor_or_none(request)
    if actor is not None:
        return Redirect(asked or _home(actor.is_staff))
    return _phone_page(FormView(), asked)


@guard.page(bp, "/sign-in", methods=("POST",))
def ask_code(request: Request) -> Result:
    asked = safe_next(request.field("_next"), "")
    try:
        sent = service.send_code(
            read_form(request, PhoneForm).phone,
            submission=request.submission,
            now_ms=request.now_ms,
            browser_id=request.browser_id,
            ip=request.ip,
            lang=request.lang,
        )
    except faults.CodeTooSoon as error:
        return _code_on_its_way(request, asked) or _phone_again(request, error, asked)
    except (faults.CodesTooMany, faults.SmsUnavailable) as error:
        return _phone_again(request, error, asked)
    except (*_PHONE_ERRORS, FormErrors) as error:
        return _phone_again(request, error, asked, beside="phone")
    return _to_code(sent.id, asked)


# --- the code ----------------------------------------------------------------------------------


@guard.page(bp, "/sign-in/code/{id}")
def code(request: Request) -> Result:
    sent = service.code_sent(request.params["id"])
    return _code_page(request, sent, FormView(), safe_next(request.query.get("next", ""), ""))


@guard.page(bp, "/sign-in/code/{id}", methods=("POST",))
def try_code(request: Request) -> Result:
    asked = safe_next(request.field("_next"), "")
    code_id = request.params["id"]
    try:
        typed = read_form(request, CodeForm).code
        opened = service.try_code(
            code_id,
            typed,
            submission=request.submission,
            now_ms=request.now_ms,
            device=views.device(request.headers.get("user-agent", "")),
        )
    except (*_AT_CODE, faults.CodeExpired, faults.CodeTriesUsedUp, faults.CodeUsed, FormErrors) as error:
        form = FormView.of(request, error, "code" if isinstance(error, _AT_CODE) else "")
        return _code_page(request, service.code_sent(code_id), form, asked, status_of(error))
    if isinstance(opened, SignUpNeeded):
        claim = Cookie(CLAIM_COOKIE, opened.claim, _CLAIM_LIFE_S)
        return Redirect("/sign-in/new", query={"next": asked} if asked else {}, cookies=(claim,))
    return _welcome(request, opened, asked)


@guard.page(bp, "/sign-in/code/{id}/again", methods=("POST",))
def send_again(request: Request) -> Result:
    asked = safe_next(request.field("_next"), "")
    code_id = request.params["id"]
    try:
        sent = service.send_again(
            code_id,
            submission=request.submission,
            now_ms=request.now_ms,
            browser_id=request.browser_id,
            ip=request.ip,
            lang=request.lang,
        )
    except (faults.CodeTooSoon, faults.CodesTooMany, faults.SmsUnavailable) as error:
        form = FormView.of(request, error)
        return _code_page(request, service.code_sent(code_id), form, asked, status_of(error))
    return _to_code(sent.id, asked)


# --- a new member ------------------------------------------------------------------------------


@guard.page(bp, "/sign-in/new")
def new(request: Request) -> Result:
    proven = service.claimed(_claim(request), request.now_ms)
    return _sign_up_page(proven, FormView(), safe_next(request.query.get("next", ""), ""))


@guard.page(bp, "/sign-in/new", methods=("POST",))
def sign_up(request: Request) -> Result:
    asked = safe_next(request.field("_next"), "")
    claim = _claim(request)
    proven = service.claimed(claim, request.now_ms)
    try:
        form = read_form(request, SignUpForm)
        opened = service.sign_up(
            claim,
            name=form.name,
            community_id=form.community_id,
            agrees=form.agrees,
            now_ms=request.now_ms,
            lang=request.lang,
            device=views.device(request.headers.get("user-agent", "")),
        )
    except _SIGN_UP_WRONG as error:
        shown = FormView.of(request, error, _SIGN_UP_FIELDS.get(type(error), ""))
        return _sign_up_page(proven, shown, asked, status_of(error))
    return _welcome(request, opened, asked)


@guard.page(bp, "/privacy")
def privacy(_request: Request) -> Result:
    return Page("identity/privacy.html", {"version": service.NOTICE_VERSION, "contact": service.contact()})


@guard.page(bp, "/sign-out", methods=("POST",))
def sign_out(request: Request) -> Result:
    actor = guard.actor_or_none(request)
    if actor is not None:
        service.sign_out(actor)
    return Redirect("/", cookies=(Cookie(guard.SESSION_COOKIE, "", 0),))


# --- parts -------------------------------------------------------------------------------------

_PHONE_ERRORS = (faults.PhoneMissing, faults.PhoneInvalid, faults.PhoneIsLandline, faults.PhoneForeign)
_SIGN_UP_FIELDS: dict[type[DomainError], str] = {
    faults.NameMissing: "name",
    faults.NameTooLong: "name",
    faults.NameInvalid: "name",
    faults.CommunityUnknown: "community_id",
    faults.ConsentMissing: "agrees",
}
_SIGN_UP_WRONG: tuple[type[DomainError], ...] = (*_SIGN_UP_FIELDS, FormErrors)


def _home(is_staff: bool) -> str:
    return "/staff" if is_staff else "/me"


def _phone_page(form: FormView, asked: str, status: int = 200) -> Page:
    return Page("identity/sign_in.html", {"form": form, "asked": asked}, status=status)


def _phone_again(request: Request, error: DomainError, asked: str, beside: str = "") -> Page:
    return _phone_page(FormView.of(request, error, beside), asked, status_of(error))


def _to_code(code_id: str, asked: str) -> Redirect:
    kept = Cookie(CODE_COOKIE, code_id, _CODE_LIFE_S)
    return Redirect(f"/sign-in/code/{code_id}", query={"next": asked} if asked else {}, cookies=(kept,))


def _code_on_its_way(request: Request, asked: str) -> Redirect | None:
    """Whoever went back and asked again is led to the page where the code that was sent can be typed."""
    try:
        sent = service.code_sent(request.cookies.get(CODE_COOKIE, ""))
    except faults.CodeUnknown:
        return None
    return _to_code(sent.id, asked) if service.is_same_phone(sent, request.field("phone")) else None


def _code_page(request: Request, sent: service.CodeSent, form: FormView, asked: str, status: int = 200) -> Page:
    wait_s = max(0, -(-(sent.resend_at - request.now_ms) // 1000))
    data = {"form": form, "sent": sent, "asked": asked, "wait_s": wait_s}
    return Page("identity/code.html", data, status=status)


def _claim(request: Request) -> str:
    claim = request.cookies.get(CLAIM_COOKIE, "")
    if not claim:
        raise faults.SignUpExpired()
    return claim


def _sign_up_page(proven: SignUpNeeded, form: FormView, asked: str, status: int = 200) -> Page:
    communities = [(one.id, one.name) for one in service.communities()]
    data = {"form": form, "proven": proven, "communities": communities, "asked": asked}
    return Page("identity/sign_up.html", data, status=status)


def _welcome(request: Request, opened: SignedIn, asked: str) -> Redirect:
    life_s = max(1, (opened.expires_at - request.now_ms) // 1000)
    cookies = (
        Cookie(guard.SESSION_COOKIE, opened.token, life_s),
        Cookie(CLAIM_COOKIE, "", 0),
        Cookie(CODE_COOKIE, "", 0),
    )
    return Redirect(asked or _home(bool(opened.member.grants)), cookies=cookies)
