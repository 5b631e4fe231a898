"""The month's bill of a place, what moves it, and three of its figures worked out in the open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from infra.cost import bill
from infra.cost.bill import Figures, World
from infra.cost.words import money, table

Prices = Mapping[str, Any]


def quantities(world: World, usage: Mapping[str, Any], residents: int) -> tuple[int, Counter[str]]:
    """How many streets a place is, and its month."""
    of = bill.values(usage["street"])
    streets = max(round(residents / of["residents"]), 1)
    return streets, bill.scaled(bill.of_month(world, of), streets)


def bill_of(world: World, usage: Mapping[str, Any], region: Prices) -> str:
    sign, prices = region["sign"], region["prices"]
    places = [(one, *quantities(world, usage, one["residents"])) for one in usage["sizes"]]
    split = [bill.by_part(prices, used) for _, _, used in places]
    rows: list[Sequence[object]] = [
        (part, *(money(sign, one[part]) for one in split)) for part in sorted(split[-1], key=lambda p: -split[-1][p])
    ]
    wholes = [sum(one.values()) for one in split]
    lasting = [bill.total(prices, used, allowance=True) for _, _, used in places]
    rows.append(("**all, at list price**", *(f"**{money(sign, one)}**" for one in wholes)))
    rows.append(("with what is free in one account", *(money(sign, one) for one in lasting)))
    a_head = [one * 12 / of["residents"] for one, (of, _, _) in zip(wholes, places, strict=True)]
    rows.append(("a resident a year", *(money(sign, one) for one in a_head)))
    standing = bill.total(prices, bill.at_rest(world))
    heads = (
        f"{region['name']}, a month, {region['currency']}",
        *(f"{of['name']} {of['zh']} of {of['residents']:,}, {_deployments(streets)}" for of, streets, _ in places),
    )
    return table(heads, rows) + f"\n\nOf it a deployment costs {money(sign, standing)} a month while nobody comes."


def _deployments(streets: int) -> str:
    return "1 deployment" if streets == 1 else f"{streets} deployments"


def sensitivity(world: World, usage: Mapping[str, Any], regions: Prices, domestic: Mapping[str, Any]) -> str:
    of = bill.values(usage["street"])
    plain = bill.of_month(world, of)
    small = replace(world, memory_mb={name: memory // 2 for name, memory in world.memory_mb.items()})
    cases: list[tuple[str, Counter[str]]] = [
        ("twice the services", bill.of_month(world, {**of, "points_issued": of["points_issued"] * 2})),
        ("half as many vouchers", bill.of_month(world, {**of, "redeemed_share": of["redeemed_share"] / 2})),
        ("ten times the gifts", bill.of_month(world, {**of, "yuan_a_year": of["yuan_a_year"] * 10})),
        ("staff sign in once a week, not daily", _less_sms(world, of, plain)),
        ("five years of history", bill.of_month(world, {**of, "history_months": 60})),
        ("verification once a week", bill.of_month(world, {**of, "verifications": 4.3})),
        ("functions of half the memory", bill.of_month(small, of)),
        ("no traces", _without(plain, "trace")),
    ]
    rows = [_other_gateway(plain, regions, domestic)]
    for said, changed in cases:
        row: list[object] = [said]
        for one in regions.values():
            before, after = bill.total(one["prices"], plain), bill.total(one["prices"], changed)
            row += [money(one["sign"], after), f"{(after - before) / before:+.0%}"]
        rows.append(row)
    heads = ["a street's month, if"]
    for one in regions.values():
        heads += [one["name"], "change"]
    return _largest(plain, regions) + "\n\n" + table(heads, rows)


def _largest(plain: Counter[str], regions: Prices) -> str:
    said = []
    for one in regions.values():
        split = bill.by_part(one["prices"], plain)
        whole = sum(split.values())
        first, second, *_ = sorted(split, key=lambda part: -split[part])
        said.append(f"in {one['name']} {first} ({split[first] / whole:.0%}) and {second} ({split[second] / whole:.0%})")
    return f"The largest parts are {'; '.join(said)}."


def _other_gateway(plain: Counter[str], regions: Prices, domestic: Mapping[str, Any]) -> list[object]:
    row: list[object] = [f"SMS through a domestic gateway at ¥{domestic['yuan']}"]
    for one in regions.values():
        each = domestic["yuan"] / (domestic["yuan_per_dollar"] if one["currency"] == "USD" else 1)
        before = bill.total(one["prices"], plain)
        after = before - bill.price(one["prices"], "sms", plain["sms"]) + plain["sms"] * each
        row += [money(one["sign"], after), f"{(after - before) / before:+.0%}"]
    return row


def _less_sms(world: World, of: Figures, plain: Counter[str]) -> Counter[str]:
    saved = of["staff"] * 22 * (1 - 1 / 5.5)
    changed = Counter(plain)
    for name, quantity in bill.of_operation(world, "sign_in").items():
        changed[name] -= quantity * saved
    return changed


def _without(plain: Counter[str], name: str) -> Counter[str]:
    return Counter({**plain, name: 0})


def by_hand(world: World, usage: Mapping[str, Any], regions: Prices) -> str:
    region = next(iter(regions.values()))
    prices, of = region["prices"], bill.values(usage["street"])
    begun, paid = world.counted["gift_begun"], world.counted["gift_paid"]
    write, read = prices["dynamodb_write"]["price"], prices["dynamodb_read"]["price"]
    writes, reads = begun["write_units"] + paid["write_units"], begun["read_units"] + paid["read_units"]
    times = bill.times_a_month(of)
    codes = times["sign_in"] + times["sign_up"]
    services = times["award"]
    sms = prices["sms"]["price"]
    award = world.counted["award"]["kept_bytes"] + world.counted["award"]["kept_index_bytes"]
    gigabytes, each = services * 12 * award / bill.GB, prices["dynamodb_storage"]["price"]
    gift = (
        f"{writes:.0f} write units × 1,000 × ${write} ÷ 1,000,000 = ${writes * write / 1000:.4f}; "
        f"{reads:.0f} read units × 1,000 × ${read} ÷ 1,000,000 = ${reads * read / 1000:.4f}; "
        f"together ${(writes * write + reads * read) / 1000:.4f}."
    )
    messages = (
        f"{of['members']:,.0f} members × {of['active_share']} = {of['members'] * of['active_share']:,.0f} sign-ins of "
        f"members; {of['staff']:.0f} staff × 22 days = {of['staff'] * 22:,.0f}; {of['shops']:.0f} clerks × 8 days = "
        f"{of['shops'] * 8:,.0f}; {times['sign_up']:,.0f} who join: {codes:,.0f} messages × ${sms} = "
        f"${codes * sms:,.2f}."
    )
    kept = (
        f"{of['points_issued']:,.0f} points ÷ {of['months_of_points']:.0f} months ÷ {of['points_per_service']} = "
        f"{services:,.0f} services a month; × 12 × {award:,.0f} bytes of entry and assessment with their indexes = "
        f"{gigabytes:.3f} GB; × ${each} = ${gigabytes * each:.3f} a month."
    )
    return (
        f"1. **A thousand gifts at the database.** {gift}\n2. **A street's SMS.** {messages}\n"
        f"3. **A year of services kept.** {kept}"
    )


def stripe_fee(usage: Mapping[str, Any], fee: Mapping[str, Any]) -> str:
    of = bill.values(usage["street"])
    citizens = of["yuan_a_year"] * of["citizens_share"] / 12
    gifts = citizens / of["yuan_per_gift"]
    taken = citizens * fee["percent"] / 100 + gifts * fee["fixed_yuan"]
    return (
        f"At {fee['percent']} % + {fee['fixed']} a payment ({fee['basis']}: {fee['source']}): {gifts:,.0f} gifts of "
        f"¥{of['yuan_per_gift']:.0f} a month bring ¥{citizens:,.0f}, of which ¥{taken:,.0f} "
        f"({taken / citizens:.1%}) goes to Stripe. It is {fee['note']}; every fee stands in the books as an entry."
    )
