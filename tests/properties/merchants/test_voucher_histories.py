"""Laws of exchanging: whatever is issued, captured, cancelled, expired and returned in whatever order,
points are never invented or lost, stock and limits hold, and the books verify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chalicelib import clock, table
from chalicelib.ledger.accounts import Asset
from chalicelib.ledger.store import balances
from chalicelib.merchants import service
from chalicelib.merchants.service import faults
from tests.store.merchants import scene as made
from tests.store.merchants.scene import DAY, NOW, form

LOTS: dict[Asset, tuple[str, ...]] = {"TIME": ("never",), "MEDAL": ("2026-11", "2026-12", "2027-12")}


@dataclass
class Known:
    """What the model remembers of a voucher."""

    offer: int
    asset: Asset
    price: int
    expires_at: int
    month: str
    state: str = "open"
    returned: int = 0
    form: str = ""


class Histories(RuleBasedStateMachine):
    """One member, two offers (rice for TIME, three in stock; soap for MEDAL, two a month), moving time."""

    @initialize()
    def open(self) -> None:
        table.delete_tables()
        table.create_tables()
        self.scene = made.open_scene()
        self.offers = [
            self.scene.offer(price_centi=7_00, stock=3, valid_days=3),
            self.scene.offer(title="肥皂", asset="MEDAL", price_centi=3_00, stock=None, per_month_max=2, valid_days=40),
        ]
        self.now = NOW
        self.awarded = {"TIME": 0, "MEDAL": 0}
        self.vouchers: dict[str, Known] = {}

    @rule(asset=st.sampled_from(["TIME", "MEDAL"]), centi=st.integers(1, 12_00), lot=st.integers(0, 2))
    def award(self, asset: Asset, centi: int, lot: int) -> None:
        made.award(self.scene.zhou, centi, asset, LOTS[asset][lot % len(LOTS[asset])])
        self.awarded[asset] += centi

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule(number=st.integers(0, 1))
    def issue(self, number: int) -> None:
        offer, once = self.offers[number], form(self.now)
        asset, price = offer.terms.asset, offer.terms.price_centi
        before = made.available(self.scene.zhou, asset, self.now)
        try:
            for _ in range(2):
                voucher = service.issue(self.scene.zhou, offer.id, agreed_centi=price, submission=once, now_ms=self.now)
        except faults.PointsShort:
            assert before < price
            self.forget_overdue()
        except faults.OfferSoldOut:
            assert number == 0
            self.forget_overdue()
            assert sum(v.offer == 0 and v.state in ("open", "captured") for v in self.vouchers.values()) == 3
        except faults.MonthLimitReached:
            assert number == 1
            self.forget_overdue()
            month = clock.shanghai_month(self.now)
            out = [v for v in self.vouchers.values() if v.offer == 1 and v.month == month]
            assert sum(v.state in ("open", "captured") for v in out) == 2
        else:
            month = clock.shanghai_month(self.now)
            self.vouchers[voucher.id] = Known(number, asset, price, voucher.expires_at, month)
            self.look_again()

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99), again=st.booleans())
    def capture(self, pick: int, again: bool) -> None:
        voucher_id, known = self.picked(pick)
        once = known.form if again and known.form else form(self.now)
        try:
            service.capture(self.scene.clerk, voucher_id, submission=once, now_ms=self.now)
        except faults.AlreadyCaptured:
            assert known.state == "captured"
            assert once != known.form
        except faults.VoucherCancelled:
            assert known.state == "cancelled"
        except faults.VoucherExpired:
            assert known.state == "expired" or self.now >= known.expires_at
            known.state = "expired"
        else:
            assert known.state == "open" or once == known.form
            known.state, known.form = "captured", once

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        voucher_id, known = self.picked(pick)
        try:
            ended = service.cancel(self.scene.zhou, voucher_id, now_ms=self.now)
        except faults.UsedNotCancellable:
            assert known.state == "captured"
        else:
            assert ended.status == (known.state if known.state != "open" else ended.status)
            known.state = ended.status

    @rule()
    def the_schedule_runs(self) -> None:
        overdue = [v for v in self.vouchers.values() if v.state == "open" and self.now >= v.expires_at]
        assert service.expire_due(self.now).done == len(overdue)
        for known in overdue:
            known.state = "expired"

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99), centi=st.integers(1, 8_00))
    def give_back(self, pick: int, centi: int) -> None:
        voucher_id, known = self.picked(pick)
        once = form(self.now)

        def ask() -> object:
            return service.return_points(
                self.scene.coordinator, voucher_id, centi, why="有问题", submission=once, now_ms=self.now
            )

        self.returned(ask, known, centi)

    def returned(self, ask: Callable[[], object], known: Known, centi: int) -> None:
        try:
            assert ask() == ask()
        except faults.NotCaptured:
            assert known.state != "captured"
        except faults.ReturnTooLarge:
            assert centi > known.price - known.returned
        else:
            known.returned += centi

    def picked(self, pick: int) -> tuple[str, Known]:
        voucher_id = sorted(self.vouchers)[pick % len(self.vouchers)]
        return voucher_id, self.vouchers[voucher_id]

    def look_again(self) -> None:
        """A refused attempt may have released what was overdue; a state never changes otherwise."""
        for voucher_id, known in self.vouchers.items():
            state = service.voucher(self.scene.zhou, voucher_id).status
            if state != known.state:
                assert (known.state, state) == ("open", "expired")
                assert self.now >= known.expires_at
                known.state = state

    forget_overdue = look_again

    def teardown(self) -> None:
        if not hasattr(self, "vouchers"):
            return
        self.look_again()
        wallet = balances.wallet(self.scene.zhou.id)
        owed = service.owed(self.scene.clerk, self.scene.shop.id, now_ms=self.now).points_centi
        for asset in ("TIME", "MEDAL"):
            known = [v for v in self.vouchers.values() if v.asset == asset]
            spent = sum(v.price - v.returned for v in known if v.state == "captured")
            lapsed = sum(wallet.expired.get(asset, {}).values())
            assert owed[asset] == spent
            assert wallet.held(asset) == sum(v.price for v in known if v.state == "open")
            assert wallet.posted(asset) == self.awarded[asset] - spent - lapsed
        assert made.findings() == []


@pytest.mark.usefixtures("tables")
def test_points_are_never_invented_or_lost() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_calendar_of_the_histories() -> None:
    """The lots above die while the histories run, else they would prove nothing about expiry."""
    assert clock.shanghai_day(NOW) == date(2026, 11, 11)
    assert min(LOTS["MEDAL"]) == f"{clock.shanghai_day(NOW):%Y-%m}"
