"""Giving: from the poster to the books. Amounts in fen, times in ms."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.config import settings
from chalicelib.fund import gateway
from chalicelib.fund.model import gifts as model
from chalicelib.fund.model.gift_faults import GiftUnknown, NotTheGiver, SubmittedDifferently
from chalicelib.fund.model.gifts import Donor, Gift
from chalicelib.fund.model.setup import read_poster_code
from chalicelib.fund.model.stripe_objects import Checkout, OpenedCheckout, Payment
from chalicelib.fund.service import early, links, paying, setup
from chalicelib.fund.service.booking import book_fee, paid_gift_writes
from chalicelib.fund.service.paying import Payable, Try
from chalicelib.fund.service.setup import GivingPlace
from chalicelib.fund.store import gifts as store
from chalicelib.fund.store import stripe_ids
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.ledger.store import journal
from chalicelib.table import commit, fresh_reads

LINK_PURPOSE = "gift"


@dataclass(frozen=True, slots=True)
class GiftForm:
    """What a donor says. ``anonymous`` wins over a name; both consents are False unless ticked."""

    amount_fen: int
    name: str = ""
    anonymous: bool = True
    publish_name: bool = False
    publish_amount: bool = False


@dataclass(frozen=True, slots=True)
class Returns:
    """Where Checkout sends the browser afterwards: full addresses."""

    success_url: str
    cancel_url: str


# --- asking ------------------------------------------------------------------------------------


@fresh_reads
def start_gift(code: str, form: GiftForm, *, submission: str, now_ms: int, lang: str = "zh") -> Gift:
    """A new gift by a poster; nothing is paid yet. A repeated submission gets its first answer.

    Raises PosterUnknown, GivingClosed(contact, missing), PosterRetired, PotClosed, GiftAmountTooSmall,
    GiftAmountTooLarge(limit_fen), DonorNameMissing, DonorNameInvalid, SubmittedDifferently.
    """
    known = store.find(submission)
    if known is not None:
        return _same(known.gift, code, form)
    place = setup.giving_place(code)
    gift = _gift_of(place, form, submission, now_ms, lang)
    commit(store.create_writes(gift))
    return gift


def _same(gift: Gift, code: str, form: GiftForm) -> Gift:
    asked = model.donor(form.name, form.anonymous, form.publish_name, form.publish_amount)
    elsewhere = gift.poster != read_poster_code(code)
    if elsewhere or gift.donor != asked or (not gift.is_paid and gift.amount_fen != form.amount_fen):
        raise SubmittedDifferently()
    return gift


def _gift_of(place: GivingPlace, form: GiftForm, submission: str, now_ms: int, lang: str) -> Gift:
    return Gift(
        id=submission,
        fund_id=place.fund.id,
        pot_id=place.pot.id,
        tier="individual",
        channel=place.poster.channel,
        label=place.poster.label,
        amount_fen=model.check_amount(form.amount_fen, settings().gift_fen_max),
        donor=model.donor(form.name, form.anonymous, form.publish_name, form.publish_amount),
        created_ms=now_ms,
        poster=place.poster.code,
        lang=lang,
        attempt_ms=now_ms,
    )


def pay_url(gift_id: str, returns: Returns, now_ms: int) -> str:
    """The Checkout page of a gift: the open session if there is one, else a new one.

    Raises GiftUnknown, GiftPaid, GiftConfirming, GivingClosed, PaymentsUnavailable, PaymentsRefused.
    """
    gift = store.read(gift_id).gift
    setup.giving_gate(gift.fund_id)
    place = setup.fund(gift.fund_id)

    def open_session(present: Try) -> OpenedCheckout:
        return gateway.open_checkout(
            gift_id=gift_id,
            amount_fen=gift.amount_fen,
            name=f"{place.name or place.charity_name} · {gift.label}",
            success_url=returns.success_url,
            cancel_url=returns.cancel_url,
            expires_at=present.expires_at,
            key=f"checkout:{gift_id}:{present.number}",
            locale=gift.lang,
        )

    return paying.url(
        Payable(
            current=lambda: _present(gift_id),
            settle=lambda found: _follow(gift_id, found, now_ms),
            next_try=lambda number: _next_try(gift_id, number, now_ms),
            open=open_session,
            keep=lambda present, opened: _keep(gift_id, present, opened),
        ),
        now_ms,
    )


def _present(gift_id: str) -> Try:
    gift = store.read(gift_id).gift
    model.may_pay(gift)
    return Try(gift.attempt, gift.attempt_ms, gift.session_id)


@fresh_reads
def _next_try(gift_id: str, after: int, now_ms: int) -> None:
    read = store.read(gift_id)
    if read.gift.attempt == after and not read.gift.is_paid:
        commit(store.writes(model.next_attempt(read.gift, now_ms), read))


@fresh_reads
def _keep(gift_id: str, present: Try, opened: OpenedCheckout) -> None:
    read = store.read(gift_id)
    if read.gift.attempt == present.number and not read.gift.session_id:
        commit(store.writes(model.with_session(read.gift, opened.session_id, opened.url), read))


# --- booking -----------------------------------------------------------------------------------


def settle(found: Checkout, now_ms: int) -> Gift:
    """Book what a Checkout session of a gift says, however often and in whatever order it is told.

    Raises GiftUnknown when the session is not one of our gifts'.
    """
    gift_id = found.metadata.get("gift_id", "")
    if not gift_id or store.find(gift_id) is None:
        raise GiftUnknown()
    return _follow(gift_id, found, now_ms)


def _follow(gift_id: str, found: Checkout, now_ms: int) -> Gift:
    if found.payment is not None:
        return book_payment(gift_id, found.payment, now_ms)
    return _note(gift_id, found)


@fresh_reads
def _note(gift_id: str, found: Checkout) -> Gift:
    read = store.read(gift_id)
    after = model.followed(read.gift, found)
    if after != read.gift:
        commit(store.writes(after, read))
    return after


def book_payment(gift_id: str, payment: Payment, now_ms: int) -> Gift:
    """The money of a gift has arrived: its entry, its fee if known, and what came back of it before."""
    gift = _book(gift_id, payment)
    if payment.fee is not None:
        gift = book_fee(gift.id, payment.fee, now_ms)
    early.apply(payment.intent_id, now_ms)
    return gift


@fresh_reads
def _book(gift_id: str, payment: Payment) -> Gift:
    key = f"gift:{payment.intent_id}"
    inputs: dict[str, object] = {"gift": gift_id, "amount_fen": payment.amount_fen}
    if journal.find(key, "gift", inputs):
        return store.read(stripe_ids.fact_of(payment.intent_id, "gift")).gift
    read = store.read(gift_id)
    if read.gift.is_paid:
        second, writes = paid_gift_writes(model.second_payment(read.gift, payment), payment, key, inputs)
        commit(store.create_writes(second) + writes)
        return second
    paid, writes = paid_gift_writes(read.gift, payment, key, inputs)
    commit(store.writes(paid, read) + writes)
    return paid


@fresh_reads
def abandon(gift_id: str, session_id: str = "") -> None:
    """A gift whose donor never came to pay, and of which Stripe knows nothing (any more)."""
    read = store.read(gift_id)
    if read.gift.state == "open" and read.gift.session_id == session_id:
        commit(store.writes(replace(read.gift, state="abandoned"), read))


# --- reading -----------------------------------------------------------------------------------


def link_token(gift_id: str) -> str:
    """What the donor's own link carries: whoever has it may see the gift."""
    return links.token(LINK_PURPOSE, gift_id)


