"""A member's wallet for TIME and MEDAL points: lots, holds, clawback, and what each event does. Pure.

All amounts are hundredths of a point. Lots hold available points only, earliest expiry spent first;
a hold keeps the allocation it took, so that exactly those points are captured or come back.
``posted = lots + holds`` is what the journal says. A wallet is never negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import NEVER, LotChange
from chalicelib.ledger.errors import HoldMissing, InsufficientPoints

CAP_DAYS_KEPT: Final = 14
RETURN_DAYS_MIN: Final = 30

Lots = Mapping[str, int]
"""``{expiry: amount}``; expiry is ``yyyy-mm``, dead after that Shanghai month, or ``never``."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Points set aside for one voucher, by the lots they came from."""

    asset: Asset
    lots: Lots

    @property
    def amount(self) -> int:
        return sum(self.lots.values())


@dataclass(frozen=True, slots=True)
class Wallet:
    """What one member has. ``caps`` is what was credited per Shanghai service day (``yyyymmdd``), the
    last 14 days of service; ``expired`` is what expiry took from each lot; ``xor`` is the XOR of the
    ids of all entries that touched the wallet, ``entries`` their number."""

    member_id: str
    lots: Mapping[Asset, Lots] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    clawback: Mapping[Asset, int] = field(default_factory=dict)
    expired: Mapping[Asset, Lots] = field(default_factory=dict)
    lifetime_medal_centi: int = 0
    caps: Mapping[str, Mapping[Asset, int]] = field(default_factory=dict)
    entries: int = 0
    xor: str = "0" * 32
    version: int = 0

    def available(self, asset: Asset, today: date) -> int:
        """Points that can be spent today."""
        return sum(live(self.lots.get(asset, {}), today).values())

    def held(self, asset: Asset) -> int:
        return sum(hold.amount for hold in self.holds.values() if hold.asset == asset)

    def posted(self, asset: Asset) -> int:
        """What the journal says stands in this wallet: available, dead but not yet expired, and held."""
        return sum(self.lots.get(asset, {}).values()) + self.held(asset)

    def cap_used(self, day: date, asset: Asset) -> int | None:
        """What was credited for a service day, or None when the day is too old to be kept here."""
        key = f"{day:%Y%m%d}"
        if key in self.caps:
            return self.caps[key].get(asset, 0)
        return None if len(self.caps) >= CAP_DAYS_KEPT and key < min(self.caps) else 0

    def booked(self, entry_id: str) -> Wallet:
        """The wallet after an entry that touches it."""
        xor = int(self.xor, 16) ^ int(entry_id, 16)
        return replace(self, entries=self.entries + 1, xor=f"{xor:032x}")


@dataclass(frozen=True, slots=True)
class Awarded:
    """The wallet after an award, per asset what settled a clawback and what came in, and the lots."""

    wallet: Wallet
    to_clawback: Mapping[Asset, int]
    to_wallet: Mapping[Asset, int]
    lots: tuple[LotChange, ...]


def award(wallet: Wallet, points_centi: Mapping[Asset, int], expiry: Mapping[Asset, str], day: date) -> Awarded:
    """Credit points for service on ``day``; what a reversal left owing is settled first."""
    lots = _copy(wallet.lots)
    owing = dict(wallet.clawback)
    to_clawback: dict[Asset, int] = {}
    to_wallet: dict[Asset, int] = {}
    changes: list[LotChange] = []
    for asset, amount in points_centi.items():
        if amount <= 0:
            continue
        settled = min(owing.get(asset, 0), amount)
        if settled:
            owing[asset] -= settled
            to_clawback[asset] = settled
        rest = amount - settled
        if rest:
            to_wallet[asset] = rest
            changes.append(_put(lots, wallet.member_id, asset, expiry[asset], rest))
    return Awarded(
        replace(
            wallet,
            lots=_tidy(lots),
            clawback={asset: left for asset, left in owing.items() if left},
            lifetime_medal_centi=wallet.lifetime_medal_centi + points_centi.get("MEDAL", 0),
            caps=_cap(wallet.caps, day, points_centi, 1),
        ),
        to_clawback,
        to_wallet,
        tuple(changes),
    )


@dataclass(frozen=True, slots=True)
class AwardReversed:
    """The wallet after a reversal and, per asset, where the points were found."""

    wallet: Wallet
    from_wallet: Mapping[Asset, int]
    from_expired: Mapping[Asset, int]
    to_clawback: Mapping[Asset, int]
    lots: tuple[LotChange, ...]


