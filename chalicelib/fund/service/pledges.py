"""Pledges: signed, invoiced through Stripe or met by transfer. Amounts in fen, times in ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from chalicelib.errors import NotFound
from chalicelib.fund import gateway
from chalicelib.fund.model import gifts as gift_model
from chalicelib.fund.model import pledges as model
from chalicelib.fund.model import setup as setup_model
from chalicelib.fund.model import wording
from chalicelib.fund.model.gift_faults import SubmittedDifferently
from chalicelib.fund.model.gifts import Gift
from chalicelib.fund.model.pledges import Pledge, PledgeUnknown
from chalicelib.fund.model.stripe_objects import Invoice, PaymentsUnavailable
from chalicelib.fund.service import early, setup
from chalicelib.fund.service.booking import book_fee, paid_gift_writes
from chalicelib.fund.store import gifts as gift_store
from chalicelib.fund.store import pledges as store
from chalicelib.fund.store import stripe_ids
from chalicelib.identity.service import Actor, Role, fund_scope
from chalicelib.ledger.store import journal
from chalicelib.table import commit, fresh_reads


@dataclass(frozen=True, slots=True)
class PledgeForm:
    """What was signed. ``instalments``: the day each is due and how much, in fen."""

    pot_id: str
    name: str
    label: str
    signed_day: date
    instalments: Sequence[tuple[date, int]]
    channel: str = "partner"
    publish_name: bool = False
    publish_amount: bool = False


@fresh_reads
def sign_pledge(actor: Actor, form: PledgeForm, *, submission: str, now_ms: int) -> Pledge:
    """Enter a signed pledge. A repeated submission gets its first answer.

    Raises NotAllowed, PotUnknown, PotClosed, ChannelUnknown, DonorNameMissing, DonorNameInvalid,
    TextMissing, TextTooLong, InstalmentsInvalid(reason), SubmittedDifferently.
    """
    pot = setup.pot(form.pot_id)
    actor.require(Role.FUND_MANAGER, fund_scope(pot.fund_id))
    pledge = Pledge(
        id=submission,
        fund_id=pot.fund_id,
        pot_id=pot.id,
        channel=setup_model.channel_of(form.channel),
        label=wording.line(form.label, "label", wording.NAME_CHARACTERS_MAX),
        donor=gift_model.donor(form.name, False, form.publish_name, form.publish_amount),
        signed_day=form.signed_day.isoformat(),
        instalments=model.instalments(form.instalments, form.signed_day),
        created_by=actor.member_id,
        created_ms=now_ms,
    )
    known = store.find(submission)
    if known is not None:
        if _signed(known.pledge) != _signed(pledge):
            raise SubmittedDifferently()
        return known.pledge
    pot.must_be_active()
    commit(store.create_writes(pledge))
    return pledge


def _signed(pledge: Pledge) -> tuple[object, ...]:
    due = tuple((one.due_day, one.amount_fen) for one in pledge.instalments)
    return pledge.pot_id, pledge.channel, pledge.label, pledge.donor, pledge.signed_day, due


def send_invoice(actor: Actor, pledge_id: str, number: int, *, days_until_due: int = 30, now_ms: int) -> Pledge:
    """Invoice one instalment through Stripe; its page takes the payment. Asking again while it is
    open returns the same.

    Raises NotAllowed, PledgeUnknown, InstalmentUnknown, InstalmentMet, PaymentsUnavailable, PaymentsRefused.
    """
    pledge = store.read(pledge_id).pledge
    actor.require(Role.FUND_MANAGER, fund_scope(pledge.fund_id))
    one = pledge.instalment(number)
    if one.state == "invoiced":
        return pledge
    model.may_invoice(one)
    customer_id = pledge.customer_id or _customer(pledge)
    try:
        invoice = gateway.send_invoice(
            customer_id=customer_id,
            amount_fen=one.amount_fen,
            name=f"{pledge.label} · {number}/{len(pledge.instalments)}",
            days_until_due=days_until_due,
            metadata={"pledge_id": pledge.id, "instalment": str(number)},
            key=f"pledge:{pledge.id}:{number}:{one.attempt}",
        )
    except PaymentsUnavailable as error:
        if error.answered:
            _next_try(pledge.id, number, one.attempt)
        raise
    return _keep_invoice(pledge.id, number, invoice)


def _customer(pledge: Pledge) -> str:
    made = gateway.new_customer(pledge.donor.name, pledge.id, f"customer:{pledge.id}")
    _keep_customer(pledge.id, made)
    return made


@fresh_reads
def _keep_customer(pledge_id: str, customer_id: str) -> None:
    read = store.read(pledge_id)
    if not read.pledge.customer_id:
        commit(store.writes(replace(read.pledge, customer_id=customer_id), read))


@fresh_reads
def _next_try(pledge_id: str, number: int, after: int) -> None:
    read = store.read(pledge_id)
    one = read.pledge.instalment(number)
    if one.state == "due" and one.attempt == after:
        commit(store.writes(read.pledge.with_instalment(replace(one, attempt=after + 1)), read))


@fresh_reads
def _keep_invoice(pledge_id: str, number: int, invoice: Invoice) -> Pledge:
    read = store.read(pledge_id)
    after = model.invoiced(read.pledge, number, invoice)
    if after != read.pledge:
        commit(store.writes(after, read))
    return after


# --- what Stripe says --------------------------------------------------------------------------


def follow_invoice(invoice: Invoice, now_ms: int) -> Gift | None:
    """What an invoice of a pledge says: paid through Stripe, overdue, voided. One that was marked as
    paid out of band books nothing: the bank line does. Raises PledgeUnknown, InstalmentUnknown."""
    pledge_id, number = invoice.metadata.get("pledge_id", ""), invoice.metadata.get("instalment", "")
    if not pledge_id or not (number.isascii() and number.isdigit()) or store.find(pledge_id) is None:
        raise PledgeUnknown()
    if invoice.payment is None:
        if invoice.state != "paid":
            _note(pledge_id, int(number), invoice, now_ms)
        return None
    gift = _book(pledge_id, int(number), invoice)
    if invoice.payment.fee is not None:
        gift = book_fee(gift.id, invoice.payment.fee, now_ms)
    early.apply(invoice.payment.intent_id, now_ms)
    return gift


@fresh_reads
def _note(pledge_id: str, number: int, invoice: Invoice, now_ms: int) -> None:
    read = store.read(pledge_id)
    after = model.followed(read.pledge, number, invoice, now_ms)
    if after != read.pledge:
        commit(store.writes(after, read))


@fresh_reads
def _book(pledge_id: str, number: int, invoice: Invoice) -> Gift:
    payment = invoice.payment
    if payment is None:
        raise NotFound()
    key = f"invoice:{invoice.invoice_id}"
    inputs: dict[str, object] = {"pledge": pledge_id, "instalment": number, "amount_fen": payment.amount_fen}
    if journal.find(key, "gift", inputs):
        return gift_store.read(stripe_ids.fact_of(payment.intent_id, "gift")).gift
    read = store.read(pledge_id)
    second = read.pledge.instalment(number).state == "met"
    unpaid = model.gift_of_invoice(read.pledge, invoice, payment, second=second)
    gift, writes = paid_gift_writes(unpaid, payment, key, inputs)
    met = [] if second else store.writes(model.met(read.pledge, number, gift.id), read)
    commit(gift_store.create_writes(gift) + met + writes)
    return gift


# --- reading -----------------------------------------------------------------------------------


def pledge(actor: Actor, pledge_id: str) -> Pledge:
    """Raises PledgeUnknown, NotAllowed."""
    found = store.read(pledge_id).pledge
    actor.require_read(Role.FUND_MANAGER, fund_scope(found.fund_id))
    return found


def pledges_page(actor: Actor, cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[Pledge], str]:
    """By date, newest first. Raises NotAllowed, BadCursor."""
    actor.require_read(Role.FUND_MANAGER, fund_scope(fund_id))
    return store.page(fund_id, cursor)


__all__ = [
    "Pledge",
    "PledgeForm",
    "follow_invoice",
    "pledge",
    "pledges_page",
    "send_invoice",
    "sign_pledge",
]
