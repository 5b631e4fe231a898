"""The fund itself, its pots, and the posters that lead to it. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from chalicelib.fund.model import categories, wording
from chalicelib.fund.model.setup_faults import (
    ApprovalsInvalid,
    BankAccountClosed,
    BankAccountExists,
    BankAccountUnknown,
    ChannelUnknown,
    GivingClosed,
    LinkInvalid,
    PosterRetired,
    PotClosed,
    PotSourceUnknown,
    PurposeNotCovered,
    PurposesMissing,
    RefundDaysInvalid,
    TierUnknown,
)

MAIN_FUND: Final = "main"
"""The street's fund, where there is only one."""
Source = Literal["charity", "fiscal", "party", "sponsor"]
Tier = Literal["fixed", "monthly", "individual"]
Channel = Literal["partner", "online", "event"]
REFUND_DAYS_MAX: Final = 365
APPROVALS_MAX: Final = 5
LINK_CHARACTERS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of the host charity. ``id`` stands in the ledger's ``asset:bank:<id>`` for ever;
    ``label`` says which it is, such as 基本户 尾号6688, never the whole number."""

    id: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Fund:
    """What the law asks a fund to show and to have (慈善法 art. 24–27, facts of its host charity).

    ``refund_days``: a gift made by mistake is given back within so many days. ``approvals_needed``: how
    many people approve a disbursement, besides the one who asked. ``version`` counts changes.
    """

    id: str
    name: str = ""
    charity_name: str = ""
    certificate_number: str = ""
    filing_number: str = ""
    platform_name: str = ""
    platform_url: str = ""
    query_contact: str = ""
    refund_days: int = 0
    refund_contact: str = ""
    approvals_needed: int = 1
    bank_accounts: tuple[BankAccount, ...] = ()
    currency: str = "CNY"
    version: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts without which nothing may be raised from the public."""
        needed = (
            "charity_name",
            "certificate_number",
            "filing_number",
            "platform_name",
            "platform_url",
            "query_contact",
            "refund_days",
            "refund_contact",
        )
        return tuple(name for name in needed if not getattr(self, name))

    def must_be_open(self, contact_otherwise: str) -> None:
        """Raises GivingClosed(contact, missing)."""
        if self.missing:
            raise GivingClosed(contact=self.query_contact or contact_otherwise, missing=list(self.missing))

    def bank_account(self, account_id: str) -> BankAccount:
        """Raises BankAccountUnknown(account_id)."""
        for account in self.bank_accounts:
            if account.id == account_id:
                return account
        raise BankAccountUnknown(account_id=account_id[:40])

    def bank_account_in_use(self, account_id: str) -> BankAccount:
        """Raises BankAccountUnknown(account_id), BankAccountClosed(label)."""
        account = self.bank_account(account_id)
        if not account.active:
            raise BankAccountClosed(label=account.label)
        return account

    def with_bank_account(self, account_id: str, label: str) -> Fund:
        """The fund with one more account, or itself when it has just this one.

        Raises BankAccountExists(label), SlugInvalid, TextMissing, TextTooLong.
        """
        new = BankAccount(wording.slug(account_id, "account_id"), wording.line(label, "label", 40))
        for account in self.bank_accounts:
            if account.id == new.id:
                if account.label == new.label:
                    return self
                raise BankAccountExists(label=account.label)
        return replace(self, bank_accounts=(*self.bank_accounts, new))

    def closing_bank_account(self, account_id: str) -> Fund:
        """Raises BankAccountUnknown(account_id)."""
        closed = replace(self.bank_account(account_id), active=False)
        return replace(self, bank_accounts=tuple(closed if a.id == closed.id else a for a in self.bank_accounts))


@dataclass(frozen=True, slots=True)
class FundFacts:
    """What the setup page asks about a fund, as typed."""

    name: str
    charity_name: str = ""
    certificate_number: str = ""
    filing_number: str = ""
    platform_name: str = ""
    platform_url: str = ""
    query_contact: str = ""
    refund_days: int = 0
    refund_contact: str = ""
    approvals_needed: int = 1


def described(fund: Fund, facts: FundFacts) -> Fund:
    """The fund with these facts. An empty fact is allowed: it closes giving until it is filled in.

    Raises TextMissing, TextTooLong, LinkInvalid, RefundDaysInvalid, ApprovalsInvalid.
    """
    if not 0 <= facts.refund_days <= REFUND_DAYS_MAX:
        raise RefundDaysInvalid()
    if not 1 <= facts.approvals_needed <= APPROVALS_MAX:
        raise ApprovalsInvalid()
    return replace(
        fund,
        name=wording.line(facts.name, "name", wording.NAME_CHARACTERS_MAX),
        charity_name=wording.line(facts.charity_name, "charity_name", required=False),
        certificate_number=wording.line(facts.certificate_number, "certificate_number", required=False),
        filing_number=wording.line(facts.filing_number, "filing_number", required=False),
        platform_name=wording.line(facts.platform_name, "platform_name", required=False),
        platform_url=_link(facts.platform_url, "platform_url"),
        query_contact=wording.line(facts.query_contact, "query_contact", required=False),
        refund_days=facts.refund_days,
        refund_contact=wording.line(facts.refund_contact, "refund_contact", required=False),
        approvals_needed=facts.approvals_needed,
    )


