"""The nouns of the journal: Posting, LotChange, Entry and the BookedEntry that is stored. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from chalicelib import ids
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.errors import LedgerCorrupt, Unbalanced

NEVER: Final = "never"
"""The expiry of a lot that does not expire."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg. ``amount`` is in minor units of the asset: debit positive, credit negative."""

    account: str
    asset: Asset
    amount: int


@dataclass(frozen=True, slots=True)
class LotChange:
    """What an entry does to one lot of one wallet (available and held together), in hundredths."""

    holder: str
    asset: Asset
    expiry: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry before it is booked. Whoever has the idempotency key has the identity.

    ``owner`` is whose totals it is added to: ``pot:<id>``, ``merchant:<id>``, ``community:<id>`` or
    ``books``; ``wallet_owner`` is set where a merchant and a wallet meet and takes the points legs
    that are not the merchant's. ``pot_in_fen`` is what the entry brings into the pot's spendable
    money. ``inputs`` are the caller's facts that must not differ when the key is repeated.
    """

    key: str
    kind: str
    postings: tuple[Posting, ...]
    value_date: date
    owner: str
    inputs: Mapping[str, Any]
    ref: str = ""
    wallet_owner: str = ""
    pot_in_fen: int = 0
    dims: Mapping[str, str] = field(default_factory=dict)
    explanation: Mapping[str, Any] = field(default_factory=dict)
    lots: tuple[LotChange, ...] = ()

    def __post_init__(self) -> None:
        balanced(self.postings)

    @property
    def id(self) -> str:
        return entry_id(self.key)

    @property
    def input_hash(self) -> str:
        return ids.input_hash(self.kind, dict(self.inputs))

    @property
    def statements(self) -> tuple[str, ...]:
        """The accounts whose statements show this entry, at most two."""
        found = statements_of(self.postings)
        if len(found) > 2:
            raise LedgerCorrupt(entry=self.id, what="more than two statement accounts")
        return found

    def body(self, booked_ms: int) -> str:
        """The canonical JSON that is stored, hashed and exported. No personal data belongs in it."""
        value: dict[str, Any] = {
            "key": self.key,
            "kind": self.kind,
            "legs": [[p.account, p.asset, p.amount] for p in self.postings],
            "value": self.value_date.isoformat(),
            "booked": booked_ms,
            "owner": self.owner,
            "input": self.input_hash,
        }
        optional: dict[str, Any] = {
            "ref": self.ref,
            "wallet_owner": self.wallet_owner,
            "in": self.pot_in_fen,
            "dims": dict(self.dims),
            "why": dict(self.explanation),
            "lots": [[c.holder, c.asset, c.expiry, c.amount] for c in self.lots],
        }
        value.update({name: part for name, part in optional.items() if part})
        return ids.canonical(value).decode()


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry as it stands in the journal; never changed or deleted."""

    id: str
    key: str
    kind: str
    postings: tuple[Posting, ...]
    value_date: date
    booked_ms: int
    owner: str
    input_hash: str
    ref: str
    wallet_owner: str
    pot_in_fen: int
    dims: Mapping[str, str]
    explanation: Mapping[str, Any]
    lots: tuple[LotChange, ...]
    body: str
    nonce: bytes
    leaf: bytes

    def amount(self, account: str, asset: Asset) -> int:
        """The sum of the legs on one account."""
        return sum(p.amount for p in self.postings if p.account == account and p.asset == asset)


def read_body(body: str, nonce: bytes, leaf: bytes) -> BookedEntry:
    """The entry in a stored body."""
    value = json.loads(body)
    return BookedEntry(
        id=entry_id(value["key"]),
        key=value["key"],
        kind=value["kind"],
        postings=tuple(Posting(account, asset, amount) for account, asset, amount in value["legs"]),
        value_date=date.fromisoformat(value["value"]),
        booked_ms=value["booked"],
        owner=value["owner"],
        input_hash=value["input"],
        ref=value.get("ref", ""),
        wallet_owner=value.get("wallet_owner", ""),
        pot_in_fen=value.get("in", 0),
        dims=value.get("dims", {}),
        explanation=value.get("why", {}),
        lots=tuple(LotChange(*change) for change in value.get("lots", [])),
        body=body,
        nonce=nonce,
        leaf=leaf,
    )


def statements_of(postings: Sequence[Posting]) -> tuple[str, ...]:
    """The accounts of these legs that have a statement, each once, in order."""
    return tuple(dict.fromkeys(p.account for p in postings if accounts.has_statement(p.account)))


def entry_id(key: str) -> str:
    """The identity of an entry: 32 hex digits of the hash of its idempotency key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def leaf_hash(body: str, nonce: bytes) -> bytes:
    """Leaf of a Merkle tree as in RFC 6962 §2.1 (prefix 0x00), over a nonce and the stored body, so
    that a published leaf does not let anyone guess what it stands for."""
    return hashlib.sha256(b"\x00" + nonce + body.encode()).digest()


def balanced(postings: Sequence[Posting]) -> None:
    """Raises Unbalanced unless every asset sums to zero and every leg is a non-zero integer on an
    account of the chart."""
    if len(postings) < 2:
        raise Unbalanced(reason="fewer than two legs")
    sums: dict[str, int] = {}
    for posting in postings:
        accounts.check(posting.account)
        if type(posting.amount) is not int or posting.amount == 0 or posting.asset not in accounts.ASSETS:
            raise Unbalanced(account=posting.account, asset=posting.asset, amount=posting.amount)
        sums[posting.asset] = sums.get(posting.asset, 0) + posting.amount
    for asset, total in sums.items():
        if total != 0:
            raise Unbalanced(asset=asset, difference=total)


def totals_of(postings: Sequence[Posting], owner: str, wallet_owner: str) -> dict[str, dict[tuple[Asset, str], int]]:
    """What an entry adds to which owner's totals: ``{owner: {(asset, control account): amount}}``.

    What nets to nothing on a control account, such as a gift within the family, adds nothing.
    """
    sums: dict[str, dict[tuple[Asset, str], int]] = {}
    for posting in postings:
        to_wallet_side = wallet_owner and not posting.account.startswith("liability:merchant:")
        of = sums.setdefault(wallet_owner if to_wallet_side else owner, {})
        name = (posting.asset, accounts.control(posting.account))
        of[name] = of.get(name, 0) + posting.amount
    kept = {who: {name: amount for name, amount in of.items() if amount} for who, of in sums.items()}
    return {who: of for who, of in kept.items() if of}
