"""What the books must show of merchants, and whether stock, limits and tallies hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chalicelib import clock
from chalicelib.ledger.verify import Fact, OpenHold
from chalicelib.merchants.model.tallies import Tally
from chalicelib.merchants.model.vouchers import Voucher
from chalicelib.merchants.store import merchants as merchant_store
from chalicelib.merchants.store import offers as offer_store
from chalicelib.merchants.store import tallies
from chalicelib.merchants.store import vouchers as store


def kinds() -> frozenset[str]:
    """The entry kinds of which every entry must be one of our facts."""
    return frozenset({"capture", "return"})


def facts() -> Iterator[Fact]:
    """Every captured voucher has one capture entry, every return one return entry."""
    for voucher in store.all_vouchers():
        if voucher.status == "captured":
            yield Fact(f"capture:{voucher.id}", "capture", f"voucher {voucher.id}")
        for part in voucher.returns:
            yield Fact(f"return:{voucher.id}:{part.number}", "return", f"voucher {voucher.id} return {part.number}")


def open_holds() -> Iterator[OpenHold]:
    """What the wallets must hold."""
    for voucher in store.all_vouchers():
        if voucher.status == "open":
            yield OpenHold(voucher.member_id, voucher.id, voucher.asset, voucher.points_centi)


def problems() -> Iterator[str]:
    """Our own invariants that do not hold, in plain words; no personal data in them."""
    vouchers = list(store.all_vouchers())
    yield from _merchants()
    yield from _stock(vouchers)
    yield from _usage(vouchers)
    yield from _tallies(vouchers)
    yield from _vouchers(vouchers)


def _merchants() -> Iterator[str]:
    for merchant in merchant_store.all_merchants():
        if merchant.status in ("active", "suspended") and merchant.decided_by in ("", merchant.applied_by):
            yield f"merchant {merchant.id}: approved by nobody else than who applied"


def _stock(vouchers: list[Voucher]) -> Iterator[str]:
    """What is left and what is out or used make up what was ever put in."""
    out = Counter(v.offer_id for v in vouchers if v.stock_taken and v.status in ("open", "captured"))
    by_hand: Counter[str] = Counter()
    for offer_id, pieces in offer_store.all_restocks():
        by_hand[offer_id] += pieces
    begun = {offer.id: offer.terms.stock for offer in offer_store.all_offers()}
    for stock in offer_store.all_stocks():
        offer_id = stock.offer_id
        if stock.left < 0 or stock.left + out[offer_id] != stock.total:
            yield f"offer {offer_id}: {stock.left} left and {out[offer_id]} out of {stock.total}"
        if stock.total != (begun.get(offer_id) or 0) + by_hand[offer_id]:
            yield f"offer {offer_id}: total {stock.total}, begun {begun.get(offer_id)}, by hand {by_hand[offer_id]}"


def _usage(vouchers: list[Voucher]) -> Iterator[str]:
    """Counters per person equal the vouchers, and no limit is passed."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for voucher in vouchers:
        if voucher.status in ("open", "captured"):
            counted[(voucher.offer_id, voucher.member_id, voucher.issued_month)] += 1
    kept: Counter[tuple[str, str, str]] = Counter()
    terms = {offer.id: offer.terms for offer in offer_store.all_offers()}
    for usage in offer_store.all_usages():
        for month, number in usage.by_month.items():
            kept[(usage.offer_id, usage.member_id, month)] += number
        if usage.total != sum(usage.by_month.values()):
            yield f"offer {usage.offer_id}: member {usage.member_id} total {usage.total}, months {dict(usage.by_month)}"
        limits = terms[usage.offer_id]
        if 0 < limits.per_person_max < usage.total:
            yield f"offer {usage.offer_id}: member {usage.member_id} has {usage.total} of {limits.per_person_max}"
        if any(0 < limits.per_month_max < number for number in usage.by_month.values()):
            yield f"offer {usage.offer_id}: member {usage.member_id} has too many in a month"
    for key in kept.keys() | counted.keys():
        if kept[key] != counted[key]:
            yield f"offer {key[0]}: member {key[1]} in {key[2]}: counter {kept[key]}, vouchers {counted[key]}"


def _tallies(vouchers: list[Voucher]) -> Iterator[str]:
    """Every merchant's days equal what was captured and returned."""
    counted: dict[tuple[str, str], Tally] = {}

    def count(merchant_id: str, at_ms: int, more: Tally) -> None:
        key = (merchant_id, f"{clock.shanghai_day(at_ms):%Y%m%d}")
        counted[key] = counted.get(key, Tally()) + more

    for voucher in vouchers:
        time = voucher.asset == "TIME"
        if voucher.status == "captured":
            points = voucher.points_centi
            captured = Tally(1, points if time else 0, 0 if time else points, voucher.reimbursement_fen)
            count(voucher.merchant_id, voucher.closed_at, captured)
        for part in voucher.returns:
            back = part.points_centi
            returned = Tally(returned_time_centi=back if time else 0, returned_medal_centi=0 if time else back)
            count(voucher.merchant_id, part.returned_at, returned)
    kept = {(merchant_id, day): tally for merchant_id, day, tally in tallies.all_tallies()}
    for key in kept.keys() | counted.keys():
        if kept.get(key, Tally()) != counted.get(key, Tally()):
            yield f"merchant {key[0]} on {key[1]}: tally {kept.get(key)}, vouchers {counted.get(key)}"


def _vouchers(vouchers: list[Voucher]) -> Iterator[str]:
    for voucher in vouchers:
        if sum(voucher.lots.values()) != voucher.points_centi or voucher.points_centi <= 0:
            yield f"voucher {voucher.id}: {voucher.points_centi} points from lots {dict(voucher.lots)}"
        if voucher.returned_centi > voucher.points_centi or (voucher.returns and voucher.status != "captured"):
            yield f"voucher {voucher.id}: returned {voucher.returned_centi} of {voucher.points_centi}"
        if store.voucher_id_of(voucher.code) != voucher.id:
            yield f"voucher {voucher.id}: its code leads elsewhere"
