"""Where to give, for whoever comes without a poster: the home page's button leads here."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.fund.service import setup
from chalicelib.identity import guard
from chalicelib.web.http import Page, Request, Result

bp = Blueprint(__name__)


@guard.page(bp, "/give", payments=True)
def places(request: Request) -> Result:
    """The online posters in use, those for a shop's monthly gift apart; closed while the law's facts are missing."""
    fund = setup.giving_gate()
    open_ = setup.open_places()
    data = {
        "fund": fund,
        "single": [place for place in open_ if place.poster.tier != "monthly"],
        "monthly": [place for place in open_ if place.poster.tier == "monthly"],
    }
    return Page("fund/places.html", data)
