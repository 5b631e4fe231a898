"""What the fund says that the books must show: gifts and spending together."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.fund.service import giving_facts, spending_checks
from chalicelib.ledger.verify import Commitment, Fact


def facts() -> Iterator[Fact]:
    """Everything of the fund that must have exactly one entry."""
    yield from giving_facts.facts()
    yield from spending_checks.disbursement_facts()


def kinds() -> frozenset[str]:
    """The entry kinds of which every entry must have its fact here."""
    return giving_facts.KINDS | spending_checks.KINDS


def commitments() -> Iterator[Commitment]:
    """Everything that takes away from a pot."""
    yield from giving_facts.commitments()
    yield from spending_checks.disbursement_commitments()


def problems() -> Iterator[str]:
    """The fund's own sums and pointers that do not hold."""
    yield from giving_facts.problems()
    yield from spending_checks.disbursement_problems()
