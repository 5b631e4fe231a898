from __future__ import annotations

import pytest

from chalicelib.ledger.errors import PotCannotCover
from chalicelib.ledger.pot import Pot


def test_a_pot_covers_what_came_in_less_what_is_committed() -> None:
    pot = Pot("general", 5000, 1200)
    assert pot.spendable_fen == 3800
    pot.must_cover(3800)
    with pytest.raises(PotCannotCover) as caught:
        pot.must_cover(3801)
    assert caught.value.fields == {"pot_id": "general", "available_fen": 3800, "missing_fen": 1}


def test_a_negative_pot_covers_nothing_and_says_how_much_is_missing() -> None:
    with pytest.raises(PotCannotCover) as caught:
        Pot("general", 100, 500).must_cover(50)
    assert caught.value.fields == {"pot_id": "general", "available_fen": 0, "missing_fen": 450}


def test_the_refund_of_a_gift_may_use_what_it_has_not_yet_brought_in() -> None:
    Pot("general", 0, 0).must_cover(5000, not_yet_in_fen=5000)
