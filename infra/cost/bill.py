"""From counted units and stated prices to money. Pure: no engine, no clock, no file but those that are handed in.

``counted`` is infra/counted.json, ``usage`` infra/usage.json, ``prices`` one region of infra/prices.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, float]
HOURS_A_MONTH = 730
GB = 1_000_000_000
MB = 1_000_000
POLL_SECONDS = 20
REQUESTS_A_MESSAGE = 3
"""Sent, received, deleted."""
REFRESH_SECONDS = 30

PARTS = {
    "SMS": ("sms",),
    "API Gateway": ("api_request",),
    "Lambda": ("lambda_request", "lambda_gb_s"),
    "DynamoDB, units": ("dynamodb_write", "dynamodb_read"),
    "DynamoDB, storage and recovery": ("dynamodb_storage", "dynamodb_pitr"),
    "logs, metrics, alarms, traces": (
        "log_in", "log_kept", "metric", "alarm", "dashboard", "trace", "trail_event",
    ),
    "data to the internet": ("data_out",),
    "keys, secrets, queues, files": (
        "key", "key_request", "secret", "secret_request", "queue_request", "file_kept", "file_put",
    ),
}  # fmt: skip
"""The bill's parts and the prices that each adds up."""


@dataclass(frozen=True, slots=True)
class World:
    """What a bill is made of: ``memory_mb`` of each function, ``alarms`` of the template."""

    counted: Mapping[str, Figures]
    assumed: Figures
    memory_mb: Mapping[str, int]
    alarms: int
    metrics: int = 6
    secrets: int = 3
    tables: int = 3


