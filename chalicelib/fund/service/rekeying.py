"""After the data keys have changed: texts sealed under an older key are sealed again under the present one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from chalicelib import table
from chalicelib.fund import seals
from chalicelib.fund.model.disbursements import Disbursement
from chalicelib.fund.model.monthly import Monthly
from chalicelib.fund.model.receipts import Receipt
from chalicelib.fund.service.disbursements import ACCOUNT_PURPOSE
from chalicelib.fund.service.monthly import PHONE_PURPOSE
from chalicelib.fund.service.receipts import PAYER_PURPOSE
from chalicelib.fund.store import disbursements, monthly, receipts
from chalicelib.table import Round, commit, fresh_reads


def reseal() -> Round:
    """Payees' accounts, payers' names and shops' phones; ``done`` counts what was not under the present key. May
    be stopped and run again at any time: every key still opens what it sealed."""
    rounds = (
        table.each(disbursements.all_disbursements, lambda one: one.id, _disbursement),
        table.each(receipts.all_receipts, lambda one: one.id, _receipt),
        table.each(monthly.all_monthlies, lambda one: one.id, _monthly),
    )
    return Round(sum(one.done for one in rounds), {about: e for one in rounds for about, e in one.failed.items()})


def seal_keys() -> Counter[str]:
    """How many sealed texts are kept under each key id."""
    texts = [one.payee.account_sealed for one in disbursements.all_disbursements()]
    texts += [one.payer_sealed for one in receipts.all_receipts()]
    texts += [one.phone_sealed for one in monthly.all_monthlies()]
    return Counter(seals.key_of(text) for text in texts if text)


def _again(sealed: str, purpose: str, owner: str) -> str:
    return seals.seal(seals.opened(sealed, purpose, owner), purpose, owner)


@fresh_reads
def _disbursement(found: Disbursement) -> int:
    read = disbursements.disbursement(found.id)
    if read is None or seals.is_current(read.payee.account_sealed):
        return 0
    payee = replace(read.payee, account_sealed=_again(read.payee.account_sealed, ACCOUNT_PURPOSE, read.id))
    commit(disbursements.disbursement_writes(read, replace(read, payee=payee)))
    return 1


@fresh_reads
def _receipt(found: Receipt) -> int:
    read = receipts.find(found.id)
    if read is None or seals.is_current(read.receipt.payer_sealed):
        return 0
    sealed = _again(read.receipt.payer_sealed, PAYER_PURPOSE, found.id)
    commit(receipts.replace_writes(replace(read.receipt, payer_sealed=sealed), read))
    return 1


@fresh_reads
def _monthly(found: Monthly) -> int:
    read = monthly.find(found.id)
    if read is None or seals.is_current(read.monthly.phone_sealed):
        return 0
    sealed = _again(read.monthly.phone_sealed, PHONE_PURPOSE, found.id)
    commit(monthly.writes(replace(read.monthly, phone_sealed=sealed), read))
    return 1