def reverse_award(
    wallet: Wallet, points_centi: Mapping[Asset, int], expiry: Mapping[Asset, str], day: date
) -> AwardReversed:
    """Take an award back: from what its lot's expiry took, then from the wallet (its own lot first,
    then earliest expiry first), and what is spent or held stays owing. Lifetime MEDAL falls in full
    and the day's cap is given back."""
    lots = _copy(wallet.lots)
    expired = _copy(wallet.expired)
    owing = dict(wallet.clawback)
    from_wallet: dict[Asset, int] = {}
    from_expired: dict[Asset, int] = {}
    to_clawback: dict[Asset, int] = {}
    changes: list[LotChange] = []
    for asset, amount in points_centi.items():
        if amount <= 0:
            continue
        lot = expiry[asset]
        gone = min(expired.get(asset, {}).get(lot, 0), amount)
        if gone:
            expired[asset][lot] -= gone
            from_expired[asset] = gone
        left = amount - gone
        own = lots.get(asset, {})
        for expires in sorted(own, key=lambda e: (e != lot, e)):
            take = min(own[expires], left)
            if take:
                changes.append(_put(lots, wallet.member_id, asset, expires, -take))
                from_wallet[asset] = from_wallet.get(asset, 0) + take
                left -= take
        if left:
            to_clawback[asset] = left
            owing[asset] = owing.get(asset, 0) + left
    return AwardReversed(
        replace(
            wallet,
            lots=_tidy(lots),
            expired=_tidy(expired),
            clawback=owing,
            lifetime_medal_centi=wallet.lifetime_medal_centi - points_centi.get("MEDAL", 0),
            caps=_cap(wallet.caps, day, points_centi, -1),
        ),
        from_wallet,
        from_expired,
        to_clawback,
        tuple(changes),
    )


def hold(wallet: Wallet, voucher_id: str, asset: Asset, points_centi: int, today: date) -> Wallet:
    """Set points aside for a voucher, earliest expiry first. Not an entry.

    Raises InsufficientPoints(asset, available_centi, asked_centi).
    """
    taken, lots = _take(wallet, asset, points_centi, today)
    return replace(wallet, lots=lots, holds={**wallet.holds, voucher_id: Hold(asset, taken)})


def capture(wallet: Wallet, voucher_id: str) -> tuple[Wallet, Hold, tuple[LotChange, ...]]:
    """The held points leave the wallet. Raises HoldMissing."""
    found = _hold(wallet, voucher_id)
    changes = tuple(LotChange(wallet.member_id, found.asset, e, -n) for e, n in sorted(found.lots.items()))
    return _without_hold(wallet, voucher_id), found, changes


def release(wallet: Wallet, voucher_id: str, today: date) -> tuple[Wallet, Hold, tuple[LotChange, ...]]:
    """The held points come back to their lots; what would come back to a dead lot expires at once.

    The lot changes are those of the expiry entry that must be written in the same transaction;
    empty when everything came back alive. Raises HoldMissing.
    """
    found = _hold(wallet, voucher_id)
    lots = _copy(wallet.lots)
    for expires, amount in live(found.lots, today).items():
        _put(lots, wallet.member_id, found.asset, expires, amount)
    dead = {e: n for e, n in found.lots.items() if not _lives(e, today)}
    after = replace(_without_hold(wallet, voucher_id), lots=_tidy(lots))
    return _mark_expired(after, found.asset, dead), found, _expiry_changes(wallet, found.asset, dead)


def expire(wallet: Wallet, today: date) -> tuple[Wallet, tuple[LotChange, ...]]:
    """Take every dead lot out of the wallet. No changes when nothing is dead."""
    changes: list[LotChange] = []
    after = wallet
    for asset, lots in wallet.lots.items():
        dead = {e: n for e, n in lots.items() if not _lives(e, today)}
        if dead:
            changes.extend(_expiry_changes(wallet, asset, dead))
            kept = {**after.lots, asset: live(lots, today)}
            after = _mark_expired(replace(after, lots=_tidy(_copy(kept))), asset, dead)
    return after, tuple(changes)


