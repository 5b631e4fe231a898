"""Checking in and out with one's own phone: scan, sign in if need be, press one button."""

from __future__ import annotations

from typing import Literal

from chalice.app import Blueprint

from chalicelib.identity import guard
from chalicelib.points.service import assessments, checkins, claims, faults
from chalicelib.points.service.claims import Claimed
from chalicelib.points.views import pages
from chalicelib.points.views.explanations import explain
from chalicelib.web.forms import FormBody, FormErrors, FormView, Line, read_form
from chalicelib.web.http import Cookie, Page, Redirect, Request, Result
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)
CLAIM_COOKIE = "linli_claim"


class TypedForm(FormBody, frozen=True):
    number: Line
    digits: Line


class CheckInForm(FormBody, frozen=True, kw_only=True):
    did: Literal["in", "out"]
    activity_id: Line
    sure: bool = False


@guard.page(bp, "/q/{token}")
def scanned(request: Request) -> Result:
    """Where the code on the screen leads. It is judged now; what follows has ten minutes."""
    try:
        claim = claims.scanned(request.params["token"], browser_id=request.browser_id, now_ms=request.now_ms)
    except (faults.CodeExpired, faults.CodeForged, faults.CodeMalformed) as error:
        return _scan_page(FormView.of(request, error), status_of(error))
    return Redirect("/check-in", cookies=(_cookie(claim, request.now_ms),))


@guard.page(bp, "/scan")
def scan(request: Request) -> Result:
    return _scan_page(FormView())


@guard.page(bp, "/scan", methods=("POST",))
def typed(request: Request) -> Result:
    try:
        form = read_form(request, TypedForm)
        claim = claims.typed(form.number, form.digits, browser_id=request.browser_id, now_ms=request.now_ms)
    except (FormErrors, faults.DigitsMalformed, faults.DigitsWrong, faults.DigitsTooMany) as error:
        return _scan_page(FormView.of(request, error, "digits"), status_of(error))
    return Redirect("/check-in", cookies=(_cookie(claim, request.now_ms),))


@guard.page(bp, "/check-in")
def ask(request: Request) -> Result:
    """One large button: in, or out. Somebody not signed in keeps the claim and comes back here."""
    try:
        claim = _claim(request)
    except faults.ClaimMissing:
        return Redirect("/scan")
    actor = guard.actor_or_none(request)
    return Page(
        "points/check_in.html",
        {
            "activity": claim.activity,
            "when": pages.when(claim.activity, request.lang),
            "standing": checkins.standing(actor.member_id, claim.activity, now_ms=request.now_ms) if actor else None,
            "minutes_left": max((claim.expires_at - request.now_ms) // 60_000, 1),
        },
    )


@guard.page(bp, "/check-in", methods=("POST",), needs="member")
def do(request: Request) -> Result:
    form = read_form(request, CheckInForm)
    member_id = guard.actor(request).member_id
    before = checkins.repeat_of(member_id, form.activity_id, request.submission)
    if before is not None:
        return Redirect(f"/me/check-ins/{before.id}")
    try:
        claim = _claim(request)
        if claim.activity.id != form.activity_id:
            # Another code was scanned in this browser since the button was shown.
            raise faults.ClaimMissing()
        done = _done(form, claim, member_id, request)
    except faults.ClaimMissing as error:
        return _scan_page(FormView.of(request, error), status_of(error))
    except faults.CheckOutSoon as asks:
        return Page("points/check_out_soon.html", {"activity": claim.activity, "since": asks.fields["since"]})
    return Redirect(f"/me/check-ins/{done}")


@guard.page(bp, "/me/check-ins/{id}", needs="member")
def show(request: Request) -> Result:
    of, name, history = assessments.result(guard.actor(request), request.params["id"])
    return Page(
        "points/check_in_done.html",
        {
            "of": of,
            "activity": name,
            "state": pages.check_in_state(of),
            "history": [(one, counts, explain(one, request.lang)) for one, counts in history],
        },
    )


def _done(form: CheckInForm, claim: Claimed, member_id: str, request: Request) -> str:
    if form.did == "in":
        return checkins.check_in(
            member_id, claim.activity.id, how=claim.how, submission=request.submission, now_ms=request.now_ms
        ).id
    return checkins.check_out(
        member_id,
        claim.activity.id,
        how=claim.how,
        submission=request.submission,
        now_ms=request.now_ms,
        sure=form.sure,
    ).id


def _claim(request: Request) -> Claimed:
    text = request.cookies.get(CLAIM_COOKIE, "")
    return claims.claimed(text, browser_id=request.browser_id, now_ms=request.now_ms)


def _cookie(claim: Claimed, now_ms: int) -> Cookie:
    return Cookie(CLAIM_COOKIE, claim.text, (claim.expires_at - now_ms) // 1000)


def _scan_page(form: FormView, status: int = 200) -> Page:
    """Whatever was wrong with a code, the next one can be scanned or typed right here."""
    return Page("points/scan.html", {"form": form}, status=status, scanner=True)
