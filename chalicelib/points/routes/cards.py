"""Paper cards on the coordinator's phone: one after another, the result large, the next at once."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.errors import DomainError
from chalicelib.identity import guard
from chalicelib.identity import service as identity
from chalicelib.identity.service import Role
from chalicelib.points.service import activities, checkins, faults
from chalicelib.points.service.checkins import Scanned
from chalicelib.web.errors import sentence_for
from chalicelib.web.forms import FormBody, FormErrors, read_form
from chalicelib.web.http import Page, Request, Result
from chalicelib.web.i18n import N_
from chalicelib.web.respond import status_of

bp = Blueprint(__name__)


class CardForm(FormBody, frozen=True, kw_only=True):
    card: str = ""
    sure: bool = False


@guard.page(bp, "/staff/activities/{id}/cards", needs=Role.COORDINATOR)
def cards(request: Request) -> Result:
    return _page(request)


@guard.page(bp, "/staff/activities/{id}/cards", methods=("POST",), needs=Role.COORDINATOR)
def scan(request: Request) -> Result:
    """Every outcome is shown on this same page: the queue goes on."""
    try:
        form = read_form(request, CardForm)
        done = checkins.scan_card(
            guard.actor(request),
            request.params["id"],
            form.card,
            submission=request.submission,
            now_ms=request.now_ms,
            sure=form.sure,
        )
    except (faults.CheckOutSoon, faults.CheckInSoon) as asks:
        return _page(request, asks=asks, card=form.card)
    except FormErrors as error:
        return _page(request, error=identity.faults.TokenMalformed(), status=status_of(error))
    except DomainError as error:
        return _page(request, error=error, status=status_of(error))
    return _page(request, done=done)


def _page(
    request: Request,
    *,
    done: Scanned | None = None,
    error: DomainError | None = None,
    asks: faults.CheckOutSoon | faults.CheckInSoon | None = None,
    card: str = "",
    status: int = 200,
) -> Page:
    told = asks or error
    data = {
        "activity": activities.managed(guard.actor(request), request.params["id"]),
        "did": done.did if done else "",
        "check_in": done.check_in if done else None,
        "name": identity.masked_name(done.member.name) if done else "",
        "wrong": sentence_for(error.code, error.fields, request.lang) if error else None,
        "asks": sentence_for(told.code, told.fields, request.lang) if asks and told else None,
        "yes": N_("确认签退") if isinstance(asks, faults.CheckOutSoon) else N_("再次签到"),
        "card": card,
    }
    return Page("points/cards.html", data, status=status, scanner=True)
