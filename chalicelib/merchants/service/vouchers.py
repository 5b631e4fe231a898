"""Vouchers: issued with a hold on the wallet; cancelled or expired, the hold comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib import clock, ids, table
from chalicelib.errors import DomainError, Refused, Stale
from chalicelib.identity import service as identity
from chalicelib.identity.service import Actor, Member, Role, community_scope
from chalicelib.ledger import events, wallet
from chalicelib.ledger.accounts import POINTS, Asset
from chalicelib.ledger.entry import Entry, LotChange
from chalicelib.ledger.errors import InsufficientPoints, LedgerCorrupt
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.merchants.model import offers as offer_rules
from chalicelib.merchants.model import vouchers as model
from chalicelib.merchants.model.codes import code_of
from chalicelib.merchants.model.faults import (
    PointsShort,
    UsedNotCancellable,
    VoucherUnknown,
)
from chalicelib.merchants.model.offers import Offer
from chalicelib.merchants.model.vouchers import Released, Voucher
from chalicelib.merchants.service.merchants import merchant
from chalicelib.merchants.service.offers import offer
from chalicelib.merchants.store import offers as offer_store
from chalicelib.merchants.store import vouchers as store
from chalicelib.table import Round, commit, fresh_reads

BY_SCHEDULE = "schedule"
_CODE_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Purse:
    """What a member could spend on an offer, in hundredths: ``missing_centi`` is 0 if it is enough."""

    available_centi: int
    missing_centi: int

    @property
    def enough(self) -> bool:
        return self.missing_centi == 0


def issue(
    actor: Actor, offer_id: str, *, agreed_centi: int, submission: str, now_ms: int, member_id: str = ""
) -> Voucher:
    """Exchange points for a voucher: the points are held, nothing is booked yet.

    ``agreed_centi`` is the price that was shown. A coordinator may do it for a ``member_id`` of
    their community who has no phone. The same ``submission`` again returns the same voucher.

    Raises NotAllowed, MemberUnknown, OfferUnknown, OfferChanged, OfferPaused, OfferSoldOut,
    PersonLimitReached, MonthLimitReached, MerchantSuspended, MerchantNotActive,
    PointsShort(available_centi, asked_centi, missing_centi).
    """
    holder = _holder(actor, member_id)
    voucher_id = ids.derived_ulid(ids.ulid_ms(submission), "voucher", holder.id, offer_id, submission)
    try:
        return _issue(actor, holder, offer_id, agreed_centi, voucher_id, now_ms)
    except Refused:
        # A double click may find what its first half has just taken: that one's answer counts.
        existing = store.voucher(voucher_id)
        if existing is not None:
            return existing
        # What is overdue but not yet released by the schedule must not stand in the way.
        if not release_overdue(holder.id, now_ms):
            raise
    return _issue(actor, holder, offer_id, agreed_centi, voucher_id, now_ms)


@fresh_reads
def _issue(actor: Actor, holder: Member, offer_id: str, agreed_centi: int, voucher_id: str, now_ms: int) -> Voucher:
    existing = store.voucher(voucher_id)
    if existing is not None:
        return existing
    wanted = offer(offer_id)
    at = merchant(wanted.merchant_id)
    at.require_open()
    today = clock.shanghai_day(now_ms)
    usage = offer_store.usage(wanted.id, holder.id)
    stock = offer_store.stock(wanted.id) if wanted.limited else None
    offer_rules.require_price(wanted, agreed_centi)
    offer_rules.require_available(wanted, stock, usage, today)
    read = balances.wallet(holder.id)
    after = _hold(read, voucher_id, wanted, now_ms)
    voucher = model.issue(
        voucher_id,
        wanted,
        at,
        holder.id,
        holder.community_id,
        actor.member_id,
        after.holds[voucher_id].lots,
        now_ms,
        _free_code(voucher_id),
    )
    commit(
        store.create_writes(voucher)
        + offer_store.take_writes(wanted)
        + offer_store.usage_writes(usage, usage.taking(voucher.issued_month))
        + balances.wallet_writes(read, after)
    )
    return voucher


def cancel(actor: Actor, voucher_id: str, *, now_ms: int) -> Voucher:
    """Give a voucher back before it is used; its points, stock and limits come back at once.

    Cancelling again changes nothing; an overdue one is released as expired.

    Raises VoucherUnknown, UsedNotCancellable(captured_at).
    """
    found = voucher(actor, voucher_id)
    return release(found.id, "expired" if found.overdue(now_ms) else "cancelled", actor.member_id, now_ms)


def expire_due(now_ms: int, go_on: Callable[[], bool] = table.always) -> Round:
    """Release every voucher whose last day is over: for the schedule. Doing it twice, or beside a till that
    captures one, is no harm."""
    return table.each(
        lambda skip: store.overdue(now_ms, skip),
        lambda found: found.id,
        lambda found: release_if_overdue(found.id, now_ms),
        go_on,
    )


def release_overdue(member_id: str, now_ms: int) -> int:
    """The same for what one member's wallet holds."""
    count = 0
    for voucher_id in balances.wallet(member_id).holds:
        count += release_if_overdue(voucher_id, now_ms)
    return count


def release_if_overdue(voucher_id: str, now_ms: int) -> int:
    """Release one voucher if its last day is over: 1 if this or somebody else just did, else 0."""
    found = store.voucher(voucher_id)
    if found is None or not found.overdue(now_ms):
        return 0
    try:
        return int(release(voucher_id, "expired", BY_SCHEDULE, now_ms).status == "expired")
    except UsedNotCancellable:
        return 0