def take_out(
    wallet: Wallet, asset: Asset, points_centi: int, today: date
) -> tuple[Wallet, Lots, tuple[LotChange, ...]]:
    """Points leave for a relative's wallet or the pool, earliest expiry first; the lots go along.

    Raises InsufficientPoints.
    """
    taken, lots = _take(wallet, asset, points_centi, today)
    changes = tuple(LotChange(wallet.member_id, asset, e, -n) for e, n in sorted(taken.items()))
    return replace(wallet, lots=lots), taken, changes


def put_in(wallet: Wallet, asset: Asset, arriving: Lots) -> tuple[Wallet, tuple[LotChange, ...]]:
    """Points arrive with their lots: from a relative, a pool, an import, or as a return."""
    lots = _copy(wallet.lots)
    changes = tuple(_put(lots, wallet.member_id, asset, e, n) for e, n in sorted(arriving.items()))
    return replace(wallet, lots=_tidy(lots)), changes


def returned_lots(captured: Lots, today: date) -> dict[str, int]:
    """The lots of captured points that come back: never less than 30 days to spend them."""
    soonest = f"{today + timedelta(days=RETURN_DAYS_MIN):%Y-%m}"
    lots: dict[str, int] = {}
    for expires, amount in captured.items():
        lot = max(expires, soonest)
        lots[lot] = lots.get(lot, 0) + amount
    return lots


def live(lots: Lots, today: date) -> dict[str, int]:
    """The lots that can still be spent: through the end of their Shanghai month."""
    return {expires: amount for expires, amount in lots.items() if _lives(expires, today)}


def _lives(expires: str, today: date) -> bool:
    return expires == NEVER or expires >= f"{today:%Y-%m}"


def _take(
    wallet: Wallet, asset: Asset, points_centi: int, today: date
) -> tuple[dict[str, int], dict[Asset, dict[str, int]]]:
    available = wallet.available(asset, today)
    if points_centi <= 0 or available < points_centi:
        raise InsufficientPoints(asset=asset, available_centi=available, asked_centi=points_centi)
    lots = _copy(wallet.lots)
    taken: dict[str, int] = {}
    left = points_centi
    for expires in sorted(live(wallet.lots[asset], today)):
        take = min(lots[asset][expires], left)
        if take:
            taken[expires] = take
            lots[asset][expires] -= take
            left -= take
    return taken, _tidy(lots)


def _hold(wallet: Wallet, voucher_id: str) -> Hold:
    found = wallet.holds.get(voucher_id)
    if found is None:
        raise HoldMissing(voucher_id=voucher_id)
    return found


def _without_hold(wallet: Wallet, voucher_id: str) -> Wallet:
    return replace(wallet, holds={v: h for v, h in wallet.holds.items() if v != voucher_id})


def _expiry_changes(wallet: Wallet, asset: Asset, dead: Lots) -> tuple[LotChange, ...]:
    return tuple(LotChange(wallet.member_id, asset, e, -n) for e, n in sorted(dead.items()))


def _mark_expired(wallet: Wallet, asset: Asset, dead: Lots) -> Wallet:
    if not dead:
        return wallet
    expired = _copy(wallet.expired)
    of = expired.setdefault(asset, {})
    for expires, amount in dead.items():
        of[expires] = of.get(expires, 0) + amount
    return replace(wallet, expired=expired)


def _put(lots: dict[Asset, dict[str, int]], member_id: str, asset: Asset, expires: str, amount: int) -> LotChange:
    of = lots.setdefault(asset, {})
    of[expires] = of.get(expires, 0) + amount
    return LotChange(member_id, asset, expires, amount)


def _copy(lots: Mapping[Asset, Lots]) -> dict[Asset, dict[str, int]]:
    return {asset: dict(of) for asset, of in lots.items()}


def _tidy(lots: dict[Asset, dict[str, int]]) -> dict[Asset, dict[str, int]]:
    kept = {asset: {e: n for e, n in of.items() if n} for asset, of in lots.items()}
    return {asset: of for asset, of in kept.items() if of}


def _cap(
    caps: Mapping[str, Mapping[Asset, int]], day: date, points_centi: Mapping[Asset, int], sign: int
) -> dict[str, dict[Asset, int]]:
    key = f"{day:%Y%m%d}"
    if sign < 0 and key not in caps:
        return {d: dict(used) for d, used in caps.items()}
    after = {d: dict(used) for d, used in caps.items()}
    of = after.setdefault(key, {})
    for asset, amount in points_centi.items():
        of[asset] = max(of.get(asset, 0) + sign * amount, 0)
    return dict(sorted(after.items())[-CAP_DAYS_KEPT:])
