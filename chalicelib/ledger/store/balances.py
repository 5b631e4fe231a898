"""Wallets, pools and pots: what must be exact is kept in the entry's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.operand import Path

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.ledger import wallet as w
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.errors import PotMissing, WalletMissing
from chalicelib.ledger.pot import Pot
from chalicelib.ledger.store import totals
from chalicelib.table import BalanceItem, ModelAttribute, Write


class WalletItem(BalanceItem):
    """``W#<member>`` / ``-``: one item for both assets, replaced by version."""

    body = ModelAttribute(w.Wallet)
    version = NumberAttribute()


class PotItem(BalanceItem):
    """``P#<pot>`` / ``-``: what is committed; what came in stands in the totals."""

    committed_fen = NumberAttribute(default=0)


class PoolItem(BalanceItem):
    """``W#<pool>`` / ``-``: a community's pool, one number attribute per lot, named ``TIME|<expiry>``.
    No version: many give to it at once, and a payment needs only that its lot covers it."""


def wallet_open_writes(member_id: str) -> list[Write]:
    """An empty wallet, written in the transaction in which the member joins."""
    return [table.create(WalletItem(pk=_wallet_pk(member_id), sk="-", body=w.Wallet(member_id), version=0))]


def wallet(member_id: str) -> w.Wallet:
    """The wallet, read consistently. Raises WalletMissing(member_id)."""
    item = table.get(WalletItem, _wallet_pk(member_id), "-")
    if item is None:
        raise WalletMissing(member_id=member_id)
    return item.body


def wallet_writes(read: w.Wallet, after: w.Wallet) -> list[Write]:
    """Replace a wallet as it was read by what was decided; Stale when it changed meanwhile."""
    version = read.version + 1
    body = replace(after, version=version)
    item = WalletItem(pk=_wallet_pk(read.member_id), sk="-", body=body, version=version)
    return [Write("put", item, WalletItem.version == read.version, error=Stale())]


def wallets(skip: table.Skip | None = None) -> Iterator[w.Wallet]:
    """Every wallet: for verification and the expiry job. ``skip`` is told of those that cannot be read."""
    for item in table.scan(WalletItem, WalletItem.version >= 0, skip=skip):
        yield item.body


def pool_open_writes(community_id: str) -> list[Write]:
    return [table.create(PoolItem(pk=_pool_pk(community_id), sk="-"))]


def pool(community_id: str) -> dict[tuple[str, str], int]:
    """A community's pool: ``{(asset, expiry): amount in hundredths}``."""
    with table.answers():
        raw = PoolItem._get_connection().get_item(_pool_pk(community_id), "-", consistent_read=True)
    lots: dict[tuple[str, str], int] = {}
    for attribute, value in (raw.get("Item") or {}).items():
        asset, bar, expires = attribute.partition("|")
        if bar and int(value["N"]):
            lots[(asset, expires)] = int(value["N"])
    return lots


def pool_writes(community_id: str, asset: Asset, changes: w.Lots) -> list[Write]:
    """Add to lots of a pool (positive) or take from them (negative, if the lot covers it, else Stale)."""
    item = PoolItem(pk=_pool_pk(community_id), sk="-")
    condition = PoolItem.pk.exists()
    actions = []
    for expires, amount in sorted(changes.items()):
        lot = Path([f"{asset}|{expires}"])
        actions.append(lot.add(amount))
        if amount < 0:
            condition = condition & (lot >= -amount)
    return [Write("update", item, condition, tuple(actions), error=Stale())]


def pot_open_writes(pot_id: str) -> list[Write]:
    """A new pot and its totals, written in the transaction that sets it up."""
    return [
        table.create(PotItem(pk=_pot_pk(pot_id), sk="-", committed_fen=0)),
        *totals.owner_writes("pot", pot_id),
    ]


def pot(pot_id: str) -> Pot:
    """The pot as it stands. ``committed`` is read first, then ``in``, which only grows: what is
    decided on them is checked again by the reservation's own condition. Raises PotMissing(pot_id)."""
    committed_fen = committed(pot_id)
    return Pot(pot_id, totals.read(totals.owner("pot", pot_id)).pot_in_fen, committed_fen)


def committed(pot_id: str) -> int:
    """What is committed of a pot, in fen. Raises PotMissing(pot_id)."""
    item = table.get(PotItem, _pot_pk(pot_id), "-")
    if item is None:
        raise PotMissing(pot_id=pot_id)
    return int(item.committed_fen)


def reserve_writes(read: Pot, amount_fen: int, not_yet_in_fen: int = 0) -> list[Write]:
    """Commit an amount if the pot covers it on what was read (Stale otherwise). Callers ask
    ``Pot.must_cover`` first, so that a refusal is decided on fresh reads.

    ``in_read`` may be behind, never ahead, so the condition is safe.
    """
    ceiling = read.in_fen + not_yet_in_fen - amount_fen
    item = PotItem(pk=_pot_pk(read.pot_id), sk="-")
    return [table.update(item, [PotItem.committed_fen.add(amount_fen)], PotItem.committed_fen <= ceiling, Stale())]


def commit_writes(pot_id: str, amount_fen: int) -> list[Write]:
    """Commit an amount without condition: what comes from outside (disputes, refunds made at Stripe,
    shortages, reversals). May make the pot negative, which blocks spending until it is covered."""
    item, there = PotItem(pk=_pot_pk(pot_id), sk="-"), PotItem.committed_fen.exists()
    return [table.update(item, [PotItem.committed_fen.add(amount_fen)], there, PotMissing(pot_id=pot_id))]


def release_writes(pot_id: str, amount_fen: int) -> list[Write]:
    """Undo a commitment: a rejected or cancelled disbursement, a refund that failed, a dispute won."""
    item = PotItem(pk=_pot_pk(pot_id), sk="-")
    return [table.update(item, [PotItem.committed_fen.add(-amount_fen)], PotItem.committed_fen >= amount_fen, Stale())]


def _wallet_pk(member_id: str) -> str:
    return f"W#{member_id}"


def _pool_pk(community_id: str) -> str:
    return f"W#pool-{community_id}"


def _pot_pk(pot_id: str) -> str:
    return f"P#{pot_id}"