@fresh_reads
def release(voucher_id: str, status: Released, by: str, now_ms: int) -> Voucher:
    """The hold goes back to the wallet; what would go back to a dead lot expires in the same
    transaction. A voucher that was released already stays as it is.

    Raises VoucherUnknown, UsedNotCancellable.
    """
    read = stored(voucher_id)
    after = read.released(status, by, now_ms)
    if after is read:
        return read
    purse = balances.wallet(read.member_id)
    usage = offer_store.usage(read.offer_id, read.member_id)
    if read.id not in purse.holds:
        raise hold_gone(read)
    released, _, dead_lots = wallet.release(purse, read.id, clock.shanghai_day(now_ms))
    expiry = _expiry(read, purse, dead_lots, now_ms) if dead_lots else None
    if expiry is not None:
        released = released.booked(expiry.id)
    commit(
        store.replace_writes(read, after)
        + (offer_store.put_back_writes(read.offer_id) if read.stock_taken else [])
        + offer_store.usage_writes(usage, usage.giving_back(read.issued_month))
        + balances.wallet_writes(purse, released)
        + (journal.entry_writes(expiry) if expiry is not None else [])
    )
    return after


def voucher(actor: Actor, voucher_id: str) -> Voucher:
    """One's own voucher, or that of somebody whom one looks after as a coordinator. Raises VoucherUnknown."""
    found = stored(voucher_id)
    if found.member_id != actor.member_id and not actor.may(Role.COORDINATOR, community_scope(found.community_id)):
        raise VoucherUnknown()
    return found


def vouchers_of(actor: Actor, *, limit: int = 20, cursor: str = "") -> tuple[list[Voucher], str]:
    """One's own vouchers, newest first. Raises BadCursor."""
    return store.vouchers_of(actor.member_id, limit=limit, cursor=cursor)


def available(actor: Actor, *, now_ms: int, member_id: str = "") -> dict[Asset, int]:
    """What can be spent today, by asset, in hundredths. Raises NotAllowed, MemberUnknown."""
    read = balances.wallet(_holder(actor, member_id).id)
    return {asset: read.available(asset, clock.shanghai_day(now_ms)) for asset in POINTS}


def purse(actor: Actor, wanted: Offer, *, now_ms: int, member_id: str = "") -> Purse:
    """What the holder has for this offer today, overdue holds counted as back. Changes nothing.

    Raises NotAllowed, MemberUnknown.
    """
    holder = _holder(actor, member_id)
    read = balances.wallet(holder.id)
    asset, price = wanted.terms.asset, wanted.terms.price_centi
    today = clock.shanghai_day(now_ms)
    available = read.available(asset, today)
    for voucher_id, held in read.holds.items():
        if available < price and held.asset == asset:
            found = store.voucher(voucher_id)
            if found is not None and found.overdue(now_ms):
                available += sum(wallet.live(held.lots, today).values())
    return Purse(available, max(price - available, 0))


def holder_of(actor: Actor, scanned: str, *, now_ms: int) -> Member:
    """Whose paper card was scanned, or whose card number, volunteer number or phone was typed; for the
    coordinator of their community.

    Raises NotAllowed, MemberUnknown, PhoneInvalid and its kin, CardUnknown, CardRevoked, TokenForged.
    """
    try:
        holder = identity.member_by_card(scanned, now_ms)
    except identity.faults.TokenMalformed:
        holder = identity.find_member(actor, scanned)
    actor.require(Role.COORDINATOR, community_scope(holder.community_id))
    return holder


def stored(voucher_id: str) -> Voucher:
    """Raises VoucherUnknown."""
    found = store.voucher(voucher_id) if ids.is_ulid(voucher_id) else None
    if found is None:
        raise VoucherUnknown()
    return found


def hold_gone(read: Voucher) -> DomainError:
    """What it means that the wallet of an open voucher holds nothing for it: it was closed between the
    two reads (Stale), else LedgerCorrupt."""
    if stored(read.id).version != read.version:
        return Stale()
    return LedgerCorrupt(voucher=read.id, what="open without a hold")


def _holder(actor: Actor, member_id: str) -> Member:
    holder = identity.member(member_id or actor.member_id)
    if holder.id != actor.member_id:
        actor.require(Role.COORDINATOR, community_scope(holder.community_id))
    return holder


def _hold(read: wallet.Wallet, voucher_id: str, wanted: Offer, now_ms: int) -> wallet.Wallet:
    asset, price = wanted.terms.asset, wanted.terms.price_centi
    try:
        return wallet.hold(read, voucher_id, asset, price, clock.shanghai_day(now_ms))
    except InsufficientPoints as short:
        available = read.available(asset, clock.shanghai_day(now_ms))
        raise PointsShort(
            asset=asset, available_centi=available, asked_centi=price, missing_centi=price - available
        ) from short


def _free_code(voucher_id: str) -> int:
    for attempt in range(_CODE_ATTEMPTS):
        if not store.voucher_id_of(code_of(voucher_id, attempt)):
            return attempt
    raise Stale()


def _expiry(read: Voucher, purse: wallet.Wallet, lots: tuple[LotChange, ...], now_ms: int) -> Entry:
    amount = -sum(change.amount for change in lots)
    return Entry(
        key=f"expiry:{purse.member_id}:{purse.version}",
        kind="expiry",
        postings=events.wallet_expired(purse.member_id, read.asset, amount),
        value_date=clock.shanghai_day(now_ms),
        owner=totals.owner("community", read.community_id),
        inputs={"wallet": purse.member_id, "version": purse.version},
        ref=read.id,
        lots=lots,
    )
