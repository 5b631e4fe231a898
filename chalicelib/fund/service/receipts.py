"""Bank receipts: entered by one person, checked by another, booked once. Amounts in fen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from chalicelib.errors import DomainError, Stale
from chalicelib.fund import gateway, seals
from chalicelib.fund.model import gifts as gift_model
from chalicelib.fund.model import pledges as pledge_model
from chalicelib.fund.model import receipts as model
from chalicelib.fund.model import setup as setup_model
from chalicelib.fund.model import wording
from chalicelib.fund.model.bank_lines import BankLine, read_serial
from chalicelib.fund.model.gift_faults import SubmittedDifferently
from chalicelib.fund.model.pledges import PLEDGE_FEN_MAX
from chalicelib.fund.model.receipts import Receipt, ReceiptAmountInvalid
from chalicelib.fund.service import setup
from chalicelib.fund.service.booking import gift_entry
from chalicelib.fund.store import bank_claims
from chalicelib.fund.store import gifts as gift_store
from chalicelib.fund.store import pledges as pledge_store
from chalicelib.fund.store import receipts as store
from chalicelib.identity.service import Actor, Role, fund_scope, masked_name
from chalicelib.ledger import events
from chalicelib.ledger.store import journal
from chalicelib.table import Write, commit, fresh_reads

PAYER_PURPOSE = "payer"


@dataclass(frozen=True, slots=True)
class BankLineForm:
    """What the statement says."""

    account_id: str
    serial: str
    value_day: date
    amount_fen: int
    payer: str


@dataclass(frozen=True, slots=True)
class OfflineGift:
    """What a transfer is when it meets no pledge."""

    pot_id: str
    channel: str
    label: str
    tier: str = "individual"
    name: str = ""
    anonymous: bool = True
    publish_name: bool = False
    publish_amount: bool = False


@fresh_reads
def enter_for_pledge(
    actor: Actor, line: BankLineForm, pledge_id: str, number: int, *, submission: str, now_ms: int
) -> Receipt:
    """Enter a transfer for an instalment. A repeated submission gets its first answer.

    Raises NotAllowed, PledgeUnknown, InstalmentUnknown, InstalmentMet, InstalmentAmountDiffers,
    BankAccountUnknown, BankAccountClosed, BankSerialInvalid, BankSerialUsed, ReceiptSerialWaiting,
    ReceiptDayInvalid, ReceiptAmountInvalid, TextMissing, TextTooLong, SubmittedDifferently.
    """
    pledge = pledge_store.read(pledge_id).pledge
    actor.require(Role.FUND_MANAGER, fund_scope(pledge.fund_id))
    gift = pledge_model.gift_of(pledge, submission, _amount(line))
    asked = _receipt(actor, line, gift, now_ms, pledge_id, number)
    known = store.find(submission)
    if known is not None:
        return _same(known.receipt, asked)
    pledge_model.must_match(pledge.instalment(number), line.amount_fen)
    return _enter(asked)


@fresh_reads
def enter_gift(actor: Actor, line: BankLineForm, what: OfflineGift, *, submission: str, now_ms: int) -> Receipt:
    """Enter a transfer that is a gift of its own. Public giving is gated off line as on line.

    Raises GivingClosed(contact, missing), PotUnknown, PotClosed, TierUnknown, ChannelUnknown,
    DonorNameMissing, DonorNameInvalid, and as ``enter_for_pledge``.
    """
    pot = setup.pot(what.pot_id)
    actor.require(Role.FUND_MANAGER, fund_scope(pot.fund_id))
    gift = gift_model.Gift(
        id=submission,
        fund_id=pot.fund_id,
        pot_id=pot.id,
        tier=setup_model.tier_of(what.tier),
        channel=setup_model.channel_of(what.channel),
        label=wording.line(what.label, "label", wording.NAME_CHARACTERS_MAX),
        amount_fen=_amount(line),
        donor=gift_model.donor(what.name, what.anonymous, what.publish_name, what.publish_amount),
        created_ms=now_ms,
    )
    asked = _receipt(actor, line, gift, now_ms)
    known = store.find(submission)
    if known is not None:
        return _same(known.receipt, asked)
    setup.giving_gate(pot.fund_id)
    pot.must_be_active()
    return _enter(asked)


def _amount(line: BankLineForm) -> int:
    if not 1 <= line.amount_fen <= PLEDGE_FEN_MAX:
        raise ReceiptAmountInvalid()
    return line.amount_fen


def _receipt(
    actor: Actor, line: BankLineForm, gift: gift_model.Gift, now_ms: int, pledge_id: str = "", number: int = 0
) -> Receipt:
    payer = wording.line(line.payer, "payer", wording.NAME_CHARACTERS_MAX)
    return Receipt(
        id=gift.id,
        fund_id=gift.fund_id,
        account_id=line.account_id,
        serial=read_serial(line.serial),
        value_day=model.check_day(line.value_day, now_ms).isoformat(),
        amount_fen=gift.amount_fen,
        payer_sealed=seals.seal(payer, PAYER_PURPOSE, gift.id),
        payer_masked=masked_name(payer),
        entered_by=actor.member_id,
        entered_ms=now_ms,
        pot_id=gift.pot_id,
        tier=gift.tier,
        channel=gift.channel,
        label=gift.label,
        donor=gift.donor,
        pledge_id=pledge_id,
        instalment=number,
    )


def _same(before: Receipt, asked: Receipt) -> Receipt:
    if _said(before) != _said(asked):
        raise SubmittedDifferently()
    return before


def _said(of: Receipt) -> tuple[object, ...]:
    line = of.account_id, of.serial, of.value_day, of.amount_fen, _payer(of)
    return *line, of.pot_id, of.tier, of.channel, of.label, of.donor, of.pledge_id, of.instalment


def _payer(of: Receipt) -> str:
    return seals.opened(of.payer_sealed, PAYER_PURPOSE, of.id)


def _enter(asked: Receipt) -> Receipt:
    setup.fund(asked.fund_id).bank_account_in_use(asked.account_id)
    bank_claims.must_be_free(asked.account_id, asked.serial, asked.id)
    commit(store.create_writes(asked))
    return asked


def check(actor: Actor, receipt_id: str, now_ms: int) -> Receipt:
    """The second person has seen the line on the statement: it is booked. Repeating changes nothing.

    Raises NotAllowed, ReceiptUnknown, ReceiptDecided, CheckerIsCreator, InstalmentMet,
    InstalmentAmountDiffers, BankSerialUsed, BankAccountClosed.
    """
    receipt = _check(actor, receipt_id, now_ms)
    if receipt.pledge_id:
        _close_invoice(receipt)
    return receipt


@fresh_reads
def _check(actor: Actor, receipt_id: str, now_ms: int) -> Receipt:
    read = store.read(receipt_id)
    receipt = read.receipt
    actor.require_any((Role.FUND_MANAGER, Role.APPROVER), fund_scope(receipt.fund_id))
    inputs: dict[str, object] = {"receipt": receipt.id, "amount_fen": receipt.amount_fen}
    if receipt.state == "booked" and receipt.decided_by == actor.member_id:
        return receipt
    model.may_decide(receipt, actor.member_id)
    journal.find(receipt.entry_key, "gift", inputs)
    setup.fund(receipt.fund_id).bank_account_in_use(receipt.account_id)
    gift = model.gift_of(receipt)
    postings = events.bank_gift(gift.pot_id, gift.tier, gift.channel, receipt.account_id, gift.amount_fen)
    after = model.booked(receipt, actor.member_id, gift.id, now_ms)
    claim = BankLine(receipt.account_id, receipt.serial, receipt.id, receipt.entry_key)
    commit(
        store.decide_writes(after, read)
        + gift_store.create_writes(gift)
        + _met(receipt, gift.id)
        + bank_claims.claim_writes(claim)
        + journal.entry_writes(gift_entry(gift, receipt.entry_key, postings, inputs))
    )
    return after


def _met(receipt: Receipt, gift_id: str) -> list[Write]:
    if not receipt.pledge_id:
        return []
    read = pledge_store.read(receipt.pledge_id)
    if read.pledge.instalment(receipt.instalment).gift_id == gift_id:
        raise Stale()  # checked this very moment: the receipt is read again
    pledge_model.must_match(read.pledge.instalment(receipt.instalment), receipt.amount_fen)
    return pledge_store.writes(pledge_model.met(read.pledge, receipt.instalment, gift_id), read)


def _close_invoice(receipt: Receipt) -> None:
    """An open invoice for the same instalment is marked as paid elsewhere, so that it is not paid twice.
    Should Stripe not answer, the manager still sees the invoice and can void it there."""
    one = pledge_store.read(receipt.pledge_id).pledge.instalment(receipt.instalment)
    if one.invoice_id:
        with suppress(DomainError):
            gateway.mark_paid_elsewhere(one.invoice_id, f"elsewhere:{receipt.id}")


@fresh_reads
def reject(actor: Actor, receipt_id: str, why: str, now_ms: int) -> Receipt:
    """The line is not on the statement, or says something else; whoever entered it may withdraw it too.

    Raises NotAllowed, ReceiptUnknown, ReceiptDecided, TextMissing, TextTooLong.
    """
    read = store.read(receipt_id)
    actor.require_any((Role.FUND_MANAGER, Role.APPROVER), fund_scope(read.receipt.fund_id))
    if read.receipt.state == "rejected" and read.receipt.decided_by == actor.member_id:
        return read.receipt
    if read.receipt.entered_by != actor.member_id:
        model.may_decide(read.receipt, actor.member_id)
    elif read.receipt.state != "waiting":
        raise model.ReceiptDecided()
    after = model.rejected(read.receipt, actor.member_id, wording.line(why, "why"), now_ms)
    commit(store.decide_writes(after, read))
    return after


# --- reading -----------------------------------------------------------------------------------


def receipt(actor: Actor, receipt_id: str) -> Receipt:
    """Raises ReceiptUnknown, NotAllowed."""
    found = store.read(receipt_id).receipt
    _require_read(actor, found.fund_id)
    return found


def payer_of(actor: Actor, receipt_id: str) -> str:
    """The payer's name in full, for who compares it with the statement. Raises ReceiptUnknown, NotAllowed."""
    return _payer(receipt(actor, receipt_id))


def waiting_page(actor: Actor, cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[Receipt], str]:
    """What waits for its check, oldest first. Raises NotAllowed, BadCursor."""
    _require_read(actor, fund_id)
    return store.waiting(fund_id, cursor)


def receipts_page(actor: Actor, cursor: str = "", fund_id: str = setup.MAIN_FUND) -> tuple[list[Receipt], str]:
    """All, newest first. Raises NotAllowed, BadCursor."""
    _require_read(actor, fund_id)
    return store.page(fund_id, cursor)


def _require_read(actor: Actor, fund_id: str) -> None:
    scope = fund_scope(fund_id)
    if not actor.may(Role.APPROVER, scope):
        actor.require_read(Role.FUND_MANAGER, scope)


__all__ = [
    "BankLineForm",
    "OfflineGift",
    "Receipt",
    "check",
    "enter_for_pledge",
    "enter_gift",
    "payer_of",
    "receipt",
    "receipts_page",
    "reject",
    "waiting_page",
]
