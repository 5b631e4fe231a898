"""Gifts that repeat every month by card: begun on Checkout, posted by each paid invoice, cancelled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.config import settings
from chalicelib.fund import gateway, seals
from chalicelib.fund.model import gifts as gift_model
from chalicelib.fund.model import monthly as model
from chalicelib.fund.model.gift_faults import GiftPaid, MonthlyEnded, MonthlyUnknown, NotTheGiver, SubmittedDifferently
from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.monthly import Monthly
from chalicelib.fund.model.setup import read_poster_code
from chalicelib.fund.model.stripe_objects import Checkout, Invoice, NotAtStripe, OpenedCheckout, PaymentsRefused
from chalicelib.fund.service import early, links, paying, setup
from chalicelib.fund.service.booking import book_fee, paid_gift_writes
from chalicelib.fund.service.gifts import Returns
from chalicelib.fund.service.paying import Payable, Try
from chalicelib.fund.store import gifts as gift_store
from chalicelib.fund.store import monthly as store
from chalicelib.fund.store import stripe_ids
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.ledger.store import journal
from chalicelib.table import commit, fresh_reads

LINK_PURPOSE = "monthly"
PHONE_PURPOSE = "shop-phone"
BY_DONOR = "donor"


@dataclass(frozen=True, slots=True)
class MonthlyForm:
    """What a shop says. ``phone`` is optional and kept encrypted."""

    amount_fen: int
    shop_name: str
    phone: str = ""
    publish_name: bool = False
    publish_amount: bool = False


@fresh_reads
def start_monthly(code: str, form: MonthlyForm, *, submission: str, now_ms: int, lang: str = "zh") -> Monthly:
    """A new monthly gift by a poster; nothing is paid yet. A repeated submission gets its first answer.

    Raises PosterUnknown, GivingClosed(contact, missing), PosterRetired, PotClosed, GiftAmountTooSmall,
    GiftAmountTooLarge(limit_fen), DonorNameMissing, DonorNameInvalid, SubmittedDifferently.
    """
    donor = gift_model.donor(form.shop_name, False, form.publish_name, form.publish_amount)
    phone = "".join(c for c in form.phone if c.isascii() and (c.isdigit() or c == "+"))[:20]
    known = store.find(submission)
    if known is not None:
        if _asked(known.monthly) != (read_poster_code(code), donor, form.amount_fen, phone):
            raise SubmittedDifferently()
        return known.monthly
    place = setup.giving_place(code)
    monthly = Monthly(
        id=submission,
        fund_id=place.fund.id,
        pot_id=place.pot.id,
        channel=place.poster.channel,
        label=place.poster.label,
        amount_fen=gift_model.check_amount(form.amount_fen, settings().gift_fen_max),
        donor=donor,
        created_ms=now_ms,
        poster=place.poster.code,
        lang=lang,
        attempt_ms=now_ms,
        phone_sealed=seals.seal(phone, PHONE_PURPOSE, submission),
        phone_masked=f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "",
    )
    commit(store.create_writes(monthly))
    return monthly


def _asked(of: Monthly) -> tuple[str, gift_model.Donor, int, str]:
    return of.poster, of.donor, of.amount_fen, seals.opened(of.phone_sealed, PHONE_PURPOSE, of.id)


def pay_url(monthly_id: str, returns: Returns, now_ms: int) -> str:
    """The Checkout page that begins it. Raises MonthlyUnknown, GiftPaid (it is running), MonthlyEnded,
    GivingClosed, PaymentsUnavailable, PaymentsRefused."""
    monthly = store.read(monthly_id).monthly
    fund = setup.giving_gate(monthly.fund_id)

    def open_session(present: Try) -> OpenedCheckout:
        return gateway.open_subscription(
            monthly_id=monthly_id,
            amount_fen=monthly.amount_fen,
            name=f"{fund.name or fund.charity_name} · {monthly.label}",
            success_url=returns.success_url,
            cancel_url=returns.cancel_url,
            expires_at=present.expires_at,
            key=f"checkout:{monthly_id}:{present.number}",
            locale=monthly.lang,
        )

    return paying.url(
        Payable(
            current=lambda: _present(monthly_id),
            settle=lambda found: _follow(monthly_id, found, now_ms),
            next_try=lambda number: _next_try(monthly_id, number, now_ms),
            open=open_session,
            keep=lambda present, opened: _keep(monthly_id, present, opened),
        ),
        now_ms,
    )


def _present(monthly_id: str) -> Try:
    monthly = store.read(monthly_id).monthly
    if monthly.state == "ended":
        raise MonthlyEnded()
    if monthly.subscription_id:
        raise GiftPaid()
    return Try(monthly.attempt, monthly.attempt_ms, monthly.session_id)


@fresh_reads
def _next_try(monthly_id: str, after: int, now_ms: int) -> None:
    read = store.read(monthly_id)
    if read.monthly.attempt == after and not read.monthly.subscription_id:
        commit(store.writes(model.next_attempt(read.monthly, now_ms), read))


@fresh_reads
def _keep(monthly_id: str, present: Try, opened: OpenedCheckout) -> None:
    read = store.read(monthly_id)
    if read.monthly.attempt == present.number and not read.monthly.session_id:
        commit(store.writes(model.with_session(read.monthly, opened.session_id, opened.url), read))


# --- what Stripe says --------------------------------------------------------------------------


def settle(found: Checkout, now_ms: int) -> Monthly:
    """What a Checkout session of a monthly gift says. Raises MonthlyUnknown when it is none of ours."""
    monthly_id = found.metadata.get("monthly_id", "")
    if not monthly_id or store.find(monthly_id) is None:
        raise MonthlyUnknown()
    return _follow(monthly_id, found, now_ms)


def _follow(monthly_id: str, found: Checkout, now_ms: int) -> Monthly:
    if found.state == "subscribed":
        return follow_subscription(found.subscription_id, now_ms, monthly_id)
    return _note(monthly_id, found)


@fresh_reads
def _note(monthly_id: str, found: Checkout) -> Monthly:
    read = store.read(monthly_id)
    after = model.followed(read.monthly, found)
    if after != read.monthly:
        commit(store.writes(after, read))
    return after


def follow_subscription(subscription_id: str, now_ms: int, monthly_id: str = "") -> Monthly:
    """The monthly gift as its subscription says now. Raises MonthlyUnknown, NotAtStripe."""
    known = stripe_ids.fact_of(subscription_id, "monthly") or monthly_id
    if not known:
        known = gateway.subscription(subscription_id).metadata.get("monthly_id", "")
    return _take(known, subscription_id)


@fresh_reads
def _take(monthly_id: str, subscription_id: str) -> Monthly:
    read = store.find(monthly_id) if monthly_id else None
    if read is None or read.monthly.subscription_id not in ("", subscription_id):
        raise MonthlyUnknown()
    # Asked after our own was read: what is written is never older than what stood there.
    after = model.followed_subscription(read.monthly, gateway.subscription(subscription_id))
    tied = stripe_ids.fact_of(subscription_id, "monthly")
    ties = [] if tied else stripe_ids.tie_writes(subscription_id, "monthly", monthly_id)
    if after != read.monthly or ties:
        commit(store.writes(after, read) + ties)
    return after


def _of_invoice(invoice: Invoice, now_ms: int) -> str:
    """The monthly gift behind an invoice; a renewal carries no metadata of ours, its subscription does.
    Raises MonthlyUnknown."""
    known = stripe_ids.fact_of(invoice.subscription_id, "monthly")
    return known or follow_subscription(invoice.subscription_id, now_ms).id


def book_invoice(invoice: Invoice, now_ms: int) -> Gift | None:
    """Book one paid month once. None when nothing was paid through Stripe. Raises MonthlyUnknown."""
    monthly_id = _of_invoice(invoice, now_ms)
    if invoice.payment is None:
        return None
    gift = _book(monthly_id, invoice)
    if invoice.payment.fee is not None:
        gift = book_fee(gift.id, invoice.payment.fee, now_ms)
    early.apply(invoice.payment.intent_id, now_ms)
    follow_subscription(invoice.subscription_id, now_ms)
    return gift


@fresh_reads
def _book(monthly_id: str, invoice: Invoice) -> Gift:
    payment = invoice.payment
    if payment is None:
        raise MonthlyUnknown()
    key = f"invoice:{invoice.invoice_id}"
    inputs: dict[str, object] = {"monthly": monthly_id, "amount_fen": payment.amount_fen}
    if journal.find(key, "gift", inputs):
        return gift_store.read(stripe_ids.fact_of(payment.intent_id, "gift")).gift
    read = store.read(monthly_id)
    gift, writes = paid_gift_writes(model.gift_of_month(read.monthly, invoice, payment), payment, key, inputs)
    month = store.writes(model.month_paid(read.monthly, payment), read)
    commit(gift_store.create_writes(gift) + month + writes)
    return gift


@fresh_reads
def note_failed(invoice: Invoice, now_ms: int) -> None:
    """A month could not be charged: the gift shows it; Stripe tries again by itself."""
    monthly_id = _of_invoice(invoice, now_ms)
    follow_subscription(invoice.subscription_id, now_ms)
    read = store.read(monthly_id)
    after = model.payment_failed(read.monthly, invoice.invoice_id) if invoice.state == "open" else read.monthly
    if after != read.monthly:
        commit(store.writes(after, read))


@fresh_reads
def abandon(monthly_id: str, session_id: str = "") -> None:
    """One that nobody ever came to begin, and of which Stripe knows nothing (any more)."""
    read = store.read(monthly_id)
    if read.monthly.state == "open" and read.monthly.session_id == session_id:
        commit(store.writes(replace(read.monthly, state="expired"), read))


# --- ending it ---------------------------------------------------------------------------------


def cancel_by_donor(monthly_id: str, token: str, *, at_period_end: bool, submission: str, now_ms: int) -> Monthly:
    """Raises NotTheGiver, MonthlyEnded, MonthlyNotStarted, PaymentsUnavailable."""
    monthly_by_link(monthly_id, token, now_ms)
    return _cancel(monthly_id, BY_DONOR, at_period_end, submission, now_ms)


def cancel_by_staff(actor: Actor, monthly_id: str, *, at_period_end: bool, submission: str, now_ms: int) -> Monthly:
    """At a donor's word by phone. Raises MonthlyUnknown, NotAllowed, MonthlyEnded, MonthlyNotStarted."""
    monthly = store.read(monthly_id).monthly
    actor.require(Role.FUND_MANAGER, fund_scope(monthly.fund_id))
    return _cancel(monthly_id, actor.member_id, at_period_end, submission, now_ms)


