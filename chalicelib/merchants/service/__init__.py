"""What may be done with merchants: one function per use case. Other folders import from here."""

from __future__ import annotations

from chalicelib.merchants.model import codes, faults
from chalicelib.merchants.model.merchants import Merchant
from chalicelib.merchants.model.offers import Hours, Offer, Stock, Terms
from chalicelib.merchants.model.tallies import Tally
from chalicelib.merchants.model.vouchers import Return, Voucher
from chalicelib.merchants.service.merchants import (
    add_clerk,
    apply,
    approve,
    clerks,
    merchant,
    merchants,
    merchants_of,
    open_merchants,
    reject,
    resume,
    suspend,
)
from chalicelib.merchants.service.offers import (
    OnOffer,
    add_offer,
    offer,
    offers,
    offers_of,
    on_offer,
    restock,
    set_status,
)
from chalicelib.merchants.service.returns import return_points
from chalicelib.merchants.service.till import (
    AtTill,
    Owed,
    Today,
    capture,
    find,
    owed,
    show,
    statement,
    today,
    token_of,
)
from chalicelib.merchants.service.verification import facts, kinds, open_holds, problems
from chalicelib.merchants.service.vouchers import (
    Purse,
    available,
    cancel,
    expire_due,
    issue,
    purse,
    release_overdue,
    voucher,
    vouchers_of,
)

__all__ = [
    "AtTill",
    "Hours",
    "Merchant",
    "Offer",
    "OnOffer",
    "Owed",
    "Purse",
    "Return",
    "Stock",
    "Tally",
    "Terms",
    "Today",
    "Voucher",
    "add_clerk",
    "add_offer",
    "apply",
    "approve",
    "available",
    "cancel",
    "capture",
    "clerks",
    "codes",
    "expire_due",
    "facts",
    "faults",
    "find",
    "issue",
    "kinds",
    "merchant",
    "merchants",
    "merchants_of",
    "offer",
    "offers",
    "offers_of",
    "on_offer",
    "open_holds",
    "open_merchants",
    "owed",
    "problems",
    "purse",
    "reject",
    "release_overdue",
    "restock",
    "resume",
    "return_points",
    "set_status",
    "show",
    "statement",
    "suspend",
    "today",
    "token_of",
    "voucher",
    "vouchers_of",
]
