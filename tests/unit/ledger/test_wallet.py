from __future__ import annotations

from datetime import date

import pytest

from chalicelib.ledger import wallet as w
from chalicelib.ledger.entry import NEVER, LotChange
from chalicelib.ledger.errors import HoldMissing, InsufficientPoints

TODAY = date(2026, 11, 22)
EXPIRY = {"TIME": NEVER, "MEDAL": "2027-12"}


def with_lots(**time_lots: int) -> w.Wallet:
    return w.Wallet("M1", lots={"TIME": {k.replace("m", "").replace("_", "-"): v for k, v in time_lots.items()}})


def test_an_award_fills_lots_lifetime_and_cap() -> None:
    done = w.award(w.Wallet("M1"), {"TIME": 270, "MEDAL": 50}, EXPIRY, TODAY)
    assert done.wallet.lots == {"TIME": {NEVER: 270}, "MEDAL": {"2027-12": 50}}
    assert done.wallet.lifetime_medal_centi == 50
    assert done.wallet.cap_used(TODAY, "TIME") == 270
    assert done.to_clawback == {}
    assert done.to_wallet == {"TIME": 270, "MEDAL": 50}
    assert set(done.lots) == {LotChange("M1", "TIME", NEVER, 270), LotChange("M1", "MEDAL", "2027-12", 50)}


def test_an_award_settles_what_is_owed_first() -> None:
    owing = w.Wallet("M1", clawback={"TIME": 100})
    done = w.award(owing, {"TIME": 270}, EXPIRY, TODAY)
    assert (done.to_clawback, done.to_wallet) == ({"TIME": 100}, {"TIME": 170})
    assert done.wallet.clawback == {}
    swallowed = w.award(owing, {"TIME": 60}, EXPIRY, TODAY)
    assert (swallowed.to_clawback, swallowed.to_wallet, swallowed.wallet.clawback) == ({"TIME": 60}, {}, {"TIME": 40})
    assert swallowed.lots == ()


def test_the_earliest_expiry_is_spent_first() -> None:
    held = w.hold(with_lots(m2026_11=30, m2027_12=50, never=40), "V1", "TIME", 90, TODAY)
    assert held.holds["V1"].lots == {"2026-11": 30, "2027-12": 50, "never": 10}
    assert held.lots == {"TIME": {"never": 30}}
    assert held.posted("TIME") == 120
    assert held.available("TIME", TODAY) == 30


def test_a_dead_lot_cannot_be_spent_whether_or_not_the_job_ran() -> None:
    wallet = with_lots(m2026_10=30, never=10)
    with pytest.raises(InsufficientPoints) as caught:
        w.hold(wallet, "V1", "TIME", 20, TODAY)
    assert caught.value.fields == {"asset": "TIME", "available_centi": 10, "asked_centi": 20}


@pytest.mark.parametrize("asked", [0, -5])
def test_nothing_or_less_cannot_be_held(asked: int) -> None:
    with pytest.raises(InsufficientPoints):
        w.hold(with_lots(never=10), "V1", "TIME", asked, TODAY)


def test_capture_takes_exactly_what_was_held() -> None:
    held = w.hold(with_lots(m2027_12=50), "V1", "TIME", 20, TODAY)
    after, hold, changes = w.capture(held, "V1")
    assert (hold.amount, changes) == (20, (LotChange("M1", "TIME", "2027-12", -20),))
    assert after.posted("TIME") == 30
    with pytest.raises(HoldMissing):
        w.capture(after, "V1")


def test_a_release_brings_the_lots_back_and_expires_what_died_meanwhile() -> None:
    held = w.hold(with_lots(m2026_11=30, m2027_12=50), "V1", "TIME", 60, TODAY)
    alive, _, nothing = w.release(held, "V1", TODAY)
    assert alive.lots == {"TIME": {"2026-11": 30, "2027-12": 50}}
    assert nothing == ()
    later, hold, expired = w.release(held, "V1", date(2026, 12, 1))
    assert hold.amount == 60
    assert later.lots == {"TIME": {"2027-12": 50}}
    assert expired == (LotChange("M1", "TIME", "2026-11", -30),)
    assert later.expired == {"TIME": {"2026-11": 30}}


def test_expiry_takes_dead_lots_only() -> None:
    after, changes = w.expire(with_lots(m2026_10=30, m2026_11=5, never=10), TODAY)
    assert after.lots == {"TIME": {"2026-11": 5, "never": 10}}
    assert changes == (LotChange("M1", "TIME", "2026-10", -30),)
    assert w.expire(after, TODAY) == (after, ())


def test_reversing_an_award_takes_from_expired_then_wallet_then_leaves_a_clawback() -> None:
    awarded = w.award(w.Wallet("M1"), {"MEDAL": 100}, {"MEDAL": "2026-10"}, date(2026, 10, 1)).wallet
    more = w.award(awarded, {"MEDAL": 30}, {"MEDAL": "2027-12"}, TODAY).wallet
    spent = w.hold(more, "V1", "MEDAL", 60, date(2026, 10, 2))
    expired, _ = w.expire(spent, TODAY)
    assert expired.expired == {"MEDAL": {"2026-10": 40}}
    done = w.reverse_award(expired, {"MEDAL": 100}, {"MEDAL": "2026-10"}, date(2026, 10, 1))
    assert (done.from_expired, done.from_wallet, done.to_clawback) == ({"MEDAL": 40}, {"MEDAL": 30}, {"MEDAL": 30})
    assert done.wallet.lifetime_medal_centi == 30
    assert done.wallet.clawback == {"MEDAL": 30}
    assert done.wallet.cap_used(date(2026, 10, 1), "MEDAL") == 0
    assert done.wallet.holds == expired.holds, "what is held is spoken for"


def test_returned_points_live_at_least_thirty_days() -> None:
    assert w.returned_lots({"2026-11": 5, "2027-12": 7, NEVER: 1}, date(2026, 11, 30)) == {
        "2026-12": 5,
        "2027-12": 7,
        NEVER: 1,
    }
    assert w.returned_lots({"2026-01": 5, "2026-11": 5}, date(2026, 12, 31)) == {"2027-01": 10}


def test_the_family_gets_the_lots_with_their_expiry() -> None:
    giver, lots, out = w.take_out(with_lots(m2027_01=30, never=10), "TIME", 35, TODAY)
    taker, coming = w.put_in(w.Wallet("M2"), "TIME", lots)
    assert giver.lots == {"TIME": {"never": 5}}
    assert taker.lots == {"TIME": {"2027-01": 30, "never": 5}}
    assert sum(c.amount for c in (*out, *coming)) == 0


def test_only_the_last_fourteen_service_days_are_kept_and_older_ones_are_unknown() -> None:
    wallet = w.Wallet("M1")
    for day in range(1, 17):
        wallet = w.award(wallet, {"TIME": day}, EXPIRY, date(2026, 11, day)).wallet
    assert len(wallet.caps) == 14
    assert wallet.cap_used(date(2026, 11, 2), "TIME") is None
    assert wallet.cap_used(date(2026, 11, 3), "TIME") == 3
    assert wallet.cap_used(date(2026, 11, 20), "TIME") == 0


def test_entries_are_counted_and_xored() -> None:
    one, two = "0" * 31 + "1", "f" * 32
    wallet = w.Wallet("M1").booked(one).booked(two)
    assert (wallet.entries, wallet.xor) == (2, "f" * 31 + "e")
    assert wallet.booked(two).booked(one).xor == "0" * 32