@dataclass(frozen=True, slots=True)
class FundPot:
    """A pot of the fund: where its money is from, and for what it was filed. ``purposes`` are slugs of
    categories. What it may spend stands in the ledger. ``request`` is the submission that opened it."""

    id: str
    fund_id: str
    name: str
    source: Source
    purposes: tuple[str, ...]
    opened_at: int
    opened_by: str
    request: str
    active: bool = True

    @property
    def may_reward_volunteers(self) -> bool:
        """Whether redeemed points may be paid from it: its filed purpose must say so."""
        return categories.REWARDS in self.purposes

    def covers(self, category: str) -> bool:
        if category == categories.REDEMPTION:
            return self.may_reward_volunteers
        return category in self.purposes

    def must_cover_purpose(self, category: str) -> None:
        """Raises PurposeNotCovered(pot, category), CategoryUnknown."""
        name = categories.category(category).name_zh
        if not self.covers(category):
            raise PurposeNotCovered(pot=self.name, category=name)

    def must_be_active(self) -> None:
        """Raises PotClosed(name)."""
        if not self.active:
            raise PotClosed(name=self.name)


def opened_pot(
    fund_id: str, pot_id: str, name: str, source: str, purposes: tuple[str, ...], by: str, request: str, now_ms: int
) -> FundPot:
    """Raises SlugInvalid, TextMissing, TextTooLong, PotSourceUnknown, PurposesMissing, CategoryUnknown."""
    filed = categories.purposes(purposes)
    if not filed:
        raise PurposesMissing()
    return FundPot(
        id=wording.slug(pot_id, "pot_id"),
        fund_id=fund_id,
        name=wording.line(name, "name", wording.NAME_CHARACTERS_MAX),
        source=source_of(source),
        purposes=filed,
        opened_at=now_ms,
        opened_by=by,
        request=request,
    )


def renamed_pot(pot: FundPot, name: str, active: bool) -> FundPot:
    """Raises TextMissing, TextTooLong."""
    return replace(pot, name=wording.line(name, "name", wording.NAME_CHARACTERS_MAX), active=active)


def source_of(text: str) -> Source:
    """Raises PotSourceUnknown."""
    for source in get_args(Source):
        if text == source:
            return source  # type: ignore[no-any-return]  # get_args is untyped
    raise PotSourceUnknown()


def tier_of(text: str) -> Tier:
    """Raises TierUnknown."""
    for tier in get_args(Tier):
        if text == tier:
            return tier  # type: ignore[no-any-return]  # get_args is untyped
    raise TierUnknown()


def channel_of(text: str) -> Channel:
    """Raises ChannelUnknown."""
    for channel in get_args(Channel):
        if text == channel:
            return channel  # type: ignore[no-any-return]  # get_args is untyped
    raise ChannelUnknown()


# Without 0 and O, 1, I and L, U and V: read aloud and typed by anyone.
POSTER_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
POSTER_CODE_LENGTH: Final = 7


@dataclass(frozen=True, slots=True)
class Poster:
    """A carrier 二维码海报: its code leads to the giving page and settles pot and channel; the tier is only
    where the page starts. ``label`` is the campaign or event. ``request`` is the submission that made it."""

    code: str
    fund_id: str
    pot_id: str
    channel: Channel
    tier: Tier
    label: str
    made_at: int
    made_by: str
    request: str
    active: bool = True

    def must_be_active(self) -> None:
        """Raises PosterRetired(label)."""
        if not self.active:
            raise PosterRetired(label=self.label)


def new_poster(
    code: str, pot: FundPot, channel: str, tier: str, label: str, by: str, request: str, now_ms: int
) -> Poster:
    """Raises PotClosed, ChannelUnknown, TierUnknown, TextMissing, TextTooLong."""
    pot.must_be_active()
    return Poster(
        code=code,
        fund_id=pot.fund_id,
        pot_id=pot.id,
        channel=channel_of(channel),
        tier=tier_of(tier),
        label=wording.line(label, "label", wording.NAME_CHARACTERS_MAX),
        made_at=now_ms,
        made_by=by,
        request=request,
    )


def poster_code(request: str, attempt: int) -> str:
    """The code of the poster that a submission makes: the same submission makes the same code."""
    number = int.from_bytes(hashlib.sha256(f"poster\x1f{request}\x1f{attempt}".encode()).digest()[:8], "big")
    base = len(POSTER_ALPHABET)
    return "".join(POSTER_ALPHABET[(number // base**place) % base] for place in range(POSTER_CODE_LENGTH))


def read_poster_code(text: str) -> str:
    """A code as people type it: any case, spaces and hyphens; "" if it can be none."""
    plain = text[:40].replace(" ", "").replace("-", "").upper()
    return plain if len(plain) == POSTER_CODE_LENGTH and all(c in POSTER_ALPHABET for c in plain) else ""


def _link(text: str, field: str) -> str:
    plain = wording.line(text, field, LINK_CHARACTERS_MAX, required=False)
    if not plain:
        return ""
    try:
        parts = urlsplit(plain)
        wrong = parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or " " in plain
    except ValueError:
        wrong = True
    if wrong:
        raise LinkInvalid(field=field)
    return plain
