"""The public page: charts and lines from figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from markupsafe import Markup

from chalicelib.reports.model.public_figures import PublicFigures
from chalicelib.web import charts
from chalicelib.web import format as fmt
from chalicelib.web.charts import Slice
from chalicelib.web.i18n import N_, translate

TIERS: Final = {"fixed": N_("社会企业定捐"), "monthly": N_("小微商户月捐"), "individual": N_("爱心市民自捐")}
CHANNELS: Final = {"partner": N_("共建捐赠"), "online": N_("线上捐赠"), "event": N_("活动捐赠")}
Names = Mapping[str, tuple[str, str]]
"""``{category: (Chinese, English)}`` as the public reads it."""


def page_data(
    figures: PublicFigures, names: Names, donors: Iterable[tuple[str, str, str]], lang: str
) -> dict[str, Any]:
    """``donors`` are (day, public name, amount or '') by date."""
    return {
        "figures": figures,
        "by_tier": _chart(N_("收到的善款:按捐赠类型"), TIERS, figures.money.by_tier, lang, ring=True),
        "by_channel": _chart(N_("收到的善款:按捐赠渠道"), CHANNELS, figures.money.by_channel, lang),
        "by_category": spending_chart(figures.money.by_category, names, lang),
        "donors": list(donors),
    }


def spending_chart(by_category: Mapping[str, int], names: Names, lang: str) -> Markup:
    """Spending by what the public reads: categories with one public name are one bar."""
    merged: dict[str, int] = {}
    for slug, fen in by_category.items():
        name = names.get(slug, (slug, slug))[0 if lang == "zh" else 1]
        merged[name] = merged.get(name, 0) + fen
    slices = [Slice(name, fen) for name, fen in sorted(merged.items(), key=lambda one: -one[1]) if fen]
    return charts.bars(translate(lang, N_("支出的善款:按用途")), slices, fmt.money, lang)


def _chart(title: str, order: Mapping[str, str], values: Mapping[str, int], lang: str, *, ring: bool = False) -> Markup:
    slices = [Slice(translate(lang, name), values.get(slug, 0)) for slug, name in order.items()]
    draw = charts.donut if ring else charts.bars
    return draw(translate(lang, title), slices, fmt.money, lang)
