"""The books for whoever has to check them."""

from __future__ import annotations

import msgspec
from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.fund.service import setup
from chalicelib.identity import guard
from chalicelib.identity.service import Role, communities
from chalicelib.merchants.service import merchant
from chalicelib.reports.routes import exports
from chalicelib.reports.service import books, nightly
from chalicelib.reports.service.exports import journal_is_large
from chalicelib.reports.views.account_words import KINDS, AccountNames
from chalicelib.reports.views.export_words import TEXT, journal_name
from chalicelib.web.http import Download, Json, Page, Request, Result
from chalicelib.web.i18n import N_

bp = Blueprint(__name__)
READERS = (Role.SUPERVISOR, Role.ADMIN, Role.FUND_MANAGER)
guard.staff_link("/staff/books", N_("账簿与核对"), *READERS, order=35)


class AccountSum(msgspec.Struct, frozen=True):
    """``amount`` in minor units: fen, or hundredths of a point; debit positive."""

    asset: str
    account: str
    amount: int


class TrialBalance(msgspec.Struct, frozen=True):
    """Every account's sum; each asset sums to zero."""

    as_of_ms: int
    accounts: list[AccountSum]


@guard.page(bp, "/staff/books", needs=READERS)
def show(request: Request) -> Result:
    return _page(request)


@guard.page(bp, "/staff/books/verify", methods=("POST",), needs=READERS)
def verify(request: Request) -> Result:
    """Everything is read, which may take longer than anybody waits: a job."""
    return exports.asked(request, "verification", {})


@guard.page(bp, "/staff/books/statement", needs=READERS)
def statement(request: Request) -> Result:
    account = request.query.get("account", "").strip()
    entries, cursor = books.statement(guard.actor(request), account, request.query.get("cursor", ""))
    named = {leg.account for entry in entries for leg in entry.postings} | {account}
    data = {"account": account, "entries": entries, "cursor": cursor, "names": _names(named), "kinds": KINDS}
    return Page("reports/statement.html", data)


@guard.page(bp, "/staff/books/journal", needs=READERS)
def journal(request: Request) -> Result:
    """At once while the journal is short; else the way to it as a job."""
    pieces = books.export(guard.actor(request), request.now_ms)
    if journal_is_large():
        return exports.instead("journal", {})
    return Download(journal_name(None, None, clock.shanghai_day(request.now_ms)), TEXT, pieces)


@guard.api(bp, "GET", "/books/trial-balance", summary="Every account's sum", response=TrialBalance, needs=READERS)
def trial_balance(request: Request) -> Json:
    found = books.trial_balance(guard.actor(request))
    return Json(TrialBalance(request.now_ms, [AccountSum(*name, amount) for name, amount in found.items()]))


def _page(request: Request) -> Page:
    sums = books.trial_balance(guard.actor(request))
    names = _names({account for _, account in sums})
    night = nightly.last_night(guard.actor(request), request.now_ms)
    return Page("reports/books.html", {"sums": sums, "names": names, "night": night})


def _names(accounts: set[str]) -> dict[str, str]:
    """What each account is called."""
    shops = {account.rsplit(":", 1)[1] for account in accounts if account.startswith("liability:merchant:")}
    names = AccountNames(
        banks={account.id: account.label for account in setup.fund().bank_accounts},
        pots={pot.id: pot.name for pot in setup.pots()},
        categories={one.slug: one.name_zh for one in setup.categories.CATEGORIES},
        merchants={shop: merchant(shop).name for shop in shops},
        communities={one.id: one.name for one in communities()},
    )
    return {account: names.of(account) for account in accounts}
