"""A merchant: application, a second person's approval, suspension. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from chalicelib.merchants.model.faults import (
    AgreementMissing,
    MerchantDecided,
    MerchantNotActive,
    MerchantSuspended,
    OwnApplication,
    TextInvalid,
)

Status = Literal["applied", "active", "rejected", "suspended"]

NAME_CHARACTERS_MAX: Final = 40
PLACE_CHARACTERS_MAX: Final = 100
NOTE_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop 爱心商家 that gives goods or services for points.

    ``phone`` is the shop's own, as it is to be shown. ``agreement`` refers to the signed paper.
    ``decided_by`` is never ``applied_by``.
    """

    id: str
    name: str
    community_id: str
    place: str
    phone: str
    applied_by: str
    applied_at: int
    status: Status = "applied"
    agreement: str = ""
    decided_by: str = ""
    decided_at: int = 0
    why: str = ""
    version: int = 0

    def require_open(self) -> None:
        """Raises MerchantSuspended, MerchantNotActive."""
        if self.status == "suspended":
            raise MerchantSuspended(name=self.name)
        if self.status != "active":
            raise MerchantNotActive(name=self.name)

    def approved(self, by: str, agreement: str, now_ms: int) -> Merchant:
        """Raises OwnApplication, MerchantDecided, AgreementMissing."""
        self._require_undecided(by)
        reference = " ".join(agreement.split())
        if not reference:
            raise AgreementMissing()
        text("agreement", reference, NOTE_CHARACTERS_MAX)
        return replace(
            self, status="active", agreement=reference, decided_by=by, decided_at=now_ms, version=self.version + 1
        )

    def rejected(self, by: str, why: str, now_ms: int) -> Merchant:
        """Raises OwnApplication, MerchantDecided, TextInvalid."""
        self._require_undecided(by)
        reason = text("why", why, NOTE_CHARACTERS_MAX)
        return self._decided(by, now_ms, status="rejected", why=reason)

    def suspended(self, why: str) -> Merchant:
        """Raises MerchantNotActive, TextInvalid; suspending twice changes nothing."""
        if self.status == "suspended":
            return self
        self.require_open()
        return replace(self, status="suspended", why=text("why", why, NOTE_CHARACTERS_MAX), version=self.version + 1)

    def resumed(self) -> Merchant:
        """Raises MerchantNotActive unless it is active or suspended."""
        if self.status not in ("active", "suspended"):
            raise MerchantNotActive(name=self.name)
        return replace(self, status="active", why="", version=self.version + 1) if self.status == "suspended" else self

    def _decided(self, by: str, now_ms: int, status: Status, agreement: str = "", why: str = "") -> Merchant:
        return replace(
            self,
            status=status,
            agreement=agreement,
            why=why,
            decided_by=by,
            decided_at=now_ms,
            version=self.version + 1,
        )

    def _require_undecided(self, by: str) -> None:
        if by == self.applied_by:
            raise OwnApplication()
        if self.status != "applied":
            raise MerchantDecided(status=self.status)


def text(name: str, given: str, characters_max: int, *, required: bool = True) -> str:
    """One line with plain spacing. Raises TextInvalid(name, characters_max)."""
    line = " ".join(given.split())
    if len(line) > characters_max or (required and not line):
        raise TextInvalid(name=name, characters_max=characters_max)
    return line
