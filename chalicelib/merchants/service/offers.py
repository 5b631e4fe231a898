"""Offers: entered by staff, restocked, paused; and what members can choose from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib import ids
from chalicelib.errors import Stale
from chalicelib.identity.service import Actor, community_scope, note_writes
from chalicelib.ledger.errors import IdempotencyMismatch
from chalicelib.merchants.model.faults import OfferUnknown, StockInvalid, StockUnlimited
from chalicelib.merchants.model.merchants import Merchant
from chalicelib.merchants.model.offers import STOCK_MAX, Offer, OfferStatus, Stock, Terms, checked
from chalicelib.merchants.service.merchants import KEEPERS, merchant, require_reader
from chalicelib.merchants.store import offers as store
from chalicelib.merchants.store.merchants import merchant as stored_merchant
from chalicelib.table import commit, fresh_reads


@dataclass(frozen=True, slots=True)
class OnOffer:
    """An offer with its merchant and what is left of it; ``stock`` None is unlimited."""

    offer: Offer
    merchant: Merchant
    stock: Stock | None


@fresh_reads
def add_offer(actor: Actor, merchant_id: str, terms: Terms, *, submission: str, now_ms: int) -> Offer:
    """Put something on offer at a merchant. The same ``submission`` again returns what it made.

    Raises NotAllowed, MerchantUnknown, MerchantNotActive, MerchantSuspended, TextInvalid, PriceInvalid,
    StockInvalid, LimitInvalid, HoursInvalid, ValidDaysInvalid, ReimbursementInvalid, IdempotencyMismatch
    (the same ``submission`` with other terms).
    """
    of = merchant(merchant_id)
    actor.require_any(KEEPERS, community_scope(of.community_id))
    offer_id = ids.derived_ulid(ids.ulid_ms(submission), "offer", merchant_id, submission)
    existing = store.offer(offer_id)
    if existing is not None:
        if existing.terms != checked(terms):
            raise IdempotencyMismatch(key=submission)
        return existing
    of.require_open()
    new = Offer(
        id=offer_id,
        merchant_id=of.id,
        merchant_name=of.name,
        terms=checked(terms),
        created_by=actor.member_id,
        created_at=now_ms,
    )
    commit(store.create_writes(new) + note_writes(actor.member_id, "offer_add", new.id, "", now_ms))
    return new


@fresh_reads
def set_status(actor: Actor, offer_id: str, status: OfferStatus, *, now_ms: int) -> Offer:
    """Pause an offer or give it out again; vouchers that were issued stay good.

    Raises NotAllowed, OfferUnknown.
    """
    read = offer(offer_id)
    actor.require_any(KEEPERS, community_scope(merchant(read.merchant_id).community_id))
    after = replace(read, status=status, version=read.version + 1)
    if read.status != status:
        commit(store.replace_writes(read, after) + note_writes(actor.member_id, f"offer_{status}", read.id, "", now_ms))
        return after
    return read


def restock(actor: Actor, offer_id: str, pieces: int, *, submission: str, now_ms: int) -> Stock:
    """Put in more pieces, or take out (negative) what is left, once for a ``submission``.

    Raises NotAllowed, OfferUnknown, StockUnlimited, StockInvalid (nothing to change, too many, or not
    so many left), IdempotencyMismatch (the same ``submission`` with another number).
    """
    read = offer(offer_id)
    actor.require_any(KEEPERS, community_scope(merchant(read.merchant_id).community_id))
    if not read.limited:
        raise StockUnlimited()
    if pieces == 0 or abs(pieces) > STOCK_MAX:
        raise StockInvalid(limit=STOCK_MAX)
    if store.restocked(offer_id, submission) is None:
        try:
            commit(
                store.restock_writes(offer_id, pieces, submission)
                + note_writes(actor.member_id, "offer_restock", offer_id, str(pieces), now_ms)
            )
        except Stale:
            # A second press of the same button at the same moment: the first has done it.
            if store.restocked(offer_id, submission) is None:
                raise
    if store.restocked(offer_id, submission) != pieces:
        raise IdempotencyMismatch(key=submission)
    left = store.stock(offer_id)
    if left is None:
        raise OfferUnknown()
    return left


def offer(offer_id: str) -> Offer:
    """Raises OfferUnknown."""
    found = store.offer(offer_id) if ids.is_ulid(offer_id) else None
    if found is None:
        raise OfferUnknown()
    return found


def on_offer(offer_id: str) -> OnOffer:
    """One offer as members see it. Raises OfferUnknown, MerchantUnknown."""
    found = offer(offer_id)
    return OnOffer(found, merchant(found.merchant_id), store.stock(found.id) if found.limited else None)


def offers(*, limit: int = 20, cursor: str = "") -> tuple[list[OnOffer], str]:
    """What can be chosen now, newest first; what a suspended merchant offers is left out. Raises BadCursor."""
    found, more = store.on_offer(limit=limit, cursor=cursor)
    merchants = {merchant_id: stored_merchant(merchant_id) for merchant_id in {one.merchant_id for one in found}}
    shown = []
    for one in found:
        of = merchants[one.merchant_id]
        if of is not None and of.status == "active":
            shown.append(OnOffer(one, of, store.stock(one.id) if one.limited else None))
    return shown, more


def offers_of(actor: Actor, merchant_id: str, *, limit: int = 20, cursor: str = "") -> tuple[list[OnOffer], str]:
    """A merchant's offers, paused ones too. Raises NotAllowed, MerchantUnknown, BadCursor."""
    of = merchant(merchant_id)
    require_reader(actor, of)
    found, more = store.offers_of(of.id, limit=limit, cursor=cursor)
    return [OnOffer(one, of, store.stock(one.id) if one.limited else None) for one in found], more
