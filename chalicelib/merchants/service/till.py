"""The till: a clerk scans or types, sees what to hand over, and captures exactly once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.errors import DomainError, NotAllowed
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Role, merchant_scope
from chalicelib.ledger import accounts, events, wallet
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import BookedEntry, Entry
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.merchants.model.codes import read_code
from chalicelib.merchants.model.faults import (
    ForeignVoucher,
    NotAVoucher,
    VoucherExpired,
    VoucherForged,
    VoucherUnknown,
)
from chalicelib.merchants.model.merchants import Merchant
from chalicelib.merchants.model.tallies import Tally
from chalicelib.merchants.model.vouchers import Voucher
from chalicelib.merchants.service import vouchers
from chalicelib.merchants.service.merchants import merchant, require_reader
from chalicelib.merchants.store import tallies
from chalicelib.merchants.store import vouchers as store
from chalicelib.table import commit, fresh_reads

PURPOSE = "voucher"
"""The purpose under which voucher tokens are signed."""

SCAN_CHARACTERS_MAX = 400
_IN_ADDRESS = re.compile(r"/v/([A-Za-z0-9_.~-]{1,120})/?(?:[?#].*)?\Z")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/?/?|/")
_TOKEN = re.compile(r"[A-Za-z0-9]{1,8}\.[utUT][A-Za-z0-9_~-]{14,}")


@dataclass(frozen=True, slots=True)
class AtTill:
    """What a clerk sees of a voucher: never who it is beyond a masked name. ``refusal`` is why it
    cannot be captured now, None if it can."""

    voucher: Voucher
    holder_masked: str
    refusal: DomainError | None


@dataclass(frozen=True, slots=True)
class Today:
    """A merchant's day: its sums, and its vouchers newest first with the next page's cursor."""

    merchant: Merchant
    day: date
    tally: Tally
    vouchers: list[Voucher]
    cursor: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What stands in a merchant's account in hundredths of a point (minus: carried forward after a
    return), and the month's tally with what the fund would reimburse."""

    merchant: Merchant
    points_centi: dict[Asset, int]
    month: str
    tally: Tally


def token_of(voucher: Voucher) -> str:
    """What the voucher's QR code carries, after ``/v/``. Its time is the voucher's own."""
    return identity.sign_token(PURPOSE, voucher.id)


def find(actor: Actor, scanned: str, *, now_ms: int) -> AtTill:
    """What a scan or typed code means at the actor's till.

    Raises NotAllowed, NotAVoucher, VoucherForged, VoucherCodeMalformed, VoucherCodeMistyped,
    VoucherUnknown, ForeignVoucher(name).
    """
    if not actor.has(Role.CLERK):
        raise NotAllowed(role=Role.CLERK.value)
    return show(actor, read_scan(scanned, now_ms), now_ms=now_ms)


def show(actor: Actor, voucher_id: str, *, now_ms: int) -> AtTill:
    """The same by the voucher's id. Raises NotAllowed, VoucherUnknown, ForeignVoucher(name)."""
    found = _at_till(actor, voucher_id)
    holder = identity.member(found.member_id)
    return AtTill(found, identity.masked_name(holder.name), _refusal(found, now_ms))


def capture(actor: Actor, voucher_id: str, *, submission: str, now_ms: int) -> Voucher:
    """The goods are handed over: the held points leave the wallet for the merchant's account.

    The same clerk's same ``submission`` gets its first answer. An overdue voucher is released.

    Raises NotAllowed, VoucherUnknown, ForeignVoucher, MerchantSuspended, MerchantNotActive,
    AlreadyCaptured(captured_at, goods), VoucherCancelled, VoucherExpired, OutsideHours.
    """
    try:
        return _capture(actor, voucher_id, submission, now_ms)
    except VoucherExpired:
        vouchers.release_if_overdue(voucher_id, now_ms)
        raise


