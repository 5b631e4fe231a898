"""A signed pledge: one instalment by Stripe invoice, one by a transfer that two people look at."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from chalicelib.errors import DomainError, NotAllowed
from chalicelib.fund.model import pledges as model
from chalicelib.fund.model import receipts as receipt_model
from chalicelib.fund.model.setup_faults import BankSerialUsed
from chalicelib.fund.service import gifts, pledges, receipts
from tests.store.fund.giving import Giving, balance, books_hold, open_for_gifts, pot
from tests.store.fund.people import APPROVER, MANAGER, NOW, OTHER_MANAGER, RESIDENT, SUPERVISOR, submission

pytestmark = pytest.mark.usefixtures("tables")
SIGNED = date(2026, 11, 20)
FORM = pledges.PledgeForm(
    "relief",
    "邻里社会企业",
    "2027年度定捐",
    SIGNED,
    [(date(2026, 12, 1), 300_000), (date(2027, 3, 1), 200_000)],
    publish_name=True,
)
LINE = receipts.BankLineForm("main", "2026 1122 0001", date(2026, 11, 21), 200_000, "邻里社会企业有限公司")


@pytest.fixture
def giving(tables: object) -> Iterator[Giving]:
    with open_for_gifts() as world:
        yield world


def signed() -> pledges.Pledge:
    return pledges.sign_pledge(MANAGER, FORM, submission=submission("pledge"), now_ms=NOW)


def now(pledge_id: str) -> pledges.Pledge:
    return pledges.pledge(MANAGER, pledge_id)


def entered(pledge_id: str, key: str = "line", line: receipts.BankLineForm = LINE) -> receipts.Receipt:
    return receipts.enter_for_pledge(MANAGER, line, pledge_id, 2, submission=submission(key), now_ms=NOW)


def test_one_instalment_by_invoice_and_one_by_transfer(giving: Giving) -> None:
    pledge = signed()
    assert signed() == pledge
    assert pledge.outstanding_fen == 500_000

    sent = pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW).instalment(1)
    assert sent.state == "invoiced"
    assert sent.invoice_url.startswith(giving.stripe.url)
    assert pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW).instalment(1) == sent
    giving.stripe.pay_invoice(sent.invoice_id)
    giving.deliver()
    giving.again()
    assert now(pledge.id).outstanding_fen == 200_000

    receipt = entered(pledge.id)
    assert balance("asset:bank:main") == 0, "nothing is booked before the second person"
    done = receipts.check(OTHER_MANAGER, receipt.id, NOW)
    assert receipts.check(OTHER_MANAGER, receipt.id, NOW) == done

    assert now(pledge.id).outstanding_fen == 0
    assert balance("asset:bank:main") == 200_000
    assert balance("income:relief:fixed:partner") == -500_000
    found = gifts.gifts_page(MANAGER, gifts.Filter(tier="fixed"))[0]
    assert sorted(gift.entry_key.split(":")[0] for gift in found) == ["bank", "invoice"]
    assert pot().in_fen == 500_000 - sum(gift.fee_fen for gift in found)
    books_hold()


def test_whoever_enters_a_transfer_does_not_check_it(giving: Giving) -> None:
    receipt = entered(signed().id)
    with pytest.raises(receipt_model.CheckerIsCreator):
        receipts.check(MANAGER, receipt.id, NOW)
    for actor in (SUPERVISOR, RESIDENT):
        with pytest.raises(NotAllowed):
            receipts.check(actor, receipt.id, NOW)
    assert receipts.check(APPROVER, receipt.id, NOW).state == "booked"
    books_hold()


def test_two_people_check_at_once_and_it_is_booked_once(giving: Giving) -> None:
    receipt = entered(signed().id)

    def check(n: int) -> str:
        try:
            return receipts.check((OTHER_MANAGER, APPROVER)[n % 2], receipt.id, NOW).decided_by
        except receipt_model.ReceiptDecided:
            return "late"

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(check, range(8)))
    assert len(answers - {"late"}) == 1
    assert balance("asset:bank:main") == 200_000
    books_hold()


def test_a_serial_is_used_once(giving: Giving) -> None:
    pledge = signed()
    receipt = entered(pledge.id)
    assert entered(pledge.id) == receipt, "a double click"
    with pytest.raises(receipt_model.ReceiptSerialWaiting):
        entered(pledge.id, "other")
    receipts.check(OTHER_MANAGER, receipt.id, NOW)

    offline = receipts.OfflineGift("relief", "online", "日常", anonymous=True)
    with pytest.raises(BankSerialUsed):
        receipts.enter_gift(MANAGER, LINE, offline, submission=submission("again"), now_ms=NOW)


def test_a_rejected_line_frees_its_serial(giving: Giving) -> None:
    pledge = signed()
    receipt = entered(pledge.id)
    assert receipts.waiting_page(APPROVER)[0] == [receipt]
    receipts.reject(OTHER_MANAGER, receipt.id, "金额看错了", NOW)
    assert receipts.waiting_page(APPROVER)[0] == []
    with pytest.raises(receipt_model.ReceiptDecided):
        receipts.check(OTHER_MANAGER, receipt.id, NOW)
    assert entered(pledge.id, "again").state == "waiting"
    books_hold()


def test_the_payers_name_is_sealed(giving: Giving) -> None:
    receipt = entered(signed().id)
    assert LINE.payer not in receipt.payer_sealed
    assert receipt.payer_masked == "邻***"
    assert receipts.payer_of(OTHER_MANAGER, receipt.id) == LINE.payer
    with pytest.raises(NotAllowed):
        receipts.payer_of(RESIDENT, receipt.id)


def test_a_transfer_for_an_invoiced_instalment_closes_the_invoice_and_books_once(giving: Giving) -> None:
    pledge = signed()
    sent = pledges.send_invoice(MANAGER, pledge.id, 2, now_ms=NOW).instalment(2)
    receipts.check(OTHER_MANAGER, entered(pledge.id).id, NOW)
    giving.deliver()

    assert giving.stripe.get(sent.invoice_id)["status"] == "paid"
    assert balance("income:relief:fixed:partner") == -200_000
    assert balance("asset:stripe") == 0
    books_hold()


def test_a_voided_invoice_is_due_again(giving: Giving) -> None:
    import stripe

    pledge = signed()
    first = pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW).instalment(1)
    stripe.StripeClient("sk_test_giving", base_addresses={"api": giving.stripe.url}).v1.invoices.void_invoice(
        first.invoice_id
    )
    giving.deliver()
    assert now(pledge.id).instalment(1).state == "due"
    second = pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW).instalment(1)
    assert second.invoice_id != first.invoice_id
    giving.again()
    assert now(pledge.id).instalment(1).invoice_id == second.invoice_id


def test_when_stripe_fails_half_way_the_retry_makes_one_invoice_to_pay(giving: Giving) -> None:
    pledge = signed()
    giving.stripe.fail_next(3, status=500, path="/v1/invoices")
    with pytest.raises(DomainError):
        pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW)
    sent = pledges.send_invoice(MANAGER, pledge.id, 1, now_ms=NOW).instalment(1)
    assert [one["id"] for one in giving.find("invoice") if one["status"] == "open"] == [sent.invoice_id]


def test_what_arrived_must_be_what_is_due(giving: Giving) -> None:
    pledge = signed()
    wrong = receipts.BankLineForm("main", "20261122", date(2026, 11, 21), 199_999, "某公司")
    with pytest.raises(model.InstalmentAmountDiffers) as differs:
        entered(pledge.id, line=wrong)
    assert differs.value.fields == {"due_fen": 200_000, "received_fen": 199_999}
    future = receipts.BankLineForm("main", "20261123", date(2026, 11, 23), 200_000, "某公司")
    with pytest.raises(receipt_model.ReceiptDayInvalid):
        entered(pledge.id, line=future)


@pytest.mark.parametrize(
    "given",
    [[], [(date(2026, 12, 1), 0)], [(date(2027, 1, 1), 1), (date(2026, 12, 1), 1)], [(date(2026, 11, 1), 5)]],
)
def test_instalments_that_make_no_sense(giving: Giving, given: list[tuple[date, int]]) -> None:
    from dataclasses import replace

    with pytest.raises(model.InstalmentsInvalid):
        pledges.sign_pledge(MANAGER, replace(FORM, instalments=given), submission=submission("p"), now_ms=NOW)


def test_an_offline_gift_of_a_citizen(giving: Giving) -> None:
    line = receipts.BankLineForm("main", "WX20261121", date(2026, 11, 21), 8_800, "周秀英")
    what = receipts.OfflineGift("relief", "online", "日常", name="周秀英", anonymous=False)
    receipt = receipts.enter_gift(MANAGER, line, what, submission=submission("offline"), now_ms=NOW)
    receipts.check(APPROVER, receipt.id, NOW)
    [gift] = gifts.published_gifts()[0]
    assert (gift.method, gift.amount_fen, gift.donor.public_name) == ("bank", 8_800, "爱心居民")
    assert pot().in_fen == 8_800
    books_hold()