def values(section: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a section of usage.json, without their explanations."""
    return {name: pair[0] for name, pair in section.items()}


def times_a_month(of: Figures) -> dict[str, float]:
    """How often each operation happens in a street in a month."""
    services = of["points_issued"] / of["months_of_points"] / of["points_per_service"]
    activities = services / of["people_per_activity"]
    vouchers = services * of["points_per_service"] * of["redeemed_share"] / of["points_per_voucher"]
    gifts = of["yuan_a_year"] * of["citizens_share"] / of["yuan_per_gift"] / 12
    public = of["residents"] * of["public_share"]
    joining = of["members"] * of["joining_share"]
    views = gifts * (of["views_per_gift"] - 1)
    staff_days = of["staff"] * 22
    return {
        "donor_page": views + gifts,
        "files_of_a_page": views + gifts + joining + public * of["new_phone_share"],
        "gift_begun": gifts,
        "gift_paid": gifts,
        "monthly_invoice": of["shops"],
        "sign_in": of["members"] * of["active_share"] + staff_days + of["shops"] * 8,
        "sign_up": joining,
        "screen_opened": activities,
        "screen_refreshed": activities * of["screen_minutes"] * 60 / REFRESH_SECONDS,
        "scan_in": services,
        "scan_out": services,
        "award": services,
        "my_points": of["members"] * of["points_pages_per_member"],
        "voucher_hold": vouchers,
        "voucher_capture": vouchers,
        "staff_page": staff_days * of["pages_per_staff_day"] / 2,
        "staff_list": staff_days * of["pages_per_staff_day"] / 2,
        "report": of["reports"],
        "public_page": public,
    }


SCHEDULES_A_MONTH = {
    "schedule:ask_stripe_again": HOURS_A_MONTH * 12,
    "schedule:close_forgotten_check_outs": HOURS_A_MONTH * 6,
    "schedule:expire_vouchers": HOURS_A_MONTH * 6,
    "schedule:expire_points": HOURS_A_MONTH / 24,
    "schedule:carry_finished_months": HOURS_A_MONTH / 24,
}
"""By their rates; verification is counted by its entries."""


SPEAK_TO_STRIPE = ("gift_begun", "gift_paid", "monthly_invoice")
READ_HISTORY = {"verification": "verify_books_nightly", "export": "run_exports"}
WATCH, EVENTS = "watch_journal", "receive_payments"


def runs_in(name: str) -> str:
    """The function that does an operation."""
    if name.startswith("schedule:"):
        return name.removeprefix("schedule:")
    return "payments_handler" if name in SPEAK_TO_STRIPE else "api_handler"


def gb_seconds(world: World, function: str, run_ms: float) -> float:
    return run_ms / 1000 * world.memory_mb[function] / 1024


def milliseconds(world: World, figures: Figures, function: str = "api_handler") -> float:
    """How long the function runs for an operation: measured processor time slowed down to its share of a
    processor, and the waiting for others."""
    assumed = world.assumed
    share = min(world.memory_mb[function] / assumed["full_processor_mb"], 1)
    return (
        figures.get("cpu_ms", 0) * assumed["processor_factor"] / share
        + (figures.get("database_requests", 0) - figures.get("transactions", 0)) * assumed["read_ms"]
        + figures.get("transactions", 0) * assumed["transaction_ms"]
        + figures.get("stripe_requests", 0) * assumed["stripe_ms"]
        + figures.get("sms_parts", 0) * assumed["sms_ms"]
    )


def of_operation(world: World, name: str) -> Counter[str]:
    """What one operation adds to each price's quantity; what it keeps is added by the month."""
    figures, function, assumed = world.counted[name], runs_in(name), world.assumed
    calls = figures.get("pages", 0) or 1
    events, entries = figures.get("events", 0), figures.get("entries", 0)
    cold = calls * assumed["cold_share"]
    run_ms = milliseconds(world, figures, function) + cold * milliseconds(world, world.counted["start_up"], function)
    found: Counter[str] = Counter()
    found["dynamodb_write"] = figures.get("write_units", 0)
    found["dynamodb_read"] = figures.get("read_units", 0)
    # an event is answered at once and booked by the function behind the queue; the journal's watch sees each entry
    found["lambda_request"] = calls + events + entries
    found["lambda_gb_s"] = gb_seconds(world, function, run_ms) + gb_seconds(world, WATCH, entries * assumed["watch_ms"])
    found["api_request"] = figures.get("pages", 0)
    found["data_out"] = figures.get("bytes_out", 0) / GB
    found["sms"] = figures.get("sms_parts", 0)
    found["trace"] = calls
    found["trail_event"] = entries
    found["queue_request"] = events * REQUESTS_A_MESSAGE
    found["secret_request"] = cold * world.secrets
    found["log_in"] = _log_bytes(world, figures, calls + events + entries) / GB
    return found


def _log_bytes(world: World, figures: Figures, calls: float) -> float:
    assumed = world.assumed
    lines = figures.get("log_lines", 0) + 3 * calls + figures.get("pages", 0)
    return (
        figures.get("log_bytes", 0)
        + calls * assumed["platform_log_bytes"]
        + figures.get("pages", 0) * assumed["access_log_bytes"]
        + lines * assumed["log_line_overhead_bytes"]
    )


def of_month(world: World, of: Figures) -> Counter[str]:
    """What a street's month adds to each price's quantity, at the end of ``history_months``."""
    found: Counter[str] = Counter()
    kept = kept_table = entries = 0.0
    for name, times in times_a_month(of).items():
        _add(found, of_operation(world, name), times)
        figures = world.counted[name]
        kept_table += figures.get("kept_bytes", 0) * times
        kept += (figures.get("kept_bytes", 0) + figures.get("kept_index_bytes", 0)) * times
        entries += figures.get("entries", 0) * times
    _add(found, at_rest(world), 1)
    history = entries * of["history_months"]
    for name, times in (("verification", of["verifications"]), ("export", of["exports"])):
        _add(found, reading_history(world, name, history), times)
    found["dynamodb_storage"] = kept * of["history_months"] / GB
    found["dynamodb_pitr"] = kept_table * of["history_months"] / GB
    found["queue_request"] += of["exports"] * REQUESTS_A_MESSAGE
    found["log_kept"] = found["log_in"] * world.assumed["log_months"] * world.assumed["log_compressed"]
    found["file_put"] = of["exports"] + of["evidence_files"]
    found["file_kept"] = of["evidence_files"] * of["history_months"] * MB / GB
    return found


def reading_history(world: World, name: str, entries: float) -> Counter[str]:
    """One verification or export of a journal of so many entries."""
    whole, each = world.counted[f"{name}_fixed"], world.counted[f"{name}_per_entry"]
    figures = {key: whole.get(key, 0) + each.get(key, 0) * entries for key in whole.keys() | each.keys()}
    function = READ_HISTORY[name]
    run_ms = milliseconds(world, figures, function)
    return Counter(
        {
            "dynamodb_read": figures["read_units"],
            "lambda_request": 1,
            "lambda_gb_s": gb_seconds(world, function, run_ms),
        }
    )


def at_rest(world: World) -> Counter[str]:
    """What a deployment costs while nobody comes and nothing is kept: what stands there, and the schedules."""
    found = standing(world)
    for name, times in SCHEDULES_A_MONTH.items():
        _add(found, of_operation(world, name), times)
    return found


def standing(world: World) -> Counter[str]:
    """What a deployment costs by being there."""
    assumed = world.assumed
    polls = assumed["queues"] * assumed["pollers"] * HOURS_A_MONTH * 3600 / POLL_SECONDS
    return Counter(
        {
            "metric": world.metrics,
            "alarm": world.alarms,
            "dashboard": 1,
            "key": 1,
            # a table asks for its key at most every five minutes for each function that reads it
            "key_request": world.tables * assumed["functions_awake"] * HOURS_A_MONTH * 12,
            "secret": world.secrets,
            "queue_request": polls,
        }
    )


def _add(to: Counter[str], more: Mapping[str, float], times: float) -> None:
    for name, quantity in more.items():
        to[name] += quantity * times


def scaled(quantities: Mapping[str, float], times: float) -> Counter[str]:
    return Counter({name: quantity * times for name, quantity in quantities.items()})


def price(prices: Mapping[str, Any], name: str, quantity: float, *, allowance: bool = False) -> float:
    """The money for a quantity; with ``allowance`` what is free in every account is taken off first."""
    one = prices[name]
    billed = max(quantity - one["free"], 0) if allowance else quantity
    return float(billed / one["per"] * one["price"])


def total(prices: Mapping[str, Any], quantities: Mapping[str, float], *, allowance: bool = False) -> float:
    return sum(price(prices, name, quantity, allowance=allowance) for name, quantity in quantities.items())


def by_part(prices: Mapping[str, Any], quantities: Mapping[str, float]) -> dict[str, float]:
    """The money of each part of the bill, at list price."""
    return {part: total(prices, _only(quantities, names)) for part, names in PARTS.items()}


def _only(quantities: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    return {name: quantities.get(name, 0) for name in names}