@fresh_reads
def _capture(actor: Actor, voucher_id: str, submission: str, now_ms: int) -> Voucher:
    read = _at_till(actor, voucher_id)
    booked = journal.find(f"capture:{read.id}", "capture", _inputs(read))
    if booked and read.status == "captured" and (read.closed_by, read.closed_form) == (actor.member_id, submission):
        return read
    merchant(read.merchant_id).require_open()
    after = read.captured(actor.member_id, submission, now_ms)
    purse = balances.wallet(read.member_id)
    if read.id not in purse.holds:
        raise vouchers.hold_gone(read)
    captured, _, lots = wallet.capture(purse, read.id)
    today = clock.shanghai_day(now_ms)
    entry = Entry(
        key=f"capture:{read.id}",
        kind="capture",
        postings=events.voucher_captured(read.member_id, read.merchant_id, read.asset, read.points_centi),
        value_date=today,
        owner=totals.owner("merchant", read.merchant_id),
        wallet_owner=totals.owner("community", read.community_id),
        inputs=_inputs(read),
        ref=read.id,
        dims={"offer": read.offer_id},
        lots=lots,
    )
    commit(
        store.replace_writes(read, after)
        + tallies.captured_writes(after, today)
        + balances.wallet_writes(purse, captured.booked(entry.id))
        + journal.entry_writes(entry)
    )
    return after


def today(actor: Actor, merchant_id: str, *, now_ms: int, limit: int = 20, cursor: str = "") -> Today:
    """The vouchers captured since midnight and their sums. Raises NotAllowed, MerchantUnknown, BadCursor."""
    of = merchant(merchant_id)
    require_reader(actor, of)
    day = clock.shanghai_day(now_ms)
    start_ms = clock.day_start_ms(day)
    listed, more = store.captured_at(of.id, start_ms, start_ms + 24 * 60 * 60 * 1000, limit=limit, cursor=cursor)
    return Today(of, day, tallies.tally(of.id, day, day), listed, more)


def owed(actor: Actor, merchant_id: str, *, now_ms: int) -> Owed:
    """What the merchant has earned by now, and this Shanghai month. Raises NotAllowed, MerchantUnknown."""
    of = merchant(merchant_id)
    require_reader(actor, of)
    account, found = accounts.merchant(of.id), totals.read(totals.owner("merchant", of.id))
    day = clock.shanghai_day(now_ms)
    points = {asset: -found.of(account, asset) for asset in accounts.POINTS}
    return Owed(of, points, f"{day:%Y%m}", tallies.tally(of.id, day.replace(day=1), day))


def statement(
    actor: Actor, merchant_id: str, *, limit: int = 20, cursor: str = ""
) -> tuple[Merchant, list[BookedEntry], str]:
    """The entries on the merchant's account, newest first. Raises NotAllowed, MerchantUnknown, BadCursor."""
    of = merchant(merchant_id)
    require_reader(actor, of)
    entries, more = journal.statement(accounts.merchant(of.id), limit=limit, cursor=cursor)
    return of, entries, more


def _at_till(actor: Actor, voucher_id: str) -> Voucher:
    """The voucher, if it is one of a merchant at whose till the actor stands."""
    if not actor.has(Role.CLERK):
        raise NotAllowed(role=Role.CLERK.value)
    found = vouchers.stored(voucher_id)
    if not actor.may(Role.CLERK, merchant_scope(found.merchant_id)):
        raise ForeignVoucher(name=found.merchant_name)
    return found


def _refusal(found: Voucher, now_ms: int) -> DomainError | None:
    try:
        found.require_usable(now_ms)
        merchant(found.merchant_id).require_open()
        found.hours.require_open(now_ms)
    except DomainError as refusal:
        return refusal
    return None


def read_scan(scanned: str, now_ms: int) -> str:
    """The id of the voucher that was scanned or typed.

    Raises NotAVoucher, VoucherForged, VoucherCodeMalformed, VoucherCodeMistyped, VoucherUnknown.
    """
    text = scanned.strip()
    if len(text) > SCAN_CHARACTERS_MAX:
        raise NotAVoucher()
    in_address = _IN_ADDRESS.search(text)
    if in_address or _TOKEN.fullmatch(text):
        return _from_token(in_address[1] if in_address else text, now_ms)
    if _ADDRESS.match(text) or "." in text:
        raise NotAVoucher()
    found = store.voucher_id_of(read_code(text))
    if not found:
        raise VoucherUnknown()
    return found


def _from_token(token: str, now_ms: int) -> str:
    try:
        return identity.verify_token(PURPOSE, token, now_ms)
    except identity.faults.TokenMalformed as wrong:
        raise NotAVoucher() from wrong
    except identity.faults.TokenForged as wrong:
        raise VoucherForged() from wrong


def _inputs(read: Voucher) -> dict[str, str | int]:
    return {
        "voucher": read.id,
        "member": read.member_id,
        "merchant": read.merchant_id,
        "asset": read.asset,
        "points_centi": read.points_centi,
    }
