"""What happens by itself when time passes; asked before each API request."""

from __future__ import annotations

from local.stripe_standin.account import Account
from local.stripe_standin.resources import checkout, collecting, payments


def time_passes(account: Account) -> None:
    checkout.expire_due(account)
    collecting.tell_overdue(account)
    payments.make_available(account)
