"""Facts about people that the nightly verification asks for."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.identity.store import people
from chalicelib.ledger.errors import WalletMissing
from chalicelib.ledger.store import balances


def verify_facts() -> Iterator[str]:
    """Problems in plain words, none when all is well; no personal data in them."""
    for member in people.all_members():
        try:
            balances.wallet(member.id)
        except WalletMissing:
            yield f"member {member.id} has no wallet"
        if people.member_id_by_number(member.number) != member.id:
            yield f"number {member.number} does not lead to member {member.id}"
        phone = member.phone
        if phone and people.member_id_by_phone([(phone.lookup_key, phone.lookup_hash)]) != member.id:
            yield f"the phone of member {member.id} does not lead to them"
        card = people.card(member.card) if member.card else None
        if member.card and (card is None or card.value.member_id != member.id or card.value.revoked_at):
            yield f"member {member.id} holds card {member.card}, which is not valid"
