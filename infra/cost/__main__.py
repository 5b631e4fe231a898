"""``make cost``: count, compute, write docs/COST.md. See ``python -m infra.cost --help``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from infra.cost import bill, chart, document, months, words
from infra.cost.bill import World
from infra.template import cfn, functions
from infra.template.policies import policies

ROOT = Path(__file__).resolve().parents[2]
PRICES = ROOT / "infra" / "prices.json"
USAGE = ROOT / "infra" / "usage.json"
COUNTED = ROOT / "infra" / "counted.json"
DOCUMENT = ROOT / "docs" / "COST.md"
PICTURE = ROOT / "docs" / "pictures" / "cost.svg"
NEARLY = 0.05
"""Bytes and what is spread over entries may differ so much from run to run: random ids compress unevenly."""
VARY = ("bytes_out", "log_bytes", "kept_bytes", "kept_index_bytes")


def main() -> int:
    asked = _arguments()
    try:
        prices = priced(Path(asked.prices))
    except PricesWrong as wrong:
        print(f"make cost: {asked.prices}: {wrong}", file=sys.stderr)
        return 2
    before = read(COUNTED)
    if not asked.only:
        from infra.cost.operations import counted
        from infra.cost.street import street

        print("Counting each operation through the app; half a minute.", flush=True)
        with street() as place:
            found = settled(counted(place, measure=asked.measure), before, measure=asked.measure)
        if asked.check:
            return _told(differences(found, before))
        COUNTED.write_text(_as_text(found), "utf-8")
    usage = read(USAGE)
    made = document.sections(world(read(COUNTED), usage), usage, prices)
    if Path(asked.prices).resolve() != PRICES:
        print("\n\n".join(made[name] for name in ("per-thousand", "bills", "sensitivity")))
        return 0
    DOCUMENT.write_text(document.written(DOCUMENT.read_text("utf-8"), made), "utf-8")
    PICTURE.write_text(picture(world(read(COUNTED), usage), usage, prices), "utf-8")
    print(made["bills"])
    print(f"\nWritten: {DOCUMENT.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}, {COUNTED.relative_to(ROOT)}")
    return 0


class PricesWrong(Exception):
    """A price list that cannot be used; the message says what is missing or malformed in it."""


def priced(path: Path) -> dict[str, Any]:
    """A price list with two regions that price everything. Raises PricesWrong."""
    try:
        found = read(path)
    except (OSError, ValueError) as error:
        raise PricesWrong(f"cannot be read: {error}") from error
    regions = found.get("regions")
    if not isinstance(regions, dict) or len(regions) != 2:
        raise PricesWrong('"regions" must name two regions; copy infra/prices.json and change its prices')
    wrong = [name for name in ("domestic_sms", "stripe") if name not in found]
    for region, given in regions.items():
        for name in (name for names in bill.PARTS.values() for name in names):
            one = given.get("prices", {}).get(name, {})
            amounts = [one.get(key) for key in ("price", "per", "free")]
            if not all(isinstance(amount, (int, float)) and amount >= 0 for amount in amounts) or not one["per"]:
                wrong.append(f"{region}: {name} needs price, per and free")
    if wrong:
        raise PricesWrong("; ".join(wrong))
    return found


def read(path: Path) -> dict[str, Any]:
    if path == COUNTED and not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def settled(
    found: dict[str, dict[str, float]], before: dict[str, dict[str, float]], *, measure: bool
) -> dict[str, Any]:
    """What is to be kept: counted units as they are, bytes only where they moved by more than a hair, the processor's
    time only when it was to be measured. So a run that finds nothing new changes no file."""
    kept: dict[str, Any] = {}
    if not measure and "start_up" in before:
        kept["start_up"] = before["start_up"]
    for name, figures in found.items():
        old = before.get(name, {})
        kept[name] = {}
        for key, value in figures.items():
            may_differ = key in VARY or name.endswith(("_per_entry", "_fixed"))
            stays = key in old and (not measure if key == "cpu_ms" else may_differ and nearly(old[key], value))
            kept[name][key] = old[key] if stays else _rounded(value)
    return kept


def differences(found: dict[str, Any], before: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {before.get(name)} is now {found.get(name)}"
        for name in sorted(found.keys() | before.keys())
        if found.get(name) != before.get(name)
    ]


def _told(moved: list[str]) -> int:
    if moved:
        print("Operations use more or less than docs/COST.md says; run make cost:", *moved, sep="\n")
    return 1 if moved else 0


def nearly(one: float, other: float) -> bool:
    return abs(one - other) <= NEARLY * max(abs(one), abs(other), 1)


def world(counted: dict[str, Any], usage: dict[str, Any]) -> World:
    """The figures with what the templates say of memory and alarms."""
    given = functions.read()
    resources: dict[str, Any] = {one.logical: {"Properties": {}} for one in given.values()}
    for one in given.values():
        functions.put(resources, one, policies())
    resources |= cfn.load(ROOT / "infra" / "app.yaml")["Resources"]
    alarms = sum(one.get("Type") == "AWS::CloudWatch::Alarm" for one in resources.values())
    memory_mb = {name: one.memory_mb for name, one in given.items()}
    return World(counted, bill.values(usage["assumed"]), memory_mb, alarms)


def picture(of: World, usage: dict[str, Any], prices: dict[str, Any]) -> str:
    """A street's month in each region, and once more without its SMS, beside which the rest cannot be seen."""
    _, used = months.quantities(of, usage, usage["sizes"][0]["residents"])
    rows = []
    for region in prices["regions"].values():
        split = bill.by_part(region["prices"], used)
        for label, parts in (
            (region["name"], split),
            (f"{region['name']} without SMS", {part: money for part, money in split.items() if part != "SMS"}),
        ):
            rows.append((label, f"{words.money(region['sign'], sum(parts.values()))} a month", parts))
    return chart.stacked("What a street's month is made of", rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    parser.add_argument("--prices", default=str(PRICES), help="another price file: prints, writes no document")
    parser.add_argument("--only", action="store_true", help="only compute, from the units counted last")
    parser.add_argument("--check", action="store_true", help="count, and say what moved since; writes nothing")
    parser.add_argument("--measure", action="store_true", help="also measure the processor's time anew")
    return parser.parse_args()


def _rounded(value: float) -> float:
    short = round(value, 3)
    return int(short) if short == int(short) else short


def _as_text(counted: dict[str, Any]) -> str:
    lines = [f"  {json.dumps(name)}: {json.dumps(figures)}" for name, figures in counted.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main())
