"""Do the books hold? A list of small named checks over one replay of the journal.

Reads only. Each check yields findings; none means that the books hold. Under traffic a difference
counts only if it is still there, the very same, when everything is read again.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from chalicelib import clock
from chalicelib.ledger import accounts
from chalicelib.ledger import entry as e
from chalicelib.ledger import wallet as w
from chalicelib.ledger.errors import BadAccount, Unbalanced
from chalicelib.ledger.pot import Pot
from chalicelib.ledger.store import balances, journal, totals
from chalicelib.table import ItemUnreadable


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened outside the journal and must have exactly one entry in it."""

    entry_key: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A voucher that is neither captured nor released, and what it holds (hundredths)."""

    member_id: str
    voucher_id: str
    asset: accounts.Asset
    points_centi: int


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a fact takes away from a pot (fen). ``outside``: reported by Stripe or the bank, so it was
    posted without asking whether the pot covers it."""

    pot_id: str
    amount_fen: int
    what: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What the domains say that the books must show. ``kinds`` are the entry kinds of which every
    entry must have its fact."""

    facts: Iterable[Fact] = ()
    kinds: frozenset[str] = frozenset()
    holds: Iterable[OpenHold] | None = None
    commitments: Iterable[Commitment] | None = None
    problems: Iterable[str] = ()


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that does not hold: which check, about what, and how."""

    check: str
    about: str
    detail: str


@dataclass(slots=True)
class _OfWallet:
    entries: int = 0
    xor: int = 0
    lots: Counter[tuple[str, str]] = field(default_factory=Counter)
    clawback: Counter[str] = field(default_factory=Counter)
    lifetime_medal: int = 0


@dataclass(slots=True)
class Books:
    """Everything that the checks look at, read once."""

    entries: int = 0
    broken: list[Finding] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    by_wallet: dict[str, _OfWallet] = field(default_factory=lambda: defaultdict(_OfWallet))
    by_owner: dict[str, dict[str, totals.Totals]] = field(default_factory=lambda: defaultdict(dict))
    pools: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wallets: dict[str, w.Wallet] = field(default_factory=dict)
    pots: dict[str, Pot] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    fact_kinds: frozenset[str] = frozenset()
    holds: list[OpenHold] | None = None
    commitments: list[Commitment] | None = None
    problems: list[str] = field(default_factory=list)


def verify(
    claims: Callable[[], Claims] = Claims,
    *,
    tries: int = 3,
    pause_s: float = 0.2,
    seen: Callable[[int], None] | None = None,
) -> list[Finding]:
    """All findings that persist; empty when the books hold.

    ``claims`` is called at each try, so that the facts are read as freshly as the books; ``seen`` is told after
    each entry how many of this try were read.
    """
    persistent: set[Finding] | None = None
    for number in range(tries):
        try:
            books = read_books(claims(), seen)
            found = {finding for check in CHECKS for finding in check(books)}
        except ItemUnreadable as error:
            about = str(error.fields["pk"])
            found = {Finding("item_readable", about, "cannot be read; what depends on it was not checked")}
        persistent = found if persistent is None else persistent & found
        if not persistent:
            return []
        if number < tries - 1:
            time.sleep(pause_s)
    return sorted(persistent or ())


def read_books(claims: Claims, seen: Callable[[int], None] | None = None) -> Books:
    """Replay the journal and read the balances and facts."""
    books = Books(
        facts=list(claims.facts),
        fact_kinds=claims.kinds,
        holds=None if claims.holds is None else list(claims.holds),
        commitments=None if claims.commitments is None else list(claims.commitments),
        problems=list(claims.problems),
    )
    for entry in journal.scan_entries(lambda pk, check: books.broken.append(Finding(check, pk, _STORED[check]))):
        _replay(books, entry)
        if seen is not None:
            seen(books.entries)
    books.wallets = {wallet.member_id: wallet for wallet in balances.wallets()}
    for name in totals.owners():
        kind, _, owner_id = name.partition(":")
        if kind == "pot":
            books.pots[owner_id] = balances.pot(owner_id)
    return books


_STORED: Final = {
    "entry_readable": "the stored item or its body cannot be read",
    "entry_id": "stored under another id than its key's",
    "entry_indexes": "found by another day or account than its body says",
}


