"""The legs of every event: what each debits and credits, and nothing else invents legs.

One function per row of docs/LEDGER.md. Amounts come in as positive integers in minor units (fen, or
hundredths of a point); the functions return postings that balance. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.ledger import accounts as a
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.entry import Posting
from chalicelib.ledger.errors import Unbalanced

Postings = tuple[Posting, ...]


def _move(debit: str, credit: str, amount: int, asset: Asset = "CNY") -> Postings:
    if type(amount) is not int or amount <= 0:
        raise Unbalanced(amount=amount)
    return (Posting(debit, asset, amount), Posting(credit, asset, -amount))


def mirror(postings: Sequence[Posting]) -> Postings:
    """The reversal of an entry: every leg with the other sign."""
    return tuple(Posting(p.account, p.asset, -p.amount) for p in postings)


# --- gifts through Stripe --------------------------------------------------------------------


def stripe_gift(pot_id: str, tier: str, channel: str, gross_fen: int) -> Postings:
    return _move(a.STRIPE, a.income(pot_id, tier, channel), gross_fen)


def stripe_fee(pot_id: str, fee_fen: int) -> Postings:
    return _move(a.expense(pot_id, a.FEES), a.STRIPE, fee_fen)


def payout_sent(payout_id: str, amount_fen: int) -> Postings:
    return _move(a.transit(payout_id), a.STRIPE, amount_fen)


def payout_arrived(payout_id: str, bank_id: str, amount_fen: int) -> Postings:
    return _move(a.bank(bank_id), a.transit(payout_id), amount_fen)


def payout_failed(payout_id: str, amount_fen: int) -> Postings:
    return _move(a.STRIPE, a.transit(payout_id), amount_fen)


def stripe_refund(pot_id: str, tier: str, channel: str, amount_fen: int) -> Postings:
    return _move(a.income(pot_id, tier, channel), a.STRIPE, amount_fen)


def refund_failed(amount_fen: int) -> Postings:
    """The money came back to Stripe; the donor is still owed it."""
    return _move(a.STRIPE, a.REFUNDS, amount_fen)


def refund_retried(amount_fen: int) -> Postings:
    return _move(a.REFUNDS, a.STRIPE, amount_fen)


def refund_repaid_by_bank(bank_id: str, amount_fen: int) -> Postings:
    return _move(a.REFUNDS, a.bank(bank_id), amount_fen)


def dispute_opened(pot_id: str, amount_fen: int, fee_fen: int) -> Postings:
    legs = [Posting(a.DISPUTED, "CNY", amount_fen)]
    if fee_fen:
        legs.append(Posting(a.expense(pot_id, a.FEES), "CNY", fee_fen))
    return (*legs, Posting(a.STRIPE, "CNY", -amount_fen - fee_fen))


def dispute_won(amount_fen: int) -> Postings:
    return _move(a.STRIPE, a.DISPUTED, amount_fen)


def dispute_lost(pot_id: str, tier: str, channel: str, amount_fen: int) -> Postings:
    return _move(a.income(pot_id, tier, channel), a.DISPUTED, amount_fen)


# --- bank, cash, kind ------------------------------------------------------------------------


def bank_line_in(bank_id: str, amount_fen: int) -> Postings:
    return _move(a.bank(bank_id), a.SUSPENSE, amount_fen)


def bank_line_out(bank_id: str, amount_fen: int) -> Postings:
    return _move(a.SUSPENSE, a.bank(bank_id), amount_fen)


def suspense_matched(pot_id: str, tier: str, channel: str, amount_fen: int) -> Postings:
    return _move(a.SUSPENSE, a.income(pot_id, tier, channel), amount_fen)


def suspense_is_payout(payout_id: str, amount_fen: int) -> Postings:
    return _move(a.SUSPENSE, a.transit(payout_id), amount_fen)


def suspense_is_deposit(box_id: str, amount_fen: int) -> Postings:
    return _move(a.SUSPENSE, a.cashbox(box_id), amount_fen)


def suspense_sent_back(bank_id: str, amount_fen: int) -> Postings:
    return _move(a.SUSPENSE, a.bank(bank_id), amount_fen)


def bank_gift(pot_id: str, tier: str, channel: str, bank_id: str, amount_fen: int) -> Postings:
    """A gift or pledge instalment by transfer or WeChat code, checked by a second person."""
    return _move(a.bank(bank_id), a.income(pot_id, tier, channel), amount_fen)


def cash_gift(pot_id: str, tier: str, channel: str, box_id: str, amount_fen: int) -> Postings:
    return _move(a.cashbox(box_id), a.income(pot_id, tier, channel), amount_fen)


def bank_gift_refunded(pot_id: str, tier: str, channel: str, bank_id: str, amount_fen: int) -> Postings:
    return _move(a.income(pot_id, tier, channel), a.bank(bank_id), amount_fen)


def cash_gift_refunded(pot_id: str, tier: str, channel: str, box_id: str, amount_fen: int) -> Postings:
    return _move(a.income(pot_id, tier, channel), a.cashbox(box_id), amount_fen)


def cash_deposited(bank_id: str, box_id: str, amount_fen: int) -> Postings:
    return _move(a.bank(bank_id), a.cashbox(box_id), amount_fen)


def cash_short(pot_id: str, box_id: str, amount_fen: int) -> Postings:
    return _move(a.expense(pot_id, a.CASH_DIFFERENCE), a.cashbox(box_id), amount_fen)


def cash_over(pot_id: str, box_id: str, amount_fen: int) -> Postings:
    return _move(a.cashbox(box_id), a.expense(pot_id, a.CASH_DIFFERENCE), amount_fen)


def in_kind_received(pot_id: str, tier: str, channel: str, value_fen: int) -> Postings:
    return _move(a.in_kind(pot_id), a.income(pot_id, tier, channel), value_fen)


def in_kind_used(pot_id: str, category: str, value_fen: int) -> Postings:
    return _move(a.expense(pot_id, category), a.in_kind(pot_id), value_fen)


# --- spending --------------------------------------------------------------------------------


def disbursement_paid(pot_id: str, category: str, bank_id: str, amount_fen: int) -> Postings:
    return _move(a.expense(pot_id, category), a.bank(bank_id), amount_fen)


def change_of_use(from_pot_id: str, to_pot_id: str, amount_fen: int) -> Postings:
    return _move(a.transfer(from_pot_id), a.transfer(to_pot_id), amount_fen)


def opening_money(pot_id: str, bank_id: str, amount_fen: int) -> Postings:
    return _move(a.bank(bank_id), a.opening(pot_id), amount_fen)


# --- points ----------------------------------------------------------------------------------


def award(community_id: str, member_id: str, asset: Asset, to_clawback: int, to_wallet: int) -> Postings:
    """One asset's part of an award: an old clawback is settled first."""
    legs = [Posting(a.issued(community_id), asset, to_clawback + to_wallet)]
    if to_clawback:
        legs.append(Posting(a.clawback(member_id), asset, -to_clawback))
    if to_wallet:
        legs.append(Posting(a.wallet(member_id), asset, -to_wallet))
    return tuple(legs)


