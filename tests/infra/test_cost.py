"""What docs/COST.md says is what the command computes, from units counted on the engine; the arithmetic by hand."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from infra.cost import __main__ as cost
from infra.cost import bill, chart, document, meter, months
from infra.cost.bill import World

PRICES = cost.read(cost.PRICES)
USAGE = cost.read(cost.USAGE)
COUNTED = cost.read(cost.COUNTED)


@pytest.fixture
def world() -> World:
    return cost.world(COUNTED, USAGE)


def test_the_document_is_what_the_command_writes(world: World) -> None:
    text = cost.DOCUMENT.read_text("utf-8")
    assert document.written(text, document.sections(world, USAGE, PRICES)) == text, "run make cost"
    assert cost.picture(world, USAGE, PRICES) == cost.PICTURE.read_text("utf-8"), "run make cost"


def test_every_operation_still_uses_what_was_counted() -> None:
    ran = subprocess.run([sys.executable, "-m", "infra.cost", "--check"], cwd=cost.ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


def test_another_price_moves_the_document(world: World) -> None:
    dearer = copy.deepcopy(PRICES)
    dearer["regions"]["ap-southeast-1"]["prices"]["sms"]["price"] *= 2
    before, after = (document.sections(world, USAGE, prices) for prices in (PRICES, dearer))
    assert {name for name in before if before[name] != after[name]} == {
        "prices", "per-thousand", "bills", "sensitivity", "by-hand",
    }  # fmt: skip


def test_a_place_without_its_marker_is_refused(world: World) -> None:
    made = document.sections(world, USAGE, PRICES)
    text = cost.DOCUMENT.read_text("utf-8").replace("<!-- end bills -->", "")
    with pytest.raises(ValueError, match="0 places for bills"):
        document.written(text, made)


def test_each_region_prices_the_same_things_and_each_stands_in_one_part() -> None:
    listed = [name for names in bill.PARTS.values() for name in names]
    assert len(listed) == len(set(listed))
    for region in PRICES["regions"].values():
        assert set(region["prices"]) == set(listed)
        for one in region["prices"].values():
            assert one["basis"] in ("read", "remembered", "assumed")
            assert one["source"]


def test_a_bill_has_no_unit_without_a_price(world: World) -> None:
    used = bill.of_month(world, bill.values(USAGE["street"]))
    assert set(used) == {name for names in bill.PARTS.values() for name in names}
    assert all(quantity >= 0 for quantity in used.values())


def test_the_parts_add_up_to_the_whole(world: World) -> None:
    used = bill.of_month(world, bill.values(USAGE["street"]))
    for region in PRICES["regions"].values():
        split = bill.by_part(region["prices"], used)
        assert sum(split.values()) == pytest.approx(bill.total(region["prices"], used))


def test_a_price_list_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    def told(prices: object) -> str:
        path = tmp_path / "prices.json"
        path.write_text(prices if isinstance(prices, str) else json.dumps(prices), "utf-8")
        with pytest.raises(cost.PricesWrong) as wrong:
            cost.priced(path)
        return str(wrong.value)

    assert told("{").startswith("cannot be read")
    assert "two regions" in told({"regions": {}})
    broken = copy.deepcopy(PRICES)
    broken["regions"]["cn-northwest-1"]["prices"]["sms"]["price"] = "0.045"
    del broken["regions"]["ap-southeast-1"]["prices"]["key"]
    assert told(broken) == (
        "ap-southeast-1: key needs price, per and free; cn-northwest-1: sms needs price, per and free"
    )
    with pytest.raises(cost.PricesWrong, match="cannot be read"):
        cost.priced(tmp_path / "none.json")


# --- by hand -----------------------------------------------------------------------------------

LIST: dict[str, Any] = {
    "dynamodb_write": {"price": 1.00, "per": 1_000_000, "free": 0},
    "lambda_gb_s": {"price": 0.00002, "per": 1, "free": 400_000},
    "alarm": {"price": 0.10, "per": 1, "free": 10},
}


def test_a_thousand_gifts_of_31_write_units() -> None:
    # 31 × 1,000 = 31,000 units; 31,000 ÷ 1,000,000 × $1 = $0.031
    assert bill.price(LIST, "dynamodb_write", 31_000) == pytest.approx(0.031)


def test_what_is_free_is_taken_off_and_never_given_back() -> None:
    # 500,000 − 400,000 = 100,000 GB-seconds × $0.00002 = $2; three alarms of ten free ones cost nothing
    assert bill.price(LIST, "lambda_gb_s", 500_000, allowance=True) == pytest.approx(2)
    assert bill.total(LIST, {"lambda_gb_s": 500_000, "alarm": 3}, allowance=True) == pytest.approx(2)
    assert bill.total(LIST, {"lambda_gb_s": 500_000, "alarm": 3}) == pytest.approx(10.3)


def test_how_long_a_function_runs() -> None:
    assumed = {
        "full_processor_mb": 1600, "processor_factor": 1.5, "read_ms": 5, "transaction_ms": 20, "stripe_ms": 300,
        "sms_ms": 100,
    }  # fmt: skip
    world = World({}, assumed, memory_mb={"api_handler": 800}, alarms=0)
    used = {"cpu_ms": 10, "database_requests": 4, "transactions": 1, "stripe_requests": 2, "sms_parts": 1}
    # 10 ms × 1.5 on half a processor = 30; 3 reads × 5 = 15; 1 × 20; 2 × 300; 1 × 100: 765
    assert bill.milliseconds(world, used) == pytest.approx(765)


def test_how_often_in_a_month() -> None:
    times = bill.times_a_month(bill.values(USAGE["street"]))
    # 456,826 points ÷ 24 months ÷ 2.4 points = 7,931 services; half of their points at 5 a voucher: 1,903
    assert round(times["award"]) == round(times["scan_in"]) == 7931
    assert round(times["voucher_hold"]) == 1903
    # a third of 648,000 yuan at 80 yuan each, over 12 months: 225
    assert round(times["gift_paid"]) == 225
    # 3,568 × 0.4 members, 40 staff on 22 days, 53 clerks on 8 days: 2,731
    assert round(times["sign_in"]) == 2731


def test_a_deployment_at_rest_asks_its_queues() -> None:
    world = cost.world(COUNTED, USAGE)
    # 2 queues × 5 pollers × 3 times a minute × 60 × 730 hours
    assert bill.standing(world)["queue_request"] == 2 * 5 * 3 * 60 * 730


def test_a_district_is_so_many_streets(world: World) -> None:
    streets, used = months.quantities(world, USAGE, 1_000_000)
    assert streets == 33
    assert used["sms"] == pytest.approx(33 * bill.of_month(world, bill.values(USAGE["street"]))["sms"])


def test_a_longer_history_costs_reading_and_storage_and_nothing_else(world: World) -> None:
    of = bill.values(USAGE["street"])
    short, long = bill.of_month(world, of), bill.of_month(world, {**of, "history_months": 60})
    grown = {name for name in long if long[name] > short[name] * 1.0001}
    assert grown == {"dynamodb_read", "dynamodb_storage", "dynamodb_pitr", "lambda_gb_s", "file_kept"}
    assert long["dynamodb_storage"] == pytest.approx(short["dynamodb_storage"] * 5)


# --- measuring ---------------------------------------------------------------------------------


def test_the_size_of_an_item_by_dynamodb_s_rule() -> None:
    # names 2 + 4, a text of 3 bytes in one character, a number of five digits: 3 + 1
    assert meter.item_bytes({"pk": {"S": "账"}, "fen0": {"N": "64800"}}) == 2 + 3 + 4 + 3
    assert meter.item_bytes({"n": {"N": "12345"}}) == 1 + 3 + 1
    assert meter.item_bytes({"b": {"B": b"1234"}, "t": {"BOOL": True}}) == 1 + 4 + 1 + 1
    # 3 for the map, 1 for its element, 2 name, 1 value
    assert meter.item_bytes({"m": {"M": {"ab": {"S": "x"}}}}) == 1 + 3 + 2 + 1 + 1


def test_units_are_kept_as_counted_and_bytes_only_when_they_moved() -> None:
    before = {"gift": {"write_units": 31, "bytes_out": 1000, "cpu_ms": 10}}
    same = {"gift": {"write_units": 31.0, "bytes_out": 1030, "cpu_ms": 99.0}}
    assert cost.settled(same, before, measure=False) == before
    moved = {"gift": {"write_units": 32.0, "bytes_out": 1100, "cpu_ms": 99.0}}
    assert cost.settled(moved, before, measure=False) == {"gift": {"write_units": 32, "bytes_out": 1100, "cpu_ms": 10}}
    assert cost.settled(same, before, measure=True)["gift"]["cpu_ms"] == 99
    assert cost.differences(cost.settled(moved, before, measure=False), before) != []
    assert cost.differences(cost.settled(same, before, measure=False), before) == []


def test_a_picture_names_every_part_and_its_bars_are_whole() -> None:
    drawn = chart.stacked("bill", [("a", "$3", {"SMS": 2.0, "Lambda": 1.0}), ("b", "$1", {"Lambda": 1.0})])
    assert drawn.count("<title>SMS</title>") == 2
    assert ">67%<" in drawn
    assert ">100%<" in drawn


def test_nobody_is_asked_for_a_unit_twice(world: World) -> None:
    """A page is billed once at the gateway and once as a call; an event once more behind the queue, an entry
    once more for the journal's watch."""
    used: Counter[str] = bill.of_operation(world, "gift_paid")
    figures = COUNTED["gift_paid"]
    assert used["api_request"] == figures["pages"]
    assert used["lambda_request"] == figures["pages"] + figures["events"] + figures["entries"]
    assert used["queue_request"] == 3 * figures["events"]