def _replay(books: Books, entry: e.BookedEntry) -> None:
    books.entries += 1
    books.kinds[entry.key] = entry.kind
    try:
        e.balanced(entry.postings)
    except (Unbalanced, BadAccount) as error:
        books.broken.append(Finding("entry_balances", entry.key, str(error)))
    if e.leaf_hash(entry.body, entry.nonce) != entry.leaf:
        books.broken.append(Finding("leaf_hash", entry.key, "the stored body is not what was hashed"))
    month = clock.shanghai_month(entry.booked_ms)
    added = e.totals_of(entry.postings, entry.owner, entry.wallet_owner)
    if entry.pot_in_fen:
        added.setdefault(entry.owner, {})
    for name, sums in added.items():
        of = books.by_owner[name].setdefault(month, totals.Totals())
        of.add(sums, entry.pot_in_fen if name == entry.owner else 0, 1)
    touched: set[str] = set()
    for posting in entry.postings:
        holder = accounts.last(posting.account)
        if posting.account.startswith(("liability:wallet:", "asset:clawback:")):
            touched.add(holder)
        if posting.account.startswith("asset:clawback:"):
            books.by_wallet[holder].clawback[posting.asset] += posting.amount
    issued = sum(p.amount for p in entry.postings if p.account.startswith("equity:issued:") and p.asset == "MEDAL")
    for member_id in touched:
        of_wallet = books.by_wallet[member_id]
        of_wallet.entries += 1
        of_wallet.xor ^= int(entry.id, 16)
        of_wallet.lifetime_medal += issued
    _replay_lots(books, entry)


def _replay_lots(books: Books, entry: e.BookedEntry) -> None:
    by_account: Counter[tuple[str, str]] = Counter()
    for change in entry.lots:
        if change.holder.startswith("pool-"):
            books.pools[(change.holder, change.asset, change.expiry)] += change.amount
            by_account[(accounts.pool(change.holder.removeprefix("pool-")), change.asset)] += change.amount
        else:
            books.by_wallet[change.holder].lots[(change.asset, change.expiry)] += change.amount
            by_account[(accounts.wallet(change.holder), change.asset)] += change.amount
    legs: Counter[tuple[str, str]] = Counter()
    for posting in entry.postings:
        if posting.account.startswith(("liability:wallet:", "liability:pool:")):
            legs[(posting.account, posting.asset)] -= posting.amount
    if +legs != +by_account or -legs != -by_account:
        books.broken.append(Finding("lots_match_legs", entry.key, f"legs {dict(legs)}, lots {dict(by_account)}"))


# --- the checks ------------------------------------------------------------------------------


def entries_hold(books: Books) -> Iterator[Finding]:
    """Each entry balances per asset, is on the chart, matches its lots, and its leaf hash recomputes."""
    yield from books.broken


def wallets_equal_their_entries(books: Books) -> Iterator[Finding]:
    """Count and XOR of entries, lots by replay, clawback and lifetime MEDAL of every wallet."""
    for member_id in books.by_wallet.keys() | books.wallets.keys():
        wallet, replayed = books.wallets.get(member_id), books.by_wallet.get(member_id, _OfWallet())
        if wallet is None:
            yield Finding("wallet_exists", member_id, f"{replayed.entries} entries, no wallet")
            continue
        posted: Counter[tuple[str, str]] = Counter()
        for asset, lots in wallet.lots.items():
            for expires, amount in lots.items():
                posted[(asset, expires)] += amount
        for hold in wallet.holds.values():
            for expires, amount in hold.lots.items():
                posted[(hold.asset, expires)] += amount
        pairs: list[tuple[str, object, object]] = [
            ("wallet_entries", wallet.entries, replayed.entries),
            ("wallet_xor", wallet.xor, f"{replayed.xor:032x}"),
            ("wallet_lots", _nonzero(posted), _nonzero(replayed.lots)),
            (
                "wallet_clawback",
                _nonzero(Counter({str(a): n for a, n in wallet.clawback.items()})),
                _nonzero(replayed.clawback),
            ),
            ("wallet_lifetime_medal", wallet.lifetime_medal_centi, replayed.lifetime_medal),
        ]
        for check, kept, replay in pairs:
            if kept != replay:
                yield Finding(check, member_id, f"kept {kept}, replay {replay}")


def wallets_are_not_negative(books: Books) -> Iterator[Finding]:
    """No lot, hold, clawback, cap or lifetime sum of any wallet is below zero."""
    for wallet in books.wallets.values():
        amounts = [n for lots in (*wallet.lots.values(), *wallet.expired.values()) for n in lots.values()]
        amounts += [n for hold in wallet.holds.values() for n in hold.lots.values()]
        amounts += [*wallet.clawback.values(), wallet.lifetime_medal_centi]
        if min(amounts) < 0:
            yield Finding("wallet_not_negative", wallet.member_id, str(min(amounts)))


