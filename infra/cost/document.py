"""The tables of docs/COST.md, written between markers, and the picture beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.cost import bill, months
from infra.cost.bill import World
from infra.cost.words import money, number, plain, table

Prices = Mapping[str, Any]
_NAMES = {
    "donor_page": "giving page behind a poster",
    "files_of_a_page": "styles and scripts, once a phone",
    "gift_begun": "gift: form sent, on to Stripe",
    "gift_paid": "gift: webhook, fee, thanks page",
    "monthly_invoice": "monthly gift: invoice paid",
    "sign_in": "sign-in with a code by SMS",
    "sign_up": "joining: code, name, consent",
    "screen_opened": "coordinator opens the code",
    "screen_refreshed": "the next code on the screen",
    "scan_in": "scan in",
    "scan_out": "scan out",
    "award": "service assessed, points awarded",
    "my_points": "my points",
    "voucher_hold": "offers, one exchanged for a voucher",
    "voucher_capture": "voucher redeemed at the till",
    "staff_page": "staff: the desk",
    "staff_list": "staff: a list of gifts",
    "report": "disbursement report",
    "public_page": "public page",
    "schedule:ask_stripe_again": "every 5 min: ask Stripe again",
    "schedule:close_forgotten_check_outs": "every 10 min: forgotten check-outs",
    "schedule:expire_points": "daily: expire points",
    "schedule:expire_vouchers": "every 10 min: expire vouchers",
    "schedule:carry_finished_months": "daily: carry finished months",
}
TIMEOUT_S = 900


def sections(world: World, usage: Mapping[str, Any], prices: Mapping[str, Any]) -> dict[str, str]:
    """Marker name → what stands between its markers."""
    regions = prices["regions"]
    return {
        "prices": _prices(regions),
        "units": _units(world),
        "per-thousand": _per_thousand(world, regions),
        "history": _history(world, regions),
        "usage": _usage(usage),
        "times": _times(usage),
        "bills": "\n\n".join(months.bill_of(world, usage, region) for region in regions.values()),
        "sensitivity": months.sensitivity(world, usage, regions, prices["domestic_sms"]),
        "by-hand": months.by_hand(world, usage, regions),
        "stripe": months.stripe_fee(usage, prices["stripe"]),
    }


def written(text: str, made: Mapping[str, str]) -> str:
    """The document with every marked part replaced. Raises ValueError for a marker that is missing."""
    for name, body in made.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.S)
        text, found = pattern.subn(lambda m, body=body: f"{m[1]}\n{body}\n\n{m[2]}", text)
        if found != 1:
            raise ValueError(f"docs/COST.md has {found} places for {name}, not one")
    return text


def _prices(regions: Prices) -> str:
    rows = []
    first, second = regions.values()
    for name, one in first["prices"].items():
        other = second["prices"][name]
        per = "" if one["per"] == 1 else f" per {one['per']:,}"
        rows.append(
            (
                f"{one['unit']}{per}",
                f"{first['sign']}{plain(one['price'])} ({one['basis']})",
                f"{second['sign']}{plain(other['price'])} ({other['basis']})",
                f"{one['free']:,}" if one["free"] else "",
            )
        )
    heads = ("unit", *(f"{region} {one['name']}" for region, one in regions.items()), "free a month")
    return table(heads, rows)


def _units(world: World) -> str:
    rows = []
    for name, said in _NAMES.items():
        of = world.counted[name]
        per_call = of.get("pages", 0) or 1
        rows.append(
            (
                said,
                number(of.get("pages", 0)),
                number(of.get("write_units", 0)),
                number(of.get("read_units", 0)),
                number(of.get("database_requests", 0)),
                f"{of.get('bytes_out', 0) / 1000:.1f}",
                number(of.get("log_bytes", 0)),
                number(of.get("kept_bytes", 0) + of.get("kept_index_bytes", 0)),
                f"{bill.milliseconds(world, of, bill.runs_in(name)) / per_call:.0f}",
            )
        )
    heads = (
        "operation", "requests", "write units", "read units", "calls of DynamoDB", "kB sent", "bytes logged",
        "bytes kept, indexes too", "ms a call",
    )  # fmt: skip
    return table(heads, rows)


def _per_thousand(world: World, regions: Prices) -> str:
    parts = ("DynamoDB, units", "Lambda", "API Gateway", "SMS")
    first, second = regions.values()
    rows = []
    for name, said in _NAMES.items():
        used = bill.scaled(bill.of_operation(world, name), 1000)
        split = bill.by_part(first["prices"], used)
        whole = sum(split.values())
        shown = [split[part] for part in parts]
        rows.append(
            (
                said,
                *(money(first["sign"], one) for one in shown),
                money(first["sign"], whole - sum(shown)),
                f"**{money(first['sign'], whole)}**",
                f"**{money(second['sign'], bill.total(second['prices'], used))}**",
            )
        )
    heads = ("a thousand times", *parts, "logs, traces, data", *(f"all, {one['name']}" for one in regions.values()))
    return table(heads, rows)


def _history(world: World, regions: Prices) -> str:
    rows = []
    for name, said in (("verification", "nightly verification"), ("export", "whole journal taken away")):
        fixed, each = world.counted[f"{name}_fixed"], world.counted[f"{name}_per_entry"]
        function = bill.READ_HISTORY[name]
        whole_ms, each_ms = (bill.milliseconds(world, figures, function) for figures in (fixed, each))
        million = bill.reading_history(world, name, 1_000_000)
        longest = (TIMEOUT_S * 1000 - whole_ms) / each_ms
        rows.append(
            (
                said,
                f"{fixed['read_units']:.0f}",
                f"{each['read_units']:.2f}",
                f"{each_ms:.2f}",
                *(money(one["sign"], bill.total(one["prices"], million)) for one in regions.values()),
                f"{longest / 1000:,.0f},000",
            )
        )
    heads = (
        "reading the journal", "read units, fixed", "read units an entry", "ms an entry",
        *(f"a million entries, {one['name']}" for one in regions.values()), "entries in 15 minutes",
    )  # fmt: skip
    return table(heads, rows)


def _usage(usage: Mapping[str, Any]) -> str:
    rows = [(name.replace("_", " "), number(value), how) for name, (value, how) in usage["street"].items()]
    rows += [(name.replace("_", " "), number(value), how) for name, (value, how) in usage["assumed"].items()]
    body = [f"| {name} | {value} | {how} |" for name, value, how in rows]
    return "\n".join(["| figure | value | where from |", "| --- | ---: | --- |", *body])


def _times(usage: Mapping[str, Any]) -> str:
    times = bill.times_a_month(bill.values(usage["street"]))
    return table(("operation", "times a month in a street"), [(_NAMES[n], f"{t:,.0f}") for n, t in times.items()])