def award_reversed(
    community_id: str, member_id: str, asset: Asset, from_wallet: int, from_expired: int, to_clawback: int
) -> Postings:
    """The mirror of an award: what expired comes from equity:expired, what is spent is owed."""
    legs = [Posting(a.issued(community_id), asset, -(from_wallet + from_expired + to_clawback))]
    if from_wallet:
        legs.append(Posting(a.wallet(member_id), asset, from_wallet))
    if from_expired:
        legs.append(Posting(a.EXPIRED, asset, from_expired))
    if to_clawback:
        legs.append(Posting(a.clawback(member_id), asset, to_clawback))
    return tuple(legs)


def voucher_captured(member_id: str, merchant_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.wallet(member_id), a.merchant(merchant_id), points_centi, asset)


def voucher_returned(member_id: str, merchant_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.merchant(merchant_id), a.wallet(member_id), points_centi, asset)


def points_settled(merchant_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.merchant(merchant_id), a.REDEEMED, points_centi, asset)


def reimbursement_accrued(pot_id: str, merchant_id: str, amount_fen: int) -> Postings:
    return _move(a.expense(pot_id, a.REDEMPTION), a.merchant(merchant_id), amount_fen)


def reimbursement_paid(merchant_id: str, bank_id: str, amount_fen: int) -> Postings:
    return _move(a.merchant(merchant_id), a.bank(bank_id), amount_fen)


def wallet_expired(member_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.wallet(member_id), a.EXPIRED, points_centi, asset)


def pool_expired(community_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.pool(community_id), a.EXPIRED, points_centi, asset)


def given_to_family(from_member_id: str, to_member_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.wallet(from_member_id), a.wallet(to_member_id), points_centi, asset)


def given_to_pool(member_id: str, community_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.wallet(member_id), a.pool(community_id), points_centi, asset)


def pool_pays_service(community_id: str, volunteer_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.pool(community_id), a.wallet(volunteer_id), points_centi, asset)


def opening_points(member_id: str, asset: Asset, points_centi: int) -> Postings:
    return _move(a.OPENING_POINTS, a.wallet(member_id), points_centi, asset)
