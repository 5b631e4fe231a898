"""Gifts as staff see them: by date, one with its entries, given back; monthly gifts; what Stripe told."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.fund.routes.asking_again import MENDABLE, asked_again
from chalicelib.fund.service import gifts as service
from chalicelib.fund.service import monthly, refunds, sweep, webhooks
from chalicelib.fund.views import giving as views
from chalicelib.fund.views.spending import CHANNELS, TIERS
from chalicelib.identity import guard
from chalicelib.identity.service import Role, fund_scope, names
from chalicelib.web.forms import Fen, FormBody, FormView, Line, Note, read_form
from chalicelib.web.http import Page, Redirect, Request, Result
from chalicelib.web.i18n import N_

bp = Blueprint(__name__)
_LIST = "/staff/fund/gifts"
guard.staff_link(_LIST, N_("捐赠"), Role.FUND_MANAGER, order=40)
guard.staff_link("/staff/fund/monthly", N_("月捐"), Role.FUND_MANAGER, order=41)
_BESIDE = {
    "refund_too_large": "amount_fen",
    "gift_amount_too_small": "amount_fen",
    "pot_cannot_cover": "amount_fen",
    "refund_reason_missing": "reason",
    "fund_text_too_long": "reason",
}
Cursor = Annotated[str, Meta(max_length=2000)]


class RefundForm(FormBody, frozen=True, kw_only=True):
    amount_fen: Fen | None = None
    reason: Note = ""


class EndForm(FormBody, frozen=True):
    when: Line = "period_end"


@guard.page(bp, _LIST, needs=Role.FUND_MANAGER)
def listed(request: Request) -> Result:
    chosen = service.Filter(
        tier=_known(request, "tier", TIERS),
        channel=_known(request, "channel", CHANNELS),
        state=_known(request, "state", views.GIFT_STATES),
    )
    found, more = service.gifts_page(guard.actor(request), chosen, request.query.get("cursor", ""))
    data = {
        "rows": views.gift_rows(found, request.lang),
        "more": more,
        "form": FormView.start(tier=chosen.tier, channel=chosen.channel, state=chosen.state),
        "tiers": views.filter_options(TIERS),
        "channels": views.filter_options(CHANNELS),
        "states": views.filter_options(views.GIFT_STATES),
    }
    return Page("fund/gifts.html", data)


def _known(request: Request, name: str, words: object) -> str:
    asked = request.query.get(name, "")
    return asked if isinstance(words, dict) and asked in words else ""


@guard.page(bp, _LIST + "/{id}", needs=Role.FUND_MANAGER)
def show(request: Request) -> Result:
    return _gift_page(request, FormView())


def _gift_page(request: Request, form: FormView, status: int = 200) -> Page:
    actor = guard.actor(request)
    gift = service.gift_for_staff(actor, request.params["id"])
    back, cases = refunds.of_gift(actor, gift.id), refunds.disputes_of(actor, gift.id)
    called = names([one.requested_by for one in back if not one.outside])
    data = {
        "gift": gift,
        "row": views.gift_rows([gift], request.lang)[0],
        "method": views.METHODS[gift.method],
        "dispute": views.DISPUTES.get(gift.dispute, ""),
        "keys": views.entry_keys(gift, back, cases),
        "refunds": [(one, views.REFUND_STATES[one.state], called.get(one.requested_by, "")) for one in back],
        "form": form,
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(gift.fund_id)),
    }
    return Page("fund/gift_staff.html", data, status=status)


@guard.page(bp, _LIST + "/{id}/refund", methods=("POST",), needs=Role.FUND_MANAGER, payments=True)
def refund(request: Request) -> Result:
    gift_id = request.params["id"]
    try:
        form = read_form(request, RefundForm)
        refunds.request_refund(
            guard.actor(request),
            gift_id,
            form.amount_fen,
            form.reason,
            submission=request.submission,
            now_ms=request.now_ms,
        )
    except MENDABLE as error:
        again, status = asked_again(request, error, _BESIDE)
        return _gift_page(request, again, status)
    return Redirect(f"{_LIST}/{gift_id}")


# --- monthly -----------------------------------------------------------------------------------


@guard.page(bp, "/staff/fund/monthly", needs=Role.FUND_MANAGER)
def monthlies(request: Request) -> Result:
    found, more = monthly.monthlies_page(guard.actor(request), request.query.get("cursor", ""))
    return Page("fund/monthlies.html", {"rows": views.monthly_rows(found, request.lang), "more": more})


@guard.page(bp, "/staff/fund/monthly/{id}", needs=Role.FUND_MANAGER)
def one_monthly(request: Request) -> Result:
    one = monthly.monthly_for_staff(guard.actor(request), request.params["id"])
    actor = guard.actor(request)
    called = names([one.cancelled_by]) if one.cancelled_by not in ("", monthly.BY_DONOR) else {}
    data = {
        "one": one,
        "state": views.MONTHLY_STATES[one.state],
        "cancelled_by": called.get(one.cancelled_by, ""),
        "manages": actor.may(Role.FUND_MANAGER, fund_scope(one.fund_id)),
    }
    return Page("fund/monthly_staff.html", data)


@guard.page(bp, "/staff/fund/monthly/{id}/cancel", methods=("POST",), needs=Role.FUND_MANAGER, payments=True)
def end_monthly(request: Request) -> Result:
    monthly.cancel_by_staff(
        guard.actor(request),
        request.params["id"],
        at_period_end=read_form(request, EndForm).when != "now",
        submission=request.submission,
        now_ms=request.now_ms,
    )
    return Redirect(f"/staff/fund/monthly/{request.params['id']}")


# --- what Stripe told --------------------------------------------------------------------------


@guard.page(bp, "/staff/fund/stripe", needs=Role.FUND_MANAGER)
def told(request: Request) -> Result:
    """Notices that were noted and not booked, and a button to ask Stripe again."""
    found, more = webhooks.problems_page(guard.actor(request), request.query.get("cursor", ""))
    return Page("fund/stripe.html", {"found": found, "more": more, "swept": None})


@guard.page(bp, "/staff/fund/stripe/sweep", methods=("POST",), needs=Role.FUND_MANAGER, payments=True)
def ask_again(request: Request) -> Result:
    swept = sweep.sweep_by_hand(guard.actor(request), request.now_ms)
    found, more = webhooks.problems_page(guard.actor(request))
    return Page("fund/stripe.html", {"found": found, "more": more, "swept": swept})
