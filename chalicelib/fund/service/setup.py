"""Setting a fund up: its host charity, bank accounts, pots and posters; and the gate that they open.

Giving asks ``giving_gate`` and ``giving_place``; spending asks ``pot`` and ``fund``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from chalicelib.fund.model import bank_lines, categories, setup_faults
from chalicelib.fund.model import setup as model
from chalicelib.fund.model.categories import Category
from chalicelib.fund.model.setup import MAIN_FUND, BankAccount, Channel, Fund, FundFacts, FundPot, Poster, Source, Tier
from chalicelib.fund.model.setup_faults import FundUnknown, PosterUnknown, PotExists, PotUnknown
from chalicelib.fund.store import setup as store
from chalicelib.identity.service import STREET, Actor, Role, fund_scope, note_writes
from chalicelib.identity.service import faults as identity_faults
from chalicelib.identity.service import street as street_of
from chalicelib.ledger.store import balances
from chalicelib.table import Busy, Write, commit, fresh_reads

__all__ = [
    "MAIN_FUND",
    "BankAccount",
    "Category",
    "Channel",
    "Fund",
    "FundFacts",
    "FundPot",
    "GivingPlace",
    "Poster",
    "Source",
    "Tier",
    "add_bank_account",
    "bank_lines",
    "categories",
    "change_pot",
    "close_bank_account",
    "describe_fund",
    "fund",
    "giving_gate",
    "giving_place",
    "make_poster",
    "open_places",
    "open_pot",
    "poster",
    "posters",
    "pot",
    "pots",
    "require_setup",
    "retire_poster",
    "setup_faults",
]

_POSTER_CODES_TRIED_MAX = 5
_POSTERS_READ_MAX = 100


# --- the fund ----------------------------------------------------------------------------------


def fund(fund_id: str = MAIN_FUND) -> Fund:
    """The fund as it is set up; the main one is there from the start, with everything missing.

    Raises FundUnknown(fund_id).
    """
    found = store.fund(fund_id)
    if found is None:
        if fund_id != MAIN_FUND:
            raise FundUnknown(fund_id=fund_id[:40])
        return Fund(MAIN_FUND)
    return found


def giving_gate(fund_id: str = MAIN_FUND) -> Fund:
    """The fund, if its host charity's data is complete: asked before any public giving, on line or off.

    Raises GivingClosed(contact, missing), FundUnknown.
    """
    found = fund(fund_id)
    if found.missing:
        found.must_be_open(_street_contact())
    return found


def describe_fund(actor: Actor, facts: FundFacts, read_version: int, now_ms: int, fund_id: str = MAIN_FUND) -> Fund:
    """Write the fund's facts over the version that the page showed (0: none yet). The same again is no
    error; over a newer version it is Stale, so that nobody overwrites what they have not seen.

    Raises NotAllowed, TextMissing, TextTooLong, LinkInvalid, RefundDaysInvalid, ApprovalsInvalid, Stale.
    """
    require_setup(actor, fund_id)
    before = fund(fund_id)
    after = model.described(before, facts)
    if after == before:
        return before
    changed = [field.name for field in fields(facts) if getattr(before, field.name) != getattr(after, field.name)]
    after = replace(after, version=read_version + 1)
    commit(store.fund_writes(after, read_version) + _noted(actor, "fund_facts", fund_id, now_ms, " ".join(changed)))
    return after


@fresh_reads
def add_bank_account(actor: Actor, account_id: str, label: str, now_ms: int, fund_id: str = MAIN_FUND) -> Fund:
    """Name an account of the host charity. The same again is no error.

    Raises NotAllowed, BankAccountExists(label), SlugInvalid, TextMissing, TextTooLong.
    """
    require_setup(actor, fund_id)
    before = fund(fund_id)
    return _changed(actor, before, before.with_bank_account(account_id, label), now_ms, account_id)


@fresh_reads
def close_bank_account(actor: Actor, account_id: str, now_ms: int, fund_id: str = MAIN_FUND) -> Fund:
    """Take an account out of use; its past stays. Raises NotAllowed, BankAccountUnknown(account_id)."""
    require_setup(actor, fund_id)
    before = fund(fund_id)
    return _changed(actor, before, before.closing_bank_account(account_id), now_ms, account_id)


def _changed(actor: Actor, before: Fund, after: Fund, now_ms: int, account_id: str) -> Fund:
    if after == before:
        return before
    after = replace(after, version=before.version + 1)
    noted = _noted(actor, "fund_account", account_id, now_ms)
    commit(store.fund_writes(after, before.version) + noted)
    return after


# --- pots --------------------------------------------------------------------------------------


def pot(pot_id: str) -> FundPot:
    """Raises PotUnknown(pot_id)."""
    found = store.pot(pot_id) if pot_id else None
    if found is None:
        raise PotUnknown(pot_id=pot_id[:40])
    return found


def pots(fund_id: str = MAIN_FUND) -> list[FundPot]:
    """All pots in order of opening; one opened this very moment may be missing."""
    return store.pots(fund_id)


@fresh_reads
def open_pot(
    actor: Actor,
    pot_id: str,
    name: str,
    source: str,
    purposes: tuple[str, ...],
    *,
    submission: str,
    now_ms: int,
    fund_id: str = MAIN_FUND,
) -> FundPot:
    """A new pot, with its account in the ledger. A repeated submission gets its first answer.

    Raises NotAllowed, PotExists(name), SlugInvalid, TextMissing, TextTooLong, PotSourceUnknown,
    PurposesMissing, CategoryUnknown.
    """
    require_setup(actor, fund_id)
    new = model.opened_pot(fund_id, pot_id, name, source, purposes, actor.member_id, submission, now_ms)
    found = store.pot(new.id)
    if found is not None:
        if found.request == submission:
            return found
        raise PotExists(name=found.name)
    # Stale: made meanwhile, perhaps by this very submission; the fresh read tells which
    noted = _noted(actor, "fund_pot", new.id, now_ms)
    commit(store.new_pot_writes(new) + balances.pot_open_writes(new.id) + noted)
    return new


@fresh_reads
def change_pot(actor: Actor, pot_id: str, *, name: str, active: bool, now_ms: int) -> FundPot:
    """Rename a pot, or close it to new gifts and requests, or open it again. Its filed purposes do not
    change here: that is a change of use and needs the charity's and the donors' consent.

    Raises NotAllowed, PotUnknown, TextMissing, TextTooLong.
    """
    before = pot(pot_id)
    require_setup(actor, before.fund_id)
    after = model.renamed_pot(before, name, active)
    if after != before:
        commit(store.pot_writes(after) + _noted(actor, "fund_pot", after.id, now_ms))
    return after


# --- posters -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivingPlace:
    """Where a poster leads: the fund whose facts stand on the page, the pot, and the poster itself."""

    fund: Fund
    pot: FundPot
    poster: Poster


def poster(code: str) -> Poster:
    """A poster in use or retired, by its code in any spelling. Raises PosterUnknown."""
    plain = model.read_poster_code(code)
    found = store.poster(plain) if plain else None
    if found is None:
        raise PosterUnknown()
    return found


def giving_place(code: str) -> GivingPlace:
    """Where a poster leads, if giving is open there.

    Raises PosterUnknown, GivingClosed(contact, missing), PosterRetired(label), PotClosed(name).
    """
    found = poster(code)
    opened = giving_gate(found.fund_id)
    found.must_be_active()
    into = pot(found.pot_id)
    into.must_be_active()
    return GivingPlace(opened, into, found)


def open_places(fund_id: str = MAIN_FUND) -> list[GivingPlace]:
    """Where one can give without standing before a poster: the newest posters in use, by pot, that are not
    for one event. Giving must be open (``giving_gate``)."""
    opened = fund(fund_id)
    by_pot: dict[tuple[str, str], GivingPlace] = {}
    for found in store.posters(fund_id, "", _POSTERS_READ_MAX)[0]:
        if found.active and found.channel != "event" and (found.pot_id, found.tier) not in by_pot:
            into = pot(found.pot_id)
            if into.active:
                by_pot[(found.pot_id, found.tier)] = GivingPlace(opened, into, found)
    return list(by_pot.values())


def posters(fund_id: str = MAIN_FUND, cursor: str = "", limit: int = 20) -> tuple[list[Poster], str]:
    """Posters, newest first, and the cursor of the next page. Raises BadCursor."""
    return store.posters(fund_id, cursor, limit)


def make_poster(
    actor: Actor,
    pot_id: str,
    *,
    channel: str,
    label: str,
    submission: str,
    now_ms: int,
    tier: str = "individual",
) -> Poster:
    """A new poster for a pot. A repeated submission gets its first answer.

    Raises NotAllowed, PotUnknown, PotClosed, ChannelUnknown, TierUnknown, TextMissing, TextTooLong.
    """
    into = pot(pot_id)
    require_setup(actor, into.fund_id)
    for attempt in range(_POSTER_CODES_TRIED_MAX):
        code = model.poster_code(submission, attempt)
        found = store.poster(code)
        if found is not None and found.request == submission:
            return found
        if found is None:
            new = model.new_poster(code, into, channel, tier, label, actor.member_id, submission, now_ms)
            return _made(actor, new)
    raise Busy()


@fresh_reads
def _made(actor: Actor, new: Poster) -> Poster:
    found = store.poster(new.code)
    if found is not None and found.request == new.request:
        return found
    commit(store.new_poster_writes(new) + _noted(actor, "poster", new.code, new.made_at))
    return new


@fresh_reads
def retire_poster(actor: Actor, code: str, *, active: bool = False, now_ms: int) -> Poster:
    """Take a poster out of use, or into use again. Raises NotAllowed, PosterUnknown."""
    before = poster(code)
    require_setup(actor, before.fund_id)
    after = replace(before, active=active)
    if after != before:
        commit(store.poster_writes(after) + _noted(actor, "poster", after.code, now_ms))
    return after


# --- who may -----------------------------------------------------------------------------------


def require_read(actor: Actor, fund_id: str = MAIN_FUND) -> None:
    """Who sets the fund up, approves for it or supervises sees how it is set up. Raises NotAllowed."""
    if not (actor.may(Role.ADMIN, STREET) or actor.may(Role.APPROVER, fund_scope(fund_id))):
        actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))


def require_setup(actor: Actor, fund_id: str) -> None:
    """The administrator or this fund's manager. Raises NotAllowed."""
    if not actor.may(Role.ADMIN, STREET):
        actor.require(Role.FUND_MANAGER, fund_scope(fund_id))


def _noted(actor: Actor, what: str, subject: str, now_ms: int, detail: str = "") -> list[Write]:
    """Who changed what of the setup, for the log."""
    return note_writes(actor.member_id, what, subject, "", now_ms, detail)


def _street_contact() -> str:
    try:
        street = street_of()
    except identity_faults.StreetNotSetUp:
        return "街道办事处"
    return " ".join(part for part in (street.name, street.contact_phone) if part)
