"""How numbers, money and tables are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, left: int = 1) -> str:
    line = "| " + " | ".join(heads) + " |"
    rule = "| " + " | ".join(["---"] * left + ["---:"] * (len(heads) - left)) + " |"
    return "\n".join([line, rule, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def money(sign: str, amount: float) -> str:
    if amount and abs(amount) < 0.995:
        return f"{sign}{amount:.4f}" if abs(amount) < 0.01 else f"{sign}{amount:.3f}"
    return f"{sign}{amount:,.2f}" if abs(amount) < 1000 else f"{sign}{amount:,.0f}"


def number(value: float) -> str:
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"


def plain(price: float) -> str:
    """A price as it is written in a list: never with an exponent, at least two decimals."""
    text = f"{price:.10f}".rstrip("0")
    return text + "0" * max(2 - len(text.partition(".")[2]), 0)