def gift_by_link(gift_id: str, token: str, now_ms: int) -> Gift:
    """The gift for who holds its link. Raises NotTheGiver, whether or not there is such a gift."""
    found = store.find(gift_id) if links.opens(LINK_PURPOSE, gift_id, token, now_ms) else None
    if found is None:
        raise NotTheGiver()
    return found.gift


def gift_for_staff(actor: Actor, gift_id: str) -> Gift:
    """Raises GiftUnknown, NotAllowed."""
    gift = store.read(gift_id).gift
    actor.require_read(Role.FUND_MANAGER, fund_scope(gift.fund_id))
    return gift


@dataclass(frozen=True, slots=True)
class Filter:
    """ "" lets everything pass."""

    tier: str = ""
    channel: str = ""
    state: str = ""

    def passes(self, gift: Gift) -> bool:
        return all(not want or want == have for want, have in self._pairs(gift))

    def _pairs(self, gift: Gift) -> tuple[tuple[str, str], ...]:
        return (self.tier, gift.tier), (self.channel, gift.channel), (self.state, gift.state)


def gifts_page(
    actor: Actor, chosen: Filter, cursor: str = "", fund_id: str = setup.MAIN_FUND
) -> tuple[list[Gift], str]:
    """Gifts by date, newest first, never by amount. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))
    return _passing(fund_id, chosen, cursor)


def published_gifts(cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[Gift], str]:
    """Paid gifts by date, for the public page: names and amounts only through ``donor``'s consents.
    What was wholly given back or taken back is left out."""
    found, after = _passing(fund_id, Filter(state="paid"), cursor)
    return [gift for gift in found if gift.is_kept], after


def _passing(fund_id: str, chosen: Filter, cursor: str) -> tuple[list[Gift], str]:
    found: list[Gift] = []
    for _ in range(_PAGES_MAX):
        some, cursor = store.page(fund_id, cursor, _PAGE)
        found += [gift for gift in some if chosen.passes(gift)]
        if not cursor or len(found) >= _PAGE:
            break
    return found, cursor


_PAGE = 20
_PAGES_MAX = 10
"""Read on until a page is full, at most so many pages at once: a rare filter may show a short page."""

__all__ = [
    "Donor",
    "Filter",
    "Gift",
    "GiftForm",
    "Returns",
    "abandon",
    "book_payment",
    "gift_by_link",
    "gift_for_staff",
    "gifts_page",
    "link_token",
    "pay_url",
    "published_gifts",
    "settle",
    "start_gift",
]