def holds_equal_open_vouchers(books: Books) -> Iterator[Finding]:
    """Every hold of a wallet is an open voucher and the other way round, with the same amount."""
    if books.holds is None:
        return
    kept = {(m, v): (h.asset, h.amount) for m, wallet in books.wallets.items() for v, h in wallet.holds.items()}
    open_ = {(h.member_id, h.voucher_id): (h.asset, h.points_centi) for h in books.holds}
    for key in kept.keys() | open_.keys():
        if kept.get(key) != open_.get(key):
            yield Finding("hold_has_voucher", "/".join(key), f"wallet {kept.get(key)}, voucher {open_.get(key)}")


def totals_equal_the_replay(books: Books) -> Iterator[Finding]:
    """Every owner's rows per booked month, their count and what came into the pot; and the carry."""
    registered = totals.owners()
    for name in set(books.by_owner) - set(registered):
        yield Finding("owner_registered", name, "has entries but is not in the register")
    for name in registered:
        kept, replayed = totals.by_month(name), books.by_owner.get(name, {})
        for month in kept.keys() | replayed.keys():
            have, want = kept.get(month, totals.Totals()), replayed.get(month, totals.Totals())
            if _shape(have) != _shape(want):
                yield Finding("totals", f"{name}/{month}", f"kept {_shape(have)}, replay {_shape(want)}")
        whole = totals.Totals()
        for of in kept.values():
            whole.add(of.sums, of.pot_in_fen, of.count)
        if _shape(whole) != _shape(totals.read(name)):
            yield Finding("totals_carried", name, "the carried row is not the sum of its months")


def trial_balance_is_zero(books: Books) -> Iterator[Finding]:
    """Per asset, all accounts together are zero."""
    sums: Counter[str] = Counter()
    for (asset, _), amount in totals.trial_balance().items():
        sums[asset] += amount
    for name, difference in sums.items():
        if difference:
            yield Finding("trial_balance", name, str(difference))


def pots_equal_their_commitments(books: Books) -> Iterator[Finding]:
    """What is committed is what the facts took away; negative only by what came from outside."""
    if books.commitments is None:
        return
    committed: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for commitment in books.commitments:
        committed[commitment.pot_id] += commitment.amount_fen
        if commitment.outside:
            outside[commitment.pot_id] += commitment.amount_fen
    for pot_id, pot in books.pots.items():
        if pot.committed_fen != committed[pot_id]:
            yield Finding("pot_committed", pot_id, f"kept {pot.committed_fen}, facts {committed[pot_id]}")
        if pot.committed_fen < 0 or (pot.spendable_fen < 0 and not outside[pot_id]):
            yield Finding("pot_not_negative", pot_id, f"spendable {pot.spendable_fen}")


def pools_equal_their_entries(books: Books) -> Iterator[Finding]:
    """Every lot of every pool by replay, none negative."""
    holders = {holder for holder, _, _ in books.pools}
    for holder in holders:
        kept = balances.pool(holder.removeprefix("pool-"))
        replayed = {(asset, expires): n for (h, asset, expires), n in books.pools.items() if h == holder and n}
        if kept != replayed or any(n < 0 for n in kept.values()):
            yield Finding("pool_lots", holder, f"kept {kept}, replay {replayed}")


def every_fact_has_its_entry(books: Books) -> Iterator[Finding]:
    """Every paid gift, refund, assessed service, captured voucher… has exactly one entry, and no entry
    of these kinds lacks its fact."""
    claimed = Counter(fact.entry_key for fact in books.facts)
    for fact in books.facts:
        if books.kinds.get(fact.entry_key) != fact.kind:
            yield Finding("fact_has_entry", fact.what, f"no {fact.kind} entry {fact.entry_key}")
        if claimed[fact.entry_key] > 1:
            yield Finding("entry_has_one_fact", fact.entry_key, f"claimed {claimed[fact.entry_key]} times")
    for key, kind in books.kinds.items():
        if kind in books.fact_kinds and key not in claimed:
            yield Finding("entry_has_fact", key, f"{kind} entry without its fact")


def domains_hold(books: Books) -> Iterator[Finding]:
    """What the domains found out about themselves: stock, caps, counters."""
    for problem in books.problems:
        yield Finding("domain", problem.partition(":")[0], problem)


CHECKS: Final = (
    entries_hold,
    wallets_equal_their_entries,
    wallets_are_not_negative,
    holds_equal_open_vouchers,
    totals_equal_the_replay,
    trial_balance_is_zero,
    pots_equal_their_commitments,
    pools_equal_their_entries,
    every_fact_has_its_entry,
    domains_hold,
)


def _nonzero(counter: Counter[tuple[str, str]] | Counter[str]) -> dict[object, int]:
    return {name: amount for name, amount in sorted(counter.items()) if amount}


def _shape(of: totals.Totals) -> tuple[dict[object, int], int, int]:
    return {name: n for name, n in sorted(of.sums.items()) if n}, of.pot_in_fen, of.count
