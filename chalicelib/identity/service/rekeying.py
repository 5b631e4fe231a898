"""After the data keys have changed: what is kept under an older one is stored again under the present one."""

from __future__ import annotations

from collections import Counter

from chalicelib import table
from chalicelib.identity import phones
from chalicelib.identity.model.member import Member
from chalicelib.identity.store import people
from chalicelib.table import Round, commit, fresh_reads


def rekey_phones() -> Round:
    """Every member's phone under the present key; ``done`` counts those that were not. May be stopped and run
    again at any time: a phone is found under each key meanwhile."""
    return table.each(people.all_members, lambda member: member.id, _rekey)


def phone_keys() -> Counter[str]:
    """How many phones are kept under each key id."""
    made = Counter[str]()
    for member in people.all_members():
        if member.phone is not None:
            made.update({member.phone.lookup_key, member.phone.data_key})
    return made


@fresh_reads
def _rekey(member: Member) -> int:
    read = people.member(member.id)
    if read is None or read.value.phone is None or phones.is_current(read.value.phone):
        return 0
    before = read.value.phone
    after = phones.stored(phones.revealed(before, member.id), member.id)
    commit(people.phone_move_writes(after, before, read))
    return 1