def _cancel(monthly_id: str, by: str, at_period_end: bool, submission: str, now_ms: int) -> Monthly:
    monthly = store.read(monthly_id).monthly
    if monthly.state == "ended" or (monthly.state == "ending" and at_period_end):
        return monthly
    model.may_cancel(monthly)
    # Ended meanwhile, perhaps by an earlier try whose answer was lost: the truth is read below.
    with suppress(NotAtStripe, PaymentsRefused):
        gateway.cancel_subscription(
            monthly.subscription_id, at_period_end=at_period_end, key=f"cancel:{monthly_id}:{submission}"
        )
    after = follow_subscription(monthly.subscription_id, now_ms)
    return _cancelled_by(monthly_id, by) if after.state in ("ending", "ended") else after


@fresh_reads
def _cancelled_by(monthly_id: str, by: str) -> Monthly:
    read = store.read(monthly_id)
    if read.monthly.cancelled_by:
        return read.monthly
    after = replace(read.monthly, cancelled_by=by)
    commit(store.writes(after, read))
    return after


# --- reading -----------------------------------------------------------------------------------


def link_token(monthly_id: str) -> str:
    return links.token(LINK_PURPOSE, monthly_id)


def monthly_by_link(monthly_id: str, token: str, now_ms: int) -> Monthly:
    """The monthly gift for who holds its link. Raises NotTheGiver, whether or not there is one."""
    found = store.find(monthly_id) if links.opens(LINK_PURPOSE, monthly_id, token, now_ms) else None
    if found is None:
        raise NotTheGiver()
    return found.monthly


def monthlies_page(actor: Actor, cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[Monthly], str]:
    """By date, newest first. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))
    return store.page(fund_id, cursor)


def monthly_for_staff(actor: Actor, monthly_id: str) -> Monthly:
    """Raises MonthlyUnknown, NotAllowed."""
    monthly = store.read(monthly_id).monthly
    actor.require_read(Role.FUND_MANAGER, fund_scope(monthly.fund_id))
    return monthly


__all__ = [
    "Monthly",
    "MonthlyForm",
    "abandon",
    "book_invoice",
    "cancel_by_donor",
    "cancel_by_staff",
    "follow_subscription",
    "link_token",
    "monthlies_page",
    "monthly_by_link",
    "monthly_for_staff",
    "note_failed",
    "pay_url",
    "settle",
    "start_monthly",
]
