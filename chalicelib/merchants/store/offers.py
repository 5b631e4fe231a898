"""Offers, what is left of them, and what each member has had of them, as items."""

from __future__ import annotations

from collections.abc import Iterator

from pynamodb.attributes import NumberAttribute

from chalicelib import table
from chalicelib.merchants.model.faults import OfferSoldOut, StockInvalid
from chalicelib.merchants.model.offers import STOCK_MAX, Offer, Stock, Usage
from chalicelib.table import AppItem, ModelAttribute, Write

_ON_OFFER = "OFFERS#active"


class OfferItem(AppItem):
    """``OFFER#<id>`` / ``#``. ``by_1``: ``OFFERS#active`` / ``<id>``, while it is given out;
    ``by_2``: ``OFFERS-OF#<merchant>`` / ``<id>``."""

    body = ModelAttribute(Offer)


class StockItem(AppItem):
    """``OFFER#<id>`` / ``STOCK``: of limited offers only. Beside the offer and without version, so
    that many who take from it at once wait for nobody: only nothing left says no."""

    total = NumberAttribute()
    left = NumberAttribute()


class UsageItem(AppItem):
    """``OFFER#<id>`` / ``USED#<member>``: replaced by version."""

    body = ModelAttribute(Usage)


class RestockItem(AppItem):
    """``OFFER#<id>`` / ``RESTOCK#<submission>``: a change of the stock by hand, done once."""

    pieces = NumberAttribute()


def offer(offer_id: str) -> Offer | None:
    item = table.get(OfferItem, _pk(offer_id), "#")
    return item.body if item is not None else None


def on_offer(*, limit: int, cursor: str = "") -> tuple[list[Offer], str]:
    """What members can choose from, newest first, and the next page's cursor."""
    items, more = table.page(OfferItem, _ON_OFFER, index="by_1", limit=limit, cursor=cursor)
    return [item.body for item in items], more


def offers_of(merchant_id: str, *, limit: int, cursor: str = "") -> tuple[list[Offer], str]:
    """A merchant's offers, paused ones too, newest first."""
    items, more = table.page(OfferItem, f"OFFERS-OF#{merchant_id}", index="by_2", limit=limit, cursor=cursor)
    return [item.body for item in items], more


def stock(offer_id: str) -> Stock | None:
    """What is left; None of an unlimited offer."""
    item = table.get(StockItem, _pk(offer_id), "STOCK")
    return Stock(offer_id, int(item.total), int(item.left)) if item is not None else None


def usage(offer_id: str, member_id: str) -> Usage:
    item = table.get(UsageItem, _pk(offer_id), f"USED#{member_id}")
    return item.body if item is not None else Usage(offer_id, member_id)


def create_writes(offer: Offer) -> list[Write]:
    writes = [table.create(_item(offer), rank=1)]
    if offer.terms.stock is not None:
        item = StockItem(pk=_pk(offer.id), sk="STOCK", total=offer.terms.stock, left=offer.terms.stock)
        writes.append(table.create(item))
    return writes


def replace_writes(read: Offer, after: Offer) -> list[Write]:
    """Replace an offer as it was read; Stale when it changed meanwhile."""
    return [table.replace_version(_item(after), read.version)]


def take_writes(offer: Offer) -> list[Write]:
    """One piece leaves the stock, if there is one. Raises OfferSoldOut at the commit."""
    if not offer.limited:
        return []
    item = StockItem(pk=_pk(offer.id), sk="STOCK")
    error = OfferSoldOut(title=offer.terms.title)
    return [table.update(item, [StockItem.left.add(-1)], StockItem.left >= 1, error)]


def put_back_writes(offer_id: str) -> list[Write]:
    """One piece that was taken comes back."""
    item = StockItem(pk=_pk(offer_id), sk="STOCK")
    return [table.update(item, [StockItem.left.add(1)], StockItem.left.exists())]


def restock_writes(offer_id: str, pieces: int, submission: str) -> list[Write]:
    """Put in more pieces, or take some out if so many are left, and remember by which submission.

    Raises StockInvalid, or Stale where this submission did it already, at the commit."""
    item = StockItem(pk=_pk(offer_id), sk="STOCK")
    condition = StockItem.left >= -pieces if pieces < 0 else StockItem.total <= STOCK_MAX - pieces
    actions = [StockItem.left.add(pieces), StockItem.total.add(pieces)]
    done = RestockItem(pk=_pk(offer_id), sk=f"RESTOCK#{submission}", pieces=pieces)
    return [table.create(done, rank=1), table.update(item, actions, condition, StockInvalid(limit=STOCK_MAX))]


def restocked(offer_id: str, submission: str) -> int | None:
    """How many pieces a submission put in; None when it has not been done."""
    item = table.get(RestockItem, _pk(offer_id), f"RESTOCK#{submission}")
    return int(item.pieces) if item is not None else None


def usage_writes(read: Usage, after: Usage) -> list[Write]:
    """Replace what one member has had; Stale when it changed meanwhile."""
    item = UsageItem(pk=_pk(read.offer_id), sk=f"USED#{read.member_id}", body=after, version=after.version)
    return [table.create(item) if read.version == 0 else table.replace_version(item, read.version)]


def all_offers() -> Iterator[Offer]:
    """For verification only, as the three below."""
    for item in table.scan(OfferItem, OfferItem.pk.startswith("OFFER#") & (OfferItem.sk == "#")):
        yield item.body


def all_stocks() -> Iterator[Stock]:
    for item in table.scan(StockItem, StockItem.pk.startswith("OFFER#") & (StockItem.sk == "STOCK")):
        yield Stock(item.pk.removeprefix("OFFER#"), int(item.total), int(item.left))


def all_restocks() -> Iterator[tuple[str, int]]:
    """``(offer, pieces)`` of every change by hand."""
    for item in table.scan(RestockItem, RestockItem.pk.startswith("OFFER#") & RestockItem.sk.startswith("RESTOCK#")):
        yield item.pk.removeprefix("OFFER#"), int(item.pieces)


def all_usages() -> Iterator[Usage]:
    for item in table.scan(UsageItem, UsageItem.pk.startswith("OFFER#") & UsageItem.sk.startswith("USED#")):
        yield item.body


def _item(offer: Offer) -> OfferItem:
    item = OfferItem(pk=_pk(offer.id), sk="#", body=offer, version=offer.version)
    if offer.status == "active":
        item.pk_1, item.sk_1 = _ON_OFFER, offer.id
    item.pk_2, item.sk_2 = f"OFFERS-OF#{offer.merchant_id}", offer.id
    return item


def _pk(offer_id: str) -> str:
    return f"OFFER#{offer_id}"
