"""A line of a bank statement: known by the account and the bank's serial, and booked once. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from chalicelib.fund.model.setup_faults import BankSerialInvalid

_SERIAL: Final = re.compile(r"[0-9A-Z_-]{4,40}")


@dataclass(frozen=True, slots=True)
class BankLine:
    """Who claimed a line: ``ref`` is the id of the fact (gift, disbursement, …), ``entry_key`` the key of
    the entry that booked it."""

    account_id: str
    serial: str
    ref: str
    entry_key: str


def read_serial(text: str) -> str:
    """The bank's serial as it is kept: upper case, full-width digits as plain ones, no spaces.

    Raises BankSerialInvalid.
    """
    plain = "".join(unicodedata.normalize("NFKC", text[:200]).split()).upper()
    if not _SERIAL.fullmatch(plain):
        raise BankSerialInvalid()
    return plain
