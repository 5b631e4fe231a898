"""A signed promise to give 社会企业定捐: instalments with due dates, each met by a Stripe invoice or a
bank transfer that was matched to it. Pure; amounts in fen, times in ms. 慈善法 art. 41: a signed pledge
is enforceable within limits; what is due shows to managers only, as 待到账."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from chalicelib import ids
from chalicelib.errors import Invalid, NotFound, Refused
from chalicelib.fund.model.gifts import Donor, Gift
from chalicelib.fund.model.setup import Channel
from chalicelib.fund.model.stripe_objects import Invoice, Payment

INSTALMENTS_MAX: Final = 36
PLEDGE_FEN_MAX: Final = 100_000_000_00
DUE_DAYS_MAX: Final = 366 * 5


class PledgeUnknown(NotFound):
    """No pledge of that id."""

    code = "pledge_unknown"


class InstalmentUnknown(NotFound):
    """The pledge has no instalment of that number."""

    code = "instalment_unknown"


class InstalmentsInvalid(Invalid):
    """1 to 36 instalments, in order of their days, within five years. Field: ``reason``."""

    code = "instalments_invalid"


class InstalmentMet(Refused):
    """This instalment has arrived already."""

    code = "instalment_met"


class InstalmentInvoiced(Refused):
    """An invoice for this instalment is open already. Field: ``url``."""

    code = "instalment_invoiced"


class InstalmentAmountDiffers(Refused):
    """What arrived is not what this instalment says. Fields: ``due_fen``, ``received_fen``."""

    code = "instalment_amount_differs"


@dataclass(frozen=True, slots=True)
class Instalment:
    """``attempt`` counts tries to invoice it. ``gift_id`` is the gift that met it."""

    number: int
    due_day: str
    amount_fen: int
    state: Literal["due", "invoiced", "met"] = "due"
    attempt: int = 1
    invoice_id: str = ""
    invoice_url: str = ""
    overdue: bool = False
    gift_id: str = ""


@dataclass(frozen=True, slots=True)
class Pledge:
    """``donor.name`` is the organisation's own name."""

    id: str
    fund_id: str
    pot_id: str
    channel: Channel
    label: str
    donor: Donor
    signed_day: str
    instalments: tuple[Instalment, ...]
    created_by: str
    created_ms: int
    customer_id: str = ""

    @property
    def total_fen(self) -> int:
        return sum(one.amount_fen for one in self.instalments)

    @property
    def outstanding_fen(self) -> int:
        """待到账: what is signed and has not arrived."""
        return sum(one.amount_fen for one in self.instalments if one.state != "met")

    def instalment(self, number: int) -> Instalment:
        """Raises InstalmentUnknown."""
        for one in self.instalments:
            if one.number == number:
                return one
        raise InstalmentUnknown()

    def with_instalment(self, after: Instalment) -> Pledge:
        changed = tuple(after if one.number == after.number else one for one in self.instalments)
        return replace(self, instalments=changed)


def instalments(given: Sequence[tuple[date, int]], signed: date) -> tuple[Instalment, ...]:
    """Raises InstalmentsInvalid(reason)."""
    if not 1 <= len(given) <= INSTALMENTS_MAX:
        raise InstalmentsInvalid(reason="count")
    days = [day for day, _ in given]
    if days != sorted(days) or days[0] < signed or (days[-1] - signed).days > DUE_DAYS_MAX:
        raise InstalmentsInvalid(reason="days")
    if any(fen < 1 for _, fen in given) or sum(fen for _, fen in given) > PLEDGE_FEN_MAX:
        raise InstalmentsInvalid(reason="amounts")
    return tuple(Instalment(n, day.isoformat(), fen) for n, (day, fen) in enumerate(given, 1))


def may_invoice(one: Instalment) -> None:
    """Raises InstalmentMet, InstalmentInvoiced(url)."""
    if one.state == "met":
        raise InstalmentMet()
    if one.state == "invoiced":
        raise InstalmentInvoiced(url=one.invoice_url)


def invoiced(pledge: Pledge, number: int, invoice: Invoice) -> Pledge:
    one = pledge.instalment(number)
    if one.state == "met":
        return pledge
    return pledge.with_instalment(
        replace(one, state="invoiced", invoice_id=invoice.invoice_id, invoice_url=invoice.hosted_url)
    )


def followed(pledge: Pledge, number: int, invoice: Invoice, now_ms: int) -> Pledge:
    """What an invoice that is not paid says: overdue, or voided and to be invoiced anew."""
    one = pledge.instalment(number)
    if one.state == "met" or one.invoice_id not in ("", invoice.invoice_id):
        return pledge
    if invoice.state in ("void", "uncollectible"):
        again = replace(one, state="due", attempt=one.attempt + 1, invoice_id="", invoice_url="", overdue=False)
        return pledge.with_instalment(again)
    late = invoice.due_ms is not None and invoice.due_ms <= now_ms and invoice.state == "open"
    return invoiced(pledge.with_instalment(replace(one, overdue=late)), number, invoice)


def must_match(one: Instalment, received_fen: int) -> None:
    """Raises InstalmentMet, InstalmentAmountDiffers(due_fen, received_fen)."""
    if one.state == "met":
        raise InstalmentMet()
    if one.amount_fen != received_fen:
        raise InstalmentAmountDiffers(due_fen=one.amount_fen, received_fen=received_fen)


def met(pledge: Pledge, number: int, gift_id: str) -> Pledge:
    one = pledge.instalment(number)
    return pledge.with_instalment(replace(one, state="met", gift_id=gift_id, overdue=False))


def gift_of_invoice(pledge: Pledge, invoice: Invoice, payment: Payment, *, second: bool) -> Gift:
    """The gift that a paid invoice is. ``second``: the instalment had been met otherwise."""
    gift = gift_of(pledge, ids.derived_ulid(invoice.created_ms, "invoice", invoice.invoice_id), payment.amount_fen)
    note = "second_payment" if second else ""
    return replace(gift, created_ms=invoice.created_ms, note=note)


def gift_of(pledge: Pledge, gift_id: str, amount_fen: int) -> Gift:
    return Gift(
        id=gift_id,
        fund_id=pledge.fund_id,
        pot_id=pledge.pot_id,
        tier="fixed",
        channel=pledge.channel,
        label=pledge.label,
        amount_fen=amount_fen,
        donor=pledge.donor,
        created_ms=ids.ulid_ms(gift_id),
        ref=pledge.id,
    )
