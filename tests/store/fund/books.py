"""Whether the books hold after a story of the fund's spending."""

from __future__ import annotations

from chalicelib.fund.service import spending_checks
from chalicelib.ledger import verify


def _claims() -> verify.Claims:
    return verify.Claims(
        facts=list(spending_checks.disbursement_facts()),
        kinds=spending_checks.KINDS | {"reversal"},
        commitments=list(spending_checks.disbursement_commitments()),
        problems=list(spending_checks.disbursement_problems()),
    )


def must_hold() -> None:
    assert verify.verify(_claims, tries=1) == []
