"""Members, and the street and communities that they belong to. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.identity.model.faults import (
    CommunityIdInvalid,
    NameInvalid,
    NameMissing,
    NameTooLong,
    ReasonMissing,
    ReasonTooLong,
)
from chalicelib.identity.model.phone import StoredPhone
from chalicelib.identity.model.roles import Actor, Grant, in_force

NOTICE_VERSION: Final = "2026-11"
"""The privacy notice that is shown and agreed to at present; a new one is agreed to at the next sign-in."""

NAME_CHARACTERS_MAX: Final = 40
REASON_CHARACTERS_MAX: Final = 200
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COMMUNITY_ID = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class Street:
    """The street office that this deployment serves. Phones are written as they are to be shown."""

    id: str
    name: str
    contact_phone: str
    supervision_phone: str


@dataclass(frozen=True, slots=True)
class Community:
    """A community 社区 of the street; ``id`` is a slug that never changes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Consent:
    """Agreement to one version of the privacy notice. ``how`` is ``page`` or ``paper``."""

    notice: str
    at: int
    how: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person. The phone is only a pointer to it and may be wrong, lost or change.

    ``number``, such as V7K2QM9ZX, stands wherever an ID number would (MZ/T 061-2015).
    ``card`` is the number of the paper card that is valid now, "" for none.
    ``sessions_from``: sessions that began before this moment (ms) are void.
    """

    id: str
    number: str
    name: str
    community_id: str
    lang: str
    created_at: int
    created_by: str = ""
    phone: StoredPhone | None = None
    consents: tuple[Consent, ...] = ()
    grants: tuple[Grant, ...] = ()
    flags: tuple[str, ...] = ()
    card: str = ""
    sessions_from: int = 0

    @property
    def phone_masked(self) -> str:
        return self.phone.masked if self.phone is not None else ""

    @property
    def has_agreed(self) -> bool:
        """Has agreed to the notice that is shown now."""
        return any(consent.notice == NOTICE_VERSION for consent in self.consents)

    def agreeing(self, at: int, how: str) -> Member:
        return replace(self, consents=(*self.consents, Consent(NOTICE_VERSION, at, how)))

    def as_actor(self, session_id: str, now_ms: int) -> Actor:
        """The member with the grants that are in force at ``now_ms``."""
        return Actor(
            member_id=self.id,
            name=self.name,
            session_id=session_id,
            grants=in_force(self.grants, now_ms),
            number=self.number,
            community_id=self.community_id,
        )


def clean_name(text: str) -> str:
    """A person's name with plain spacing, NFC. Any script, rare characters too.

    What looks like HTML is kept and escaped where it is shown. Raises NameMissing, NameTooLong,
    NameInvalid.
    """
    if len(text) > NAME_CHARACTERS_MAX * 20:
        raise NameTooLong(characters_max=NAME_CHARACTERS_MAX)
    name = " ".join(unicodedata.normalize("NFC", text).replace("\u3000", " ").split(" ")).strip()
    name = re.sub(" {2,}", " ", name)
    if not name:
        raise NameMissing()
    if len(name) > NAME_CHARACTERS_MAX:
        raise NameTooLong(characters_max=NAME_CHARACTERS_MAX)
    if not all(_stands_in_a_name(char) for char in name) or not any(_is_letter(char) for char in name):
        raise NameInvalid()
    return name


def clean_reason(text: str) -> str:
    """Why staff did something to a person's data or power. Raises ReasonMissing, ReasonTooLong."""
    reason = " ".join(text.split())
    if len(reason) < 2:
        raise ReasonMissing()
    if len(reason) > REASON_CHARACTERS_MAX:
        raise ReasonTooLong(characters_max=REASON_CHARACTERS_MAX)
    return reason


def is_community_id(text: str) -> bool:
    return _COMMUNITY_ID.fullmatch(text) is not None


def check_community_id(text: str) -> str:
    """Raises CommunityIdInvalid."""
    if not is_community_id(text):
        raise CommunityIdInvalid()
    return text


def crockford(random_bits: int, length: int) -> str:
    """``length`` characters of 5 bits each."""
    return "".join(_CROCKFORD[(random_bits >> (5 * place)) & 31] for place in range(length))


def read_crockford(text: str, prefix: str, length: int) -> str:
    """A short number as people write it: any case, spaces, hyphens, O for 0, I and L for 1; "" if it is none."""
    plain = text.strip().translate(_FULL_WIDTH).upper()
    for gap in " -–—_·":
        plain = plain.replace(gap, "")
    if len(plain) == length + 1 and plain.startswith(prefix):
        plain = plain[1:]
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != length or not all(char in _CROCKFORD for char in plain):
        return ""
    return prefix + plain


_FULL_WIDTH: Final = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}


def _is_letter(char: str) -> bool:
    # Planes 2 and 3 hold rare ideographs, some newer than the Unicode tables of this Python.
    return unicodedata.category(char)[0] == "L" or 0x20000 <= ord(char) <= 0x3FFFD


def _stands_in_a_name(char: str) -> bool:
    if _is_letter(char) or char == " ":
        return True
    category = unicodedata.category(char)
    return (category[0] in "MNP" and not 0xFE00 <= ord(char) <= 0xFE0F and char != "\u20e3") or char in "<>`^|=+~$"
