"""Whom a phone number leads to."""

from __future__ import annotations

from chalicelib.identity import phones
from chalicelib.identity.store import people


def member_id_of(number: str) -> str:
    """The member of a normalised number, "" where there is none.

    Before it is said that nobody has it, keys are looked for that came to be since ours were read: whoever is not
    found would be made a second time.
    """
    found = people.member_id_by_phone(phones.lookups(number))
    return found or people.member_id_by_phone(phones.newer_lookups(number))
